"""The periodic work: what is due, and who does it now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class DueWork(Model):
    """One work of the register (app.cli.serving.periodic_work), with the lease of whoever does it now.

    Times are the database's (app.actions.upkeep.due): hosts need not agree about the time.
    """

    __tablename__ = "due_work"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    holder: Mapped[str] = mapped_column(String(80), default="")
    last_started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_finished: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    runs: Mapped[int] = mapped_column(default=0)
