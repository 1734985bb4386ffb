"""Types of exportable lists. Common ones: app.actions.exports.columns; a service's own: its package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select

from app.rules.people.roles import Actor

Show = Callable[[Any], "str | int | Decimal"]


@dataclass(frozen=True, slots=True)
class Column:
    """`source`: SQL expression; `show` turns its value into a cell (not needed for None and text).

    `shown_to` does so where it depends on the reader, such as a name. `money`: its cells are 元 as numbers, added up
    apart for each value of the column that `sorts`.
    """

    key: str
    title: str
    source: Any
    show: Show | None = None
    usual: bool = True
    shown_to: Callable[[str, Actor], str] | None = None
    money: bool = False
    sorts: bool = False

    def shown(self, by: Actor) -> Show | None:
        """What makes a cell for this reader, if anything needs to."""
        shown_to = self.shown_to
        return (lambda value: shown_to(value, by)) if shown_to else self.show


@dataclass(frozen=True, slots=True)
class Kind:
    """One list. `base` joins its tables; `order`: keyset column; `at`: time column of the date filter, `dated`: its words.

    `states`: (key, words) of the state filter. `of_cases`: rows are applications, limited to the caller's scope.
    `service`: code of its only service; empty for all. `paper`: paper to export instead, one per row in one PDF.
    `find`: condition of a search, where there is one. `in_state`: condition of one of `states`, or of none (''), at a
    moment, where it is not the application's. `income`: the one word of the column that sorts whose amounts were received.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    base: Callable[[Select[Any]], Select[Any]]
    order: Any
    at: Any
    dated: str
    roles: tuple[str, ...]
    states: tuple[tuple[str, str], ...] = ()
    of_cases: bool = False
    service: str = ""
    paper: str = ""
    find: Callable[[str], ColumnElement[bool]] | None = None
    in_state: Callable[[str, datetime], ColumnElement[bool]] | None = None
    income: str = ""

    def chosen(self, keys: list[str] | None) -> list[Column]:
        """The named columns in the list's order; the usual ones when none is named."""
        found = [column for column in self.columns if keys and column.key in keys]
        return found or [column for column in self.columns if column.usual]
