"""The services (业务) of this site: the only list of them. create_app registers each; every floor above finds them here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.actions.lists import Column, Kind
from app.rules.case import Case
from app.rules.papers.paper import PaperKind
from app.rules.review import lifecycle
from app.rules.review.lifecycle import Shown, State
from app.rules.review.reasons import Place, Seed
from app.rules.service import ServiceLike
from app.rules.settings import NoSettings, Settings
from app.rules.windows import WindowFacts


class OfferedService(ServiceLike, Protocol):
    """A registered service, with what it does and reads in the database itself.

    `columns`: further columns of the common list of applications. `lists`: lists of its own.
    """

    @property
    def columns(self) -> Sequence[Column]: ...
    @property
    def lists(self) -> Sequence[Kind]: ...
    def on_submitting(self, session: Session, case: Case) -> None:
        """Inside the transaction of a submission, before its rows are made and checked."""

    def on_submitted(self, session: Session, case: Case) -> None:
        """Inside the transaction of a submission, after everything common is written."""

    def on_completed(self, session: Session, application_id: int, on: datetime) -> None:
        """Inside the transaction that completes an application."""


_registered: dict[str, OfferedService] = {}


def register(service: OfferedService) -> None:
    """Make a service known; a second one of the same code takes its place."""
    _registered[service.code] = service


def service_for(code: str) -> OfferedService:
    """The service of that code; KeyError when there is none."""
    return _registered[code]


def services() -> list[OfferedService]:
    """All of them, in the order in which they were registered."""
    return list(_registered.values())


def options_kind(code: str) -> type[Settings]:
    """The dataclass of what the service sets of its windows; of a service that this site no longer has, one without fields."""
    found = _registered.get(code)
    return found.options.kind if found else NoSettings


def codes() -> list[str]:
    return list(_registered)


def title_of(code: str) -> str:
    """申请毕业; the code itself for a service that this site no longer has."""
    found = _registered.get(code)
    return found.title if found else code


def choices() -> list[tuple[str, str]]:
    """Code and title for the filter of a list; empty while there is nothing to choose between."""
    return [(each.code, each.title) for each in services()] if len(_registered) > 1 else []


def shown(state: State, window: WindowFacts, on: datetime) -> Shown:
    """A state in the words of the window's service (`app.rules.review.lifecycle.shown`)."""
    found = _registered.get(window.service)
    return lifecycle.shown(state, window, on, found.words.states if found else {})


def completing() -> list[str]:
    """Codes of the services that end with a completed major."""
    return [each.code for each in services() if each.completes_major]


def fee_titles() -> list[str]:
    """What is paid, each once."""
    return list(dict.fromkeys(each.words.fee for each in services() if each.words.fee))


def lists_of_cases() -> list[tuple[str, str]]:
    """Key and words of the lists of applications that services have of their own: graduates, 毕业生名单和登记表."""
    papers = paper_kinds()
    return [
        (kind.key, f"{kind.title}名单" + (f"和{papers[kind.paper].short}" if kind.paper else ""))
        for each in services()
        for kind in each.lists
        if kind.of_cases
    ]


def paper_kinds() -> dict[str, PaperKind]:
    """Every paper that services have of their own, by key."""
    return {paper.key: paper for each in services() for paper in each.papers}


def reason_places() -> tuple[Place, ...]:
    """The steps and items that a reason for a return can be kept for; a step that several services share is named once."""
    found: dict[str, Place] = {}
    for each in services():
        for key, title, items in each.reasons.places:
            known = found[key][2] if key in found else ()
            found[key] = (key, title, tuple(dict((*known, *items)).items()))
    return tuple(found.values())


def reason_seeds() -> tuple[Seed, ...]:
    """The program's own lines of the catalogue of reasons; a code that several services have is planted once."""
    found: dict[str, Seed] = {}
    for each in services():
        for seed in each.reasons.seeds:
            found.setdefault(seed.code, seed)
    return tuple(found.values())


def about_courses(item: str) -> bool:
    """Is this item one whose reasons name missing courses?"""
    return item.split(".", 1)[0] in {each.reasons.courses for each in services()}


def personal_numbers() -> dict[str, str]:
    """Item -> its name, of all numbers that belong to one person only."""
    return {key: name for each in services() for key, name in each.proofs.numbers.items()}


def unknown_service(code: str) -> str:
    """What is wrong with a service's code that somebody typed; "" when nothing is."""
    known = "、".join(f"{each.code} {each.title}" for each in services())
    return "" if not code or code in _registered else f"没有这个业务：{code}（可用 {known}）"
