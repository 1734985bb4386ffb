"""Registry of the services (业务). create_app registers them; other layers look them up here."""

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
    """A registered service. `columns`: extra columns of the list of applications. `lists`: lists of its own."""

    @property
    def columns(self) -> Sequence[Column]: ...
    @property
    def lists(self) -> Sequence[Kind]: ...
    def on_submitting(self, session: Session, case: Case) -> None:
        """In the submission's transaction, before its rows are made and checked."""

    def on_submitted(self, session: Session, case: Case) -> None:
        """In the submission's transaction, after all common rows."""

    def on_completed(self, session: Session, application_id: int, on: datetime) -> None:
        """In the transaction that completes an application."""


_registered: dict[str, OfferedService] = {}


def register(service: OfferedService) -> None:
    """Register a service, replacing one of the same code."""
    _registered[service.code] = service


def service_for(code: str) -> OfferedService:
    """The service of that code; KeyError when absent."""
    return _registered[code]


def services() -> list[OfferedService]:
    """All services in order of registration."""
    return list(_registered.values())


def options_kind(code: str) -> type[Settings]:
    """Dataclass of a service's window settings; NoSettings for an unregistered service."""
    found = _registered.get(code)
    return found.options.kind if found else NoSettings


def codes() -> list[str]:
    return list(_registered)


def title_of(code: str) -> str:
    """Title of a service (申请毕业); the code itself when unregistered."""
    found = _registered.get(code)
    return found.title if found else code


def choices() -> list[tuple[str, str]]:
    """Code and title for the service filter; empty with fewer than two services."""
    return [(each.code, each.title) for each in services()] if len(_registered) > 1 else []


def shown(state: State, window: WindowFacts, on: datetime, *, not_owed: str = "") -> Shown:
    """A state in the words of the window's service (`app.rules.review.lifecycle.shown`)."""
    found = _registered.get(window.service)
    return lifecycle.shown(state, window, on, found.words.states if found else {}, not_owed=not_owed)


def word_of(code: str, state: State) -> str:
    """A service's word for a state, independent of time."""
    found = _registered.get(code)
    return (found.words.states.get(state) if found else None) or lifecycle.WORDS[state]


def completing() -> list[str]:
    """Codes of the services that complete a major."""
    return [each.code for each in services() if each.completes_major]


def purposes() -> str:
    """Return what the data of the offered services may be used for, joined."""
    return "、".join(dict.fromkeys(service.words.purpose for service in services()))


def fee_titles() -> list[str]:
    """Distinct fee titles."""
    return list(dict.fromkeys(each.words.fee_title for each in services() if each.words.fee_title))


def lists_of_cases() -> list[tuple[str, str]]:
    """Key and words of services' own lists of applications: graduates, 毕业生名单和登记表."""
    papers = paper_kinds()
    return [
        (kind.key, f"{kind.title}名单" + (f"和{papers[kind.paper].short}" if kind.paper else ""))
        for each in services()
        for kind in each.lists
        if kind.of_cases
    ]


def paper_kinds() -> dict[str, PaperKind]:
    """Kinds of paper of all services by key."""
    return {paper.key: paper for each in services() for paper in each.papers}


def reason_places() -> tuple[Place, ...]:
    """Steps and items that may have return reasons; steps shared by services are merged."""
    titles: dict[str, str] = {}
    items: dict[str, dict[str, str]] = {}
    for each in services():
        for key, title, own_items in each.reasons.places:
            titles[key] = title
            items.setdefault(key, {}).update(own_items)
    return tuple((key, titles[key], tuple(found.items())) for key, found in items.items())


def reason_seeds() -> tuple[Seed, ...]:
    """Built-in catalogue reasons, the first of each code."""
    found: dict[str, Seed] = {}
    for each in services():
        for seed in each.reasons.seeds:
            found.setdefault(seed.code, seed)
    return tuple(found.values())


def about_courses(item: str) -> bool:
    """Whether this item's reasons name missing courses."""
    return item.split(".", 1)[0] in {each.reasons.courses for each in services()}


def personal_numbers() -> dict[str, str]:
    """Item -> name of the numbers that belong to one person only."""
    return {key: name for each in services() for key, name in each.proofs.numbers.items()}


def unknown_service(code: str) -> str:
    """Error text for an entered service code; "" when valid or empty."""
    known = "、".join(f"{each.code} {each.title}" for each in services())
    return "" if not code or code in _registered else f"没有这个业务：{code}（可用 {known}）"
