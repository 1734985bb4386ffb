"""缺成绩: what an examinee reports as missing from the office's data, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime
from app.rules.plans.missing_scores import QuestionState


class ScoreQuestion(Model):
    """One course of one ticket; goes to the 主考学校 `school_code`. At most one of a course waits at a time, by constraint."""

    __tablename__ = "score_question"
    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{s.value}'" for s in QuestionState)), name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_has_time"),
        CheckConstraint("state <> 'refused' OR answer <> ''", name="refused_has_reason"),
        Index(
            "uq_score_question_open",
            "ticket_id",
            "course_code",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_score_question_queue", "school_code", "state", "id"),
        Index("ix_score_question_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    school_code: Mapped[str] = mapped_column(String(20))
    major_code: Mapped[str] = mapped_column(String(20), default="")
    course_code: Mapped[str] = mapped_column(String(20))
    course_name: Mapped[str] = mapped_column(String(80), default="")
    session: Mapped[str] = mapped_column(String(7))  # 考次, as the examinee says
    place: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(10), default=QuestionState.OPEN.value)
    answer: Mapped[str] = mapped_column(default="")  # for the examinee
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
