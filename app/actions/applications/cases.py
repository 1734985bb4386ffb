"""Load a case: one application with everything its steps may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.actions.records.holdings import TICKET, DbOffice
from app.actions.windows.closed import its_school
from app.actions.windows.own import OWN_WINDOW, WINDOW, live, own_window
from app.models import Application, Evidence, Examinee, Extension, School, Ticket, Window
from app.models.parts import Part
from app.models.prepared import Prepared
from app.rules.calendar import today
from app.rules.case import Case, EvidenceFacts, ExamineeFacts, Office, TicketFacts
from app.rules.closing import school_words
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts

EXAMINEE = Part(
    "examinee", ExamineeFacts, {name: Examinee.__table__.c[name] for name in ExamineeFacts.__dataclass_fields__}
)


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
    discarded_at: datetime | None


_APPLICATION = Part("application", _Stored, {name: getattr(Application, name) for name in _Stored._fields})
_SCHOOL = aliased(School)  # of the submission; before it, of the ticket
_WHOM_TO_CALL = (_SCHOOL.name.label("case__school"), _SCHOOL.phone.label("case__phone"))
CASE_COLUMNS = (*_APPLICATION.columns, *OWN_WINDOW, *EXAMINEE.columns, *TICKET.columns, *_WHOM_TO_CALL)
"""Columns that `case_from` reads, for queries that select more beside them."""


def with_people(query: Select[Any]) -> Select[Any]:
    """Join to applications the other tables of CASE_COLUMNS."""
    return (
        query.join(Window, Window.id == Application.window_id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(Extension, live(Application.ticket_id))
        .outerjoin(_SCHOOL, _SCHOOL.code == its_school())
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
_pictures = Prepared(
    select(*_PICTURE.columns).where(Evidence.application_id == bindparam("application"), Evidence.current)
)


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
        school=school_words(row.case__school or "", row.case__phone or ""),
        longer=row.extension__what,
        discarded=own.discarded_at is not None,
    )


class Pictures(Mapping[str, EvidenceFacts]):
    """Slot -> current picture of an application, read on first access: most steps have none."""

    def __init__(self, session: Session, application_id: int) -> None:
        self.session = session
        self.application_id = application_id

    @cached_property
    def _found(self) -> dict[str, EvidenceFacts]:
        rows = _pictures(self.session, application=self.application_id)
        return {picture.slot: picture for picture in map(_PICTURE.read, rows)}

    def __getitem__(self, slot: str) -> EvidenceFacts:
        return self._found[slot]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
