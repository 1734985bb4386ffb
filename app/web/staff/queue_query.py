"""The queue: filters, keyset paging by (submitted_at, id), capped counters. Few statements, each bounded by an index.

Several states at once are asked one by one and put together, so that each part walks its own index and stops early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, func, literal, or_, select, tuple_, union_all

from app.actions import scope
from app.extensions import db
from app.models import Application, Examinee, PlanRow, Review, School, Staff, Submission, Ticket
from app.rules.lifecycle import UNDER_REVIEW, WORDS, State
from app.rules.people import Actor
from app.rules.windows import WindowFacts

PAGE = 50
CAP = 1000  # counters stop here: "1000+"
ALL = "all"
STATES = (
    ("", "待我审核"),
    *(
        (state.value, "审核未通过" if state is State.RETURNED else WORDS[state])
        for state in State
        if state is not State.DRAFT
    ),
    (ALL, "全部"),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Part = Select[int, datetime | None]  # id and submitted_at of one state


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; kept in the address. `state` '' is what waits for this reviewer."""

    state: str = ""
    school: str = ""
    major: str = ""
    window: str = ""
    q: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        """From the address; what is not a filter is left out, what makes no sense finds nothing."""
        filters = cls(**{name: args.get(name, "").strip()[:80] for name in cls.__dataclass_fields__})
        return filters if filters.state in dict(STATES) else replace(filters, state="")

    def args(self) -> dict[str, str]:
        """For addresses: only what is set."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the queue: after (or before) this moment and id."""

    at: datetime
    id: int
    backward: bool = False

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Cursor | None:
        """From `after` or `before` in the address; None for the first page, and for anything that is no place."""
        for name in ("after", "before"):
            moment, _, ident = args.get(name, "").partition(".")
            if moment.isascii() and moment.isdecimal() and ident.isascii() and ident.isdecimal():
                if len(moment) > 17 or len(ident) > 18:
                    return None
                return cls(EPOCH + int(moment) * MICROSECOND, int(ident), name == "before")
        return None


