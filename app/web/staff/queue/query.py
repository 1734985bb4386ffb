"""Queue pages: keyset by (submitted_at, id), name or number, what the office sent back first in a school's list; few statements, each bounded by an index.
States are queried separately and united, so that each part reads its own index and stops early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, Select, Subquery, and_, bindparam, func, literal, not_, select, tuple_, union_all
from sqlalchemy.orm import aliased

from app.actions.applications import leases
from app.actions.applications.asides import is_answered
from app.actions.applications.waiting import waits_since
from app.actions.applications.whose_turn import barred
from app.actions.clashes import clash, not_owed
from app.actions.review.assigning import name_of
from app.extensions import db
from app.models import Application, Aside, Lease, PendingDecision, PlanRow, Review, School, Staff
from app.models.base import UtcDateTime
from app.rules.people.roles import Actor
from app.rules.windows import WindowFacts
from app.web.staff.queue.filters import ORDERED_BY, Filters, Part, nobody_elses, parts_of, sent_back_first
from app.web.staff.queue.search import Search, hidden

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position after (or before) a time and id. By name or number: the present position of the row `id`.
    `ahead`: among what the office sent back.
    """

    at: datetime
    id: int
    backward: bool = False
    ahead: bool = False

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Cursor | None:
        """Read `after` or `before` from the address; None if absent or invalid."""
        for name in ("after", "before"):
            moment, _, ident = args.get(name, "").partition(".")
            ident, _, ahead = ident.partition(".")
            if moment.isascii() and moment.isdecimal() and ident.isascii() and ident.isdecimal():
                if len(moment) > 17 or len(ident) > 18:
                    return None
                return cls(EPOCH + int(moment) * MICROSECOND, int(ident), name == "before", ahead == "1")
        return None


def position(row: Application, on: datetime) -> Cursor:
    """Return the place of a file. `on`: where it was never submitted."""
    return Cursor(row.submitted_at or on, row.id, ahead=row.sent_back)


def place(at: datetime, ident: int, *, ahead: bool = False) -> str:
    """Return a position for addresses: microseconds since 1970, a dot, the id, and `.1` if it stands ahead."""
    return f"{(at - EPOCH) // MICROSECOND}.{ident}{'.1' if ahead else ''}"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, and positions of the adjacent pages ('' for none)."""

    rows: list[Row[Any]]
    previous: str
    next: str


def page(
    by: Actor,
    filters: Filters,
    windows: Iterable[WindowFacts],
    cursor: Cursor | None,
    on: datetime,
    size: int = PAGE,
    search: Search | None = None,
) -> Page:
    """Return one page. `search`: of these filters, if already known.
    If the rows at the cursor are gone, the nearest page with rows.
    """
    parts = parts_of(by, filters, windows, on, search)
    rows = _rows(by, parts, filters, cursor, size + 1, on)
    if cursor is not None and cursor.backward:
        if len(rows) <= size:  # beginning reached: return a full first page
            return page(by, filters, windows, None, on, size, search)
        rows = rows[1:]
        return Page(rows, _place(rows[0]), _place(rows[-1]))
    if cursor is not None and not rows:
        before = _rows(by, parts, filters, replace(cursor, backward=True), size + 1, on)
        if not before:
            return page(by, filters, windows, None, on, size, search)
        return Page(before[-size:], _place(before[-size]) if len(before) > size else "", "")
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _place(rows[0]) if cursor and rows else "", _place(rows[-1]) if more else "")


def following(
    by: Actor, filters: Filters, windows: Iterable[WindowFacts], cursor: Cursor | None, on: datetime
) -> str | None:
    """Return the public id of the next free file after the cursor, continuing at the front; None if there is none.

    What is assigned to somebody else is passed over in every state, unless the filters say whose.
    """
    own = [] if filters.who else [hidden(nobody_elses(by))]
    parts = [part.where(leases.free(by, on), *own) for part in parts_of(by, filters, windows, on)]
    rows = _rows(by, parts, filters, cursor, 1, on)
    if not rows and cursor is not None:
        rows = [row for row in _rows(by, parts, filters, None, 1, on) if row.id != cursor.id]
    return rows[0].public_id if rows else None


def waits_longest(by: Actor, filters: Filters, windows: Iterable[WindowFacts], on: datetime) -> datetime | None:
    """Return since when the file waits that waits longest; None where there is none.

    Who was neither aside nor decided waits since it was submitted: of the others only earlier ones can have waited longer.
    """
    parts = parts_of(by, replace(filters, order=""), windows, on)
    if not parts:
        return None
    never = [part.where(waits_since().is_(None)) for part in parts]
    ids = _together([part.order_by(Application.submitted_at, Application.id).limit(1).subquery() for part in never])
    first = db.session.scalar(select(func.min(ids.subquery().c.submitted_at)))
    earlier = [] if first is None else [Application.submitted_at < first]
    aside = [
        part.with_only_columns(waits_since().label("since")).where(waits_since().is_not(None), *earlier).subquery()
        for part in parts
    ]
    last = db.session.scalar(select(func.min(_together(aside).subquery().c.since)))
    return min((at for at in (first, last) if at is not None), default=None)


def first(by: Actor, filters: Filters, windows: Iterable[WindowFacts], on: datetime, size: int) -> list[str]:
    """Return public ids of the `size` earliest submitted files, in any order setting."""
    parts = parts_of(by, replace(filters, order=""), windows, on)
    if not parts:
        return []
    order = (Application.submitted_at, Application.id)
    ids = _together([part.order_by(*order).limit(size).subquery() for part in parts]).subquery()
    query = select(Application.public_id).join(ids, ids.c.id == Application.id)
    return list(db.session.scalars(query.order_by(*order).limit(size)))


def _rows(
    by: Actor, parts: list[Part], filters: Filters, cursor: Cursor | None, limit: int, on: datetime
) -> list[Row[Any]]:
    """Return rows from the cursor on, in the requested order."""
    if not parts:
        return []
    ordered = filters.order
    backward = cursor is not None and cursor.backward
    falling = backward != (ordered == "new")
    column = ORDERED_BY.get(ordered, Application.submitted_at)
    order = (column.desc(), Application.id.desc()) if falling else (column, Application.id)
    beyond: Any = None
    if cursor is not None:
        key, here = tuple_(column, Application.id), tuple_(_where_is(cursor, ordered), literal(cursor.id))
        beyond = key < here if falling else key > here
    first: tuple[Any, ...] = ()
    if sent_back_first(by, filters):
        first = (Application.sent_back if backward else Application.sent_back.desc(),)
        parts = _ahead_and_rest(parts, cursor, beyond)
    elif cursor is not None:
        parts = [part.where(beyond) for part in parts]
    ids = _together([part.order_by(*order).limit(limit).subquery() for part in parts]).subquery()
    found = _details(ids).order_by(*first, *order).limit(limit)
    rows: list[Row[Any]] = list(db.session.execute(found, {"on": on, "me": by.id}))
    return rows[::-1] if backward else rows


def _ahead_and_rest(parts: list[Part], cursor: Cursor | None, beyond: Any) -> list[Part]:
    """Return each part in two: what the office sent back, and the rest, from the cursor on."""
    found = []
    for part in parts:
        for ahead in (True, False):
            own = part.where(Application.sent_back if ahead else not_(Application.sent_back))
            if cursor is None or (cursor.ahead != ahead and cursor.backward == ahead):
                found.append(own)
            elif cursor.ahead == ahead:
                found.append(own.where(beyond))
    return found


def _where_is(cursor: Cursor, ordered: str) -> Any:
    """Return the cursor row's sort value; names and numbers are looked up, as addresses must not contain them."""
    if ordered not in ORDERED_BY:
        return literal(cursor.at, Application.submitted_at.type)
    there = aliased(Application)
    return select(getattr(there, ORDERED_BY[ordered].key)).where(there.id == cursor.id).scalar_subquery()


