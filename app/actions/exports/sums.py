"""Sums of a list with an amount, added up from the rows as they are written: what the file says is what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from app.actions.lists import Column

ALL = "合计"
TAKEN = "收款合计（只算{}的）"
MIXED = "各种状态一起，不是收款"


class Summed:
    """Rows that are added up while they are read. Without an amount among the columns there are no sums.

    `income`: the only state whose amounts were received (Kind); "" where all of them are of one sort.
    """

    def __init__(self, columns: Sequence[Column], rows: Iterable[list[Any]], income: str = "") -> None:
        self.rows = rows
        self.income = income
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
        """Each state with its number and amount, and all of them last, or what was received; once the rows were read."""
        if self.sort is not None:
            yield from ((sort, *sums) for sort, sums in self.found.items())
            if self.income:  # what is not paid, or closed, is never added to what is
                yield TAKEN.format(self.income), *self.found.get(self.income, (0, Decimal("0.00")))
                return
        yield (
            MIXED if self.income else ALL,
            sum(number for number, _ in self.found.values()),
            sum((amount for _, amount in self.found.values()), Decimal("0.00")),
        )
