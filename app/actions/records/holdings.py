"""Office data of a ticket: grades, usable plans, their schools, and reported 缺成绩."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from app.actions.records.missing_scores import questions_of
from app.actions.services import services
from app.actions.windows.own import OWN_WINDOW, live, own_window
from app.models import Application, Completion, Extension, PlanRow, School, Score, SiteText, Ticket, Window
from app.models.base import read_rows
from app.models.parts import Part
from app.models.prepared import Prepared
from app.rules.case import CompletedMajor, PlanChoice, SchoolFacts, TicketFacts, UnderWay
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.missing_scores import Question
from app.rules.plans.named_version import ELSEWHERE, NOT_HERE, NamedVersion
from app.rules.plans.plan import ANY_SCHOOL, Plan, Usability, Usable, from_json, usable
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import NOT_ENDED, State

LOCAL_MINIMUMS = ("local_minimum_associate", "local_minimum_bachelor")  # keys of SiteText: 专科, 本科


def _ticket_facts(
    graduated_majors: str,
    local_minimum_associate: str | None,
    local_minimum_bachelor: str | None,
    completed_majors: str | None,
    **given: Any,
) -> TicketFacts:
    majors = tuple(code for code in graduated_majors.split("、") if code)
    here = tuple(map(_completed, completed_majors.split(";"))) if completed_majors else ()
    associate, bachelor = (
        int(text) if text and text.isdecimal() else 0 for text in (local_minimum_associate, local_minimum_bachelor)
    )
    return TicketFacts(**given, graduated_majors=majors, local_minimums=(associate, bachelor), completed_majors=here)


def _completed(text: str) -> CompletedMajor:
    public_id, major, courses = text.split(" ")
    return CompletedMajor(public_id, major, frozenset(code for code in courses.split("、") if code))


# completed majors in one text, read with the ticket: no extra statement; codes hold neither spaces nor semicolons
_finished_by = aliased(Application)
_COMPLETED = (
    select(func.aggregate_strings(_finished_by.public_id + " " + Completion.major_code + " " + Completion.courses, ";"))
    .select_from(Completion)
    .join(_finished_by, _finished_by.id == Completion.application_id)
    .where(Completion.ticket_id == Ticket.id, Completion.undone_at.is_(None), Completion.major_code != "")
    .correlate(Ticket)
    .scalar_subquery()
)

TICKET = Part(
    "ticket",
    _ticket_facts,
    {name: Ticket.__table__.c[name] for name in TicketFacts.__dataclass_fields__ if name in Ticket.__table__.c}
    | {"completed_majors": _COMPLETED}
    # the site's minimums are read with the ticket: no extra statement
    | {key: select(SiteText.value).where(SiteText.key == key).scalar_subquery() for key in LOCAL_MINIMUMS},
)


_of_ticket = select(*TICKET.columns).where(Ticket.id == bindparam("ticket"))


_grades_of = Prepared(
    select(Score.course_code, Score.course_name, Score.session, Score.mark, Score.origin)
    .where(Score.ticket_id == bindparam("ticket"))
    .order_by(Score.session, Score.course_code)
)


_under_way_of = (
    select(Application.public_id, Application.major_code, Application.state, *OWN_WINDOW)
    .join(Window, Window.id == Application.window_id)
    .outerjoin(Extension, live(Application.ticket_id))
    .where(Application.ticket_id == bindparam("ticket"), Application.state.in_(NOT_ENDED), Application.major_code != "")
    .order_by(Application.id)
)


_plan_keys = select(PlanRow.id, PlanRow.imported_at)


SCHOOL = Part("school", SchoolFacts, {name: School.__table__.c[name] for name in SchoolFacts.__dataclass_fields__})


_school_rows = select(*SCHOOL.columns).order_by(School.code)
# a plan of every school with the ticket's own
_its_school = case((PlanRow.school_code == ANY_SCHOOL, bindparam("own")), else_=PlanRow.school_code)
_plans_with_schools = Prepared(_plan_keys.add_columns(*SCHOOL.columns).outerjoin(School, School.code == _its_school))


# plans never change once used and seldom before: parsed once per import
_plans: dict[tuple[int, datetime], Plan] = {}


def office_of(session: Session, ticket_id: int, on: date) -> DbOffice:
    """Office data of a ticket without an application; NotFound when absent."""
    row = session.execute(_of_ticket, {"ticket": ticket_id}).one_or_none()
    if row is None:
        raise NotFound
    return DbOffice(session, TICKET.read(row), on)


class DbOffice:
    """Office data of one ticket, read on first access and cached."""

    def __init__(self, session: Session, ticket: TicketFacts, on: date) -> None:
        self.session = session
        self.ticket = ticket
        self.on = on

    @cached_property
    def _schools(self) -> dict[str, SchoolFacts]:
        return {school.code: school for school in map(SCHOOL.read, read_rows(self.session, _school_rows))}

    @cached_property
    def _plans(self) -> list[tuple[Any, Plan]]:
        rows = _plans_with_schools(self.session, own=self.ticket.school_code)
        return list(zip(rows, parsed(self.session, [(row.id, row.imported_at) for row in rows]), strict=True))

    @cached_property
    def _choices(self) -> list[PlanChoice]:
        found = [choice for row, plan in self._plans for choice in self._of_plan(row.id, plan, row)]
        return sorted(found, key=lambda choice: (not choice.declared, choice.plan.major_code, choice.value))

    @cached_property
    def _choice_of(self) -> dict[str, PlanChoice]:
        return {choice.value: choice for choice in reversed(self._choices)}

    def _of_plan(self, plan_id: int, plan: Plan, row: Any = None) -> list[PlanChoice]:
        """Return the choices of a plan: one, or one a school. `row`: read with the plan, has its school if known."""
        use = self._usable(plan)
        if not use.allowed:
            return []
        ticket = self.ticket
        code = ticket.school_code if plan.school_code == ANY_SCHOOL else plan.school_code
        school = SCHOOL.found(row) if row else self._schools.get(code)
        if not school and plan.school_code != ANY_SCHOOL:
            school = SchoolFacts(code, code, "")
        schools = {code: school} if school else self._schools
        return [
            PlanChoice(
                value=f"{plan.major_code}.{code}.{plan.version}",
                plan=plan,
                school=its,
                plan_id=plan_id,
                declared=plan.major_code == ticket.major_code
                and (not ticket.school_code or code == ticket.school_code)
                and (not ticket.plan_version or plan.version == ticket.plan_version),
                to_check=use.why if use.answer is Usability.CHECK else "",
            )
            for code, its in schools.items()
        ]

    def named_version(self) -> NamedVersion | None:
        """Return the plan version that the roster names for the declared major; None where it names none."""
        ticket = self.ticket
        if not ticket.plan_version or not ticket.major_code:
            return None
        named = NamedVersion(ticket.major_code, ticket.plan_version)
        if any(each.declared for each in self._choices):
            return named
        same = [plan for _, plan in self._plans if (plan.major_code, plan.version) == named[:2]]
        own = [plan for plan in same if plan.school_code in (ANY_SCHOOL, ticket.school_code or plan.school_code)]
        if not own:
            return named._replace(why=ELSEWHERE if same else NOT_HERE)
        return named._replace(why=next((use.why for plan in own if not (use := self._usable(plan)).allowed), ELSEWHERE))

    def _usable(self, plan: Plan) -> Usable:
        return usable(plan, self.ticket.record(), self.on)

    @cached_property
    def _grades(self) -> list[Grade]:
        rows = _grades_of(self.session, ticket=self.ticket.id)
        return [Grade(row.course_code, row.course_name, row.session, row.mark, Origin(row.origin)) for row in rows]

    def choices(self) -> Sequence[PlanChoice]:
        return self._choices

    def choice(self, value: str) -> PlanChoice | None:
        return self._choice_of.get(value)

    def grades(self) -> Sequence[Grade]:
        return list(self._grades)

    def school(self, code: str) -> SchoolFacts | None:
        return self._schools.get(code)

    @cached_property
    def _questions(self) -> list[Question]:
        return questions_of(self.session, self.ticket.id)

    def questions(self) -> Sequence[Question]:
        """The ticket's 缺成绩 questions; read only where something is missing."""
        return self._questions

    @cached_property
    def _under_way(self) -> list[UnderWay]:
        rows = read_rows(self.session, _under_way_of, ticket=self.ticket.id)
        completing = {each.code for each in services() if each.completes_major}
        return [
            UnderWay(row.public_id, row.major_code, State(row.state), own_window(row))
            for row in rows
            if row.window__service in completing
        ]

    def under_way(self) -> Sequence[UnderWay]:
        """The ticket's applications for a major that are not ended."""
        return self._under_way


def plans(session: Session) -> list[tuple[int, Plan]]:
    """Every plan with its row's id."""
    keys = [(row.id, row.imported_at) for row in read_rows(session, _plan_keys)]
    return list(zip((ident for ident, _ in keys), parsed(session, keys), strict=True))


def parsed(session: Session, keys: Sequence[tuple[int, datetime]]) -> list[Plan]:
    """The plans of these rows (id, time of import); a statement only for plans not yet cached."""
    missing = [key[0] for key in keys if key not in _plans]
    if missing:
        query = select(PlanRow.id, PlanRow.imported_at, PlanRow.body).where(PlanRow.id.in_(missing))
        for row in session.execute(query):
            _plans[row.id, row.imported_at] = from_json(row.body)
    return [_plans[key] for key in keys]
