"""抽查: draws of passed files, and what the second look found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class SpotCheck(Model):
    """One draw, never changed or deleted. Seed, rule (app.rules.review.spot_checks) and population give its files again.

    `school_code`, `reviewer_id`: narrower, if set. `since`, `until`: of the decisions, half-open. `population`: ids of the
    reviews, by receipt.
    """

    __tablename__ = "spot_check"
    __table_args__ = (CheckConstraint("way IN ('percent', 'number')", name="way"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("service_window.id"))
    stage: Mapped[str] = mapped_column(String(20))
    school_code: Mapped[str] = mapped_column(String(20), default="", index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    way: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int]
    seed: Mapped[str] = mapped_column(String(32))
    population: Mapped[list[int]] = mapped_column(JSON)
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SpotCheckFile(Model):
    """A drawn decision and the second look at it. `verdict`: '' until then. `findings`: [item, reason, cause id or None]."""

    __tablename__ = "spot_check_file"
    __table_args__ = (
        CheckConstraint("verdict IN ('', 'agree', 'disagree')", name="verdict"),
        CheckConstraint("(verdict = '') = (staff_id IS NULL)", name="verdict_by_somebody"),
    )

    spot_check_id: Mapped[int] = mapped_column(ForeignKey("spot_check.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # in the order of the draw, from 1
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    verdict: Mapped[str] = mapped_column(String(10), default="")
    findings: Mapped[list[Any]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
