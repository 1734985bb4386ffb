"""A service (业务): its code, its words, its steps in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.actions import services as registry
from app.rules.case import Case, Routing
from app.wizard.step import Step


@dataclass(frozen=True)
class Service:
    """Subclassed where a service routes its applications differently or has items that depend on others.

    `default_notice`: 考生须知 of a window until the administrator writes another; `fee_title`: what is paid, empty where
    nothing ever is. `dependents_of`: item key -> keys that open with it when it is returned.
    """

    code: str
    title: str
    steps: Sequence[Step]
    summary: str = ""
    default_notice: str = ""
    fee_title: str = ""
    dependents_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def step(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)

    def applicable(self, case: Case) -> list[Step]:
        return [step for step in self.steps if step.applies(case)]

    def routing(self, case: Case) -> Routing:
        raise NotImplementedError(f"{self.code} does not say who reviews it")

    def dependents(self, keys: Sequence[str], case: Case) -> set[str]:
        """The returned items, those that depend on them, and those that are always open."""
        found = set(keys)
        waiting = list(keys)
        while waiting:
            for key in self.dependents_of.get(waiting.pop(), ()):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found | {key for step in self.steps for key in step.always_open}


def service_for(code: str) -> Service:
    """The registered service with its steps; KeyError when there is none."""
    found = registry.service_for(code)
    assert isinstance(found, Service)
    return found


def services() -> list[Service]:
    """All of them with their steps, in the order in which they were registered."""
    return [service_for(code) for code in registry.codes()]
