"""Orders and payments: open an order, receive a gateway's notice. On the spot: app.actions.payments.on_the_spot.

At most one open and one paid order per fee, by constraint (security.md SR-39). Every real payment is recorded
(security.md P3): paid, duplicate_paid (to refund), or disputed (another amount, or an unknown order).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions.applications.completion import complete
from app.actions.audit import record
from app.actions.clashes import lock_ticket, refuse_stopped, stop_of
from app.actions.services import service_for
from app.actions.windows.holding import hold_window
from app.actions.windows.own import window_for
from app.adapters.gateways.base import Notice
from app.models import Application, Order, PaymentEvent, School
from app.models.base import transaction
from app.rules.calendar import today
from app.rules.closing import school_words
from app.rules.orders import how_to_pay
from app.rules.people.roles import Actor
from app.rules.refusals import NotAllowed, NotFound, WindowClosed
from app.rules.review.lifecycle import State

PAID, DUPLICATE, DISPUTED, CORRECTED = "paid", "duplicate_paid", "disputed", "corrected"


@dataclass(frozen=True, slots=True)
class Payment:
    """Result of a payment: verdict and order number ('' for an unknown order)."""

    verdict: str
    order_number: str


def open_order(public_id: str, *, by: Actor, on: datetime) -> str:
    """支付费用: number of the application's open or paid order, created if absent.

    Raises NotFound (absent or another's), NotAllowed (not approved, or nothing to pay), WindowClosed.
    """
    with transaction() as session:
        hold_window(session, Application.public_id == public_id)
        query = select(Application).where(Application.public_id == public_id, Application.examinee_id == by.id)
        row = session.scalar(query.with_for_update())
        if row is None:
            raise NotFound
        order = live_order(session, row.id)
        if order is not None and order.state == "paid":
            return order.number
        window = window_for(session, row.window_id, row.ticket_id)
        if row.state != State.APPROVED or window is None or not window.fee:
            raise NotAllowed("这项申请现在不需要缴费。")
        refuse_stopped(session, row.id)
        if not window.pays(on):
            raise WindowClosed("现在不在缴费时间内。" + how_to_pay(window, on, _school(session, row.school_code)))
        if order is None:
            order = new_order(session, row, window.fee, by=by, on=on)
        return order.number


def _school(session: Session, code: str) -> str:
    """Whom to ask about paying (manual 3.1.11), with the school's phone."""
    found = session.execute(select(School.name, School.phone).where(School.code == code)).one_or_none()
    return school_words(*found or ("", ""))


def receive(notice: Notice, *, title: str, on: datetime) -> Payment:
    """Process a genuine gateway notice. A repeated one gets the first result."""
    by = Actor("gateway", None, title)
    try:
        with transaction() as session:
            return _receive(session, notice, by=by, on=on)
    except IntegrityError:  # the same notice, concurrently
        with transaction() as session:
            known = _earlier_payment(session, notice)
            if known is None:
                raise
            return known


def live_order(session: Session, application_id: int) -> Order | None:
    """The paid order, else the open one."""
    query = select(Order).where(Order.application_id == application_id, Order.state.in_(("open", "paid")))
    return session.scalars(query.order_by(Order.state.desc())).first()


def new_order(session: Session, row: Application, amount: int, *, by: Actor, on: datetime) -> Order:
    order = Order(
        number=f"D{today(on):%Y%m%d}-{secrets.token_hex(5).upper()}",
        application_id=row.id,
        examinee_id=row.examinee_id,
        fee=service_for(row.service).words.fee_title,
        amount=amount,
        state="open",
        created_at=on,
    )
    session.add(order)
    session.flush()
    record(
        session,
        on=on,
        by=by,
        action="order.opened",
        subject="order",
        subject_id=order.id,
        detail={"number": order.number, "amount": amount},
    )
    return order


def _earlier_payment(session: Session, notice: Notice) -> Payment | None:
    query = (
        select(PaymentEvent.verdict, Order.number)
        .outerjoin(Order, Order.id == PaymentEvent.order_id)
        .where(PaymentEvent.gateway == notice.gateway, PaymentEvent.trade_number == notice.trade_number)
        .where(PaymentEvent.verdict != CORRECTED)
    )
    found = session.execute(query).one_or_none()
    return Payment(found.verdict, found.number or "") if found else None


def _verdict(session: Session, notice: Notice, order: Order | None, row: Application | None) -> str:
    if order is None or row is None or order.amount != notice.amount:
        return DISPUTED
    paid = (Order.application_id == order.application_id, Order.fee == order.fee, Order.state == "paid")
    if order.state == "paid" or session.scalar(select(Order.id).where(*paid)):
        return DUPLICATE
    owed = row.state == State.APPROVED and stop_of(session, row.id) is None
    return PAID if owed else DUPLICATE


def _receive(session: Session, notice: Notice, *, by: Actor, on: datetime) -> Payment:
    known = _earlier_payment(session, notice)
    if known is not None:
        return known
    application_id = session.scalar(select(Order.application_id).where(Order.number == notice.order_number))
    hold_window(session, Application.id == application_id)
    lock_ticket(session, Application.id == application_id)
    row = session.get(Application, application_id, with_for_update=True) if application_id else None
    # read after the lock: a concurrent notice may have paid it
    order = session.scalar(select(Order).where(Order.number == notice.order_number))
    verdict = _verdict(session, notice, order, row)
    session.add(
        PaymentEvent(
            gateway=notice.gateway,
            trade_number=notice.trade_number,
            order_id=order.id if order else None,
            amount=notice.amount,
            verdict=verdict,
            raw=notice.raw,
            received_at=on,
        )
    )
    session.flush()
    if order is not None and row is not None and verdict == PAID:
        mark_paid(session, order, row, notice.gateway, "", by=by, on=on)
    else:
        record(
            session,
            on=on,
            by=by,
            action=f"payment.{verdict}",
            subject="order",
            subject_id=order.id if order else None,
            detail={"order": notice.order_number, "trade": notice.trade_number, "amount": notice.amount},
        )
    return Payment(verdict, order.number if order else "")


def mark_paid(
    session: Session,
    order: Order,
    row: Application,
    paid_by: str,
    receipt: str,
    *,
    by: Actor,
    on: datetime,
    paid_at: datetime | None = None,
) -> None:
    """Set the order paid (`paid_at`: when the money came, if earlier), close the fee's other orders, complete the application."""
    late = order.state == "closed"
    session.execute(
        update(Order)
        .where(Order.application_id == order.application_id, Order.fee == order.fee, Order.state == "open")
        .where(Order.id != order.id)
        .values(state="closed")
    )
    session.execute(
        update(Order)
        .where(Order.id == order.id, Order.state.in_(("open", "closed")))
        .values(state="paid", paid_at=paid_at or on, paid_by=paid_by, receipt=receipt)
    )
    record(
        session,
        on=on,
        by=by,
        action="order.paid",
        subject="order",
        subject_id=order.id,
        detail={"number": order.number, "amount": order.amount, "by": paid_by, "receipt": receipt, "late": late},
    )
    if row.state == State.APPROVED:
        complete(session, row.id, row.service, version=row.version, on=on, why=f"订单 {order.number} 已支付")
