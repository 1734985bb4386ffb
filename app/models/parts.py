"""Parts of a row: columns of a statement that together make one object, found by their labels wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Part(Generic[T]):
    """`SCHOOL = Part("school", SchoolFacts, {"code": School.code, …})`: `select(*SCHOOL.columns, …)`, then `SCHOOL.read(row)`.

    Every column is labelled `school__code` and given to `make` by its own name. At least two columns.
    """

    def __init__(self, label: str, make: Callable[..., T], columns: Mapping[str, Any]) -> None:
        labels = {name: f"{label}__{name}" for name in columns}
        self.columns = tuple(column.label(labels[name]) for name, column in columns.items())
        self._make = make
        self._names = tuple(labels)
        self._values = attrgetter(*labels.values())

    def read(self, row: Any) -> T:
        """The object of this row."""
        return self._make(**dict(zip(self._names, self._values(row), strict=True)))

    def found(self, row: Any) -> T | None:
        """None where an outer join found nothing: the first column, which is never empty in its table, is."""
        return None if self._values(row)[0] is None else self.read(row)
