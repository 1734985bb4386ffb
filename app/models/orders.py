"""Orders and what gateways said of them. Amounts in 分."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class Order(Model):
    """One fee of one application. At most one open and one paid order per fee, by constraint."""

    __tablename__ = "fee_order"
    __table_args__ = (
        UniqueConstraint("number", name="uq_fee_order_number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('open', 'paid', 'closed')", name="state"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_time"),
        Index(
            "uq_fee_order_open",
            "application_id",
            "fee",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "uq_fee_order_paid",
            "application_id",
            "fee",
            unique=True,
            sqlite_where=text("state = 'paid'"),
            postgresql_where=text("state = 'paid'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    examinee_id: Mapped[int] = mapped_column(ForeignKey("examinee.id"), index=True)
    fee: Mapped[str] = mapped_column(String(20))  # what is paid, in the words of the service
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    paid_by: Mapped[str] = mapped_column(String(20), default="")  # gateway's name, or "offline"
    receipt: Mapped[str] = mapped_column(String(60), default="")  # number of the receipt written on the spot
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaymentEvent(Model):
    """A notification that was genuine, whatever it led to: no received money is ever unrecorded."""

    __tablename__ = "payment_event"
    __table_args__ = (
        UniqueConstraint("gateway", "trade_number", name="uq_payment_event_trade"),
        CheckConstraint("verdict IN ('paid', 'duplicate_paid', 'disputed')", name="verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20))
    trade_number: Mapped[str] = mapped_column(String(64))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("fee_order.id"), index=True)
    amount: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20))
    raw: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
