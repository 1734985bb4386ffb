"""The audit chain (security.md AC-30): links in a table of their own, so that audit rows are never changed.

A link's MAC covers the former link's MAC and the event's content. Events are laid in the order in which the work finds them;
one with a smaller id that was committed later is laid later. Rows of both tables are read as they are stored: what a hand left
unreadable must be named (app.actions.upkeep.chain_faults), not stop the reading.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, String, Table, Text, insert, select, text, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import AuditEvent, AuditLink
from app.models.base import core, transaction
from app.models.upkeep.as_stored import as_stored, moment_in
from app.models.upkeep.seal import FIELDS, audit_key, canonical, moment_text

BATCH = 500
"""Events a transaction: some 50 ms of the lock for writing."""
LATE = timedelta(days=1)
"""An event that is committed so long after others with higher ids were laid is not looked for."""
LONGEST = 60.0  # seconds a run; the next goes on
ADVISORY_LOCK = 0x6B616F6B
LINK = cast(Table, AuditLink.__table__)
LAID_AT = type_coerce(LINK.c.laid_at, String).label("laid_at")
"""As it is stored."""
_EVENT = cast(Table, AuditEvent.__table__)
EVENT = (
    _EVENT.c.id,
    type_coerce(_EVENT.c.at, String).label("at"),
    *(_EVENT.c[name] for name in FIELDS),
    sql_cast(_EVENT.c.detail, Text).label("detail"),
    _EVENT.c.seal,
)
"""An event's columns as they are stored."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link."""

    sequence: int
    mac: str


def lay(*, within: float = LONGEST) -> int:
    """Lay the events that are not laid yet, in batches; return how many. Safe on several hosts at once."""
    key, end, laid, after = audit_key(), time.monotonic() + within, 0, None
    while time.monotonic() < end:
        session = db.session()
        session.rollback()
        with as_stored(session.connection()):
            before = head(session)
            after = watermark(session) if after is None else after
            found = [dict(row) for row in session.execute(_unlaid(after)).mappings()]
        session.rollback()
        if not found:
            break
        if _lay(found, before, key):
            laid, after = laid + len(found), found[-1]["id"]
        else:
            after = None  # another host laid meanwhile
    return laid


def _unlaid(after: int) -> Any:
    known = select(LINK.c.sequence).where(LINK.c.event_id == _EVENT.c.id).exists()
    return select(*EVENT).where(_EVENT.c.id > after, ~known).order_by(_EVENT.c.id).limit(BATCH)


def _lay(events: list[dict[str, Any]], before: Head | None, key: bytes) -> bool:
    """Lay these after `before`; False: it is not the last link any more."""
    with transaction() as session:
        if session.get_bind().dialect.name != "sqlite":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        if head(session) != before:
            return False
        sequence, mac = (before.sequence, before.mac) if before else (0, "")
        highest = _number(session.scalar(select(LINK.c.highest).where(LINK.c.sequence == sequence)))
        rows, on = [], datetime.now(UTC)
        for event in events:
            sequence, highest = sequence + 1, max(highest, event["id"])
            row = {"sequence": sequence, "event_id": event["id"], "highest": highest, "laid_at": on}
            mac = link_mac(key, mac, row, event)
            rows.append({**row, "mac": mac})
        core(session).execute(insert(LINK), rows)
        return True


def link_mac(key: bytes, former: str, link: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Return the MAC of a link on its event, after the former link's."""
    own = [former, link["sequence"], link["event_id"], link["highest"], moment_text(link["laid_at"]), event["seal"]]
    return hmac.new(key, json.dumps(own, default=str).encode() + b"\n" + canonical(event), hashlib.sha256).hexdigest()


def head(session: Session | Connection) -> Head | None:
    """Return the last link of the chain; None before the first."""
    connection = session.connection() if isinstance(session, Session) else session
    with as_stored(connection):
        row = connection.execute(select(LINK.c.sequence, LINK.c.mac).order_by(LINK.c.sequence.desc()).limit(1)).first()
    return Head(row.sequence, row.mac) if row else None


def watermark(session: Session | Connection) -> int:
    """Return the id up to which all events were laid long before the last link; 0 in a young chain."""
    last = moment_in(session.scalar(select(LAID_AT).order_by(LINK.c.sequence.desc()).limit(1)))
    if last is None:  # or it is unreadable: then everything is looked at
        return 0
    old = select(LINK.c.highest).where(LINK.c.laid_at <= last - LATE).order_by(LINK.c.sequence.desc()).limit(1)
    return _number(session.scalar(old))


def _number(stored: Any) -> int:
    """Return a number that is stored; 0 for anything else that a hand put there."""
    return stored if isinstance(stored, int) else 0
