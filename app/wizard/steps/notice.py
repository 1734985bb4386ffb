"""考生须知 (manual 3.1.1): the window's text; the button records when it was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.rules.calendar import moment
from app.rules.case import Case
from app.rules.evidence.kinds import photo_words
from app.rules.refusals import Problem
from app.rules.submission import Item
from app.wizard.step import Step


class Notice(Step):
    slug, title, short, template = "notice", "考生须知", "考生须知", "wizard/steps/notice.html"
    next_label = "我已知晓，继续申请"

    def read_posted(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        """Return the time of reading; a later visit keeps the first."""
        read = case.answer(self.key).get("read_at")
        return {"read_at": read or case.on.isoformat()} if posted.get("act", "next") == "next" or read else {}

    def problems(self, case: Case) -> list[Problem]:
        if case.answer(self.key).get("read_at"):
            return []
        return [Problem(self.slug, "act", "请先阅读考生须知，并点击“我已知晓，继续申请”")]

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        return {"read": _read(values), "photo_words": self._photo_words(case)}

    def _photo_words(self, case: Case) -> str:
        """Return what photos must be in this window, if a step of the service takes any."""
        from app.wizard.service import service_for

        takes = any(step.slots(case) for step in service_for(case.service).applicable(case))
        return photo_words(strict=case.window.strict_files) if takes else ""

    def items(self, case: Case) -> list[Item]:
        return [Item("notice.read_at", "考生须知", _read(case.answer(self.key)), locked=True)]


def _read(values: Mapping[str, str]) -> str:
    read = values.get("read_at")
    return f"已于 {moment(datetime.fromisoformat(read))} 阅读" if read else ""
