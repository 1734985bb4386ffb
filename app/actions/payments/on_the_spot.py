"""现场缴费: record a payment made on the spot, and correct one recorded by mistake.

A correction takes the payment back, not the money: the receipt number is free again for whoever it belongs to, the order
is open again, and the completion that followed is taken back (app.rules.orders: who may, and until when).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.completion import take_back
from app.actions.audit import record
from app.actions.clashes import lock_ticket, refuse_stopped, stop_of
from app.actions.payments.orders import CORRECTED, DUPLICATE, PAID, Payment, live_order, mark_paid, new_order
from app.actions.payments.settling import settled
from app.actions.people.messages import send_message
from app.actions.repeats import once
from app.actions.windows.holding import hold_window
from app.extensions import db
from app.models import Application, Examinee, Order, PaymentEvent, Staff, Window
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.orders import MAX_REASON, OFFLINE, Recorded, correction_problem, paid_words, receipt_key
from app.rules.papers.money import format_fen
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State

MAX_RECEIPT = 60  # characters
NOT_PAID = "现场缴费的登记有误，已经更正：这项费用现在还没有缴。确实缴过的，请带收据联系主考学校。"
"""For the examinee; why a colleague's entry was wrong is for staff."""


class Seen(NamedTuple):
    """What the confirming page showed: version of the application, amount in 分."""

    version: int
    amount: int


def record_offline(
    public_id: str, receipt: str, *, by: Actor, on: datetime, seen: Seen | None = None, token: str = ""
) -> Payment:
    """Record a payment of the fee with its receipt number, opening the order if needed; once for the `token` of a form.

    Receipts are compared by app.rules.orders.receipt_key. The same receipt for the same application again is the same act. Raises NotFound, NotAllowed, ChangedMeanwhile (paid
    already, not as `seen`, or corrected since), Invalid(receipt).
    """
    _may(by)
    if not any(sign.isalnum() for sign in receipt) or max(len(receipt), len(receipt_key(receipt))) > MAX_RECEIPT:
        raise Invalid("receipt", f"请填写收据号，最多 {MAX_RECEIPT} 个字")
    try:
        with transaction() as session:

            def act() -> dict[str, Any]:
                return {"number": _record(session, public_id, receipt, seen, by=by, on=on)}

            number = str(once(session, token, ["paid", public_id, receipt], act, by=by, on=on)["number"])
            if session.scalar(select(Order.state).where(Order.number == number)) != "paid":
                raise ChangedMeanwhile("这笔缴费登记过，后来更正了，现在没有缴费。要再登记，请看过下面的情况再按一次。")
            return Payment(PAID, number)
    except IntegrityError as error:
        raise Invalid("receipt", _taken(receipt, by)) from error


def _record(session: Session, public_id: str, receipt: str, seen: Seen | None, *, by: Actor, on: datetime) -> str:
    """Number of the order that is paid now."""
    hold_window(session, Application.public_id == public_id)
    lock_ticket(session, Application.public_id == public_id)
    row = scope.application(session, public_id, by, lock=True)
    order = live_order(session, row.id)
    if order is not None and order.state == "paid":
        if (order.paid_by, receipt_key(order.receipt)) == (OFFLINE, receipt_key(receipt)):
            return order.number
        assert order.paid_at is not None
        how = paid_words(order.paid_at, order.paid_by, order.receipt, order.number)
        raise ChangedMeanwhile(f"这项申请已经缴过费（{how}），没有重复登记。")
    fee = session.get_one(Window, row.window_id).fee
    if row.state != State.APPROVED or not fee:
        raise NotAllowed("这项申请现在不需要缴费。")
    refuse_stopped(session, row.id)
    amount = order.amount if order else fee
    if seen is not None and seen != (row.version, amount):
        raise ChangedMeanwhile(
            f"这项申请刚才有变化，还没有登记。现在应收 {format_fen(amount)}，请看过下面的情况再登记。"
        )
    order = order or new_order(session, row, fee, by=by, on=on)
    _event(session, order, receipt, by=by, on=on)
    mark_paid(session, order, row, OFFLINE, receipt, by=by, on=on)
    return order.number


def _may(by: Actor) -> None:
    if by.role not in scope.MONEY:
        raise NotAllowed("你没有登记缴费的权限。")


def _event(session: Session, order: Order, receipt: str, *, by: Actor, on: datetime) -> None:
    event = PaymentEvent(
        gateway=OFFLINE,
        trade_number=receipt_key(receipt),
        order_id=order.id,
        amount=order.amount,
        verdict=PAID,
        raw=receipt,
        received_at=on,
        recorded_by=by.id if by.kind == "staff" else None,
    )
    session.add(event)
    session.flush()


