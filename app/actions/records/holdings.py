"""What the office holds about a ticket: its grades, the plans it may use, their schools, and what it reported missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.actions.records.missing_scores import questions_of
from app.models import PlanRow, School, Score, SiteText, Ticket
from app.models.base import read_rows
from app.models.parts import Part
from app.rules.case import PlanChoice, SchoolFacts, TicketFacts
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.missing_scores import Question
from app.rules.plans.plan import ANY_SCHOOL, Plan, Usability, from_json, usable
from app.rules.refusals import NotFound

LOCAL_MINIMUMS = ("local_minimum_associate", "local_minimum_bachelor")  # keys of SiteText: 专科, 本科


def _ticket_facts(
    graduated_majors: str, local_minimum_associate: str | None, local_minimum_bachelor: str | None, **given: Any
) -> TicketFacts:
    """The facts of a ticket from what is stored: lists and numbers are text there."""
    majors = tuple(code for code in graduated_majors.split("、") if code)
    associate, bachelor = (
        int(text) if text and text.isdecimal() else 0 for text in (local_minimum_associate, local_minimum_bachelor)
    )
    return TicketFacts(**given, graduated_majors=majors, local_minimums=(associate, bachelor))


TICKET = Part(
    "ticket",
    _ticket_facts,
    {name: Ticket.__table__.c[name] for name in TicketFacts.__dataclass_fields__ if name != "local_minimums"}
    # the site's minimum comes with the ticket, so that no page needs a statement more
    | {key: select(SiteText.value).where(SiteText.key == key).scalar_subquery() for key in LOCAL_MINIMUMS},
)


_of_ticket = select(*TICKET.columns).where(Ticket.id == bindparam("ticket"))


_grade_rows = (
    select(Score.course_code, Score.course_name, Score.session, Score.mark, Score.origin)
    .where(Score.ticket_id == bindparam("ticket"))
    .order_by(Score.session, Score.course_code)
)


_plan_keys = select(PlanRow.id, PlanRow.imported_at)


SCHOOL = Part("school", SchoolFacts, {name: School.__table__.c[name] for name in SchoolFacts.__dataclass_fields__})


_school_rows = select(*SCHOOL.columns).order_by(School.code)


# plans never change once used, and change seldom before: parsed once per import
_plans: dict[tuple[int, datetime], Plan] = {}


def office_of(session: Session, ticket_id: int, on: date) -> DbOffice:
    """What the office holds about a ticket, outside of any application; NotFound when there is none."""
    row = session.execute(_of_ticket, {"ticket": ticket_id}).one_or_none()
    if row is None:
        raise NotFound
    return DbOffice(session, TICKET.read(row), on)


class DbOffice:
    """What the office holds about one ticket, read when first asked and kept for the life of the case."""

    def __init__(self, session: Session, ticket: TicketFacts, on: date) -> None:
        self.session = session
        self.ticket = ticket
        self.on = on

    @cached_property
    def _schools(self) -> dict[str, SchoolFacts]:
        return {school.code: school for school in map(SCHOOL.read, read_rows(self.session, _school_rows))}

    @cached_property
    def _choices(self) -> list[PlanChoice]:
        found = [choice for plan_id, plan in plans(self.session) for choice in self._of_plan(plan_id, plan)]
        return sorted(found, key=lambda choice: (not choice.declared, choice.plan.major_code, choice.value))

    def _of_plan(self, plan_id: int, plan: Plan) -> list[PlanChoice]:
        use = usable(plan, self.ticket.record(), self.on)
        if not use.allowed:
            return []
        ticket = self.ticket
        codes = [plan.school_code]
        if plan.school_code == ANY_SCHOOL:
            codes = [ticket.school_code] if ticket.school_code in self._schools else list(self._schools)
        return [
            PlanChoice(
                value=f"{plan.major_code}.{code}.{plan.version}",
                plan=plan,
                school=self._schools.get(code) or SchoolFacts(code, code, ""),
                plan_id=plan_id,
                declared=plan.major_code == ticket.major_code
                and (not ticket.school_code or code == ticket.school_code)
                and (not ticket.plan_version or plan.version == ticket.plan_version),
                to_check=use.why if use.answer is Usability.CHECK else "",
            )
            for code in codes
        ]

    @cached_property
    def _grades(self) -> list[Grade]:
        rows = read_rows(self.session, _grade_rows, ticket=self.ticket.id)
        return [Grade(row.course_code, row.course_name, row.session, row.mark, Origin(row.origin)) for row in rows]

    def choices(self) -> Sequence[PlanChoice]:
        return self._choices

    def choice(self, value: str) -> PlanChoice | None:
        return next((choice for choice in self._choices if choice.value == value), None)

    def grades(self) -> Sequence[Grade]:
        return list(self._grades)

    def school(self, code: str) -> SchoolFacts | None:
        return self._schools.get(code)

    @cached_property
    def _questions(self) -> list[Question]:
        return questions_of(self.session, self.ticket.id)

    def questions(self) -> Sequence[Question]:
        """缺成绩 that this ticket reported; read only where something is missing."""
        return self._questions


def plans(session: Session) -> list[tuple[int, Plan]]:
    """Every plan with its row's id, parsed once."""
    keys = [(row.id, row.imported_at) for row in read_rows(session, _plan_keys)]
    return list(zip((ident for ident, _ in keys), parsed(session, keys), strict=True))


def parsed(session: Session, keys: Sequence[tuple[int, datetime]]) -> list[Plan]:
    """The plans of these rows (id, time of import); a statement only where one of them was not parsed before."""
    missing = [key[0] for key in keys if key not in _plans]
    if missing:
        query = select(PlanRow.id, PlanRow.imported_at, PlanRow.body).where(PlanRow.id.in_(missing))
        for row in session.execute(query):
            _plans[row.id, row.imported_at] = from_json(row.body)
    return [_plans[key] for key in keys]
