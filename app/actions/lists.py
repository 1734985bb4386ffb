"""What a list that can be exported is. The common lists stand in app.actions.exports.columns, those of a service with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

Show = Callable[[Any], "str | int"]


@dataclass(frozen=True, slots=True)
class Column:
    """`source` is the SQL expression; `show` turns its value into a cell (None and text pass by themselves)."""

    key: str
    title: str
    source: Any
    show: Show | None = None
    usual: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """One list: `base` joins its tables (columns are added), `order` is the keyset column, `at` the time that filters ask.

    `states`: (key, words) that it can be narrowed to. `of_cases`: its rows are applications, in their scope. `service`: the
    code of the only service whose applications are in it; empty for all. `paper`: the kind of paper that it can be written as
    instead, one for each row in one PDF; empty for none.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    base: Callable[[Select[Any]], Select[Any]]
    order: Any
    at: Any
    roles: tuple[str, ...]
    states: tuple[tuple[str, str], ...] = ()
    of_cases: bool = False
    service: str = ""
    paper: str = ""

    def chosen(self, keys: list[str] | None) -> list[Column]:
        """The named columns in the list's own order; the usual ones when none is named."""
        found = [column for column in self.columns if keys and column.key in keys]
        return found or [column for column in self.columns if column.usual]
