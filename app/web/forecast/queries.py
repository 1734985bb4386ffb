"""Assessments of a ticket against its plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import abort

from app.actions.records.holdings import DbOffice, office_of, plans
from app.extensions import db
from app.rules.calendar import today
from app.rules.case import Finished, PlanChoice
from app.rules.plans.eligibility import Assessment, assess
from app.rules.plans.forecast import (
    Todo,
    alike,
    case_in_words,
    counts_in_words,
    in_short,
    option_fields,
    picked,
    todos,
)
from app.rules.plans.marks import parse_mark
from app.rules.plans.named_version import another_chosen, in_brackets
from app.rules.plans.plan import CaseGroup, usable

OPTION, COMPARED = "extra_option_", "compare_option_"


@dataclass(frozen=True, slots=True)
class Forecast:
    """A plan assessed for a ticket; `options`: (field name, 情形组) of its 加考. `finished`: 已毕业 in this major."""

    choice: PlanChoice
    assessment: Assessment
    todos: tuple[Todo, ...]
    options: list[tuple[str, CaseGroup]]
    finished: Finished | None = None
    used: frozenset[str] = frozenset()  # courses that a graduation has used up
    version: str = ""  # what to say where it is not the version that the roster names
    beside: str = ""  # the same in brackets

    @property
    def line(self) -> str:
        """Return the status line."""
        if self.finished:
            return self.finished.words
        return in_short(self.assessment)

    @property
    def elsewhere(self) -> bool:
        """Whether the graduation is known from the roster alone: the grades here say nothing about it."""
        return self.finished is not None and not self.finished.public_id

    @property
    def groups(self) -> tuple[tuple[Todo, ...], ...]:
        """Return missing items, courses with equal next steps grouped."""
        return alike(self.todos)

    @property
    def counts(self) -> str:
        """Return the sentence on 门数 and what is left, where they differ."""
        return counts_in_words(self.assessment, self.choice.plan)


class Outlook:
    """A ticket's record, read once per page."""

    def __init__(self, ticket_id: int | None, on: datetime) -> None:
        if ticket_id is None:
            abort(404)
        self.on = today(on)
        self.office: DbOffice = office_of(db.session(), ticket_id, self.on)

    def choice(self, value: str) -> PlanChoice | None:
        """Return the plan asked for, else the declared one, else that with most passed courses.

        Where the roster names a major, of that major alone: another one is not opened without being asked for.
        """
        if value:
            return self.office.choice(value)
        choices = self.office.choices()
        if choices and choices[0].declared:
            return choices[0]
        if major := self.office.ticket.major_code:
            choices = [choice for choice in choices if choice.plan.major_code == major]
        passed = {grade.course_code for grade in self.office.grades() if _passed(grade.mark)}
        shared = [(sum(row.code in passed for row in choice.plan.courses), choice) for choice in choices]
        best = max(shared, key=lambda pair: pair[0], default=None)
        return best[1] if best and best[0] else None

    def forecast(self, choice: PlanChoice, values: Mapping[str, str], prefix: str = OPTION) -> Forecast:
        """Return today's assessment under the chosen 加考."""
        ticket, major = self.office.ticket, choice.plan.major_code
        finished = ticket.finished(major)
        facts = ticket.record(choice.plan.level, but=finished.public_id if finished else "")
        if finished:  # said apart, it is no obstacle to show
            facts = replace(facts, graduated_majors=facts.graduated_majors - {major})
        options = picked(choice.plan, values, prefix)
        found = assess(choice.plan, self.office.grades(), options, self.on, facts)
        steps = todos(found, choice.school.name, choice.school.phone)
        plan, named = (choice.plan.major_code, choice.plan.version), self.office.named_version()
        return Forecast(
            choice,
            found,
            steps,
            option_fields(choice.plan, prefix),
            finished,
            frozenset(facts.used),
            version="" if finished else another_chosen(named, *plan),
            beside="" if finished else in_brackets(named, *plan),
        )

    def closed(self, major_code: str) -> list[tuple[str, str]]:
        """Return version and reason of the major's plans closed to this ticket."""
        facts = self.office.ticket.record()
        rows = [plan for _, plan in plans(db.session()) if plan.major_code == major_code]
        return [
            (f"{plan.name} {plan.version} 版", use.why)
            for plan in rows
            if not (use := usable(plan, facts, self.on)).allowed
        ]


def label(choice: PlanChoice) -> str:
    """Return a plan's text in choices."""
    plan = choice.plan
    mine = "（报考专业）" if choice.declared else ""
    return f"{plan.major_code} {plan.name}（{plan.level}） · {choice.school.name} · {plan.version} 版{mine}"


def choice_values(found: Forecast) -> list[tuple[str, CaseGroup, list[tuple[str, str, str]]]]:
    """Return 加考 as radio fields: name, group, (value, text, hint)."""
    plan = found.choice.plan
    return [
        (name, group, [(case.name, case.name, case_in_words(case, plan)) for case in group.cases])
        for name, group in found.options
    ]


def carried_over(values: Mapping[str, Any], *, without: str = "") -> dict[str, str]:
    """Return page parameters for links."""
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
