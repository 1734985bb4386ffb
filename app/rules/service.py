"""Interface of a service (业务) for the layers below the wizard.

A service declares in plain data all that differs between businesses; code outside app/services names none.
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
    """Texts of a service.

    `notice`: default 考生须知. `purpose`: what the papers may be used for (仅供…使用). `fee_title`: what is paid, or empty. `receipt`: prefix of receipt numbers. `messages`: transition
    -> message to the examinee, instead of the common one. `states`: the same for states. `afterwards`: what to do once
    审核通过 and once 已办结, unless the school has its own text. `reviewer`: first reviewer. `fields`: field -> label, for texts that
    a page shows again; `choices`: field -> value -> words, likewise.
    """

    notice: str = ""
    purpose: str = "业务审核"
    fee_title: str = ""
    receipt: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[State, str] = field(default_factory=dict)
    afterwards: Mapping[State, str] = field(default_factory=dict)
    reviewer: str = "主考学校"
    fields: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficialPage:
    """Where others keep a register of papers: `name` of the site, address of the page that asks for the code."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Proofs:
    """Relation of typed values to pictures.

    `read_from`: item -> item of the picture showing it. `codes`: slot of a picture with a code -> item of the typed
    code. `numbers`: item -> name, for numbers unique to a person. `online`: item of a typed code -> page that knows it.
    """

    read_from: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    online: Mapping[str, OfficialPage] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reasons for returning items: possible places and initial catalogue.

    `courses`: key of the step with items about courses; reasons there name the missing ones. `explained`: item
    explaining why courses are missing.
    """

    places: Sequence[Place] = ()
    seeds: Sequence[Seed] = ()
    courses: str = ""
    explained: str = ""


class StepLike(Protocol):
    """Interface of a step for actions."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    def applies(self, case: Case) -> bool: ...
    def problems(self, case: Case) -> list[Problem]: ...
    def items(self, case: Case) -> list[Item]: ...


class OptionsLike(Protocol):
    """Interface of a service's window options for actions."""

    @property
    def kind(self) -> type[Settings]: ...


class ServiceLike(Protocol):
    """Interface of a service for actions.

    `completes_major`: the forecast reads its choice of courses, certificates are due.
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
    """Return the steps that apply to this case, in order."""
    return [step for step in service.steps if step.applies(case)]


def items_of(service: ServiceLike, case: Case) -> list[Item]:
    """Return all items, in step order."""
    return [item for step in steps_of(service, case) for item in step.items(case)]


def problems_of(service: ServiceLike, case: Case) -> list[Problem]:
    """Return all obstacles to submission."""
    return [problem for step in steps_of(service, case) for problem in step.problems(case)]
