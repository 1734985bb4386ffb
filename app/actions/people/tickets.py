"""Which of one's tickets is open after sign-in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.models import Application, Extension, Ticket, Window
from app.rules.review.lifecycle import UNDER_REVIEW, State, awaits_examinee
from app.rules.windows import WindowFacts, extended

NEVER = datetime.min.replace(tzinfo=UTC)
_TIMES = ("id", "service", "name", "opens_at", "closes_at", "fixes_close_at", "pay_opens_at", "pay_closes_at", "fee")
_extension = and_(Extension.ticket_id == Ticket.id, Extension.window_id == Window.id, Extension.ended_at.is_(None))
_rows = (
    select(
        Ticket.id.label("ticket"),
        Ticket.last_used_at,
        Ticket.major_code.label("declared"),
        Ticket.graduated_majors,
        Application.major_code,
        Application.state,
        Application.saved_at,
        *(Window.__table__.c[name] for name in _TIMES),
        Extension.what,
        Extension.until,
    )
    .outerjoin(Application, and_(Application.ticket_id == Ticket.id, Application.discarded_at.is_(None)))
    .outerjoin(Window, Window.id == Application.window_id)
    .outerjoin(Extension, _extension)
    .order_by(Ticket.status != "在籍", Ticket.registered_on.desc().nulls_last(), Ticket.id.desc())
)


def ticket_to_open(session: Session, examinee_id: int, on: datetime) -> int | None:
    """Return the ticket last used; else the one with something to do, or under way, the latest saved first.

    Else one that has not graduated in its declared major and is 在籍, the latest registered. One statement.
    """
    rows = session.execute(_rows.where(Ticket.examinee_id == examinee_id)).all()
    used = [row for row in rows if row.last_used_at]
    if used:
        return int(max(used, key=lambda row: row.last_used_at).ticket)
    best = max(rows, key=lambda row: (_open(row, on), row.saved_at or NEVER), default=None)  # the first of equals
    if best is None or not _open(best, on):
        over = {row.ticket for row in rows if _graduated(row)}
        best = next((row for row in rows if row.ticket not in over), rows[0] if rows else None)
    return int(best.ticket) if best else None


def _graduated(row: Any) -> bool:
    """Whether the ticket has graduated in its declared major, by the roster or by this application."""
    here = row.state == State.COMPLETED and row.major_code == row.declared
    return bool(row.declared) and (here or row.declared in row.graduated_majors.split("、"))


def _open(row: Any, on: datetime) -> int:
    """2: waits for the examinee; 1: waits for others; 0: nothing open."""
    if not row.state:
        return 0
    state = State(row.state)
    window = extended(WindowFacts(**{name: getattr(row, name) for name in _TIMES}), row.what, row.until)
    if awaits_examinee(state, window, on):
        return 2
    return 1 if state in (*UNDER_REVIEW, State.APPROVED) else 0
