"""A compiled plan: rows as bits, pairs, places (序号), groups and 顶替; built in compile.py.

A set of courses is an int with one bit per row. Credits are integers in hundredths: exact and fast.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.rules.plans.plan import Condition, ExtraCase, Group, Plan, PlanCourse

SCALE = 100


def hundredths(credits: Decimal | None) -> int:
    """Convert credits to hundredths; None to 0."""
    return 0 if credits is None else int(credits * SCALE)


def bits(mask: int) -> Iterator[int]:
    """Yield the row numbers of a set, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(slots=True)
class Act:
    """One 顶替组 on the active rows: `need` of the `old` codes replace the rows `new`."""

    name: str
    old: tuple[str, ...]
    new: int
    need: int
    use_by: date | None


@dataclass(slots=True)
class Atom:
    """A counted course: a row, or a theory row with its practice rows. `needed`: all but 可不考; counted: 计入门数."""

    rows: int
    needed: int
    counted: bool


@dataclass(slots=True)
class Ask:
    """One condition row of a group. Missing minimum 0, missing maximum None."""

    group: int
    condition: Condition
    other: int
    all_rows: bool
    min_units: int
    min_credits: int
    max_units: int | None
    max_credits: int | None
    source: Group


@dataclass(slots=True)
class Pool:
    """A group (or an n-of-m 加考 情形) on the rows in play. `places`: counted courses by place.

    by_place: 门数 are places (one per 序号, without 计入门数 否); False where 最少门数 is then unreachable, and every course counts.
    """

    name: str
    rows: int
    by_place: bool
    extra: bool
    places: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class Variant:
    """The plan under one choice of 情形. `walks` is shared by all variants of a plan."""

    cases: tuple[ExtraCase, ...]
    in_play: int
    forced: int
    released: int
    extra_rows: int
    credit_of: tuple[int, ...]
    own_credit: tuple[int, ...]
    depends: tuple[tuple[int, int], ...]
    places: tuple[tuple[Atom, ...], ...]
    pools: tuple[Pool, ...]
    asks: tuple[Ask, ...]
    conditional: tuple[int, ...]
    credit_floor: int
    course_floor: int
    in_total: int
    memo: dict[object, Any] = field(default_factory=dict)
    lines: dict[object, Any] = field(default_factory=dict)
    summaries: dict[object, Any] = field(default_factory=dict)
    walks: dict[object, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Compiled:
    """Active rows of a plan, and its variants. `may_give`: rows whose grade a 顶替 may use."""

    plan: Plan
    rows: tuple[PlanCourse, ...]
    index: dict[str, int]
    acts: tuple[Act, ...]
    names: dict[str, str]
    may_give: int = 0
    variants: dict[tuple[int, ...], Variant] = field(default_factory=dict)
    walks: dict[object, Any] = field(default_factory=dict)

    def mask(self, codes: Iterable[str]) -> int:
        """Return the mask of these codes; inactive ones are ignored."""
        return sum(1 << self.index[code] for code in set(codes) if code in self.index)
