"""Sums of a list with an amount, added up from the rows as they are written: what the file says is what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from app.actions.lists import Column

ALL = "合计"


class Summed:
    """Rows that are added up while they are read. Without an amount among the columns there are no sums."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[list[Any]]) -> None:
        self.rows = rows
        self.amount = next((place for place, column in enumerate(columns) if column.money), None)
        self.sort = next((place for place, column in enumerate(columns) if column.sorts), None)
        self.header = ("状态", "笔数", columns[self.amount].title) if self.amount is not None else ()
        self.found: dict[str, tuple[int, Decimal]] = {}

    def __iter__(self) -> Iterator[list[Any]]:
        if self.amount is None:
            yield from self.rows
            return
        for row in self.rows:
            sort = row[self.sort] if self.sort is not None else ""
            number, amount = self.found.get(sort, (0, Decimal(0)))
            self.found[sort] = number + 1, amount + row[self.amount]
            yield row

    def lines(self) -> Iterator[Sequence[Any]]:
        """Each state with its number and amount, and all of them last; once the rows were read."""
        if self.sort is not None:
            yield from ((sort, *sums) for sort, sums in self.found.items())
        yield (
            ALL,
            sum(number for number, _ in self.found.values()),
            sum((amount for _, amount in self.found.values()), Decimal("0.00")),
        )
