"""The clock of the server jumped: written down, and what runs for a time runs no longer for that.

A jump is measured against the monotonic clock (app.security.request_time.Arrival). Set back by an hour, five minutes to undo
would become 65 and a lease of fifteen 75; set ahead, or right again, everybody would be signed out. On SQLite, whose one host
measures, every end moves by as much (ahead by two hours at most: more is rather a machine that was paused, whose people have
left); on PostgreSQL, whose hosts take the database's time, and where nobody ran to measure, none lies further ahead than if it
began now. What is dated (windows, deadlines, when something was done) stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from app.actions.applications.leases import SPAN
from app.actions.audit import Unreadable, read_events, record
from app.actions.review.decision_settings import decision_settings
from app.actions.upkeep.due import database_time
from app.extensions import db
from app.models import AuditEvent, Captcha, Lease, LoginSession, PendingDecision, Throttle
from app.models.base import transaction
from app.rules.people.roles import SYSTEM
from app.security.captcha import LIVES
from app.security.sessions import LONGEST

JUMPED = "clock.jumped"
TOLD_FOR = timedelta(days=7)
TOLERATED = timedelta(seconds=300)
NONE = timedelta(0)
MOST_AHEAD = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class End:
    """A time that something runs from (`ahead` 0) or until, and how far ahead it can lie; None: it varies."""

    column: Any
    ahead: timedelta | None


def note_jump(by: timedelta, *, on: datetime, shift: bool) -> None:
    """Write a jump down (`by` below 0: back; `on`: the time after it), and bound what runs.

    `shift`: this process measured it, and no other host has a say.
    """
    with transaction() as session:
        seconds = {"seconds": str(round(by.total_seconds()))}
        record(session, on=on, by=SYSTEM, action=JUMPED, subject="site", subject_id=None, detail=seconds)
        moves = by if shift and by <= MOST_AHEAD else NONE
        for end in _running(session) if by < NONE or moves else ():
            latest = None if end.ahead is None else on + end.ahead
            if moves or latest:
                _change(session, end, lambda at, latest=latest: min(at + moves, latest or at + moves))  # type: ignore[misc]


def jumps(on: datetime) -> list[tuple[datetime, int]]:
    """Return when the clock jumped lately, and by how many seconds, the latest first."""
    query = (
        select(AuditEvent.at, AuditEvent.detail)
        .where(AuditEvent.action == JUMPED, AuditEvent.at > on - TOLD_FOR)
        .order_by(AuditEvent.id.desc())
        .limit(5)
    )
    found = read_events(db.session(), query, lambda row: (row.at, int(row.detail["seconds"])))
    return [jump for jump in found if not isinstance(jump, Unreadable)]


def ahead_of(on: datetime) -> timedelta:
    """Return how far the site's last acts lie ahead of now, if over five minutes: the clock was set back while nobody ran."""
    last = [
        db.session.scalar(select(func.max(column))) for column in (LoginSession.seen_at, PendingDecision.decided_at)
    ]
    db.session.rollback()
    ahead = max((at for at in last if at), default=on) - on
    return ahead if ahead > TOLERATED else NONE


def ahead_of_this_host() -> timedelta:
    """Return how far the database's time is ahead of this host's."""
    began = datetime.now(UTC)
    there = database_time(db.session())
    db.session.rollback()
    return there - (began + (datetime.now(UTC) - began) / 2)


def _running(session: Session) -> tuple[End, ...]:
    return (
        End(PendingDecision.decided_at, NONE),
        End(PendingDecision.effective_at, decision_settings(session).undo),
        End(Lease.until, SPAN),
        End(LoginSession.created_at, NONE),
        End(LoginSession.seen_at, NONE),
        End(LoginSession.proved_at, NONE),
        End(LoginSession.expires_at, max(LONGEST.values())),
        End(Captcha.image_expires_at, LIVES),
        End(Captcha.sound_expires_at, LIVES),
        End(Throttle.expires_at, None),
    )


def _change(session: Session, end: End, moved: Callable[[datetime], datetime]) -> None:
    """Set each of these times to what becomes of it."""
    key = inspect(end.column.class_).primary_key
    rows = session.execute(select(end.column, *key).where(end.column.is_not(None))).all()
    for at, *ident in rows:
        if moved(at) != at:
            which = (column == value for column, value in zip(key, ident, strict=True))
            session.execute(update(end.column.class_).where(*which).values({end.column: moved(at)}))
