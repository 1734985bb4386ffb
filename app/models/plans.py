"""专业计划, one document per version."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class PlanRow(Model):
    """One plan; `body`: app.rules.plans.plan.to_json. Immutable once an application was submitted on it."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("major_code", "school_code", "version", name="uq_plan_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    major_code: Mapped[str] = mapped_column(String(20))
    school_code: Mapped[str] = mapped_column(String(20))  # "*": every school
    version: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(4))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