def _together(parts: list[Subquery]) -> Any:
    selects = [select(part) for part in parts]
    return selects[0] if len(selects) == 1 else union_all(*selects)


def _place(row: Row[Any]) -> str:
    return place(row.submitted_at, row.id, ahead=row.sent_back)


_assignee, _holder, _decider = aliased(Staff), aliased(Staff), aliased(Staff)
_HELD = and_(Lease.application_id == Application.id, Lease.until > bindparam("on", type_=UtcDateTime()))
_BEGUN_BY = (
    select(Staff.name)
    .join(Review, Review.reviewer_id == Staff.id)
    .where(Review.application_id == Application.id, Review.decision == "", Review.stage == Application.state)
    .limit(1)
    .scalar_subquery()
)
_ASIDE = (Aside.application_id == Application.id, Aside.ended_at.is_(None))
_asker = aliased(Staff)
_DETAILS: tuple[Any, ...] = (
    Application.id,
    Application.public_id,
    Application.state,
    Application.submitted_at,
    Application.submissions,
    Application.sent_back,
    Application.missing,
    Application.window_id,
    Application.ticket_number.label("ticket"),
    Application.holder_name.label("name"),
    Application.major_code,
    PlanRow.name.label("major"),
    PlanRow.level,
    School.name.label("school"),
    _BEGUN_BY.label("begun_by"),
    barred(bindparam("me", type_=Integer())).label("barred"),
    name_of(_assignee).label("assignee"),
    Application.version,
    Application.flags,
    Lease.staff_id.label("holder_id"),
    _holder.name.label("holder"),
    Lease.until,
    PendingDecision.decision,
    PendingDecision.effective_at,
    PendingDecision.staff_id.label("decider_id"),
    _decider.name.label("decider"),
    waits_since().label("waits_since"),
    Aside.asked_at,
    Aside.asked,
    Aside.question,
    _asker.name.label("asker"),
    is_answered().label("answered"),
    not_owed().label("not_owed"),
    clash().label("clash"),
)


def _details(ids: Subquery) -> Select[*tuple[Any, ...]]:
    """Return what a row shows of these files.

    The few ids come first: PostgreSQL keeps the order of more than eight joined tables (join_collapse_limit), and would read
    all applications for each of them.
    """
    return (
        select(*_DETAILS)
        .select_from(ids)
        .join(Application, Application.id == ids.c.id)
        .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
        .outerjoin(School, School.code == Application.school_code)
        .outerjoin(_assignee, _assignee.id == Application.assignee_id)
        .outerjoin(Lease, _HELD)
        .outerjoin(_holder, _holder.id == Lease.staff_id)
        .outerjoin(PendingDecision, PendingDecision.application_id == Application.id)
        .outerjoin(_decider, _decider.id == PendingDecision.staff_id)
        .outerjoin(Aside, and_(*_ASIDE))
        .outerjoin(_asker, _asker.id == Aside.staff_id)
    )
