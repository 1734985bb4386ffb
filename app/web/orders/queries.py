"""An examinee's orders and fees due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.actions.clashes import stop, stopped
from app.actions.exports.money import AMOUNT, ORDER_STATE, fee_not_paid, unpaid, with_open_order
from app.actions.services import service_for
from app.actions.windows.own import OWN_WINDOW, live, own_window, window_facts
from app.models import Application, Extension, Order, School, Ticket, Window
from app.rules.closing import school_words
from app.rules.orders import how_to_pay, unpaid_state
from app.rules.review.clashes import read_clash
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts, extended


@dataclass(frozen=True, slots=True)
class Due:
    """An approved application whose fee is not paid. `amount` in 分; `number`: of its open order, or ''.

    `state`: due, over or before its time (app.rules.orders); `how`: how to pay, in words.
    """

    public_id: str
    fee: str
    window: WindowFacts
    ticket: str
    amount: int
    number: str
    state: str
    how: str


def orders_of(session: Session, examinee_id: int | None) -> list[Row[Any]]:
    """Return the person's orders, latest first."""
    return list(session.execute(_ORDERS.where(Order.examinee_id == examinee_id).order_by(Order.id.desc())))


def one(session: Session, examinee_id: int | None, number: str) -> Row[Any] | None:
    """Return the person's order of that number."""
    return session.execute(_ORDERS.where(Order.examinee_id == examinee_id, Order.number == number)).one_or_none()


def unpaid_of(order: Row[Any], on: datetime) -> str:
    """Whether an open order is due, over or before its time; '' where nothing is to be paid."""
    owed = order.state == "open" and order.application_state == State.APPROVED
    return unpaid_state(window_of(order), on) if owed else ""


def window_of(order: Row[Any]) -> WindowFacts:
    """Return the window with the ticket's extension."""
    return extended(window_facts(order.Window), order.what, order.until)


def due(session: Session, examinee_id: int | None, on: datetime, spot: Callable[[str], str]) -> list[Due]:
    """Return unpaid fees, payable now or not, in order of application. `spot`: where to pay, by school (app.web.pages)."""
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
    return [_due(row, own_window(row), on, spot) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class NotDue:
    """An approved application whose fee is not owed, as another one stands in its way (`what`, `why`)."""

    public_id: str
    window: str
    ticket: str
    what: str
    why: str


def not_due(session: Session, examinee_id: int | None) -> list[NotDue]:
    """Return what would be due but for another application, in order of application."""
    columns: tuple[Any, ...] = (Application.public_id, Ticket.number, Window.name, stop().label("stop"))
    query = (
        with_open_order(select(*columns).join(Window, Window.id == Application.window_id))
        .join(Ticket, Ticket.id == Application.ticket_id)
        .where(Application.examinee_id == examinee_id, fee_not_paid(), stopped())
        .order_by(Application.id)
    )
    found = [(row, read_clash(row.stop)) for row in session.execute(query)]
    return [NotDue(row.public_id, row.name, row.number, *clash.for_examinee) for row, clash in found if clash]


def _due(row: Row[Any], window: WindowFacts, on: datetime, spot: Callable[[str], str]) -> Due:
    school = school_words(row.school or "", row.phone or "")
    return Due(
        row.public_id,
        service_for(window.service).words.fee_title,
        window,
        row.ticket,
        row.amount,
        row.number or "",
        unpaid_state(window, on),
        how_to_pay(window, on, school, spot(school)),
    )


_ORDERS: Select[*tuple[Any, ...]] = (
    select(
        Order.number,
        Order.fee,
        Order.amount,
        ORDER_STATE.label("state"),
        Order.created_at,
        Order.paid_at,
        Order.paid_by,
        Order.receipt,
        Application.public_id,
        Application.state.label("application_state"),
        stop().label("stop"),
        Ticket.number.label("ticket"),
        Window,
        Extension.what,
        Extension.until,
        School.name.label("school"),
        School.phone,
    )
    .join(Application, Application.id == Order.application_id)
    .join(Ticket, Ticket.id == Application.ticket_id)
    .join(Window, Window.id == Application.window_id)
    .outerjoin(Extension, live(Application.ticket_id))
    .outerjoin(School, School.code == Application.school_code)
)
