"""The document that a submission freezes, its reader and its writer.

Canonical JSON (sorted keys, no spaces, UTF-8), whose SHA-256 is the submission's: its text must never change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from app.rules.people.identity import normalise_digits
from app.rules.plans.eligibility import Assessment, from_document


@dataclass(frozen=True, slots=True)
class Item:
    """One row. `key` (profile.phone) never changes its meaning; `evidence`: the picture's public id, `sha256` its hash.

    `locked`: office data, not editable by the examinee here. `plain`: what is compared with other submissions, where `value` says
    it in more words, so that a better wording is no change of the examinee's.
    """

    key: str
    label: str
    value: str
    evidence: str = ""
    sha256: str = ""
    locked: bool = False
    plain: str = ""

    @property
    def step(self) -> str:
        """Slug of its step."""
        return self.key.partition(".")[0].replace("_", "-")

    @property
    def field(self) -> str:
        return self.key.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Person:
    """The examinee, from the roster at submission."""

    name: str
    id_type: str
    id_number: str


@dataclass(frozen=True, slots=True)
class InWindow:
    """The 办理时间 of the submission."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class AtSchool:
    """The 主考学校; empty in older documents."""

    code: str = ""
    name: str = ""


@dataclass(frozen=True)
class Document:
    """Submitted content. `application`: public id; `number`: 1 for the first; `replies`: 我的说明 by item key.

    `assessed`: assessment as JSON, if the business has one.
    """

    service: str
    application: str
    number: int
    window: InWindow
    ticket: str
    examinee: Person
    submitted_at: datetime
    items: tuple[Item, ...]
    replies: Mapping[str, str]
    school: AtSchool
    assessed: Mapping[str, Any] | None

    @cached_property
    def labels(self) -> dict[str, str]:
        """Item key -> label, in item order."""
        return {item.key: item.label for item in self.items}

    @cached_property
    def values(self) -> dict[str, str]:
        """Item key -> value."""
        return {item.key: item.value for item in self.items}

    @cached_property
    def assessment(self) -> Assessment | None:
        """Frozen assessment. Raises ValueError for another format."""
        return from_document(dict(self.assessed)) if self.assessed else None


def write(document: Document) -> str:
    """Return the canonical JSON."""
    parts = {
        "service": document.service,
        "application": document.application,
        "number": document.number,
        "window": asdict(document.window),
        "ticket": document.ticket,
        "examinee": asdict(document.examinee),
        "submitted_at": document.submitted_at.isoformat(),
        "items": [_as_stored(item) for item in document.items],
        "replies": document.replies,
        "school": asdict(document.school),
        "assessment": document.assessed,
    }
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _as_stored(item: Item) -> dict[str, Any]:
    """Leave `plain` out where there is none, as in documents of before."""
    return {name: value for name, value in asdict(item).items() if name != "plain" or value}


def read(text: str) -> Document:
    """Parse a stored text; unknown parts are ignored.

    Older texts may lack `replies`, `school` or `assessment`. Raises ValueError for anything else missing or malformed.
    """
    try:
        stored = json.loads(text)
        school = stored.get("school") or {}
        return Document(
            service=stored["service"],
            application=stored["application"],
            number=stored["number"],
            window=InWindow(stored["window"]["id"], stored["window"]["name"]),
            ticket=stored["ticket"],
            examinee=_person(stored["examinee"]),
            submitted_at=datetime.fromisoformat(stored["submitted_at"]),
            items=tuple(_item(item) for item in stored["items"]),
            replies=stored.get("replies") or {},
            school=AtSchool(school.get("code", ""), school.get("name", "")),
            assessed=stored.get("assessment"),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as bad:
        raise ValueError(f"提交的内容无法读取：{bad!r}") from bad


def _person(stored: Mapping[str, str]) -> Person:
    return Person(stored["name"], stored["id_type"], stored["id_number"])


def _item(stored: Mapping[str, Any]) -> Item:
    return Item(
        stored["key"],
        stored["label"],
        stored["value"],
        stored.get("evidence", ""),
        stored.get("sha256", ""),
        stored.get("locked", False),
        stored.get("plain", ""),
    )


def receipt_number(digest: str, year: int, letters: str) -> str:
    """BY26-7F3A-92C1-0D4E: service letters, year, 48 bits of the document's hash."""
    return read_receipt(f"{letters}{year % 100:02}{digest[:12]}")


def read_receipt(typed: str) -> str:
    """Return a typed 回执编号 as it is stored, with or without its hyphens, in any case."""
    code = normalise_digits(typed).upper()
    return f"{code[:-12]}-{code[-12:-8]}-{code[-8:-4]}-{code[-4:]}" if len(code) > 12 else code
