"""A paper (打印件): which kinds there are, and the facts of one before it has a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules.review.lifecycle import State


@dataclass(frozen=True, slots=True)
class Facts:
    """One paper before it has a code. `made` is the moment it speaks of; `photo` the storage key of a portrait or "".

    `words` are plain JSON-safe data, as its template names them. `last_review_id`: the last decision that an opinion tells of.
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
    """A paper that a service has of its own. `key` names its address (<key>.pdf), its Typst template and its rows.

    `title` is its heading, `short` what it is called in a sentence; `make(session, application)` its facts, or NotFound; it is offered and stands in `states` only.
    """

    key: str
    title: str
    short: str
    make: Callable[[Any, Any], Facts]
    states: tuple[State, ...]
