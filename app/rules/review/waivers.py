"""Missing courses that a reviewer justifies one by one to pass an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Assessed(Protocol):
    """The part of Assessment used here."""

    def missing_courses(self) -> tuple[tuple[str, str], ...]: ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A missing course or choice of courses. `key` is stable across assessments: the code, else the name."""

    key: str
    name: str

    @property
    def label(self) -> str:
        return self.name if self.key == self.name else f"{self.key} {self.name}"


def gaps(assessment: Assessed | None) -> tuple[Gap, ...]:
    """Return each missing course once, in order; empty without an assessment."""
    if assessment is None:
        return ()
    found = {code or name: Gap(code or name, name) for code, name in assessment.missing_courses()}
    return tuple(found.values())


def unanswered(asked: Iterable[Gap], waivers: Mapping[str, str]) -> list[Gap]:
    """Return the gaps without a reason."""
    return [gap for gap in asked if not waivers.get(gap.key, "").strip()]
