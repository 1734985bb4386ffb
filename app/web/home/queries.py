"""What the home page reads beside the windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from app.models import Announcement, Application, Message, Order, Score, Ticket, Window
from app.models.prepared import Prepared
from app.rules.plans.forecast import standing
from app.rules.refusals import NotFound

_latest = select(func.max(Score.session)).scalar_subquery()
_own_scores = Score.ticket_id == bindparam("ticket")
_own_orders = Order.examinee_id == bindparam("examinee")
_own_messages = Message.examinee_id == bindparam("examinee")
_facts = Prepared(
    select(
        _latest.label("session"),
        select(func.count()).where(_own_scores, Score.session == _latest).scalar_subquery().label("latest"),
        select(func.count()).where(_own_scores, Score.session < _latest).scalar_subquery().label("earlier"),
        select(func.min(Score.session)).where(_own_scores).scalar_subquery().label("since"),
        select(func.count()).where(_own_orders, Order.state == "open").scalar_subquery().label("open_orders"),
        select(Ticket.status).where(Ticket.id == bindparam("ticket")).scalar_subquery().label("status"),
        select(Ticket.status_until).where(Ticket.id == bindparam("ticket")).scalar_subquery().label("until"),
        select(func.count()).where(_own_messages, Message.read_at.is_(None)).scalar_subquery().label("unread"),
    )
)
_unread = Message.__table__.alias("unread")
_announcements = Prepared(
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
    unread: int = 0


def facts(session: Session, ticket_id: int, examinee_id: int, on: date) -> Facts:
    row = _facts(session, ticket=ticket_id, examinee=examinee_id)[0]
    return Facts(
        session=row.session or "",
        latest=row.latest,
        earlier=row.earlier,
        since=(row.since or "")[:4],
        open_orders=row.open_orders,
        block=standing(row.status or "在籍", row.until, on),
        unread=row.unread,
    )


@dataclass(frozen=True, slots=True)
class Headline:
    id: int
    title: str
    published_at: datetime
    pinned: bool


def announcements(session: Session, on: datetime) -> list[Headline]:
    """What is published, pinned ones first, at most five."""
    rows = _announcements(session, on=on)
    return [Headline(row.id, row.title, row.published_at or on, row.pinned) for row in rows]


def announcement(session: Session, ident: int, on: datetime) -> Announcement:
    found = session.get(Announcement, ident)
    if found is None or found.published_at is None or found.published_at > on:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """One message with its round, the address of its case, and the latest other one that was not read yet (0: none)."""

    message: Message
    round: str
    public_id: str
    next_unread: int


def message(session: Session, ident: int, examinee_id: int) -> Opened:
    """One's own message; NotFound when it is absent or anybody else's."""
    other = (
        select(func.max(_unread.c.id))
        .where(_unread.c.examinee_id == examinee_id, _unread.c.read_at.is_(None), _unread.c.id != ident)
        .scalar_subquery()
    )
    row = session.execute(
        select(Message, Window.name, Application.public_id, other.label("next"))
        .join(Application, Application.id == Message.application_id)
        .join(Window, Window.id == Application.window_id)
        .where(Message.id == ident, Message.examinee_id == examinee_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Opened(row.Message, row.name, row.public_id, row.next or 0)


def messages(session: Session, examinee_id: int, before: int | None, limit: int) -> list[Row[Any]]:
    """站内消息 of this person, the latest first, below an id; each with its window and the address of its case."""
    query = (
        select(Message, Window.name.label("round"), Application.public_id)
        .join(Application, Application.id == Message.application_id)
        .join(Window, Window.id == Application.window_id)
        .where(Message.examinee_id == examinee_id)
    )
    if before is not None:
        query = query.where(Message.id < before)
    return list(session.execute(query.order_by(Message.id.desc()).limit(limit)))
