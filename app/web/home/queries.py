"""What the home page reads beside the windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.models import Announcement, Order, Score, Ticket
from app.rules.forecast import standing
from app.rules.refusals import NotFound

_latest = select(func.max(Score.session)).scalar_subquery()
_facts = select(
    _latest.label("session"),
    select(func.count()).where(Score.ticket_id == bindparam("ticket"), Score.session == _latest).scalar_subquery(),
    select(func.count()).where(Score.ticket_id == bindparam("ticket"), Score.session < _latest).scalar_subquery(),
    select(func.min(Score.session)).where(Score.ticket_id == bindparam("ticket")).scalar_subquery(),
    select(func.count()).where(Order.examinee_id == bindparam("examinee"), Order.state == "open").scalar_subquery(),
    select(Ticket.status).where(Ticket.id == bindparam("ticket")).scalar_subquery(),
    select(Ticket.status_until).where(Ticket.id == bindparam("ticket")).scalar_subquery(),
)
_announcements = (
    select(Announcement.id, Announcement.title, Announcement.published_at, Announcement.pinned)
    .where(Announcement.published_at <= bindparam("on"))
    .order_by(Announcement.pinned.desc(), Announcement.published_at.desc())
    .limit(5)
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The live lines of the quick entries. `session`: the latest 考次 in the office's data, or empty; `block`: what stands
    against any graduation of this ticket today."""

    session: str
    latest: int
    earlier: int
    since: str
    open_orders: int
    block: str = ""


def facts(session: Session, ticket_id: int, examinee_id: int, on: date) -> Facts:
    row = session.connection().execute(_facts, {"ticket": ticket_id, "examinee": examinee_id}).one()
    return Facts(row[0] or "", row[1], row[2], (row[3] or "")[:4], row[4], standing(row[5] or "在籍", row[6], on))


@dataclass(frozen=True, slots=True)
class Headline:
    id: int
    title: str
    published_at: datetime
    pinned: bool


def announcements(session: Session, on: datetime) -> list[Headline]:
    """What is published, pinned ones first, at most five."""
    rows = session.connection().execute(_announcements, {"on": on})
    return [Headline(row.id, row.title, row.published_at or on, row.pinned) for row in rows]


def announcement(session: Session, ident: int, on: datetime) -> Announcement:
    found = session.get(Announcement, ident)
    if found is None or found.published_at is None or found.published_at > on:
        raise NotFound
    return found
