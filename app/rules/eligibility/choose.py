"""Which optional courses to count: exact, deterministic, and the cheapest completion where something is missing.

The required courses are taken as passed here (they must be, and are reported one by one elsewhere); what remains is to
choose, among electives and n-of-m 加考, a selection that meets every group that applies and the floors, with as few
courses still to pass as possible; then as many credits as possible; then the rows with the lower 序号.
The common case (everything passed is counted, no maximum in the way) is decided directly; the rest by going through
the places one by one, keeping the best selection for each set of counters (dynamic programming, so no limit on rows).
"""

from typing import NamedTuple

from app.rules.eligibility.compile import Atom, Variant, bits
from app.rules.eligibility.groups import Way, earn, in_pool, places_in, pool_taken, pool_units, ways, with_theory

MEMO_LIMIT = 20_000


class Solution(NamedTuple):
    """selection: rows counted or to be passed; short: how many of them are to be passed (None: no way);
    chosen: the groups taken as 已选, by number."""

    short: int | None
    selection: int
    chosen: frozenset[int]


class Value(NamedTuple):
    """Compared in this order, smallest first: courses to pass, then credits, places and preference (negative)."""

    cost: int
    credits: int
    units: int
    preference: int
    selection: int


def solve(variant: Variant, passed: int, waived: int) -> Solution:
    """The best selection for these satisfied rows. `waived` (加考 by a course of the same name) give no credits."""
    optional = variant.in_play & ~variant.forced
    key = (passed & optional, waived)
    known: Solution | None = variant.memo.get(key)
    if known is None:
        if len(variant.memo) > MEMO_LIMIT:
            variant.memo.clear()
        known = variant.memo[key] = _solve(variant, (passed | waived) & optional | variant.forced, waived)
    return known


def _solve(variant: Variant, have: int, waived: int) -> Solution:
    best: tuple[Value, Way] | None = None
    found_ways = ways(variant)
    for way in found_ways:
        value = _direct(variant, way, have, waived)
        if value is None:
            value = _Search(variant, way, have, waived, relaxed=False).run()
        if value is not None and (best is None or value < best[0]):
            best = value, way
    if best is not None:
        return Solution(best[0].cost, best[0].selection, best[1].chosen)
    if not found_ways:
        return Solution(None, with_theory(variant, have & variant.in_play, have), frozenset())
    relaxed = [(_Search(variant, way, have, waived, relaxed=True).run(), way) for way in found_ways]
    value, way = min(((value, way) for value, way in relaxed if value is not None), key=lambda pair: pair[0])
    return Solution(None, value.selection, way.chosen)


def _direct(variant: Variant, way: Way, have: int, waived: int) -> Value | None:
    """All that is passed, where that is allowed and enough; the best selection then, as more is never worse."""
    rows = with_theory(variant, have & ~way.excluded, have)
    if way.must & ~rows:
        return None
    counters = [0] * len(variant.pools)
    credits = earn(variant, way.limits, rows, waived, counters)
    for i, (pool, limit) in enumerate(zip(variant.pools, way.limits, strict=True)):
        if limit.some and not rows & pool.rows:
            return None
        if limit.max_units is not None and pool_taken(pool, rows) > limit.max_units:
            return None
        if limit.min_units and pool_units(pool, rows) < limit.min_units:
            return None
        if counters[i] < limit.min_credits:
            return None
    units = places_in(variant, rows)
    if credits < variant.credit_floor or units < variant.course_floor:
        return None
    return Value(0, -credits, -units, -_preference(variant, rows), rows)


def _preference(variant: Variant, rows: int) -> int:
    top = len(variant.credit_of)
    return sum(1 << top - place for place in bits(rows))


# total credits, total places (both saturated at the floors), marks of the place under way, counters of the groups
_Key = tuple[int, int, int, tuple[int, ...], tuple[int, ...], tuple[int, ...], int]


