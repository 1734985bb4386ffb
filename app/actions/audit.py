"""Audit rows, written in the transaction of the act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.models.base import core
from app.models.upkeep.seal import audit_key, seal
from app.rules.people.roles import Actor

_insert = insert(cast(Table, AuditEvent.__table__)).inline()  # no RETURNING: the new id is unused


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a detail with what differs, before and after; a moment as text. Empty where nothing does.

    Of what is new: only what it is after.
    """
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        word: {name: _plain(values.get(name)) for name in names}
        for word, values in (("before", before), ("after", after))
        if names and values
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


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
    """Write one audit row. `detail` holds no ID number, phone or password."""
    row = {
        "at": on,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_label": by.label,
        "actor_role": by.role,
        "address": address,
        "action": action,
        "subject": subject,
        "subject_id": subject_id,
        "detail": detail or {},
    }
    core(session).execute(_insert, {**row, "seal": seal(audit_key(), row)})
