"""What a site decides for its reviewers: how long a decision can be taken back, and whether four eyes are asked for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import SiteText

UNDO_MINUTES, FOUR_EYES = "undo_minutes", "four_eyes"  # keys of SiteText
DEFAULT_UNDO = 5  # minutes
OFF = "关闭"


RULES = (
    select(SiteText.value).where(SiteText.key == UNDO_MINUTES).scalar_subquery(),
    select(SiteText.value).where(SiteText.key == FOUR_EYES).scalar_subquery(),
)
"""The two texts as columns, for a query that asks for more beside them."""


def desk_rules(session: Session) -> tuple[timedelta, bool]:
    """The time to take a decision back, and whether the second stage needs another person."""
    return rules_from(*session.execute(select(*RULES)).one())


def rules_from(minutes: str | None, four_eyes: str | None) -> tuple[timedelta, bool]:
    """The same from a row of RULES."""
    known = bool(minutes) and str(minutes).isdecimal()
    return timedelta(minutes=int(minutes or 0) if known else DEFAULT_UNDO), four_eyes != OFF
