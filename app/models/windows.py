"""办理时间, extensions, announcements and site texts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class Window(Model):
    """A 办理时间 of a service; times half-open [opens, closes), fee in 分."""

    __tablename__ = "service_window"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_closes"),
        CheckConstraint("fixes_close_at >= closes_at", name="fixes_after_close"),
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("stages IN (1, 2)", name="stages"),
        CheckConstraint("pay_opens_at < pay_closes_at", name="pay_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(60))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fixes_close_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pay_opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pay_closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notice: Mapped[str] = mapped_column(default="")
    fee: Mapped[int] = mapped_column(default=0)
    stages: Mapped[int] = mapped_column(default=2)
    strict_files: Mapped[bool] = mapped_column(default=False)  # refuse over 1 MB or not JPG/PNG, instead of converting
    review_days: Mapped[int] = mapped_column(default=0, server_default="0")  # usual working days; 0: not said
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The service's own settings (`Service.options`), read by app.rules.settings.load."""
    version: Mapped[int] = mapped_column(default=1)
    planned_closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it was to close, once closed early
    completing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its fee was taken away, while not all that was approved is 办结 (app.actions.office.without_fee)."""


class Extension(Model):
    """Longer time for one ticket in one window. At most one is live; a new one ends the former.

    `what`: app.rules.windows.Longer. Never deleted, changed only by being ended.
    """

    __tablename__ = "extension"
    __table_args__ = (
        Index(
            "uq_extension_live",
            "ticket_id",
            "window_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_extension_ticket", "ticket_id"),
        CheckConstraint("what IN ('apply', 'fixes', 'pay')", name="what"),
        CheckConstraint("reason <> ''", name="has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    window_id: Mapped[int] = mapped_column(ForeignKey("service_window.id"))
    what: Mapped[str] = mapped_column(String(10))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Announcement(Model):
    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # None: not shown
    pinned: Mapped[bool] = mapped_column(default=False)


class SiteText(Model):
    """Site texts edited by the administrator: name, contact phone, hours."""

    __tablename__ = "site_text"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str]
