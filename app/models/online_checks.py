"""Codes of papers that were checked on the official page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class OnlineCheck(Model):
    """已在学信网核对: one person checked one item. `proof`: hash of picture and typed code; another one is unchecked."""

    __tablename__ = "online_check"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    proof: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
