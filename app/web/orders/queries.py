"""An examinee's orders and fees due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.actions.exports.money import AMOUNT, unpaid, with_open_order
from app.actions.services import service_for
from app.actions.windows.own import OWN_WINDOW, live, own_window
from app.models import Application, Extension, Order, School, Ticket, Window
from app.rules.windows import WindowFacts


@dataclass(frozen=True, slots=True)
class Due:
    """An approved application whose fee is not paid. `amount` in 分; `number`: of its open order, or ''.

    `payable`: now, online; `over`: the time to pay is past; `school`: name and phone of whom to ask.
    """

    public_id: str
    fee: str
    window: WindowFacts
    ticket: str
    amount: int
    number: str
    payable: bool
    over: bool
    school: str


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
    """Return unpaid fees, payable now or not, in order of application."""
    columns = (Application.public_id, Ticket.number.label("ticket"), AMOUNT.label("amount"), Order.number, *OWN_WINDOW)
    query = (
        with_open_order(
            select(*columns, School.name.label("school"), School.phone).join(Window, Window.id == Application.window_id)
        )
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(School, School.code == Application.school_code)
        .where(Application.examinee_id == examinee_id, unpaid())
        .order_by(Application.id)
    )
    return [_due(row, own_window(row), on) for row in session.execute(query)]


def _due(row: Row[Any], window: WindowFacts, on: datetime) -> Due:
    return Due(
        row.public_id,
        service_for(window.service).words.fee_title,
        window,
        row.ticket,
        row.amount,
        row.number or "",
        window.pays(on),
        window.pay_over(on),
        " ".join(part for part in (row.school, row.phone) if part) or "主考学校",
    )


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
