"""Events that somebody can make happen as often as they like: one row of the audit a minute each, with how many there were.

The first is written at once; the others of its minute are counted (a row of throttle, one per act and person or gateway), with
what they were about and where they came from (rows beside it, up to MOST of each), and written when the minute is over, by the
next one or by the periodic work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.extensions import db
from app.models import Staff, Throttle
from app.models.base import core, insert_into, transaction
from app.rules.people.roles import Actor, staff_actor

MINUTE = timedelta(minutes=1)
MOST = 20
"""Distinct addresses, and pages, that a counted event names."""
REFUSED, FORGED = "access.refused", "payment.forged"
_PREFIX, _BESIDE = "counted:", "of:"
_PATHS, _ADDRESSES = "paths", "addresses"


def count_refused(
    *, path: str, status: int, subject: str, subject_id: int | None, by: Actor, address: str, on: datetime
) -> int:
    """Count that a member of staff was refused a page, or asked for what is another's. `path` without query and personal numbers."""
    things = {_PATHS: f"{status} {path}", _ADDRESSES: address}
    first = {"path": path[:120], "status": status}
    return _count(REFUSED, str(by.id), (subject, subject_id), first, things, by, on)


def count_forged(gateway: str, *, title: str, address: str, on: datetime) -> int:
    """Count a notice of payment that the gateway did not sign; nothing of it is stored. Return how many are told of now."""
    things, detail = {_ADDRESSES: address}, {"gateway": gateway}
    return _count(FORGED, gateway, ("address", None), detail, things, Actor("gateway", None, title[:80]), on)


def _count(
    action: str,
    who: str,
    about: tuple[str, int | None],
    first: dict[str, Any],
    things: Mapping[str, str],
    by: Actor,
    on: datetime,
) -> int:
    """Count one; write it down where no minute runs, with those of a minute before. `first`: the detail of one alone."""
    key = f"{_PREFIX}{action}:{who}"[:120]
    with transaction() as session:
        row = _row(session, key, on)
        row.hits += 1
        if on < row.expires_at <= on + MINUTE:  # its minute runs; a later end is of a clock that was set back
            _keep(session, key, things, on)
            return 0
        if row.hits == 1:
            return _write(session, row, about, by, things[_ADDRESSES], first, on)
        _keep(session, key, things, on)
        return _tell(session, row, about, by, on)


def _row(session: Session, key: str, on: datetime) -> Throttle:
    """Return the locked counter; a new one's minute is over."""
    new = {"key": key, "slot": 0, "hits": 0, "expires_at": on}
    core(session).execute(insert_into(session, Throttle).values(new).on_conflict_do_nothing())
    return session.get_one(Throttle, (key, 0), with_for_update=True, populate_existing=True)


def _keep(session: Session, key: str, things: Mapping[str, str], on: datetime) -> None:
    """Keep each thing beside the locked counter; of those after the first MOST only how often there were any."""
    for kind, thing in things.items():
        begin = _beside(key, kind)
        place = (f"{begin}{thing}"[:120], 0)
        row = session.get(Throttle, place)
        if row is None and _named(session, begin) >= MOST:
            place = (begin, 1)
            row = session.get(Throttle, place)
        if row is None:
            row = Throttle(key=place[0], slot=place[1], hits=0, expires_at=on + MINUTE)
            session.add(row)
        row.hits += 1


def _named(session: Session, begin: str) -> int:
    return session.scalar(select(func.count()).where(_of(begin), Throttle.slot == 0)) or 0


def _kept(session: Session, key: str) -> dict[str, Any]:
    """Take away what is kept beside a counter and return it as a detail: names, and how often there were others."""
    found: dict[str, Any] = {}
    for kind in (_PATHS, _ADDRESSES):
        begin = _beside(key, kind)
        for row in session.scalars(select(Throttle).where(_of(begin)).order_by(Throttle.key)).all():
            if row.slot:
                found[f"more_{kind}"] = row.hits
            else:
                found.setdefault(kind, []).append(row.key.removeprefix(begin))
            session.delete(row)
    return found


def _beside(key: str, kind: str) -> str:
    return f"{_BESIDE}{key.removeprefix(_PREFIX)}:{kind}:"


def _of(begin: str) -> ColumnElement[bool]:
    return Throttle.key.startswith(begin, autoescape=True)


def _tell(session: Session, row: Throttle, about: tuple[str, int | None], by: Actor, on: datetime) -> int:
    """Write what was counted, with what is kept of it."""
    found = _kept(session, row.key)
    _, action, who, *_ = row.key.split(":")
    places = found.get(_ADDRESSES, [])
    if len(places) == 1:
        del found[_ADDRESSES]
    detail = {**({"gateway": who} if action == FORGED else {}), **found}
    return _write(session, row, about, by, places[0] if places else "", detail, on)


def _write(
    session: Session,
    row: Throttle,
    about: tuple[str, int | None],
    by: Actor,
    address: str,
    detail: Mapping[str, Any],
    on: datetime,
) -> int:
    number, row.hits, row.expires_at = row.hits, 0, on + MINUTE
    record(
        session,
        on=on,
        by=by,
        action=row.key.split(":")[1],
        subject=about[0],
        subject_id=about[1],
        address=address[:60],
        detail={**detail, "times": number},
    )
    return number


def any_over(*, on: datetime) -> bool:
    """Whether a minute is over."""
    session = db.session()
    found = session.scalar(select(Throttle.key).where(*_over(on)).limit(1))
    session.rollback()
    return found is not None


def tell_rest(*, on: datetime, titles: Mapping[str, str]) -> None:
    """Write what was counted in minutes that are over; a counter that counted nothing goes. `titles`: of the gateways, by name."""
    for key in db.session.scalars(select(Throttle.key).where(*_over(on))).all():
        with transaction() as session:
            row = session.get(Throttle, (key, 0), with_for_update=True, populate_existing=True)
            if row is None or row.expires_at > on:
                continue
            if not row.hits:
                session.delete(row)
                continue
            _, action, who, *_ = key.split(":")
            person = session.get(Staff, int(who)) if action == REFUSED and who.isdecimal() else None
            by = staff_actor(person) if person else Actor("gateway", None, titles.get(who, who)[:80])
            _tell(session, row, ("staff" if person else "address", by.id), by, on)


def _over(on: datetime) -> tuple[Any, ...]:
    return _of(_PREFIX), Throttle.expires_at <= on