def place(at: datetime, ident: int) -> str:
    """A row's place as the address writes it: microseconds since 1970, a dot, the id."""
    return f"{(at - EPOCH) // MICROSECOND}.{ident}"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, and the places to go on from ('' where there is nothing more)."""

    rows: list[Row[Any]]
    previous: str
    next: str


def page(by: Actor, filters: Filters, windows: Iterable[WindowFacts], cursor: Cursor | None, size: int = PAGE) -> Page:
    """One page of the queue.

    Where the rows before or after a place are gone meanwhile, the nearest page that has rows is given instead.
    """
    parts = _parts(by, filters, windows)
    rows = _rows(parts, cursor, size + 1)
    if cursor is not None and cursor.backward:
        if len(rows) <= size:  # the beginning was reached: a whole first page, not a torn one
            return page(by, filters, windows, None, size)
        rows = rows[1:]
        return Page(rows, _place(rows[0]), _place(rows[-1]))
    if cursor is not None and not rows:
        before = _rows(parts, replace(cursor, backward=True), size + 1)
        return Page(before[-size:], _place(before[-size]) if len(before) > size else "", "")
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _place(rows[0]) if cursor and rows else "", _place(rows[-1]) if more else "")


def following(by: Actor, filters: Filters, windows: Iterable[WindowFacts], cursor: Cursor | None) -> str | None:
    """The public id of the next file after a place, from the front when the end was reached; None when the queue is empty."""
    parts = _parts(by, filters, windows)
    rows = _rows(parts, cursor, 1)
    if not rows and cursor is not None:
        rows = [row for row in _rows(parts, None, 1) if row.id != cursor.id]
    return rows[0].public_id if rows else None


def count(by: Actor, filters: Filters, windows: Iterable[WindowFacts]) -> int:
    """How many there are, counted up to CAP + 1."""
    parts = [part.limit(CAP + 1).subquery() for part in _parts(by, filters, windows)]
    if not parts:
        return 0
    capped = _together(parts).limit(CAP + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(capped)) or 0


def counted(number: int) -> str:
    """1,284, or 1,000+ where counting stopped."""
    return f"{CAP:,}+" if number > CAP else f"{number:,}"


def majors() -> list[tuple[str, str]]:
    """Code and name of every major that has a plan."""
    query = select(PlanRow.major_code, func.max(PlanRow.name)).group_by(PlanRow.major_code).order_by(PlanRow.major_code)
    return [(code, f"{code} {name}") for code, name in db.session.execute(query)]


def schools() -> list[tuple[str, str]]:
    """Code and name of every school."""
    return [(row.code, row.name) for row in db.session.execute(select(School.code, School.name).order_by(School.code))]


def _parts(by: Actor, filters: Filters, windows: Iterable[WindowFacts]) -> list[Part]:
    """One query of (id, submitted_at) for each state that is asked for."""
    narrowed = [scope.applications(by), *_narrowing(filters)]
    found: list[Part] = []
    for condition in _states(by, filters.state, windows):
        query = select(Application.id, Application.submitted_at).where(condition, *narrowed)
        if filters.q:
            query = query.where(_text(filters.q))
        found.append(query)
    return found


def _states(by: Actor, state: str, windows: Iterable[WindowFacts]) -> list[ColumnElement[bool]]:
    if state == ALL:
        return [Application.state == each for each in State if each is not State.DRAFT]
    if state:
        return [Application.state == state]
    if scope.of_school(by):
        return [Application.state == State.SCHOOL_REVIEW]
    if by.role == "office_reviewer":
        # in a window of one stage the office may decide at once
        one_stage = [window.id for window in windows if window.stages == 1]
        at_once = and_(Application.state == State.SCHOOL_REVIEW, Application.window_id.in_(one_stage))
        return [Application.state == State.OFFICE_REVIEW, *([at_once] if one_stage else [])]
    return [Application.state == each for each in UNDER_REVIEW]


def _narrowing(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.school:
        found.append(Application.school_code == filters.school)
    if filters.major:
        found.append(Application.major_code == filters.major)
    if filters.window:
        known = filters.window.isascii() and filters.window.isdecimal() and len(filters.window) < 10
        found.append(Application.window_id == int(filters.window) if known else literal(False))
    return found


def _text(q: str) -> ColumnElement[bool]:
    """准考证号 by its beginning (a range, which the index serves), 回执编号 whole, names by their beginning."""
    if q.isascii() and q.isdecimal():
        upper = q[:-1] + chr(ord(q[-1]) + 1)
        tickets = select(Ticket.id).where(Ticket.number >= q, Ticket.number < upper)
        return Application.ticket_id.in_(tickets)
    receipts = select(Submission.application_id).where(Submission.receipt == q.upper())
    names = select(Examinee.id).where(Examinee.name.startswith(q, autoescape=True))
    return or_(Application.id.in_(receipts), Application.examinee_id.in_(names))


def _rows(parts: list[Part], cursor: Cursor | None, limit: int) -> list[Row[Any]]:
    """The rows from a place on, always in the queue's order."""
    if not parts:
        return []
    backward = cursor is not None and cursor.backward
    key = tuple_(Application.submitted_at, Application.id)
    order = (
        (Application.submitted_at.desc(), Application.id.desc())
        if backward
        else (Application.submitted_at, Application.id)
    )
    if cursor is not None:
        here = tuple_(literal(cursor.at, Application.submitted_at.type), literal(cursor.id))
        parts = [part.where(key < here if backward else key > here) for part in parts]
    ids = _together([part.order_by(*order).limit(limit).subquery() for part in parts]).subquery()
    rows: list[Row[Any]] = list(
        db.session.execute(_DETAILS.join(ids, ids.c.id == Application.id).order_by(*order).limit(limit))
    )
    return rows[::-1] if backward else rows


def _together(parts: list[Subquery]) -> Any:
    selects = [select(part) for part in parts]
    return selects[0] if len(selects) == 1 else union_all(*selects)


def _place(row: Row[Any]) -> str:
    return place(row.submitted_at, row.id)


_BEGUN_BY = (
    select(Staff.name)
    .join(Review, Review.reviewer_id == Staff.id)
    .where(Review.application_id == Application.id, Review.decision == "", Review.stage == Application.state)
    .limit(1)
    .scalar_subquery()
)
_DETAILS: Select[*tuple[Any, ...]] = (
    select(
        Application.id, Application.public_id, Application.state, Application.submitted_at, Application.submissions,
        Application.missing, Application.window_id, Ticket.number.label("ticket"), Examinee.name,
        Application.major_code, PlanRow.name.label("major"), PlanRow.level, School.name.label("school"),
        _BEGUN_BY.label("begun_by"),
    )
    .join(Ticket, Ticket.id == Application.ticket_id)
    .join(Examinee, Examinee.id == Application.examinee_id)
    .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
    .outerjoin(School, School.code == Application.school_code)
)  # fmt: skip
