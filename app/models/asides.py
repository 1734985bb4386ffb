"""Files put aside with a question (挂起/请示)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime

_OPEN = text("ended_at IS NULL")


class Aside(Model):
    """A reviewer's question about a file, never for the examinee; until it has ended the file waits aside.

    `asked`: lead (of the file's school) or office. Ended without `answered_by`: taken back. `waited`: seconds that the file
    had waited when it was put aside. `waits_since`, once ended: the time of submission moved on by all time aside.
    """

    __tablename__ = "aside"
    __table_args__ = (
        Index("uq_aside_open", "application_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("asked IN ('lead', 'office')", name="asked"),
        CheckConstraint("(answered_by IS NULL) = (answer = '')", name="answer_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20))  # school_review | office_review
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked: Mapped[str] = mapped_column(String(10))
    question: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waited: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waits_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
