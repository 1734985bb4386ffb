"""What an instance remembers of itself: whose database it is, and what its last checks found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.base import Model, UtcDateTime

IDENTITY = "identity"  # {"number": of the mark, "key": fingerprint of secret.key}
DATABASE_CHECK = "database-check"  # {"finished": bool}, of one without faults
SWEEP = "sweep"  # {"strays", "files"}: it stopped; {}: it did its work
VERIFIED = "verified"  # {"faults": number}, by kaoji verify


class InstanceFact(Model):
    """One fact, replaced by its next one."""

    __tablename__ = "instance_fact"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def note(session: Session, key: str, value: dict[str, Any], on: datetime) -> None:
    """Write a fact, in the caller's transaction."""
    session.merge(InstanceFact(key=key, value=value, at=on))


def noted(session: Session, key: str) -> InstanceFact | None:
    """Return a fact as it is stored now."""
    return session.get(InstanceFact, key)
