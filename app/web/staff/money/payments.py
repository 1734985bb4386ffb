"""Payments as staff see them: those of an order, and those that wait for somebody (待处理的款项)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.actions import scope
from app.actions.payments.orders import CORRECTED
from app.actions.payments.settling import waits
from app.extensions import db
from app.models import Application, Examinee, Order, PaymentEvent, Settlement, Staff, Ticket
from app.rules.people.roles import Actor

MOST = 50
TROUBLE = {
    "duplicate_paid": "重复支付，待退款",
    "disputed": "金额或订单不符，待核对",
    "corrected": "登记已更正，收据待重新登记",
}
VERDICTS = {"paid": "已入账", "duplicate_paid": "重复支付", "disputed": "金额或订单不符", "corrected": "登记已更正"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A payment that waits. `order`: its number, '' where none is known; of a receipt that was taken back, where it stood."""

    event: PaymentEvent
    order: str
    name: str
    ticket: str

    @property
    def word(self) -> str:
        return TROUBLE[self.event.verdict]

    @property
    def to_record(self) -> bool:
        """Whether it is a receipt, to be recorded again."""
        return self.event.verdict == CORRECTED


def _waiting() -> Select[Any]:
    columns: tuple[Any, ...] = (PaymentEvent, Order.number, Examinee.name, Ticket.number.label("ticket"))
    return (
        select(*columns)
        .outerjoin(Order, Order.id == PaymentEvent.order_id)
        .outerjoin(Application, Application.id == Order.application_id)
        .outerjoin(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(Examinee, Examinee.id == Order.examinee_id)
        .where(waits())
    )


def _trouble(row: Any, by: Actor) -> Trouble:
    return Trouble(row.PaymentEvent, row.number or "", scope.shown_name(row.name or "", by), row.ticket or "")


def troubles(by: Actor) -> list[Trouble]:
    """Return the payments that wait, the latest first."""
    rows = db.session.execute(_waiting().order_by(PaymentEvent.id.desc()).limit(MOST))
    return [_trouble(row, by) for row in rows]


def trouble(ident: int, by: Actor) -> Trouble | None:
    """Return the payment if it waits."""
    row = db.session.execute(_waiting().where(PaymentEvent.id == ident)).one_or_none()
    return _trouble(row, by) if row else None


def events_of(order_id: int) -> list[dict[str, Any]]:
    """Return the payments of an order in order of time, with who recorded, corrected and dealt with them."""
    recorder, corrector, settler = aliased(Staff), aliased(Staff), aliased(Staff)
    names = (recorder.name.label("recorder"), corrector.name.label("corrector"), settler.name.label("settler"))
    query = (
        select(PaymentEvent, Settlement, *names)
        .outerjoin(Settlement, Settlement.event_id == PaymentEvent.id)
        .outerjoin(recorder, recorder.id == PaymentEvent.recorded_by)
        .outerjoin(corrector, corrector.id == PaymentEvent.corrected_by)
        .outerjoin(settler, settler.id == Settlement.settled_by)
        .where(PaymentEvent.order_id == order_id)
        .order_by(PaymentEvent.id)
    )
    waiting = set(db.session.scalars(select(PaymentEvent.id).where(PaymentEvent.order_id == order_id, waits())))
    return [
        {
            "event": row.PaymentEvent,
            "settlement": row.Settlement,
            "waits": row.PaymentEvent.id in waiting,
            "word": (TROUBLE if row.PaymentEvent.id in waiting else VERDICTS)[row.PaymentEvent.verdict],
            "recorder": row.recorder,
            "corrector": row.corrector,
            "settler": row.settler,
        }
        for row in db.session.execute(query)
    ]
