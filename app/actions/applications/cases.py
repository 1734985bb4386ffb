"""Load a case: one application with everything its steps may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.actions.records.missing_scores import questions_of
from app.actions.windows.own import OWN_WINDOW, WINDOW, live, own_window
from app.models import Application, Evidence, Examinee, Extension, PlanRow, School, Score, SiteText, Ticket, Window
from app.models.base import read_rows
from app.models.parts import Part
from app.models.prepared import Prepared
from app.rules.calendar import today
from app.rules.case import Case, EvidenceFacts, ExamineeFacts, Office, PlanChoice, SchoolFacts, TicketFacts
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.missing_scores import Question
from app.rules.plans.plan import ANY_SCHOOL, Plan, Usability, from_json, usable
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts

EXAMINEE = Part(
    "examinee", ExamineeFacts, {name: Examinee.__table__.c[name] for name in ExamineeFacts.__dataclass_fields__}
)
LOCAL_MINIMUMS = ("local_minimum_associate", "local_minimum_bachelor")  # keys of SiteText: 专科, 本科


def _ticket_facts(
    graduated_majors: str, local_minimum_associate: str | None, local_minimum_bachelor: str | None, **given: Any
) -> TicketFacts:
    majors = tuple(code for code in graduated_majors.split("、") if code)
    associate, bachelor = (
        int(text) if text and text.isdecimal() else 0 for text in (local_minimum_associate, local_minimum_bachelor)
    )
    return TicketFacts(**given, graduated_majors=majors, local_minimums=(associate, bachelor))


TICKET = Part(
    "ticket",
    _ticket_facts,
    {name: Ticket.__table__.c[name] for name in TicketFacts.__dataclass_fields__ if name != "local_minimums"}
    # the site's minimums are read with the ticket: no extra statement
    | {key: select(SiteText.value).where(SiteText.key == key).scalar_subquery() for key in LOCAL_MINIMUMS},
)
_of_ticket = select(*TICKET.columns).where(Ticket.id == bindparam("ticket"))


class _Stored(NamedTuple):
    id: int
    public_id: str
    service: str
    state: str
    version: int
    answers: dict[str, Any]
    reached: str
    open_items: list[str] | None
    returned_stage: str | None
    submissions: int
    at_step: str
    saved_at: datetime


_APPLICATION = Part("application", _Stored, {name: getattr(Application, name) for name in _Stored._fields})
CASE_COLUMNS = (*_APPLICATION.columns, *OWN_WINDOW, *EXAMINEE.columns, *TICKET.columns)
"""Columns that `case_from` reads, for queries that select more beside them."""


def with_people(query: Select[Any]) -> Select[Any]:
    """Join to applications the other tables of CASE_COLUMNS."""
    return (
        query.join(Window, Window.id == Application.window_id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(Extension, live(Application.ticket_id))
    )


# built once: building a query costs more than running it
_load = with_people(select(*CASE_COLUMNS)).where(Application.public_id == bindparam("public_id"))
_load_own = _load.where(Application.examinee_id == bindparam("examinee"))
_loads = {
    (own, lock): Prepared(query.with_for_update(of=Application.__table__) if lock else query)
    for own, query in ((False, _load), (True, _load_own))
    for lock in (False, True)
}
_PICTURE = Part(
    "picture", EvidenceFacts, {name: Evidence.__table__.c[name] for name in EvidenceFacts.__dataclass_fields__}
)
_pictures = select(*_PICTURE.columns).where(Evidence.application_id == bindparam("application"), Evidence.current)
_grade_rows = (
    select(Score.course_code, Score.course_name, Score.session, Score.mark, Score.origin)
    .where(Score.ticket_id == bindparam("ticket"))
    .order_by(Score.session, Score.course_code)
)
_plan_keys = select(PlanRow.id, PlanRow.imported_at)
SCHOOL = Part("school", SchoolFacts, {name: School.__table__.c[name] for name in SchoolFacts.__dataclass_fields__})
_school_rows = select(*SCHOOL.columns).order_by(School.code)

# plans never change once used and seldom before: parsed once per import
_plans: dict[tuple[int, datetime], Plan] = {}


def windows(session: Session, service: str | None = None) -> list[WindowFacts]:
    """All windows (of one service), the latest first."""
    query = select(*WINDOW.columns).order_by(Window.opens_at.desc(), Window.id.desc())
    if service:
        query = query.where(Window.service == service)
    return [WINDOW.read(row) for row in session.execute(query)]


def load_case(
    session: Session, public_id: str, *, on: datetime, examinee_id: int | None = None, lock: bool = False
) -> Case:
    """The case of an application; NotFound when absent or (with `examinee_id`) another person's.

    `lock`: the row, until the transaction ends (PostgreSQL; SQLite has one writer).
    """
    query = _loads[examinee_id is not None, lock]
    given = {"public_id": public_id} | ({} if examinee_id is None else {"examinee": examinee_id})
    row = query.one(session, **given)
    if row is None:
        raise NotFound
    return case_from(
        row,
        on,
        evidence=Pictures(session, row.application__id),
        office=lambda ticket: DbOffice(session, ticket, today(on)),
    )


def case_from(
    row: Any, on: datetime, *, evidence: Mapping[str, EvidenceFacts], office: Callable[[TicketFacts], Office]
) -> Case:
    """Build a case from a row with CASE_COLUMNS; `office` makes the ticket's Office."""
    own, ticket = _APPLICATION.read(row), TICKET.read(row)
    return Case(
        public_id=own.public_id,
        application_id=own.id,
        service=own.service,
        state=State(own.state),
        version=own.version,
        answers=own.answers,
        reached=own.reached,
        open_items=None if own.open_items is None else tuple(own.open_items),
        returned_stage=own.returned_stage,
        submissions=own.submissions,
        examinee=EXAMINEE.read(row),
        ticket=ticket,
        window=own_window(row),
        evidence=evidence,
        office=office(ticket),
        on=on,
        today=today(on),
        at_step=own.at_step,
        saved_at=own.saved_at,
    )


def office_of(session: Session, ticket_id: int, on: date) -> DbOffice:
    """Office data of a ticket without an application; NotFound when absent."""
    row = session.execute(_of_ticket, {"ticket": ticket_id}).one_or_none()
    if row is None:
        raise NotFound
    return DbOffice(session, TICKET.read(row), on)


class Pictures(Mapping[str, EvidenceFacts]):
    """Slot -> current picture of an application, read on first access: most steps have none."""

    def __init__(self, session: Session, application_id: int) -> None:
        self.session = session
        self.application_id = application_id

    @cached_property
    def _found(self) -> dict[str, EvidenceFacts]:
        rows = read_rows(self.session, _pictures, application=self.application_id)
        return {picture.slot: picture for picture in map(_PICTURE.read, rows)}

    def __getitem__(self, slot: str) -> EvidenceFacts:
        return self._found[slot]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


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
        """The ticket's 缺成绩 questions; read only where something is missing."""
        return self._questions


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
