"""What is asked of a service (业务) and of its steps by everything below the wizard, which holds the steps themselves.

A service says in plain data all that differs between businesses; nothing outside app/services names one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.rules.case import Case, Routing
from app.rules.evidence.portrait import PortraitRule
from app.rules.papers.paper import PaperKind
from app.rules.refusals import Problem
from app.rules.review.lifecycle import State
from app.rules.review.reasons import Place, Seed
from app.rules.settings import Settings
from app.rules.submission import Item
from app.rules.windows import WindowFacts


@dataclass(frozen=True, slots=True)
class Words:
    """What a service calls things.

    `notice`: 考生须知 of a window until the administrator writes another. `fee`: what is paid, empty where nothing ever is.
    `receipt`: the letters that its receipt numbers begin with. `messages`: name of a transition -> what the examinee is told,
    where the common words do not fit. `states`: the same for the words of a state. `afterwards`: what to do once approved,
    where the school says nothing itself. `reviewer`: who reviews first. `fields`: field name -> label, for texts that a page gives back.
    """

    notice: str = ""
    fee: str = ""
    receipt: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[State, str] = field(default_factory=dict)
    afterwards: str = ""
    reviewer: str = "主考学校"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proofs:
    """How what was typed belongs to the pictures of a service.

    `read_from`: item -> item of the picture that shows it. `codes`: slot of a picture with a code -> item of the code that was
    typed. `numbers`: item -> its name, of numbers that belong to one person only.
    """

    read_from: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why its items are returned: the places that a reason can be kept for, and the lines of the catalogue at first.

    `courses`: key of the step whose items are about courses; reasons there name those that are missing. `explained`: the item
    that says why courses are missing.
    """

    places: Sequence[Place] = ()
    seeds: Sequence[Seed] = ()
    courses: str = ""
    explained: str = ""


class StepLike(Protocol):
    """What actions need to know of a step."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    def applies(self, case: Case) -> bool: ...
    def problems(self, case: Case) -> list[Problem]: ...
    def items(self, case: Case) -> list[Item]: ...


class OptionsLike(Protocol):
    """What actions need to know of the options that a service gives to its windows."""

    @property
    def kind(self) -> type[Settings]: ...


class ServiceLike(Protocol):
    """What actions need to know of a service.

    `completes_major`: its end is a completed major, so that the forecast reads its choice of courses and certificates are due.
    """

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def words(self) -> Words: ...
    @property
    def proofs(self) -> Proofs: ...
    @property
    def reasons(self) -> Reasons: ...
    @property
    def papers(self) -> Sequence[PaperKind]: ...
    @property
    def completes_major(self) -> bool: ...
    @property
    def options(self) -> OptionsLike: ...
    @property
    def steps(self) -> Sequence[StepLike]: ...
    def portrait_rule(self, window: WindowFacts) -> PortraitRule | None: ...
    def routing(self, case: Case) -> Routing: ...
    def dependents(self, keys: Sequence[str], case: Case) -> set[str]: ...


def steps_of(service: ServiceLike, case: Case) -> list[StepLike]:
    """The steps that this case goes through, in order (some apply to some cases only)."""
    return [step for step in service.steps if step.applies(case)]


def items_of(service: ServiceLike, case: Case) -> list[Item]:
    """Every row of the case, in the order of its steps."""
    return [item for step in steps_of(service, case) for item in step.items(case)]


def problems_of(service: ServiceLike, case: Case) -> list[Problem]:
    """All that still stops the submission."""
    return [problem for step in steps_of(service, case) for problem in step.problems(case)]
