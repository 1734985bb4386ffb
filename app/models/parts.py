"""Parts of a row: columns of a statement that form one object, found by label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Part(Generic[T]):
    """`SCHOOL = Part("school", SchoolFacts, {"code": School.code, …})`: `select(*SCHOOL.columns, …)`, then
    `SCHOOL.read(row)`.

    Columns are labelled `school__code` and passed to `make` by name. At least two columns.
    """

    def __init__(self, label: str, make: Callable[..., T], columns: Mapping[str, Any]) -> None:
        labels = {name: f"{label}__{name}" for name in columns}
        self.columns = tuple(column.label(labels[name]) for name, column in columns.items())
        self._make = make
        self._names = tuple(labels)
        self._values = attrgetter(*labels.values())

    def read(self, row: Any) -> T:
        """Build the object from a row."""
        return self._make(**dict(zip(self._names, self._values(row), strict=True)))

    def found(self, row: Any) -> T | None:
        """Build the object; None if an outer join found no row (first column NULL, which its table excludes)."""
        return None if self._values(row)[0] is None else self.read(row)
