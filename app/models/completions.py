"""Completed applications (已办结), and what their graduation uses up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime

IN_EFFECT = "undone_at IS NULL AND major_code <> ''"


class Completion(Model):
    """One per application that was ever completed; undone, it stays and is used again when completed anew.

    `major_code`: finished by it, empty for services that finish none; at most one in effect per ticket and major.
    `courses`: codes that it uses up, separated by 顿号.
    """

    __tablename__ = "completion"
    __table_args__ = (
        CheckConstraint("(undone_at IS NULL) = (undone_reason = '')", name="undone_has_reason"),
        Index(
            "uq_completion_major",
            "ticket_id",
            "major_code",
            unique=True,
            sqlite_where=text(IN_EFFECT),
            postgresql_where=text(IN_EFFECT),
        ),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    major_code: Mapped[str] = mapped_column(String(20), default="")
    courses: Mapped[str] = mapped_column(Text, default="")
    completed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_reason: Mapped[str] = mapped_column(String(200), default="")  # for the examinee
