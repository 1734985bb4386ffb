"""Whose turn it is to do a periodic work: a row per work, taken by one conditional UPDATE.

Times are the database's, so hosts with other clocks agree. A time further ahead than it can be was written before the clock
was set back, and does not hold the work up.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import Table, or_, select, text, update
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import DueWork
from app.models.base import core, insert_into, transaction

LEASE = timedelta(minutes=15)
"""Who does a work and dies is waited for so long; every work may be done twice at once."""
AGAIN = timedelta(minutes=5)
"""A work that failed is tried again so soon, or at its own pace where that is quicker."""
SKEW = timedelta(minutes=5)
_table = cast(Table, DueWork.__table__)


def holder() -> str:
    """Return a name for one run: host, process and a random part."""
    return f"{socket.gethostname()[:50]}/{os.getpid()}/{token_hex(6)}"


def is_due(name: str, *, every: timedelta) -> bool:
    """Whether the work is due and nobody does it; a read without a transaction of writing."""
    session = db.session()
    session.rollback()
    on = database_time(session)
    found = session.scalar(select(_table.c.name).where(_table.c.name == name))
    due = session.scalar(select(_table.c.name).where(*_free(name, on), _come(on, every)))
    session.rollback()
    return found is None or due is not None


def take(name: str, by: str, *, every: timedelta, now: bool = False) -> bool:
    """Take the work if it is due and nobody does it; one caller gets True. `now`: due or not."""
    with transaction() as session:
        on, connection = database_time(session), core(session)
        row = {"name": name, "due_at": on, "holder": "", "last_error": "", "runs": 0}
        connection.execute(insert_into(session, _table).values(row).on_conflict_do_nothing())
        wanted = _free(name, on) if now else (*_free(name, on), _come(on, every))
        mine = {"lease_until": on + LEASE, "holder": by, "last_started": on, "runs": _table.c.runs + 1}
        return bool(connection.execute(update(_table).where(*wanted).values(mine)).rowcount)


def give_back(name: str, by: str, *, every: timedelta, error: str = "") -> None:
    """Write down how it went and when it is due again; without effect if another has taken it since."""
    with transaction() as session:
        on = database_time(session)
        values: dict[str, Any] = {"lease_until": None, "holder": "", "last_error": error[:200]}
        values["due_at"] = on + (min(every, AGAIN) if error else every)
        if not error:
            values["last_finished"] = on
        session.execute(update(_table).where(_table.c.name == name, _table.c.holder == by).values(values))


def _free(name: str, on: datetime) -> tuple[Any, ...]:
    until = _table.c.lease_until
    return _table.c.name == name, or_(until.is_(None), until <= on, until > on + LEASE + SKEW)


def _come(on: datetime, every: timedelta) -> Any:
    return or_(_table.c.due_at <= on, _table.c.due_at > on + max(every, AGAIN) + SKEW)


def database_time(session: Session) -> datetime:
    """Return the database's present; SQLite has one host."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = session.scalars(text("SELECT clock_timestamp()")).one()
    return found.astimezone(UTC)
