"""Dynamic programming over the places of a part, keeping undominated selections.

Group counters are dropped when a group closes, so the result is exact for any number of rows. After STEPS states (much
overlap) only the most promising are kept: still valid and deterministic, but perhaps not the shortest.
"""

from collections.abc import Iterable
from operator import ge
from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Atom, Pool, Variant, bits
from app.rules.plans.eligibility.groups import Limits, Way, earn, in_pool, with_theory
from app.rules.plans.eligibility.parts import Part

STEPS = 4_000  # states before narrowing; plans of tests and provinces need some hundreds
WIDE, NARROW = 160, 24  # states kept per place, before and after
_USUAL = 300  # hundredths of credit of a typical course, to weigh 学分 against 门数


class Value(NamedTuple):
    """Sort key, smallest first; credits, units and preference are negative."""

    cost: int
    credits: int
    units: int
    preference: int
    selection: int


Kept = tuple[int, int, Value]


def preference(variant: Variant, rows: int) -> int:
    """Return a weight, higher for lower 序号."""
    top = len(variant.credit_of)
    return sum(1 << top - place for place in bits(rows))


def undominated(found: Iterable[Kept]) -> list[Kept]:
    """Return those not dominated in credits, places and value."""
    kept: list[Kept] = []
    for item in sorted(found, key=lambda item: item[2]):
        if not any(other[0] >= item[0] and other[1] >= item[1] for other in kept):
            kept.append(item)
    return kept


# credits, places, bits of the current place, then per group 门数, credits and places taken, and the groups begun
_Key = tuple[int, int, int, tuple[int, ...], tuple[int, ...], tuple[int, ...], int]


