"""What actions ask of a service and of its steps, so that they stay below the wizard, which holds the steps themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.rules.case import Case, Routing
from app.rules.refusals import Problem
from app.rules.submission import Item


class StepLike(Protocol):
    """What actions need to know of a step."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    def applies(self, case: Case) -> bool: ...
    def problems(self, case: Case) -> list[Problem]: ...
    def items(self, case: Case) -> list[Item]: ...


class ServiceLike(Protocol):
    """What actions need to know of a service."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def default_notice(self) -> str: ...
    @property
    def fee_title(self) -> str: ...
    @property
    def steps(self) -> Sequence[StepLike]: ...
    def routing(self, case: Case) -> Routing: ...
    def dependents(self, keys: Sequence[str], case: Case) -> set[str]: ...


def steps_of(service: ServiceLike, case: Case) -> list[StepLike]:
    """The steps that this case goes through, in order (专科 skips the prior degree)."""
    return [step for step in service.steps if step.applies(case)]


def items_of(service: ServiceLike, case: Case) -> list[Item]:
    """Every row of the case, in the order of its steps."""
    return [item for step in steps_of(service, case) for item in step.items(case)]


def problems_of(service: ServiceLike, case: Case) -> list[Problem]:
    """All that still stops the submission."""
    return [problem for step in steps_of(service, case) for problem in step.problems(case)]
