"""Queries of the home and service pages: windows with one's own application."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.actions.clashes import stop
from app.actions.windows.closed import its_school
from app.actions.windows.own import OWN_WINDOW, live, own_window
from app.models import Application, Completion, Extension, Order, School, Ticket, Window
from app.models.prepared import Prepared
from app.rules.refusals import NotFound
from app.rules.review.clashes import read_clash
from app.rules.review.lifecycle import State
from app.wizard.card import Card, with_taken
from app.wizard.service import service_for

OWN = (
    Application.public_id,
    Application.state,
    Application.at_step,
    Application.saved_at,
    Application.school_code,
    Application.submissions,
    Application.version,
    School.name.label("school_name"),
    School.phone.label("school_phone"),
    exists().where(Order.application_id == Application.id, Order.state == "paid").label("paid"),
    select(Order.amount)
    .where(Order.application_id == Application.id, Order.state == "open")
    .limit(1)
    .scalar_subquery()
    .label("asked"),
    Completion.completed_at,
    Completion.undone_at,
    Completion.undone_reason,
    stop().label("stop"),
    Application.ticket_id,
    Application.major_code,
    case((Application.state == State.DRAFT, Application.answers)).label("answers"),
)
_graduated = select(Ticket.graduated_majors).where(Ticket.id == bindparam("ticket")).scalar_subquery()


def with_own(
    query: Select[Any], ticket: SQLCoreOperations[int], school: SQLCoreOperations[str] = Application.school_code
) -> Select[Any]:
    """Join to windows and applications what a card reads beside them; `ticket`: whose extension."""
    return (
        query.outerjoin(Extension, live(ticket))
        .outerjoin(School, School.code == school)
        .outerjoin(Completion, Completion.application_id == Application.id)
    )


_mine = and_(
    Application.window_id == Window.id,
    Application.ticket_id == bindparam("ticket"),
    Application.discarded_at.is_(None),
)
_cards = Prepared(
    with_own(
        select(*OWN_WINDOW, *OWN, _graduated.label("graduated")).outerjoin(Application, _mine),
        bindparam("ticket"),
        its_school(select(Ticket.school_code).where(Ticket.id == bindparam("ticket")).scalar_subquery()),
    ).order_by(Window.closes_at.desc(), Window.id.desc())
)
_joined = (
    select(*OWN_WINDOW, *OWN)
    .join(Application, Application.window_id == Window.id)
    .join(Ticket, Ticket.id == Application.ticket_id)
)
_card = Prepared(
    with_own(_joined, Application.ticket_id, its_school()).where(Application.public_id == bindparam("public_id"))
)


def to_card(row: Any, on: datetime) -> Card:
    window, longer = own_window(row), row.extension__what
    if row.public_id is None:
        return Card(window, on, longer=longer)
    return Card(
        window,
        on,
        public_id=row.public_id,
        state=State(row.state),
        at_step=row.at_step,
        saved_at=row.saved_at,
        school_code=row.school_code,
        submissions=row.submissions,
        version=row.version,
        school_name=row.school_name or "",
        school_phone=row.school_phone or "",
        longer=longer,
        paid=bool(row.paid),
        asked=row.asked,
        completed_at=row.completed_at,
        undone_at=row.undone_at,
        undone_reason=row.undone_reason or "",
        stop=read_clash(row.stop),
        major_code=row.major_code,
        wanted=service_for(window.service).major_of(row.answers) if row.answers else "",
    )


def cards(session: Session, ticket_id: int, on: datetime) -> list[Card]:
    """Return every window with this ticket's application: with something to do, finished, under way, open, then others."""
    return sorted(
        _of_ticket(session, ticket_id, on),
        key=lambda card: (not card.waits, not card.finished, not card.live, not card.public_id, card.over),
    )


def _of_ticket(session: Session, ticket_id: int, on: datetime) -> list[Card]:
    rows = _cards(session, ticket=ticket_id)
    graduated = (rows[0].graduated or "").split("、") if rows else []
    return with_taken([to_card(row, on) for row in rows], graduated)


def card_of(session: Session, public_id: str, on: datetime) -> Card:
    row = _card.one(session, public_id=public_id)
    if row is None:
        raise NotFound
    card = to_card(row, on)
    if not card.wanted:
        return card
    beside = {each.public_id: each.taken for each in _of_ticket(session, row.ticket_id, on)}
    return replace(card, taken=beside.get(public_id))


def shut(cards: list[Card], on: datetime) -> list[Card]:
    """未开放办理的业务: return each service's next window and last closed one."""
    found: list[Card] = []
    for code in dict.fromkeys(card.window.service for card in cards):
        own = [card for card in cards if card.window.service == code and not card.live]
        coming = [card for card in own if not card.window.has_closed(on)]
        over = [card for card in own if card.window.has_closed(on)]
        found += sorted(coming, key=lambda card: card.window.opens_at)[:1]
        found += sorted(over, key=lambda card: card.window.closes_at, reverse=True)[:1]
    return found
