"""The audit row, written in the transaction of the act: if one is there, so is the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert
from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.models.prepared import Prepared
from app.rules.people.roles import Actor

_names = [column.name for column in AuditEvent.__table__.columns if not column.primary_key]
_insert = Prepared(insert(AuditEvent).values({name: bindparam(name) for name in _names}).inline())


def record(
    session: Session,
    *,
    on: datetime,
    by: Actor,
    action: str,
    subject: str,
    subject_id: int | None,
    detail: dict[str, Any] | None = None,
    address: str = "",
) -> None:
    """Write down one act. `detail` holds no ID number, phone or password."""
    _insert.do(
        session, at=on, actor_kind=by.kind, actor_id=by.id, actor_label=by.label, actor_role=by.role, address=address,
        action=action, subject=subject, subject_id=subject_id, detail=detail or {},
    )  # fmt: skip
