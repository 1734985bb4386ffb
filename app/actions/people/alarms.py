"""Alarms of the last days, for administrators: what the audit holds as `alarm.…`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.rules.audit_words import WORDS, detail_words

SHOWN_FOR = timedelta(days=7)
MOST = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm in words: what, who, details, when (aware UTC)."""

    word: str
    who: str
    said: str
    at: datetime


def alarms(session: Session, on: datetime) -> list[Alarm]:
    """Return the latest alarms of seven days, at most five."""
    mine = (AuditEvent.action >= "alarm.", AuditEvent.action < "alarm/", AuditEvent.at > on - SHOWN_FOR)
    rows = session.scalars(select(AuditEvent).where(*mine).order_by(AuditEvent.id.desc()).limit(MOST))
    return [
        Alarm(
            WORDS.get(row.action, row.action).removeprefix("警报："), row.actor_label, detail_words(row.detail), row.at
        )
        for row in rows
    ]
