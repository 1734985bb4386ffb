"""待处理的款项: money that waits for somebody, and its end (处理完毕).

What came twice or does not fit is to be given back or explained. A receipt that was taken back is to be recorded again: then
its line ends by itself. The platform moves no money, so all other ends are said by who dealt with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.audit import record
from app.actions.payments.orders import CORRECTED, DISPUTED, DUPLICATE
from app.actions.repeats import once
from app.models import Order, PaymentEvent, Settlement
from app.models.base import transaction
from app.rules.orders import MAX_REASON
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound

GONE = "这笔款项现在不用处理：可能刚由别人处理完毕，或者已经重新登记。"


def settled() -> ColumnElement[bool]:
    """The payment event was dealt with."""
    return select(Settlement.event_id).where(Settlement.event_id == PaymentEvent.id).exists()


def waits() -> ColumnElement[bool]:
    """The payment event waits for somebody: to give back or to check, or a receipt that was taken back and stands nowhere else."""
    again = aliased(PaymentEvent)
    same = (again.gateway == PaymentEvent.gateway, again.trade_number == PaymentEvent.trade_number)
    later = select(again.id).where(*same, again.id > PaymentEvent.id).exists()
    return PaymentEvent.verdict.in_((DUPLICATE, DISPUTED, CORRECTED)) & ~later & ~settled()


def settle(event_id: int, how: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """处理完毕: the payment waits no more; `how` it was dealt with, for staff only. Once for the `token` of a form.

    Raises NotAllowed, NotFound, Invalid(how), ChangedMeanwhile (it waits no more).
    """
    if by.role not in scope.MONEY or by.id is None:
        raise NotAllowed("你没有处理款项的权限。")
    if len(how) < 2:
        raise Invalid("how", "请写明怎样处理的，例如“已按原路退回”“收据号写错一位，已按正确的号码重新登记”")
    if len(how) > MAX_REASON:
        raise Invalid("how", f"最多 {MAX_REASON} 个字，现在是 {len(how)} 个")
    try:
        with transaction() as session:

            def act() -> dict[str, Any]:
                return _settle(session, event_id, how, by=by, on=on)

            once(session, token, ["settle", event_id, how], act, by=by, on=on)
    except IntegrityError as error:  # somebody else, at the same moment
        raise ChangedMeanwhile(GONE) from error


def _settle(session: Session, event_id: int, how: str, *, by: Actor, on: datetime) -> dict[str, Any]:
    event = session.get(PaymentEvent, event_id, with_for_update=True)
    if event is None:
        raise NotFound
    if session.scalar(select(PaymentEvent.id).where(PaymentEvent.id == event_id, waits())) is None:
        raise ChangedMeanwhile(GONE)
    assert by.id is not None
    session.add(Settlement(event_id=event_id, settled_by=by.id, settled_at=on, how=how))
    session.flush()
    number = session.scalar(select(Order.number).where(Order.id == event.order_id))
    record(
        session,
        on=on,
        by=by,
        action="payment.settled",
        subject="order",
        subject_id=event.order_id,
        detail={"order": number or "", "trade": event.number_shown, "amount": event.amount, "reason": how},
    )
    return {}
