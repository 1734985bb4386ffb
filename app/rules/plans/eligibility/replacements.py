"""顶替: undominated ways in which old grades replace plan courses.

Acts sharing an old course are combined one after the other, dropping dominated ways: exact for existing plans. Beyond
MOST_WAYS only the most promising are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Act, Compiled, Variant, bits
from app.rules.plans.eligibility.record import Graded, Record

MOST_WAYS = 64  # kept per act and in the result
_MOST_SOURCES = 32  # ways to choose the old courses of one act


class Applied(NamedTuple):
    """One 顶替 in use: old grades and the rows they replace."""

    act: Act
    sources: tuple[Graded, ...]
    rows: int


@dataclass(slots=True, frozen=True)
class Swap:
    """One way to use a set of 顶替: rows won, rows whose own grade was used, codes used."""

    won: int = 0
    lost: int = 0
    taken: frozenset[str] = frozenset()
    used: tuple[Applied, ...] = ()

    @property
    def given(self) -> int:
        """Rows whose grade was used; passing that course again does not restore them."""
        return self.lost & ~self.won

    def join(self, other: "Swap") -> "Swap":
        """Combine both."""
        return Swap(self.won | other.won, self.lost | other.lost, self.taken | other.taken, self.used + other.used)


def swaps(form: Compiled, variant: Variant, record: Record, direct: int) -> list[Swap]:
    """Return the ways to apply 顶替 that are worth comparing.

    A passed course is replaced (so never a better mark) only if its own grade is used for another. An old grade serves
    once: one 顶替组, its own course in the plan, or a 加考 course of the same name.
    """
    open_acts, wanted = [], variant.in_play & (~direct | form.may_give)
    for act in form.acts:
        rows = act.new & wanted
        if rows:
            found = [item for code in act.old if (item := record.passed_before(code, act.use_by)) is not None]
            if len(found) >= max(1, act.need):
                open_acts.append(Applied(act, tuple(found), rows))
    if not any(item.rows & ~direct for item in open_acts):
        return [Swap()]
    return _Ways(form, variant, record, direct).of(open_acts)


def _components(form: Compiled, acts: list[Applied]) -> list[list[Applied]]:
    """Group acts that share an old or new course, or of which one restores what another uses."""
    parts: list[tuple[set[str], list[Applied]]] = []
    for act in acts:
        codes = {item.grade.course_code for item in act.sources}
        codes.update(form.rows[place].code for place in bits(act.rows))
        touching = [part for part in parts if part[0] & codes]
        members = [member for part in touching for member in part[1]]
        parts = [part for part in parts if part not in touching]
        parts.append((codes.union(*(part[0] for part in touching)), [*members, act]))
    return [sorted(members, key=lambda item: item.act.name) for _, members in parts]


class _Ways:
    """Ways of a ticket. `waiving`: codes whose grade waives a 加考 course of the same name."""

    def __init__(self, form: Compiled, variant: Variant, record: Record, direct: int) -> None:
        self.form, self.variant, self.direct = form, variant, direct
        extras = [form.rows[place].name for place in bits(variant.extra_rows & ~direct)]
        self.waiving = {item.grade.course_code for name in extras for item in record.named(name, form)}
        self.waiving |= {form.rows[place].code for place in bits(variant.extra_rows & direct)}

    def of(self, acts: list[Applied]) -> list[Swap]:
        """Return the ways to use these acts."""
        joined = [Swap()]
        for part in _components(self.form, acts):
            options = self._of_component(part)
            joined = self._best([left.join(right) for left in joined for right in options])
        return [self._in_place(swap) for swap in joined]

    def _of_component(self, acts: list[Applied]) -> list[Swap]:
        reached = [Swap()]
        for number, item in enumerate(acts):
            later = [{source.grade.course_code for source in other.sources} for other in acts[number + 1 :]]
            grown = list(reached)
            for swap in reached:
                if item.rows & ~swap.won:
                    free = [source for source in item.sources if source.grade.course_code not in swap.taken]
                    grown.extend(swap.join(self._use(item, sources)) for sources in self._choices(item, free, later))
            reached = self._best(self._undominated(grown, set().union(*later)))
        reached = [swap for swap in reached if not swap.given & self.variant.forced]
        simple = self.variant.forced & ~self.variant.extra_rows
        if not any(swap.won & ~simple or swap.lost or swap.taken & self.waiving for swap in reached):
            return reached[:1]
        return reached

    def _use(self, item: Applied, sources: tuple[Graded, ...]) -> Swap:
        codes = frozenset(source.grade.course_code for source in sources)
        lost = self.form.mask(codes) & self.variant.in_play
        return Swap(item.rows, lost, codes, (Applied(item.act, sources, item.rows),))

    def _choices(self, item: Applied, free: list[Graded], later: list[set[str]]) -> Iterator[tuple[Graded, ...]]:
        """Yield choices of old courses: those no later act needs first, the first of equivalent ones."""
        alike: dict[tuple[int, str, int, tuple[bool, ...]], list[Graded]] = {}
        for source in free:
            code = source.grade.course_code
            wanted = tuple(code in codes for codes in later)
            key = (
                self.form.mask([code]) & self.variant.in_play,
                code if code in self.waiving else "",
                sum(wanted),
                wanted,
            )
            alike.setdefault(key, []).append(source)
        return islice(_pick([alike[key] for key in sorted(alike)], max(1, item.act.need)), _MOST_SOURCES)

    def _undominated(self, found: list[Swap], later: set[str]) -> list[Swap]:
        """Drop dominated ways: fewer won, more lost, more relevant codes used."""
        matter = later | self.waiving
        best: list[Swap] = []
        for swap in sorted(found, key=self._gain):
            if not any(
                not swap.won & ~other.won and not other.lost & ~swap.lost and other.taken & matter <= swap.taken
                for other in best
            ):
                best.append(swap)
        return best

    def _best(self, found: list[Swap]) -> list[Swap]:
        return found if len(found) <= MOST_WAYS else sorted(found, key=self._gain)[:MOST_WAYS]

    def _gain(self, swap: Swap) -> tuple[object, ...]:
        """Sort key, smaller is better: courses, required ones first, credits, fewest 顶替, names."""
        wanted, kept = swap.won & (~self.direct | swap.lost), swap.given
        required = (wanted & self.variant.forced).bit_count() - (kept & self.variant.forced).bit_count()
        credits = self._credits(wanted) - self._credits(kept)
        return (kept.bit_count() - wanted.bit_count() - required, -credits, len(swap.used), _names(swap))

    def _credits(self, rows: int) -> int:
        return sum(self.variant.credit_of[i] for i in bits(rows))

    def _in_place(self, swap: Swap) -> Swap:
        """Return the swap without rows already passed by a grade that stays."""
        wanted = ~self.direct | swap.lost
        used = tuple(item._replace(rows=item.rows & wanted) for item in swap.used if item.rows & wanted)
        if len(used) == len(swap.used):
            return Swap(swap.won & wanted, swap.lost, swap.taken, used)
        joined = Swap()
        for item in used:
            joined = joined.join(self._use(item, item.sources))
        return self._in_place(joined)


def _pick(kinds: list[list[Graded]], count: int) -> Iterator[tuple[Graded, ...]]:
    """Yield selections of `count`: the first of each kind, most of the first kinds first."""
    if not kinds:
        if not count:
            yield ()
        return
    first, *others = kinds
    for number in range(min(count, len(first)), -1, -1):
        for rest in _pick(others, count - number):
            yield (*first[:number], *rest)


def _names(swap: Swap) -> tuple[str, ...]:
    return tuple(f"{item.act.name}:{source.grade.course_code}" for item in swap.used for source in item.sources)
