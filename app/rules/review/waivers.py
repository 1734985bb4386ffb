"""What a reviewer must answer for, one by one, before passing an application that does not meet its plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Assessed(Protocol):
    """What is asked of an Assessment."""

    def missing_courses(self) -> tuple[tuple[str, str], ...]: ...


@dataclass(frozen=True, slots=True)
class Gap:
    """One missing course (or choice of courses). `key` stays the same however often it is assessed: the code, else the name."""

    key: str
    name: str

    @property
    def label(self) -> str:
        return self.name if self.key == self.name else f"{self.key} {self.name}"


def gaps(assessment: Assessed | None) -> tuple[Gap, ...]:
    """Every missing course once, in the order of the assessment; empty where nothing is missing or assessed."""
    if assessment is None:
        return ()
    found = {code or name: Gap(code or name, name) for code, name in assessment.missing_courses()}
    return tuple(found.values())


def unanswered(asked: Iterable[Gap], waivers: Mapping[str, str]) -> list[Gap]:
    """The gaps that no reason was written for."""
    return [gap for gap in asked if not waivers.get(gap.key, "").strip()]
