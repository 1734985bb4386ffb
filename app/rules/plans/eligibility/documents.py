"""JSON form of an Assessment, frozen in submissions."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from app.rules.plans.eligibility.model import (
    Assessment,
    Branch,
    Case,
    GroupResult,
    Line,
    Missing,
    NextStep,
    Other,
    Reason,
    State,
    Used,
    Verdict,
)
from app.rules.plans.plan import credit, credit_json

FORMAT = 1


def as_document(assessment: Assessment) -> dict[str, Any]:
    """Return a JSON-safe document, deterministic."""
    return {"format": FORMAT} | {each.name: _plain(getattr(assessment, each.name)) for each in fields(assessment)}


def from_document(document: dict[str, Any]) -> Assessment:
    """Read a document of `as_document`. Raises ValueError for another format."""
    if document.get("format") != FORMAT:
        raise ValueError(f"成绩核对结果的格式 {document.get('format')!r} 无法读取")
    return Assessment(**_typed(document, set(document) - {"format"}))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return credit_json(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _rows(kind: Callable[..., Any]) -> Callable[[list[dict[str, Any]]], tuple[Any, ...]]:
    return lambda rows: tuple(kind(**_typed(row, set(row))) for row in rows)


_READERS: dict[str, Callable[[Any], Any]] = {
    "on": date.fromisoformat,
    "verdict": Verdict,
    "state": State,
    "next_step": NextStep,
    "also": lambda steps: tuple(NextStep(step) for step in steps),
    "credits": credit,
    "credits_earned": credit,
    "credits_needed": credit,
    "lines": _rows(Line),
    "grades": _rows(Used),
    "groups": _rows(GroupResult),
    "branches": _rows(Branch),
    "missing": _rows(Missing),
    "options": lambda pairs: tuple((code, name) for code, name in pairs),
    "cases": _rows(Case),
    "others": _rows(Other),
    "grade": lambda row: Used(**row),
    "blocks": _rows(Reason),
    "reasons": _rows(Reason),
}


def _typed(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Convert values by name; others are plain."""
    return {
        name: _READERS[name](document[name]) if name in _READERS and document[name] is not None else document[name]
        for name in names
    }
