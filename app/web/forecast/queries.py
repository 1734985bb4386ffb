"""What a ticket has of the plans it may use, assessed when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort

from app.actions.records.holdings import DbOffice, office_of, plans
from app.extensions import db
from app.rules.calendar import today
from app.rules.case import PlanChoice
from app.rules.plans.eligibility import Assessment, NextStep, assess
from app.rules.plans.forecast import Todo, alike, option_fields, picked, todos
from app.rules.plans.marks import parse_mark
from app.rules.plans.plan import CaseGroup, usable

OPTION, COMPARED = "extra_option_", "compare_option_"


@dataclass(frozen=True, slots=True)
class Forecast:
    """One plan for one ticket: `options` are (field name, 情形组) of its 加考."""

    choice: PlanChoice
    assessment: Assessment
    todos: tuple[Todo, ...]
    options: list[tuple[str, CaseGroup]]

    @property
    def groups(self) -> tuple[tuple[Todo, ...], ...]:
        """What is missing, courses with the same ways together."""
        return alike(self.todos)

    @property
    def apart(self) -> bool:
        """Is a practice or thesis missing beside something else? Then the number of what is missing is not that of 门数."""
        first = {todo.steps[0].kind for todo in self.todos}
        return len(self.todos) > 1 and bool(first & {NextStep.PRACTICE, NextStep.THESIS})


class Outlook:
    """A ticket's record, read once for a page."""

    def __init__(self, ticket_id: int | None, on: datetime) -> None:
        if ticket_id is None:
            abort(404)
        self.on = today(on)
        self.office: DbOffice = office_of(db.session(), ticket_id, self.on)

    def choice(self, value: str) -> PlanChoice | None:
        """The plan asked for; without one the declared plan, else the one with most of what was passed."""
        if value:
            return self.office.choice(value)
        choices = self.office.choices()
        if choices and choices[0].declared:
            return choices[0]
        passed = {grade.course_code for grade in self.office.grades() if _passed(grade.mark)}
        shared = [(sum(row.code in passed for row in choice.plan.courses), choice) for choice in choices]
        best = max(shared, key=lambda pair: pair[0], default=None)
        return best[1] if best and best[0] else None

    def forecast(self, choice: PlanChoice, values: Mapping[str, str], prefix: str = OPTION) -> Forecast:
        """The assessment of today under the chosen 加考 options."""
        facts = self.office.ticket.record(choice.plan.level)
        options = picked(choice.plan, values, prefix)
        found = assess(choice.plan, self.office.grades(), options, self.on, facts)
        steps = todos(found, choice.school.name, choice.school.phone)
        return Forecast(choice, found, steps, option_fields(choice.plan, prefix))

    def closed(self, major_code: str) -> list[tuple[str, str]]:
        """Plans of a major that this ticket may not use, and why: version and reason."""
        facts = self.office.ticket.record()
        rows = [plan for _, plan in plans(db.session()) if plan.major_code == major_code]
        return [
            (f"{plan.name} {plan.version} 版", use.why)
            for plan in rows
            if not (use := usable(plan, facts, self.on)).allowed
        ]


def label(choice: PlanChoice) -> str:
    """A plan as it stands in a list of choices."""
    plan = choice.plan
    mine = "（报考专业）" if choice.declared else ""
    return f"{plan.major_code} {plan.name}（{plan.level}） · {choice.school.name} · {plan.version} 版{mine}"


def choice_values(groups: list[tuple[str, CaseGroup]]) -> list[tuple[str, CaseGroup, list[tuple[str, str, str]]]]:
    """加考 as the radio fields want it: name, group, (value, text, hint)."""
    return [(name, group, [(case.name, case.name, case.note) for case in group.cases]) for name, group in groups]


def carried_over(values: Mapping[str, Any], *, without: str = "") -> dict[str, str]:
    """The parameters of the page, for its links."""
    names = ("major", "compare")
    return {
        name: str(value)
        for name, value in values.items()
        if value and name != without and (name in names or name.startswith((OPTION, COMPARED)))
    }


def _passed(mark: str) -> bool:
    try:
        return parse_mark(mark).passed
    except ValueError:
        return False
