"""核实个人信息 with a portrait where the window requires one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.actions.evidence import roster_portrait
from app.rules.case import Case
from app.rules.evidence.legibility import in_words
from app.rules.evidence.portrait import BACKGROUNDS, PortraitRule, hints, rule_in_words
from app.rules.evidence.portrait import SLOT as PORTRAIT
from app.rules.submission import Item
from app.services.graduation.options import options_of
from app.wizard.field_inputs import Input
from app.wizard.steps.profile import Profile

PORTRAIT_HINT = "选好照片后在框里调整头像的位置；没有调整的，取照片的中间部分"


def portrait_rule(case: Case) -> PortraitRule:
    return options_of(case.window).portrait_rule


class ProfileWithPortrait(Profile):
    template = "graduation/profile.html"

    def slots(self, case: Case) -> Sequence[str]:
        return [PORTRAIT] if portrait_rule(case).asked else []

    def cut(self, case: Case, slot: str) -> tuple[int, int] | None:
        rule = portrait_rule(case)
        return rule.width, rule.height

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        found = super().errors(case, values)
        if portrait_rule(case).asked and case.open(f"profile.{PORTRAIT}"):
            portrait = case.evidence.get(PORTRAIT)
            if portrait is None:
                found[PORTRAIT] = ["请上传本人照片（用于毕业证书）"]
            elif portrait.trouble:
                found[PORTRAIT] = [f"本人照片{portrait.trouble}，请重新上传"]
        return found

    def hints(self, case: Case) -> dict[str, list[str]]:
        """Return the portrait's deviations from the window's rule."""
        found = case.evidence.get(PORTRAIT) if portrait_rule(case).asked else None
        if found is None:
            return {}
        rule = portrait_rule(case)
        words = in_words(hints(found.measures, rule.height, rule.background), BACKGROUNDS[rule.background][0])
        return {PORTRAIT: words} if words else {}

    def context(self, case: Case, values: Any) -> dict[str, Any]:
        rule = portrait_rule(case)
        return super().context(case, values) | {
            "portrait": rule.asked,
            "portrait_rule": rule_in_words(rule.width, rule.height, rule.background),
        }

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        asked = {PORTRAIT: Input("picture", "本人照片", hint=PORTRAIT_HINT)} if portrait_rule(case).asked else {}
        return {**super().inputs(case, values), **asked}

    def items(self, case: Case) -> list[Item]:
        """Add the portrait; where none is required, the roster's, locked."""
        rows = super().items(case)
        portrait, own = case.evidence.get(PORTRAIT), portrait_rule(case).asked
        if own or portrait:
            rows.append(
                Item(
                    f"profile.{PORTRAIT}",
                    "本人照片",
                    f"{portrait.width}×{portrait.height}" if portrait else "",
                    evidence=portrait.public_id if portrait else "",
                    sha256=portrait.sha256 if portrait else "",
                    locked=not own,
                )
            )
        return rows

    def on_submitting(self, session: Session, case: Case) -> None:
        roster_portrait.attach(session, case, portrait_rule(case))
