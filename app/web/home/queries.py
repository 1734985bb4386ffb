"""Queries of home page and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, bindparam, func, not_, select
from sqlalchemy.orm import Session

from app.actions.exports.money import pays_now, unpaid, with_open_order
from app.models import Announcement, Application, Message, Score, Ticket, Window
from app.models.base import UtcDateTime
from app.models.prepared import Prepared
from app.rules.calendar import today
from app.rules.orders import BEFORE, owed_in_words
from app.rules.plans.forecast import standing
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State

_latest = select(func.max(Score.session)).scalar_subquery()
_own_scores = Score.ticket_id == bindparam("ticket")
_on = bindparam("on", type_=UtcDateTime())
_later = pays_now(BEFORE, _on)


def _fees(what: ColumnElement[Any], of: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Read something of the person's unpaid fees of this kind."""
    fees = with_open_order(select(what).select_from(Application).join(Window, Window.id == Application.window_id))
    return fees.where(Application.examinee_id == bindparam("examinee"), unpaid(), of).scalar_subquery()


_own_messages = Message.examinee_id == bindparam("examinee")
_own_account = (_own_messages, Message.application_id.is_(None), Message.read_at.is_(None))


def _account_news(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Read something of the latest unread message about the person's account."""
    return select(column).where(*_own_account).order_by(Message.id.desc()).limit(1).scalar_subquery()


_facts = Prepared(
    select(
        _latest.label("session"),
        select(func.count()).where(_own_scores, Score.session == _latest).scalar_subquery().label("latest"),
        select(func.count()).where(_own_scores, Score.session < _latest).scalar_subquery().label("earlier"),
        select(func.min(Score.session)).where(_own_scores).scalar_subquery().label("since"),
        _fees(func.count(), not_(_later)).label("owed"),
        _fees(func.count(), _later).label("later"),
        _fees(func.min(Window.pay_opens_at), _later).label("opens"),
        select(Ticket.status).where(Ticket.id == bindparam("ticket")).scalar_subquery().label("status"),
        select(Ticket.status_until).where(Ticket.id == bindparam("ticket")).scalar_subquery().label("until"),
        select(func.count()).where(_own_messages, Message.read_at.is_(None)).scalar_subquery().label("unread"),
        _account_news(Message.id.expression).label("account_message"),
        _account_news(Message.text.expression).label("account_text"),
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
    """Live facts of the quick entries.
    `session`: latest exam session or ''; `owed`: fees not paid, in words; `block`: what bars the ticket's graduation today.
    `account_text`: the latest unread message about the account, `account_message` its number.
    """

    session: str
    latest: int
    earlier: int
    since: str
    owed: str
    block: str = ""
    unread: int = 0
    account_message: int = 0
    account_text: str = ""


def facts(session: Session, ticket_id: int, examinee_id: int, on: datetime) -> Facts:
    row = _facts(session, ticket=ticket_id, examinee=examinee_id, on=on)[0]
    return Facts(
        session=row.session or "",
        latest=row.latest,
        earlier=row.earlier,
        since=(row.since or "")[:4],
        owed=owed_in_words(row.owed, row.later, row.opens),
        block=standing(row.status or "在籍", row.until, today(on)),
        unread=row.unread,
        account_message=row.account_message or 0,
        account_text=row.account_text or "",
    )


@dataclass(frozen=True, slots=True)
class Headline:
    id: int
    title: str
    published_at: datetime
    pinned: bool


def announcements(session: Session, on: datetime) -> list[Headline]:
    """Return published ones, pinned first, at most five."""
    rows = _announcements(session, on=on)
    return [Headline(row.id, row.title, row.published_at or on, row.pinned) for row in rows]


def announcement(session: Session, ident: int, on: datetime) -> Announcement:
    found = session.get(Announcement, ident)
    if found is None or found.published_at is None or found.published_at > on:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """A message, its window and application with the present state, and the latest other unread message (0: none).

    About the account: no window, no application, no state.
    """

    message: Message
    round: str
    public_id: str
    state: State | None
    next_unread: int


def message(session: Session, ident: int, examinee_id: int) -> Opened:
    """Return one's own message. Raises NotFound."""
    other = (
        select(func.max(_unread.c.id))
        .where(_unread.c.examinee_id == examinee_id, _unread.c.read_at.is_(None), _unread.c.id != ident)
        .scalar_subquery()
    )
    row = session.execute(
        select(Message, Window.name, Application.public_id, Application.state, other.label("next"))
        .outerjoin(Application, Application.id == Message.application_id)
        .outerjoin(Window, Window.id == Application.window_id)
        .where(Message.id == ident, Message.examinee_id == examinee_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    state = State(row.state) if row.state else None
    return Opened(row.Message, row.name or "", row.public_id or "", state, row.next or 0)


def messages(session: Session, examinee_id: int, before: int | None, limit: int) -> list[Row[Any]]:
    """Return 站内消息 below id `before`, latest first, with window and public id."""
    query = (
        select(Message, Window.name.label("round"), Application.public_id)
        .outerjoin(Application, Application.id == Message.application_id)
        .outerjoin(Window, Window.id == Application.window_id)
        .where(Message.examinee_id == examinee_id)
    )
    if before is not None:
        query = query.where(Message.id < before)
    return list(session.execute(query.order_by(Message.id.desc()).limit(limit)))
