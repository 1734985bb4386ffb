"""How a typed name is found, in the queue and in lists alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func

from app.rules.people.names import DOTS, plain_name


def named(column: Any, typed: str) -> ColumnElement[bool]:
    """Any part of the name, white space and dots left out on both sides, and case; nothing where only these are typed."""
    text = plain_name(typed)
    if not text:
        return false()
    # most rows are told apart by the first character, before anything is taken out of the name
    return and_(_contains(column, text[0]), _contains(_plain(column), text))


def of_name(column: Any, typed: str) -> ColumnElement[bool]:
    """The whole name, compared like a part of it."""
    text = plain_name(typed)
    return and_(named(column, typed), func.length(_plain(column)) == len(text))


def _plain(column: Any) -> Any:
    for sign in f" {DOTS}":
        column = func.replace(column, sign, "")
    return column


def _contains(column: Any, text: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (
        column.icontains(text, autoescape=True)
        if text.upper() != text.lower()
        else column.contains(text, autoescape=True)
    )
    return found
