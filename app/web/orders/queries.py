"""An examinee's orders and fees due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.actions.services import service_for
from app.actions.windows.own import OWN_WINDOW, live, own_window
from app.models import Application, Extension, Order, School, Ticket, Window
from app.rules.review.lifecycle import State


@dataclass(frozen=True, slots=True)
class Due:
    """An approved application with a fee payable now. `amount` in 分; `until` aware UTC."""

    public_id: str
    fee: str
    window: str
    ticket: str
    amount: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A school's contact for payment questions."""

    name: str
    phone: str


def orders_of(session: Session, examinee_id: int | None) -> list[Row[Any]]:
    """Return the person's orders, latest first."""
    return list(session.execute(_ORDERS.where(Order.examinee_id == examinee_id).order_by(Order.id.desc())))


def one(session: Session, examinee_id: int | None, number: str) -> Row[Any] | None:
    """Return the person's order of that number."""
    return session.execute(_ORDERS.where(Order.examinee_id == examinee_id, Order.number == number)).one_or_none()


def due(session: Session, examinee_id: int | None, on: datetime) -> list[Due]:
    """Return unpaid fees payable now."""
    query = (
        select(Application.public_id, Ticket.number, *OWN_WINDOW)
        .join(Window, Window.id == Application.window_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(Extension, live(Application.ticket_id))
        .where(Application.examinee_id == examinee_id, Application.state == State.APPROVED)
    )
    rows = [(row.public_id, row.number, own_window(row)) for row in session.execute(query)]
    return [
        Due(
            public_id,
            service_for(window.service).words.fee_title,
            window.name,
            number,
            window.fee,
            window.pay_closes_at,
        )
        for public_id, number, window in rows
        if window.pays(on)
    ]


def schools(session: Session, examinee_id: int | None) -> list[Contact]:
    """Return schools with a phone number, of the person's applications and tickets."""
    applied = select(Application.school_code).where(Application.examinee_id == examinee_id)
    declared = select(Ticket.school_code).where(Ticket.examinee_id == examinee_id)
    query = select(School.name, School.phone).where(
        School.code.in_(applied) | School.code.in_(declared), School.phone != ""
    )
    return [Contact(row.name, row.phone) for row in session.execute(query.order_by(School.code))]


_ORDERS: Select[*tuple[Any, ...]] = (
    select(
        Order.number,
        Order.fee,
        Order.amount,
        Order.state,
        Order.created_at,
        Order.paid_at,
        Order.paid_by,
        Order.receipt,
        Application.public_id,
        Application.state.label("application_state"),
        Ticket.number.label("ticket"),
        Window,
        Extension.what,
        Extension.until,
    )
    .join(Application, Application.id == Order.application_id)
    .join(Ticket, Ticket.id == Application.ticket_id)
    .join(Window, Window.id == Application.window_id)
    .outerjoin(Extension, live(Application.ticket_id))
)
