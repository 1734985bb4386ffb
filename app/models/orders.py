"""Orders and payment notifications. Amounts in 分."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class Order(Model):
    """One fee of one application; at most one open and one paid order, by constraint."""

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
    fee: Mapped[str] = mapped_column(String(20))  # what is paid, by the service's words
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    paid_by: Mapped[str] = mapped_column(String(20), default="")  # gateway, or "offline"
    receipt: Mapped[str] = mapped_column(String(60), default="")  # number of the receipt written on site
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaymentEvent(Model):
    """A genuine notification, or a payment recorded on the spot; kept whatever its result.

    `corrected`: recorded on the spot by mistake and taken back; its receipt number may then be recorded again.
    """

    __tablename__ = "payment_event"
    __table_args__ = (
        CheckConstraint("verdict IN ('paid', 'duplicate_paid', 'disputed', 'corrected')", name="verdict"),
        CheckConstraint("(verdict = 'corrected') = (corrected_at IS NOT NULL)", name="corrected_has_time"),
        CheckConstraint("(verdict = 'corrected') = (correction <> '')", name="corrected_has_reason"),
        Index(
            "uq_payment_event_trade",
            "gateway",
            "trade_number",
            unique=True,
            sqlite_where=text("verdict <> 'corrected'"),
            postgresql_where=text("verdict <> 'corrected'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(20))
    trade_number: Mapped[str] = mapped_column(String(64))  # a receipt's in one form (app.rules.orders.receipt_key)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("fee_order.id"), index=True)
    amount: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20))
    raw: Mapped[str] = mapped_column(Text)  # the notification, or the receipt number as typed
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # on the spot
    corrected_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    correction: Mapped[str] = mapped_column(String(200), default="")  # reason, for staff only

    @property
    def number_shown(self) -> str:
        """The number as it came: a receipt's as typed."""
        return self.raw if self.gateway == "offline" and self.raw else self.trade_number


class Settlement(Model):
    """How a payment that waited for somebody (app.actions.payments.settling) was dealt with; `how`: for staff only."""

    __tablename__ = "settlement"
    __table_args__ = (CheckConstraint("how <> ''", name="how"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("payment_event.id"), primary_key=True)
    settled_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    how: Mapped[str] = mapped_column(String(200))
