"""Papers (打印件): kinds and facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.rules.review.lifecycle import State


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a paper without a code. `made`: the moment described; `photo`: storage key of a portrait or "".

    `words`: JSON-safe values by the template's names. `last_review_id`: last decision in an opinion.
    """

    kind: str
    words: dict[str, Any]
    made: datetime
    application_id: int
    submission_id: int | None = None
    order_id: int | None = None
    photo: str = ""
    last_review_id: int | None = None


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A service's own paper. `key`: address (<key>.pdf) and rows.

    `template`: its Typst file in the service's folder; it imports the common "look.typ" and says `paper(d, index)`.
    `title`: heading; `short`: name in a sentence; `make(session, application)`: returns the facts or raises NotFound;
    `states`: where it is offered and valid.
    """

    key: str
    title: str
    short: str
    make: Callable[[Any, Any], Facts]
    states: tuple[State, ...]
    template: Path