def _taken(receipt: str, by: Actor) -> str:
    """Whose payment has this receipt number."""
    same = PaymentEvent.trade_number == receipt_key(receipt)
    query = (
        select(Order.number, Examinee.name, PaymentEvent.received_at)
        .join(Order, Order.id == PaymentEvent.order_id)
        .join(Examinee, Examinee.id == Order.examinee_id)
        .where(PaymentEvent.gateway == OFFLINE, same, PaymentEvent.verdict != CORRECTED)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return f"收据号 {receipt} 已经登记过，请核对"
    return (
        f"收据号 {receipt} 已在 {moment(found.received_at)} 登记给{scope.shown_name(found.name, by)}（订单 {found.number}）。"
        "请核对收据号；如果是那一次登记错了，请先更正那一笔"
    )


class OnRecord(NamedTuple):
    """A paid order as recorded. `who`: name of who recorded it; `problem`: why this person may not correct it, or None.

    `completed`: the application was completed by it; `instead`: money that had come twice, which becomes the payment.
    """

    who: str
    problem: str | None
    completed: bool
    instead: PaymentEvent | None


def on_record(session: Session, number: str, *, by: Actor, on: datetime) -> OnRecord:
    """What a correction of this order would do. Raises NotFound (absent, out of scope or not paid)."""
    query = select(Order, Application.state).join(Application, Application.id == Order.application_id)
    found = session.execute(query.where(Order.number == number, Order.state == "paid", scope.orders(by))).one_or_none()
    if found is None:
        raise NotFound
    recorded, who = _recorded(session, found.Order)
    problem = correction_problem(recorded, by.id, on)
    stopped = stop_of(session, found.Order.application_id)
    instead = None if stopped else _came_twice(session, found.Order)
    return OnRecord(who, problem, found.state == State.COMPLETED, instead)


def _recorded(session: Session, order: Order) -> tuple[Recorded, str]:
    """How the paid order was paid, and the name of who recorded it ('' for a gateway)."""
    query = select(PaymentEvent.recorded_by, Staff.name).outerjoin(Staff, Staff.id == PaymentEvent.recorded_by)
    found = session.execute(query.where(PaymentEvent.order_id == order.id, PaymentEvent.verdict == PAID)).first()
    assert order.paid_at is not None
    who, name = (found.recorded_by, found.name or "") if found else (None, "")
    return Recorded(order.paid_by, who, order.paid_at), name


def correct(number: str, reason: str, *, by: Actor, on: datetime, token: str = "") -> str:
    """更正: take back a payment recorded on the spot; return its receipt number, free to be recorded again.

    Money that had come twice for the same fee becomes its payment, and the completion stands. Once for the `token` of a
    form. Raises NotFound, NotAllowed (app.rules.orders.correction_problem), ChangedMeanwhile (not paid any more),
    Invalid(reason).
    """
    _may(by)
    if len(reason) < 2:
        raise Invalid("reason", "请写明哪里登记错了，例如“准考证号看错一位，收据是另一位考生的”")
    if len(reason) > MAX_REASON:
        raise Invalid("reason", f"原因最多 {MAX_REASON} 个字，现在是 {len(reason)} 个")
    with transaction() as session:

        def act() -> dict[str, Any]:
            return {"receipt": _correct(session, number, reason, by=by, on=on)}

        receipt = str(once(session, token, ["correct", number, reason], act, by=by, on=on)["receipt"])
        order, _ = _locked(session, number, by)
        if (order.state, order.paid_by) == ("paid", OFFLINE):
            raise ChangedMeanwhile("这笔订单更正过，后来又登记了缴费。要再更正，请看过下面的情况再按一次。")
        return receipt


def _correct(session: Session, number: str, reason: str, *, by: Actor, on: datetime) -> str:
    order, row = _locked(session, number, by)
    if order.state != "paid":
        raise ChangedMeanwhile("这笔订单现在没有缴费登记，可能刚由别人更正过。")
    recorded, _ = _recorded(session, order)
    if problem := correction_problem(recorded, by.id, on):
        raise NotAllowed(problem)
    receipt = order.receipt
    _take_back(session, order, receipt, reason, by=by, on=on)
    instead = None if stop_of(session, row.id) else _came_twice(session, order)
    if instead is not None:
        _pay_with(session, row, instead, on=on)
    elif row.state == State.COMPLETED:
        take_back(session, row, NOT_PAID, by=by, on=on)
        send_message(session, row.id, NOT_PAID, on)
    return receipt


def _locked(session: Session, number: str, by: Actor) -> tuple[Order, Application]:
    """The order in scope and its application, both as they are under the application's lock."""
    found = select(Order.application_id).where(Order.number == number, scope.orders(by))
    hold_window(session, Application.id.in_(found))
    lock_ticket(session, Application.id.in_(found))
    row = session.scalar(select(Application).where(Application.id.in_(found)).with_for_update())
    if row is None:
        raise NotFound
    return session.scalars(select(Order).where(Order.number == number)).one(), row


def _take_back(session: Session, order: Order, receipt: str, reason: str, *, by: Actor, on: datetime) -> None:
    """The order is open again; its payment stays on record as corrected."""
    session.execute(
        update(PaymentEvent)
        .where(PaymentEvent.order_id == order.id, PaymentEvent.gateway == OFFLINE, PaymentEvent.verdict == PAID)
        .values(verdict=CORRECTED, corrected_by=by.id, corrected_at=on, correction=reason)
    )
    session.execute(
        update(Order)
        .where(Order.id == order.id, Order.state == "paid")
        .values(state="open", paid_at=None, paid_by="", receipt="")
    )
    record(
        session,
        on=on,
        by=by,
        action="order.corrected",
        subject="order",
        subject_id=order.id,
        detail={"number": order.number, "amount": order.amount, "receipt": receipt, "reason": reason},
    )


def _came_twice(session: Session, order: Order) -> PaymentEvent | None:
    """A real payment of the same fee that came while it was recorded as paid, and waits to be given back."""
    same = select(Order.id).where(Order.application_id == order.application_id, Order.fee == order.fee)
    waiting = (PaymentEvent.verdict == DUPLICATE, ~settled())
    query = select(PaymentEvent).where(PaymentEvent.order_id.in_(same), *waiting)
    return session.scalars(query.where(PaymentEvent.amount == order.amount).order_by(PaymentEvent.id)).first()


def _pay_with(session: Session, row: Application, event: PaymentEvent, *, on: datetime) -> None:
    """The money that had come twice is the payment of the fee, since it came."""
    order = session.get_one(Order, event.order_id)
    event.verdict = PAID
    session.flush()
    by = Actor("gateway", None, event.gateway)
    mark_paid(session, order, row, event.gateway, "", by=by, on=on, paid_at=event.received_at)
