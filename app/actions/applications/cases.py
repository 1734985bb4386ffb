"""Loading a case: one application with all that its steps may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.actions.records.missing_scores import questions_of
from app.actions.windows.own import OWN_WINDOW, WINDOW_COLUMNS, live, own_window, window_of
from app.models import Application, Evidence, Examinee, Extension, PlanRow, School, Score, SiteText, Ticket, Window
from app.models.prepared import Prepared
from app.rules.calendar import today
from app.rules.case import Case, EvidenceFacts, ExamineeFacts, Office, PlanChoice, SchoolFacts, TicketFacts
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.missing_scores import Question
from app.rules.plans.plan import ANY_SCHOOL, Plan, Usability, from_json, usable
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts

_EXAMINEE = tuple(Examinee.__table__.c[name] for name in ExamineeFacts.__dataclass_fields__)
LOCAL_MINIMUMS = ("local_minimum_associate", "local_minimum_bachelor")  # keys of SiteText: 专科, 本科
_OF_TICKET = tuple(name for name in TicketFacts.__dataclass_fields__ if name != "local_minimums")
# the site's minimum comes with the ticket, so that no page needs a statement more
TICKET_COLUMNS = (
    *(Ticket.__table__.c[name] for name in _OF_TICKET),
    *(select(SiteText.value).where(SiteText.key == key).scalar_subquery() for key in LOCAL_MINIMUMS),
)
_of_ticket = select(*TICKET_COLUMNS).where(Ticket.id == bindparam("ticket"))
_APPLICATION = (
    Application.id, Application.public_id, Application.service, Application.state, Application.version,
    Application.answers, Application.reached, Application.open_items, Application.returned_stage,
    Application.submissions, Application.at_step, Application.saved_at,
)  # fmt: skip

CASE_COLUMNS = (*_APPLICATION, *OWN_WINDOW, *_EXAMINEE, *TICKET_COLUMNS)
"""What `case_from` reads, for queries that ask for more beside it."""


def with_people(query: Select[Any]) -> Select[Any]:
    """Join to an application what CASE_COLUMNS name of others."""
    return (
        query.join(Window, Window.id == Application.window_id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(Extension, live(Application.ticket_id))
    )


# built once: building one of these costs more than running it
_load = with_people(select(*CASE_COLUMNS)).where(Application.public_id == bindparam("public_id"))
_load_own = _load.where(Application.examinee_id == bindparam("examinee"))
_loads = {
    (own, lock): Prepared(query.with_for_update(of=Application.__table__) if lock else query)
    for own, query in ((False, _load), (True, _load_own))
    for lock in (False, True)
}
_pictures = Prepared(
    select(*(Evidence.__table__.c[name] for name in EvidenceFacts.__dataclass_fields__)).where(
        Evidence.application_id == bindparam("application"), Evidence.current
    )
)
_grade_rows = Prepared(
    select(Score.course_code, Score.course_name, Score.session, Score.mark, Score.origin)
    .where(Score.ticket_id == bindparam("ticket"))
    .order_by(Score.session, Score.course_code)
)
_plan_keys = Prepared(select(PlanRow.id, PlanRow.imported_at))
_school_rows = Prepared(
    select(*(School.__table__.c[name] for name in SchoolFacts.__dataclass_fields__)).order_by(School.code)
)

# plans never change once used, and change seldom before: parsed once per import
_plans: dict[tuple[int, datetime], Plan] = {}


def windows(session: Session, service: str | None = None) -> list[WindowFacts]:
    """All windows (of one service), the latest first."""
    query = select(*WINDOW_COLUMNS).order_by(Window.opens_at.desc(), Window.id.desc())
    if service:
        query = query.where(Window.service == service)
    return [window_of(tuple(row)) for row in session.execute(query)]


def load_case(
    session: Session, public_id: str, *, on: datetime, examinee_id: int | None = None, lock: bool = False
) -> Case:
    """The case of an application; NotFound when absent or (with `examinee_id`) not that person's.

    `lock` keeps others from changing the application until the transaction ends (PostgreSQL; SQLite has one writer).
    """
    query = _loads[examinee_id is not None, lock]
    given = {"public_id": public_id} | ({} if examinee_id is None else {"examinee": examinee_id})
    row = query.one(session, **given)
    if row is None:
        raise NotFound
    return case_from(
        tuple(row), on, evidence=Pictures(session, row.id), office=lambda ticket: DbOffice(session, ticket, today(on))
    )


def case_from(
    row: Sequence[Any], on: datetime, *, evidence: Mapping[str, EvidenceFacts], office: Callable[[TicketFacts], Office]
) -> Case:
    """From a row of CASE_COLUMNS; `office` answers for the ticket."""
    size = len(_APPLICATION)
    own, rest = row[:size], row[size:]
    window = own_window(rest[: len(OWN_WINDOW)])
    rest = rest[len(OWN_WINDOW) :]
    examinee = ExamineeFacts(*rest[: len(_EXAMINEE)])
    ticket = ticket_facts(rest[len(_EXAMINEE) :])
    (
        ident,
        public_id,
        service,
        state,
        version,
        answers,
        reached,
        open_items,
        returned_stage,
        submissions,
        at_step,
        saved_at,
    ) = own
    return Case(
        public_id=public_id,
        application_id=ident,
        service=service,
        state=State(state),
        version=version,
        answers=answers,
        reached=reached,
        open_items=None if open_items is None else tuple(open_items),
        returned_stage=returned_stage,
        submissions=submissions,
        examinee=examinee,
        ticket=ticket,
        window=window,
        evidence=evidence,
        office=office(ticket),
        on=on,
        today=today(on),
        at_step=at_step,
        saved_at=saved_at,
    )


def ticket_facts(row: Sequence[Any]) -> TicketFacts:
    """From a row of TICKET_COLUMNS."""
    size = len(_OF_TICKET)
    values = dict(zip(_OF_TICKET, row[:size], strict=True))
    values["graduated_majors"] = tuple(code for code in values["graduated_majors"].split("、") if code)
    associate, bachelor = (int(text) if text and text.isdecimal() else 0 for text in row[size:])
    return TicketFacts(**values, local_minimums=(associate, bachelor))


def office_of(session: Session, ticket_id: int, on: date) -> DbOffice:
    """What the office holds about a ticket, outside of any application; NotFound when there is none."""
    row = session.execute(_of_ticket, {"ticket": ticket_id}).one_or_none()
    if row is None:
        raise NotFound
    return DbOffice(session, ticket_facts(tuple(row)), on)


class Pictures(Mapping[str, EvidenceFacts]):
    """Slot -> current picture of an application, read when a step first asks for one: most steps have none."""

    def __init__(self, session: Session, application_id: int) -> None:
        self.session = session
        self.application_id = application_id

    @cached_property
    def _found(self) -> dict[str, EvidenceFacts]:
        rows = _pictures(self.session, application=self.application_id)
        return {row.slot: EvidenceFacts(*row) for row in rows}

    def __getitem__(self, slot: str) -> EvidenceFacts:
        return self._found[slot]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


class DbOffice:
    """What the office holds about one ticket, read when first asked and kept for the life of the case."""

    def __init__(self, session: Session, ticket: TicketFacts, on: date) -> None:
        self.session = session
        self.ticket = ticket
        self.on = on

    @cached_property
    def _schools(self) -> dict[str, SchoolFacts]:
        return {row.code: SchoolFacts(*row) for row in _school_rows(self.session)}

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
        rows = _grade_rows(self.session, ticket=self.ticket.id)
        return [Grade(code, name, exam, mark, Origin(origin)) for code, name, exam, mark, origin in rows]

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
    keys = [(row.id, row.imported_at) for row in _plan_keys(session)]
    return list(zip((ident for ident, _ in keys), parsed(session, keys), strict=True))


def parsed(session: Session, keys: Sequence[tuple[int, datetime]]) -> list[Plan]:
    """The plans of these rows (id, time of import); a statement only where one of them was not parsed before."""
    missing = [key[0] for key in keys if key not in _plans]
    if missing:
        query = select(PlanRow.id, PlanRow.imported_at, PlanRow.body).where(PlanRow.id.in_(missing))
        for row in session.execute(query):
            _plans[row.id, row.imported_at] = from_json(row.body)
    return [_plans[key] for key in keys]
