"""Filters that a figure of the statistics leads to: the files behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select

from app.actions.applications.whose_turn import is_aside
from app.actions.office.statistics import LATELY, REASON, STATE_GROUPS, with_reasons
from app.extensions import db
from app.models import Application, Finding, Review, Staff, stands
from app.rules.calendar import read_days
from app.wizard.forms import number_of

LONGEST = 80  # characters of a filter in the address
FREE = "free"
GROUPS = {"waiting": "待审（初审和终审）", FREE: "不在请示中"}
DECISIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "pass": (("pass",), "通过"),
    "return": (("return",), "退回"),
    "others": (("reject", "back"), "不予通过或退回初审"),
}


@dataclass(frozen=True, slots=True)
class Behind:
    """`since`, `until`: days of the last submission, both included; `group`: of states, or what is not put aside; `reviewed`: `<staff id>.<decision>`,
    decided in the last seven days; `reason`: first LONGEST characters of a reason for a return, as it is counted.
    """

    since: str = ""
    until: str = ""
    group: str = ""
    reviewed: str = ""
    reason: str = ""
    window: str = ""

    def conditions(self, on: datetime) -> list[ColumnElement[bool]]:
        """Return the conditions; an invalid value matches nothing."""
        days = read_days(self.since, self.until)
        found: list[ColumnElement[bool]] = [literal(False)] if days.errors else []
        if days.since:
            found.append(Application.submitted_at >= days.since)
        if days.until:
            found.append(Application.submitted_at < days.until)
        if self.group == FREE:
            found.append(~is_aside())
        elif self.group:
            found.append(Application.state.in_(STATE_GROUPS.get(self.group, ())))
        if self.reviewed:
            who, _, what = self.reviewed.partition(".")
            decisions, _ = DECISIONS.get(what, ((), ""))
            lately = (Review.reviewer_id == number_of(who), Review.decided_at >= on - LATELY, stands())
            found.append(self._reviews(select(Review.application_id).where(*lately, Review.decision.in_(decisions))))
        if self.reason:
            counted = func.trim(func.substr(REASON, 1, LONGEST)) == self.reason
            query = with_reasons(select(Review.application_id).select_from(Finding)).where(counted)
            found.append(self._reviews(query))
        return found

    def _reviews(self, query: Any) -> ColumnElement[bool]:
        if self.window:
            query = query.where(Review.window_id == number_of(self.window))
        return Application.id.in_(query.correlate(None))

    def days_in_words(self) -> str:
        """Return the days of the last submission, or ''."""
        if not (self.since or self.until):
            return ""
        said = self.since if self.since == self.until else f"{self.since or '开始'} 至 {self.until or '现在'}"
        wrong = [message for messages in read_days(self.since, self.until).errors.values() for message in messages]
        return "，".join([said, *wrong])

    def words(self) -> list[tuple[tuple[str, ...], str]]:
        """Return what is set, each with the names of its filters and in words. One statement for a reviewer's name."""
        found: list[tuple[tuple[str, ...], str]] = []
        if days := self.days_in_words():
            found.append((("since", "until"), f"提交日期 {days}"))
        if self.group:
            found.append((("group",), GROUPS.get(self.group, self.group)))
        if self.reviewed:
            who, _, what = self.reviewed.partition(".")
            name = db.session.scalar(select(Staff.name).where(Staff.id == number_of(who))) or who
            found.append((("reviewed",), f"{name}最近 {LATELY.days} 天{DECISIONS.get(what, ((), what))[1]}的"))
        if self.reason:
            found.append((("reason",), f"退回原因：{self.reason}"))
        return found
