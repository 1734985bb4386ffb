"""Scores, one row per course, 考次 and origin."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class Score(Model):
    """`session`: 考次 as 2026-10; `mark`: as the office wrote it (86, 良好, 免考, --); `origin`: 取得方式."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("ticket_id", "course_code", "session", "origin", name="uq_score_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    course_code: Mapped[str] = mapped_column(String(20))
    course_name: Mapped[str] = mapped_column(String(80), default="")
    session: Mapped[str] = mapped_column(String(7), index=True)
    mark: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(4), default="统考")
