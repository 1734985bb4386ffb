"""Alarms of the last days, for administrators: what the audit holds as `alarm.…`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.audit import Unreadable, read_events
from app.models import AuditEvent
from app.rules.audit_words import WORDS, detail_words

SHOWN_FOR = timedelta(days=7)
MOST = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm in words: what, who, details, when (aware UTC; None: nobody can read it)."""

    word: str
    who: str
    said: str
    at: datetime | None


def alarms(session: Session, on: datetime) -> list[Alarm]:
    """Return the latest alarms of seven days, at most five."""
    mine = (AuditEvent.action >= "alarm.", AuditEvent.action < "alarm/", AuditEvent.at > on - SHOWN_FOR)
    told = (AuditEvent.id, AuditEvent.at, AuditEvent.actor_label, AuditEvent.action, AuditEvent.detail)
    query = select(*told).where(*mine).order_by(AuditEvent.id.desc()).limit(MOST)
    found = read_events(session, query, _alarm)
    return [
        Alarm("读不懂", f"操作记录 {each.id}", "", None) if isinstance(each, Unreadable) else each for each in found
    ]


def _alarm(row: Row[Any]) -> Alarm:
    word = WORDS.get(row.action, row.action).removeprefix("警报：")
    return Alarm(word, row.actor_label, detail_words(row.detail), row.at)
