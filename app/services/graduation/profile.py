"""核实个人信息 of a graduation: the common step, and the portrait for the diploma where the window asks for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.actions.evidence import roster_portrait
from app.rules.case import Case
from app.rules.evidence.legibility import in_words
from app.rules.evidence.portrait import BACKGROUNDS, hints, rule_in_words
from app.rules.evidence.portrait import SLOT as PORTRAIT
from app.rules.submission import Item
from app.wizard.inputs import Input
from app.wizard.steps.profile import Profile


class ProfileWithPortrait(Profile):
    template = "graduation/profile.html"

    def slots(self, case: Case) -> Sequence[str]:
        return [PORTRAIT] if case.window.portrait else []

    def cut(self, case: Case, slot: str) -> tuple[int, int] | None:
        return case.window.portrait_width, case.window.portrait_height

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        found = super().errors(case, values)
        if case.window.portrait and case.open(f"profile.{PORTRAIT}"):
            portrait = case.evidence.get(PORTRAIT)
            if portrait is None or portrait.missing:
                found[PORTRAIT] = [
                    "请上传本人照片（用于毕业证书）" if portrait is None else "本人照片在平台上缺失，请重新上传"
                ]
        return found

    def hints(self, case: Case) -> dict[str, list[str]]:
        """What a portrait looks like by the window's rules."""
        found = case.evidence.get(PORTRAIT) if case.window.portrait else None
        if found is None:
            return {}
        background = case.window.portrait_background
        words = in_words(hints(found.measures, case.window.portrait_height, background), BACKGROUNDS[background][0])
        return {PORTRAIT: words} if words else {}

    def context(self, case: Case, values: Any) -> dict[str, Any]:
        window = case.window
        rule = rule_in_words(window.portrait_width, window.portrait_height, window.portrait_background)
        return super().context(case, values) | {"hints": self.hints(case), "portrait_rule": rule}

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        asked = {PORTRAIT: Input("picture", "本人照片")} if case.window.portrait else {}
        return {**super().inputs(case, values), **asked}

    def items(self, case: Case) -> list[Item]:
        """Where no portrait is asked for, it is the roster's and not the examinee's to change."""
        rows = super().items(case)
        portrait = case.evidence.get(PORTRAIT)
        if case.window.portrait or portrait:
            rows.append(
                Item(f"profile.{PORTRAIT}", "本人照片", f"{portrait.width}×{portrait.height}" if portrait else "",
                     evidence=portrait.public_id if portrait else "", sha256=portrait.sha256 if portrait else "",
                     locked=not case.window.portrait)
            )  # fmt: skip
        return rows

    def on_submitting(self, session: Session, case: Case) -> None:
        roster_portrait.show(session, case)
