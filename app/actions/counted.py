"""Events that somebody can make happen as often as they like: one row of the audit a minute each, with how many there were.

The first is written at once; the others of its minute are counted (a row of throttle, one per act, person and address) and
written when the minute is over, by the next one or by the periodic work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.extensions import db
from app.models import Staff, Throttle
from app.models.base import core, insert_into, transaction
from app.rules.people.roles import Actor, staff_actor

MINUTE = timedelta(minutes=1)
REFUSED, FORGED = "access.refused", "payment.forged"
_PREFIX = "counted:"


def count_refused(
    *, path: str, status: int, subject: str, subject_id: int | None, by: Actor, address: str, on: datetime
) -> int:
    """Count that a member of staff was refused a page, or asked for what is another's. `path` without its query."""
    detail = {"path": path[:120], "status": status}
    return _count(_key(REFUSED, str(by.id), address), subject, subject_id, detail, by, address, on)


def count_forged(gateway: str, *, title: str, address: str, on: datetime) -> int:
    """Count a notice of payment that the gateway did not sign; nothing of it is stored. Return how many are told of now."""
    by = Actor("gateway", None, title[:80])
    return _count(_key(FORGED, gateway, address), "address", None, {"gateway": gateway}, by, address, on)


def _key(action: str, who: str, address: str) -> str:
    return f"{_PREFIX}{action}:{who}:{address}"[:120]


def _count(
    key: str, subject: str, subject_id: int | None, detail: dict[str, Any], by: Actor, address: str, on: datetime
) -> int:
    with transaction() as session:
        row = _row(session, key, on)
        row.hits += 1
        if on < row.expires_at <= on + MINUTE:  # its minute runs; a later end is of a clock that was set back
            return 0
        return _tell(session, row, subject, subject_id, detail, by, address, on)


def _row(session: Session, key: str, on: datetime) -> Throttle:
    """Return the locked counter; a new one's minute is over."""
    new = {"key": key, "slot": 0, "hits": 0, "expires_at": on}
    core(session).execute(insert_into(session, Throttle).values(new).on_conflict_do_nothing())
    return session.get_one(Throttle, (key, 0), with_for_update=True, populate_existing=True)


def _tell(
    session: Session,
    row: Throttle,
    subject: str,
    subject_id: int | None,
    detail: Mapping[str, Any],
    by: Actor,
    address: str,
    on: datetime,
) -> int:
    number, row.hits, row.expires_at = row.hits, 0, on + MINUTE
    record(
        session,
        on=on,
        by=by,
        action=row.key.split(":")[1],
        subject=subject,
        subject_id=subject_id,
        address=address,
        detail={**detail, "times": number},
    )
    return number


def any_over(*, on: datetime) -> bool:
    """Whether a minute is over."""
    session = db.session()
    found = session.scalar(select(Throttle.key).where(*_over(on)).limit(1))
    session.rollback()
    return found is not None


def tell_rest(*, on: datetime) -> None:
    """Write what was counted in minutes that are over; a counter that counted nothing goes."""
    for key in db.session.scalars(select(Throttle.key).where(*_over(on))).all():
        with transaction() as session:
            row = session.get(Throttle, (key, 0), with_for_update=True, populate_existing=True)
            if row is None or row.expires_at > on:
                continue
            if not row.hits:
                session.delete(row)
                continue
            _, action, who, address = key.split(":", 3)
            person = session.get(Staff, int(who)) if action == REFUSED else None
            by = staff_actor(person) if person else Actor("gateway", None, who)
            subject = "staff" if person else "address"
            _tell(session, row, subject, by.id, {}, by, address, on)


def _over(on: datetime) -> tuple[Any, ...]:
    return Throttle.key.startswith(_PREFIX, autoescape=True), Throttle.expires_at <= on
