"""The grades of a ticket, put in order: best mark per course, and which old grades stand for which plan courses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

from app.rules.eligibility.compile import Act, Compiled, Variant, bits
from app.rules.marks import Grade, Mark, Origin, course_name_key, parse_mark, session_start

_UNREADABLE = parse_mark("--")


class Graded(NamedTuple):
    """A grade row with its mark read. A mark that cannot be read passes nothing."""

    grade: Grade
    mark: Mark


@lru_cache(maxsize=4096)
def _read(mark: str) -> Mark:
    try:
        return parse_mark(mark)
    except ValueError:
        return _UNREADABLE


def _rank(item: Graded) -> tuple[object, ...]:
    grade = item.grade
    return (-item.mark.value, grade.session, grade.origin, grade.mark, grade.course_name)


class Record:
    """All grades of a ticket. `best` is the best row of each course, passed or not; order of the rows is irrelevant."""

    __slots__ = ("_names", "best", "passed", "rows")

    def __init__(self, grades: Iterable[Grade]) -> None:
        self.rows = tuple(grades)
        best: dict[str, Graded] = {}
        self.best = best
        self._names: dict[str, Graded] | None = None
        for grade in self.rows:
            code = grade.course_code
            known = best.get(code)
            item = Graded(grade, _read(grade.mark))
            if known is None or _rank(item) < _rank(known):
                best[code] = item
        self.passed = {code: item for code, item in best.items() if item.mark.passed}

    def by_name(self, form: Compiled) -> dict[str, Graded]:
        """The best passed row of each course name; a row without a name takes the plan's name of its code."""
        if self._names is None:
            self._names = {}
            for code in sorted(self.passed):
                item = self.passed[code]
                for name in (item.grade.course_name, form.names.get(code, "")):
                    if name:
                        self._names.setdefault(course_name_key(name), item)
        return self._names

    def passed_before(self, code: str, limit: date | None) -> Graded | None:
        """The best passed row of a course whose 考次 began before a day."""
        best = self.passed.get(code)
        if best is None or limit is None or session_start(best.grade.session) < limit:
            return best
        rows = (Graded(grade, _read(grade.mark)) for grade in self.rows if grade.course_code == code)
        early = [row for row in rows if row.mark.passed and session_start(row.grade.session) < limit]
        return min(early, key=_rank, default=None)

    def without(self, origin: Origin) -> "Record":
        """The same ticket without the grades of one origin."""
        return Record(grade for grade in self.rows if grade.origin != origin)

    def only(self, origins: Iterable[Origin]) -> "Record":
        """The same ticket with the grades of some origins only."""
        kept = frozenset(origins)
        return Record(grade for grade in self.rows if grade.origin in kept)


class Applied(NamedTuple):
    """One 顶替 as it is used: which old grades stand for which rows."""

    act: Act
    sources: tuple[Graded, ...]
    rows: int


@dataclass(slots=True, frozen=True)
class Swap:
    """One way to use a set of 顶替: rows won, rows whose own grade was given for it."""

    won: int = 0
    lost: int = 0
    used: tuple[Applied, ...] = ()

    @property
    def given(self) -> int:
        """Rows whose grade was given away: passing that course again would not bring them back."""
        return self.lost & ~self.won

    def join(self, other: "Swap") -> "Swap":
        """Both together."""
        return Swap(self.won | other.won, self.lost | other.lost, self.used + other.used)


def swaps(form: Compiled, variant: Variant, record: Record, direct: int) -> list[Swap]:
    """The ways to apply 顶替 that are worth comparing; one where no old grade is asked for twice.

    A 顶替 never takes the place of a passed course, so never of a better mark. An old grade serves once: for one 顶替组,
    or for its own course where that stands in the plan.
    """
    open_acts = []
    for act in form.acts:
        rows = act.new & ~direct & variant.in_play
        if rows:
            found = [item for code in act.old if (item := record.passed_before(code, act.use_by)) is not None]
            if len(found) >= max(1, act.need):
                open_acts.append(Applied(act, tuple(found), rows))
    if not open_acts:
        return [Swap()]
    ways = [_component_ways(form, variant, part) for part in _components(open_acts)]
    joined = [Swap()]
    for options in ways:
        joined = [left.join(right) for left, right in product(joined, options)]
    return [swap for swap in joined if not swap.given & variant.forced]


def _components(acts: list[Applied]) -> list[list[Applied]]:
    """Acts that share an old course, together."""
    parts: list[tuple[set[str], list[Applied]]] = []
    for act in acts:
        codes = {item.grade.course_code for item in act.sources}
        touching = [part for part in parts if part[0] & codes]
        members = [member for part in touching for member in part[1]]
        parts = [part for part in parts if part not in touching]
        parts.append((codes.union(*(part[0] for part in touching)), [*members, act]))
    return [sorted(members, key=lambda item: item.act.name) for _, members in parts]


def _component_ways(form: Compiled, variant: Variant, acts: list[Applied]) -> list[Swap]:
    reached: dict[tuple[int, int, frozenset[str]], Swap] = {(0, 0, frozenset()): Swap()}
    for item in acts:
        for (_, _, taken), swap in list(reached.items()):
            free = [source for source in item.sources if source.grade.course_code not in taken]
            if not item.rows & ~swap.won:
                continue
            for sources in combinations(free, max(1, item.act.need)):
                codes = frozenset(source.grade.course_code for source in sources)
                grown = swap.join(
                    Swap(item.rows, form.mask(codes) & variant.in_play, (Applied(item.act, sources, item.rows),))
                )
                reached.setdefault((grown.won, grown.lost, taken | codes), grown)
    return _worth_comparing(variant, list(reached.values()))


def _worth_comparing(variant: Variant, found: list[Swap]) -> list[Swap]:
    """Only what no other way beats; one alone where just required courses are touched, as these are simply counted."""

    def gain(swap: Swap) -> tuple[int, int, int, tuple[str, ...]]:
        kept = swap.lost & ~swap.won
        credits = sum(variant.credit_of[i] for i in bits(swap.won)) - sum(variant.credit_of[i] for i in bits(kept))
        return (kept.bit_count() - swap.won.bit_count(), -credits, len(swap.used), _names(swap))

    found.sort(key=gain)
    simple = variant.forced & ~variant.extra_rows
    if not any(swap.won & ~simple or swap.lost for swap in found):
        return found[:1]
    best: list[Swap] = []
    for swap in found:
        if not any(not swap.won & ~other.won and not other.lost & ~swap.lost for other in best):
            best.append(swap)
    return best


def _names(swap: Swap) -> tuple[str, ...]:
    return tuple(f"{item.act.name}:{source.grade.course_code}" for item in swap.used for source in item.sources)
