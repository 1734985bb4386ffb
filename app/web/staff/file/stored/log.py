"""The log of one application: acts, notes, payments, checks and questions in equal columns, to read all in one statement."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import JSON, String, bindparam, case, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from app.actions.audit import UNREADABLE, Unreadable, check_text, read_events
from app.models import Aside, AuditEvent, Note, OnlineCheck, Order, Staff

LAST = 200  # acts shown
UNREAD = "unread"
"""Kind of an act that nobody can read."""


class Entry(NamedTuple):
    """One row of the log. `at`: aware UTC, None of an act that nobody can read; `who`: a name, None of nobody; `more`: the detail of an act."""

    kind: str
    id: int
    at: Any
    who: Any
    what: str
    more: dict[str, Any] | None


_acts = (
    select(
        case((AuditEvent.actor_kind == "examinee", "own"), else_="act").label("kind"),
        AuditEvent.id,
        AuditEvent.at,
        AuditEvent.actor_label.label("who"),
        AuditEvent.action.label("what"),
        AuditEvent.detail.label("more"),
    )
    .where(AuditEvent.subject == "application", AuditEvent.subject_id == bindparam("application"))
    .order_by(AuditEvent.id.desc())
    .limit(LAST)
)
_notes = (
    select(literal("note"), Note.id, Note.created_at, Staff.name, Note.text, cast(null(), JSON))
    .join(Staff, Staff.id == Note.staff_id)
    .where(Note.application_id == bindparam("application"))
)
_paid = select(
    literal("paid"), Order.id, Order.paid_at, Order.paid_by, Order.number + " " + Order.receipt, cast(null(), JSON)
).where(Order.application_id == bindparam("application"), Order.paid_at.is_not(None))
_checked = (
    select(
        literal("checked"),
        OnlineCheck.staff_id,
        OnlineCheck.checked_at,
        Staff.name,
        OnlineCheck.item + " " + OnlineCheck.proof + " " + cast(OnlineCheck.staff_id, String),
        cast(null(), JSON),
    )
    .join(Staff, Staff.id == OnlineCheck.staff_id)
    .where(OnlineCheck.application_id == bindparam("application"))
)
_who = (Aside.application_id == bindparam("application"),)
_asked = (
    select(
        literal("asked:") + Aside.asked,
        Aside.id,
        Aside.asked_at,
        Staff.name,
        cast(Aside.staff_id, String) + ":" + Aside.question,
        cast(null(), JSON),
    )
    .join(Staff, Staff.id == Aside.staff_id)
    .where(*_who)
)
_ended = (
    select(literal("ended"), Aside.id, Aside.ended_at, Staff.name, Aside.answer, cast(null(), JSON))
    .outerjoin(Staff, Staff.id == Aside.answered_by)
    .where(*_who, Aside.ended_at.is_not(None))
)
_BESIDE = (_notes, _paid, _checked, _asked, _ended)
_LOG = union_all(select(*_acts.subquery().c), *_BESIDE)


def read_log(session: Session, application: int) -> tuple[Entry, ...]:
    """Return all of it; an act that a hand left unreadable is one of kind UNREAD, and hides no other."""
    given = {"application": application}
    try:
        rows = session.execute(_LOG, given).all()
        for row in rows:
            check_text(row)
            if not isinstance(row.more, dict | None):
                raise TypeError("a detail that is none")
        return tuple(map(Entry._make, rows))
    except UNREADABLE as error:
        if getattr(error, "connection_invalidated", False):
            raise
    acts = read_events(session, _acts, Entry._make, given)
    beside = session.execute(union_all(*_BESIDE), given)
    return (*(_entry(act) for act in acts), *map(Entry._make, beside))


def _entry(act: Entry | Unreadable) -> Entry:
    return Entry(UNREAD, act.id, None, "", "", None) if isinstance(act, Unreadable) else act
