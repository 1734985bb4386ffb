"""Services on offer and schools to call at sign-in, and the staff's last sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, literal_column, select
from sqlalchemy.orm import Session

from app.actions.audit import Unreadable, read_events
from app.actions.services import title_of
from app.models import AuditEvent, School, Window
from app.models.prepared import Prepared

SOON = timedelta(days=120)
_windows = Prepared(
    select(Window.service, Window.name, Window.opens_at, Window.closes_at)
    .where(Window.closes_at > bindparam("on"), Window.opens_at <= bindparam("soon"))
    .order_by(Window.opens_at, Window.id)
    .limit(literal_column("6"))  # SQLite plans anew at every call for a bound one: 5 % of the sign-in page
)


_schools = Prepared(select(School.name, School.phone, School.hours).where(School.phone != "").order_by(School.code))


@dataclass(frozen=True, slots=True)
class Desk:
    """A 主考学校 to call; `hours` empty: not known."""

    name: str
    phone: str
    hours: str


def desks(session: Session) -> list[Desk]:
    """Return the schools that have a phone, by code."""
    return [Desk(row.name, row.phone, row.hours) for row in _schools(session)]


@dataclass(frozen=True, slots=True)
class Offer:
    """A service open now or within four months. Times aware UTC."""

    title: str
    round: str
    open: bool
    opens_at: datetime
    closes_at: datetime


def offers(session: Session, on: datetime) -> list[Offer]:
    """Return open services first, then upcoming ones."""
    rows = _windows(session, on=on, soon=on + SOON)
    found = [Offer(title_of(row.service), row.name, row.opens_at <= on, row.opens_at, row.closes_at) for row in rows]
    return sorted(found, key=lambda offer: not offer.open)


def last_sign_in(session: Session, staff_id: int) -> Row[*tuple[Any, ...]] | None:
    """Return time and address of the sign-in before this one, or None."""
    mine = (AuditEvent.subject == "staff", AuditEvent.subject_id == staff_id, AuditEvent.action == "sign_in.ok")
    query = select(AuditEvent.at, AuditEvent.address).where(*mine).order_by(AuditEvent.id.desc())
    found = read_events(session, query.offset(1).limit(1), lambda row: row)
    return next((row for row in found if not isinstance(row, Unreadable)), None)
