"""A service (业务): everything that differs between services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actions import services as registry
from app.actions.lists import Column, Kind
from app.rules.case import Case, Routing
from app.rules.evidence.portrait import PortraitRule
from app.rules.papers.paper import PaperKind
from app.rules.service import Proofs, Reasons, Words
from app.rules.windows import WindowFacts
from app.wizard.step import Step
from app.wizard.window_options import NO_OPTIONS, WindowOptions


@dataclass(frozen=True)
class Service:
    """Subclass for routing, computed dependents and hooks.

    `summary`: one sentence on its page; `links`: (address, words) below. `dependents_of`: item key -> keys opened when it is
    returned. `exempts_courses`: the forecast links here from a missing course. `options`: window settings of this service. The rest
    as in app.rules.service.ServiceLike and app.actions.services.OfferedService.
    """

    code: str
    title: str
    steps: Sequence[Step]
    summary: str = ""
    links: Sequence[tuple[str, str]] = ()
    words: Words = field(default_factory=Words)
    proofs: Proofs = field(default_factory=Proofs)
    reasons: Reasons = field(default_factory=Reasons)
    papers: Sequence[PaperKind] = ()
    columns: Sequence[Column] = ()
    lists: Sequence[Kind] = ()
    completes_major: bool = False
    exempts_courses: bool = False
    options: WindowOptions = NO_OPTIONS
    dependents_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def step(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)

    def applicable(self, case: Case) -> list[Step]:
        return [step for step in self.steps if step.applies(case)]

    def routing(self, case: Case) -> Routing:
        raise NotImplementedError(f"{self.code} does not say who reviews it")

    def major_of(self, answers: dict[str, Any]) -> str:
        """Return the code of the major that a draft is for; '' before it is chosen, or where there is none."""
        return ""

    def portrait_rule(self, window: WindowFacts) -> PortraitRule | None:
        """Return a window's rule for portraits; None where papers show none."""
        return None

    def dependents(self, keys: Sequence[str], case: Case) -> set[str]:
        """Return the returned items, their dependents, and always open items."""
        found = set(keys)
        waiting = list(keys)
        while waiting:
            for key in self.dependents_of.get(waiting.pop(), ()):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found | {key for step in self.steps for key in step.always_open}

    def on_submitting(self, session: Session, case: Case) -> None:
        """Run in the submission's transaction before its rows are made and checked."""
        for step in self.applicable(case):
            step.on_submitting(session, case)

    def on_submitted(self, session: Session, case: Case) -> None:
        """Run in the submission's transaction after its rows are written."""
        for step in self.applicable(case):
            step.on_submitted(session, case)

    def on_completed(self, session: Session, application_id: int, on: datetime) -> None:
        """Run in the transaction that completes an application; by default nothing."""


def service_for(code: str) -> Service:
    """Return the registered service with its steps. Raises KeyError."""
    found = registry.service_for(code)
    assert isinstance(found, Service)
    return found


def services() -> list[Service]:
    """Return all services in order of registration."""
    return [service_for(code) for code in registry.codes()]
