"""The site's rules for decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.applications.whose_turn import OFF
from app.models import SiteText
from app.models.parts import Part
from app.rules.site_texts import FOUR_EYES, UNDO_MINUTES

DEFAULT_UNDO = 5  # minutes


class DecisionSettings(NamedTuple):
    """Time to undo, and whether the second stage needs another person."""

    undo: timedelta
    four_eyes: bool


def _settings(undo_minutes: str | None, four_eyes: str | None) -> DecisionSettings:
    known = bool(undo_minutes) and str(undo_minutes).isdecimal()
    return DecisionSettings(timedelta(minutes=int(undo_minutes or 0) if known else DEFAULT_UNDO), four_eyes != OFF)


RULES = Part(
    "rules",
    _settings,
    {key: select(SiteText.value).where(SiteText.key == key).scalar_subquery() for key in (UNDO_MINUTES, FOUR_EYES)},
)
"""Also for queries that select more beside them."""


def decision_settings(session: Session) -> DecisionSettings:
    """The present rules."""
    return RULES.read(session.execute(select(*RULES.columns)).one())
