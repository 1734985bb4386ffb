"""Papers (打印件): kinds and facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.rules.review.lifecycle import State


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a paper without a code. `made`: the moment described; `photo`: storage key of a portrait or "".

    `words`: JSON-safe values by the template's names. `last_review_id`: last decision in an opinion.
    `for_staff`: words in place of these where staff print it, with numbers masked; the paper and its code are the same.
    """

    kind: str
    words: dict[str, Any]
    made: datetime
    application_id: int
    submission_id: int | None = None
    order_id: int | None = None
    photo: str = ""
    last_review_id: int | None = None
    for_staff: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A service's own paper. `key`: address (<key>.pdf) and rows.

    `template`: its Typst file in the service's folder; it imports the common "look.typ" and says `paper(d, index)`.
    It is official: it carries the identity number, so a member of staff who opens one is counted as by 显示.
    `title`: heading; `short`: name in a sentence; `make(session, application)`: returns the facts or raises NotFound;
    `states`: where it is offered and valid.
    """

    key: str
    title: str
    short: str
    make: Callable[[Any, Any], Facts]
    states: tuple[State, ...]
    template: Path
