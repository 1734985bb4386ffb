"""What a site decides for its reviewers: how long a decision can be taken back, and whether four eyes are asked for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import SiteText

UNDO_MINUTES, FOUR_EYES = "undo_minutes", "four_eyes"  # keys of SiteText
DEFAULT_UNDO = 5  # minutes
OFF = "关闭"


def desk_rules(session: Session) -> tuple[timedelta, bool]:
    """The time to take a decision back, and whether the second stage needs another person."""
    query = select(SiteText.key, SiteText.value).where(SiteText.key.in_((UNDO_MINUTES, FOUR_EYES)))
    texts: dict[str, str] = {row.key: row.value for row in session.execute(query)}
    minutes = texts.get(UNDO_MINUTES, "")
    return timedelta(minutes=int(minutes) if minutes.isdecimal() else DEFAULT_UNDO), texts.get(FOUR_EYES) != OFF