class Walk:
    """Walk through the places of a part. `relaxed`: minimums ignored, nothing added."""

    def __init__(self, variant: Variant, way: Way, have: int, waived: int, given: int, *, relaxed: bool) -> None:
        self.variant, self.way, self.relaxed = variant, way, relaxed
        self.have, self.waived, self.given = have, waived, given
        self.steps, self.rough = 0, False

    def run(self, part: Part) -> tuple[list[Kept], bool]:
        """Return the undominated selections meeting the part's groups, and whether states were discarded."""
        zero = (0,) * len(self.variant.pools)
        states: dict[_Key, Value] = {(0, 0, 0, zero, zero, self._taken_already(part), 0): Value(0, 0, 0, 0, 0)}
        for place, closed in zip(part.places, part.closes, strict=True):
            for atom in place:
                states = self._prune(self._extend(states, atom))
            states = self._prune(self._close(states, closed))
        return undominated((key[0], key[1], value) for key, value in states.items()), self.rough

    def _taken_already(self, part: Part) -> tuple[int, ...]:
        """Return the share of 最多门数 taken by required courses anywhere; electives share the rest."""
        must = [atom for place in part.places for atom in place if atom.rows & self.way.must]
        return tuple(
            0 if limit.max_units is None else sum(in_pool(pool, atom) and self._must_in(pool, atom) for atom in must)
            for pool, limit in zip(self.variant.pools, self.way.limits, strict=True)
        )

    def _must_in(self, pool: Pool, atom: Atom) -> bool:
        """Whether a course of a group is in every selection."""
        return bool(atom.rows & pool.rows & self.way.must & (self.have if self.relaxed else -1))

    def _extend(self, states: dict[_Key, Value], atom: Atom) -> dict[_Key, Value]:
        options = self._options(atom)
        grown: dict[_Key, Value] = {}
        for key, value in states.items():
            for rows, cost in options:
                step = self._step(key, value, atom, rows, cost)
                if step is not None and (step[0] not in grown or step[1] < grown[step[0]]):
                    grown[step[0]] = step[1]
        return grown

    def _close(self, states: dict[_Key, Value], closed: tuple[int, ...]) -> dict[_Key, Value]:
        """Close a place and its groups: drop states that do not meet them, reset counters."""
        left: dict[_Key, Value] = {}
        for key, value in states.items():
            if not self.relaxed and not all(self._enough(key, i) for i in closed):
                continue
            counters = (tuple(0 if i in closed else n for i, n in enumerate(part)) for part in key[3:6])
            begun = key[6] & ~sum(1 << i for i in closed)
            after: _Key = (key[0], key[1], 0, *counters, begun)  # type: ignore[assignment]
            if after not in left or value < left[after]:
                left[after] = value
        return left

    def _prune(self, states: dict[_Key, Value]) -> dict[_Key, Value]:
        """Drop dominated states.

        Better: more credits, 门数, groups begun, fewer places taken, smaller value. Only states with equal bits of the
        current place and counters under 最多学分 are compared: these give the remaining room.
        """
        self.steps += len(states)
        capped = [i for i, limit in enumerate(self.way.limits) if limit.max_credits is not None]
        kept: dict[tuple[int, ...], list[tuple[tuple[int, ...], _Key, Value]]] = {}
        for key, value in sorted(states.items(), key=lambda item: item[1]):
            room = (key[2], *(key[4][i] for i in capped))
            some = [key[6] >> i & 1 for i in range(len(self.way.limits))]
            good = (key[0], key[1], *key[3], *key[4], *(-taken for taken in key[5]), *some)
            rivals = kept.setdefault(room, [])
            if not any(all(map(ge, other, good)) for other, _, _ in rivals):
                rivals.append((good, key, value))
        left = {key: value for rivals in kept.values() for _, key, value in rivals}
        width = WIDE if self.steps < STEPS else NARROW
        if len(left) <= width:
            return left
        self.rough = True
        return dict(sorted(left.items(), key=self._promise)[:width])

    def _promise(self, state: tuple[_Key, Value]) -> tuple[int, Value]:
        """Estimate the remaining cost: courses, deficits of groups and floor."""
        key, value = state
        lacking = sum(map(_lacking, self.way.limits, key[3], key[4]))
        lacking += max(0, self.variant.credit_floor - key[0])
        return value.cost * _USUAL + lacking, value

    def _options(self, atom: Atom) -> list[tuple[int, int]]:
        """Return the countable subsets of a course's rows with the number to pass."""
        must = self.way.must & atom.rows
        must = with_theory(self.variant, must & self.have, self.have) if self.relaxed else must
        free = atom.rows & ~must & ~self.way.excluded & ~self.given & (self.have if self.relaxed else -1)
        found = []
        subset = free
        while True:
            rows = subset | must
            if not rows & self.given and with_theory(self.variant, rows, rows | self.have) == rows:
                found.append((rows, (rows & ~self.have).bit_count()))
            if not subset:
                return found
            subset = (subset - 1) & free

    def _step(self, key: _Key, value: Value, atom: Atom, rows: int, cost: int) -> tuple[_Key, Value] | None:
        """Return the state after counting `rows`; None if a 最多门数 is exceeded."""
        total, units, marks, pool_units_, pool_credits, pool_taken_, some = key
        complete = not atom.needed & ~rows
        new_units = int(complete and atom.counted and not marks & 1)
        marks |= new_units
        next_units, next_credits, next_taken = list(pool_units_), list(pool_credits), list(pool_taken_)
        for i, (pool, limit) in enumerate(zip(self.variant.pools, self.way.limits, strict=True)):
            if not rows & pool.rows:
                continue
            some |= 1 << i
            if in_pool(pool, atom):
                if limit.max_units is not None:
                    next_taken[i] += not self._must_in(pool, atom)
                    if next_taken[i] > limit.max_units and rows & ~self.way.must:
                        return None
                if complete and not (pool.by_place and marks & 2 << i):
                    next_units[i] = min(next_units[i] + 1, limit.min_units)
                    marks |= 2 << i
        earned, gained = self._earn(rows, next_credits)
        counters = tuple(next_units), tuple(next_credits), tuple(next_taken)
        total = min(total + gained, self.variant.credit_floor)
        after = (total, units + new_units, marks, *counters, some)
        liked = value.preference - preference(self.variant, rows & self.have)
        chosen = value.selection | rows
        return after, Value(value.cost + cost, value.credits - earned, value.units - new_units, liked, chosen)

    def _earn(self, rows: int, counters: list[int]) -> tuple[int, int]:
        """Return credits earned, and with all rows passed; increases group counters up to their limits."""
        earned = earn(self.variant, self.way.limits, rows & self.have, self.waived, counters)
        gained = earned + earn(self.variant, self.way.limits, rows & ~self.have, self.waived, counters)
        for i, limit in enumerate(self.way.limits):
            counters[i] = min(counters[i], max(limit.min_credits, limit.max_credits or 0))
        return earned, gained

    def _enough(self, key: _Key, i: int) -> bool:
        limit = self.way.limits[i]
        met = key[3][i] >= limit.min_units and key[4][i] >= limit.min_credits
        return met and (not limit.some or bool(key[6] >> i & 1))


def _lacking(limit: Limits, units: int, credits: int) -> int:
    return max((limit.min_units - units) * _USUAL, limit.min_credits - credits, 0)
