"""Audit events, written in the transaction of the act."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, CheckConstraint, Index, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime
from app.models.upkeep.insert_only import insert_only


class AuditEvent(Model):
    """One act, such as application.submitted, on `subject` and `subject_id`. `detail` never contains an ID number.

    `seal`: app.models.upkeep.seal; empty in rows from before there were seals.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject", "subject_id"),
        Index("ix_audit_event_actor", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(80))
    actor_role: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seal: Mapped[str] = mapped_column(String(80), default="", server_default=text("''"))


class AuditLink(Model):
    """One link of the audit chain: the event it lays down, by a MAC over the former link's MAC and the event's content.

    Links are laid in order by the periodic work (app.actions.upkeep.chain). `event_id` is no foreign key: what was deleted
    by hand is named by `kaoji verify`, and must not stop an upgrade. `highest`: the highest event id laid so far.
    """

    __tablename__ = "audit_link"
    __table_args__ = (CheckConstraint("sequence > 0", name="sequence"),)

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(unique=True)
    highest: Mapped[int]
    laid_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mac: Mapped[str] = mapped_column(String(64))


for _model in (AuditEvent, AuditLink):
    insert_only(cast(Table, _model.__table__))