class _Search:
    """One walk through the places of a branch. `relaxed`: no minimum is asked, nothing may be added."""

    def __init__(self, variant: Variant, way: Way, have: int, waived: int, *, relaxed: bool) -> None:
        self.variant, self.way, self.have, self.waived, self.relaxed = variant, way, have, waived, relaxed
        self.credit_need = 0 if relaxed else variant.credit_floor
        self.unit_need = 0 if relaxed else variant.course_floor

    def run(self) -> Value | None:
        """The best selection that meets the branch, or None."""
        zero = (0,) * len(self.variant.pools)
        states: dict[_Key, Value] = {(0, 0, 0, zero, zero, zero, 0): Value(0, 0, 0, 0, 0)}
        for place in self.variant.places:
            for atom in place:
                states = self._extend(states, atom)
            states = self._close_place(states)
        final = [value for key, value in states.items() if self.relaxed or self._enough(key)]
        return min(final, default=None)

    def _extend(self, states: dict[_Key, Value], atom: Atom) -> dict[_Key, Value]:
        options = self._options(atom)
        grown: dict[_Key, Value] = {}
        for key, value in states.items():
            for rows, cost in options:
                step = self._step(key, value, atom, rows, cost)
                if step is not None and (step[0] not in grown or step[1] < grown[step[0]]):
                    grown[step[0]] = step[1]
        return grown

    def _close_place(self, states: dict[_Key, Value]) -> dict[_Key, Value]:
        closed: dict[_Key, Value] = {}
        for key, value in states.items():
            clean = (key[0], key[1], 0, *key[3:])
            if clean not in closed or value < closed[clean]:
                closed[clean] = value
        return closed

    def _options(self, atom: Atom) -> list[tuple[int, int]]:
        """The subsets of a course's rows that may be counted, each with the rows to pass; practice needs its theory."""
        must = self.way.must & atom.rows
        must = with_theory(self.variant, must & self.have, self.have) if self.relaxed else must
        free = atom.rows & ~must & ~self.way.excluded & (self.have if self.relaxed else -1)
        found = []
        subset = free
        while True:
            rows = subset | must
            if with_theory(self.variant, rows, rows | self.have) == rows:
                found.append((rows, (rows & ~self.have).bit_count()))
            if not subset:
                return found
            subset = (subset - 1) & free

    def _step(self, key: _Key, value: Value, atom: Atom, rows: int, cost: int) -> tuple[_Key, Value] | None:
        """The state after counting `rows` of one course; None where a 最多门数 forbids it."""
        total, units, marks, pool_units_, pool_credits, pool_taken_, some = key
        complete = not atom.rows & ~rows
        new_units = int(complete and atom.counted and not marks & 1)
        marks |= new_units
        next_units, next_credits, next_taken = list(pool_units_), list(pool_credits), list(pool_taken_)
        for i, (pool, limit) in enumerate(zip(self.variant.pools, self.way.limits, strict=True)):
            if not rows & pool.rows:
                continue
            some |= 1 << i
            if in_pool(pool, atom):
                if limit.max_units is not None:
                    next_taken[i] = min(next_taken[i] + 1, limit.max_units + 1)
                    if next_taken[i] > limit.max_units and rows & ~self.way.must:
                        return None
                if complete and not (pool.by_place and marks & 2 << i):
                    next_units[i] = min(next_units[i] + 1, limit.min_units)
                    marks |= 2 << i
        earned, gained = self._earn(rows, next_credits)
        counters = tuple(next_units), tuple(next_credits), tuple(next_taken)
        after = (min(total + gained, self.credit_need), min(units + new_units, self.unit_need), marks, *counters, some)
        preference = value.preference - _preference(self.variant, rows & self.have)
        chosen = value.selection | rows
        return after, Value(value.cost + cost, value.credits - earned, value.units - new_units, preference, chosen)

    def _earn(self, rows: int, counters: list[int]) -> tuple[int, int]:
        """Credits already earned, and all that the rows would give; the group counters grow, no further than asked."""
        earned = earn(self.variant, self.way.limits, rows & self.have, self.waived, counters)
        gained = earned + earn(self.variant, self.way.limits, rows & ~self.have, self.waived, counters)
        for i, limit in enumerate(self.way.limits):
            counters[i] = min(counters[i], max(limit.min_credits, limit.max_credits or 0))
        return earned, gained

    def _enough(self, key: _Key) -> bool:
        if key[0] < self.credit_need or key[1] < self.unit_need:
            return False
        return all(
            key[3][i] >= limit.min_units and key[4][i] >= limit.min_credits and not (limit.some and not key[6] >> i & 1)
            for i, limit in enumerate(self.way.limits)
        )
