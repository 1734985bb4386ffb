"""Issued papers, certificate numbers, chosen export columns."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class Paper(Model):
    """One issued paper: code for /verify, and hash of its facts.

    Equal facts give the same row, so the same code and bytes.
    """

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("code", name="uq_paper_code"),
        UniqueConstraint("kind", "sha256", name="uq_paper_facts"),
        CheckConstraint("kind <> ''", name="kind"),
        CheckConstraint("(kind = 'payment') = (order_id IS NOT NULL)", name="payment_has_order"),
        CheckConstraint("(kind = 'payment') = (submission_id IS NULL)", name="others_have_submission"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16))  # without dashes
    kind: Mapped[str] = mapped_column(String(12))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("fee_order.id"))
    last_review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"))  # opinion: last decision in it
    sha256: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Certificate(Model):
    """A 毕业证书编号. Voided ones are kept, so that no number is reused."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("number", name="uq_certificate_number"),
        Index(
            "uq_certificate_live",
            "application_id",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="void_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(10))  # ticket | serial
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str] = mapped_column(String(200), default="")


class CertificateSeries(Model):
    """Last serial of a series, increased when assigning."""

    __tablename__ = "certificate_series"

    prefix: Mapped[str] = mapped_column(String(12), primary_key=True)
    last: Mapped[int]


class ExportColumns(Model):
    """Ordered export columns of one member of staff; without name: the last choice."""

    __tablename__ = "export_columns"
    __table_args__ = (UniqueConstraint("staff_id", "kind", "name", name="uq_export_columns_choice"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(30), default="")
    columns: Mapped[list[str]] = mapped_column(JSON)
