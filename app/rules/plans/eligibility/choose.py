"""Which optional courses to count: exact, deterministic, and the cheapest completion where something is missing.

The required courses are taken as passed here (they must be, and are reported one by one elsewhere); what remains is to
choose, among electives and n-of-m 加考, a selection that meets every group that applies and the floors, with as few
courses still to pass as possible; then as many credits as possible; then the rows with the lower 序号.
The common case (everything passed is counted, no maximum in the way) is decided directly, the rest by search.py.
"""

from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Variant
from app.rules.plans.eligibility.groups import Way, earn, places_in, pool_taken, pool_units, ways, with_theory
from app.rules.plans.eligibility.part_search import Value, preference
from app.rules.plans.eligibility.search import MEMO_LIMIT, best_value


class Solution(NamedTuple):
    """selection: rows counted or to be passed; short: how many of them are to be passed (None: no way);
    chosen: the groups taken as 已选, by number; rough: there may be others as good that were not looked at."""

    short: int | None
    selection: int
    chosen: frozenset[int]
    rough: bool = False


def solve(variant: Variant, passed: int, waived: int, given: int = 0) -> Solution:
    """The best selection for these satisfied rows. `waived` (加考 by a course of the same name) give no credits;
    `given` (used up by a 顶替) cannot be passed again."""
    optional = variant.in_play & ~variant.forced
    key = (passed & optional, waived, given)
    known: Solution | None = variant.memo.get(key)
    if known is None:
        if len(variant.memo) > MEMO_LIMIT:
            variant.memo.clear()
        known = variant.memo[key] = _solve(variant, (passed | waived) & optional | variant.forced, waived, given)
    return known


def at_least(variant: Variant, passed: int, waived: int) -> int:
    """No fewer optional courses than this are to be passed, whatever `solve` finds; 0 says nothing."""
    have = passed | waived | variant.forced
    return min((_at_least(variant, way, have) for way in ways(variant)), default=0)


def _solve(variant: Variant, have: int, waived: int, given: int) -> Solution:
    best: tuple[Value, Way] | None = None
    found_ways = ways(variant)
    rough = False
    for way in found_ways:
        if best is not None and _at_least(variant, way, have) > best[0].cost:
            continue
        value = _direct(variant, way, have, waived)
        if value is None:
            value, cut = best_value(variant, way, have, waived, given, relaxed=False)
            rough |= cut
        if value is not None and (best is None or value < best[0]):
            best = value, way
    if best is not None:
        return Solution(best[0].cost, best[0].selection, best[1].chosen, rough)
    if not found_ways:
        return Solution(None, with_theory(variant, have & variant.in_play, have), frozenset())
    relaxed = [(best_value(variant, way, have, waived, given, relaxed=True).value, way) for way in found_ways]
    value, way = min(((value, way) for value, way in relaxed if value is not None), key=lambda pair: pair[0])
    return Solution(None, value.selection, way.chosen)


def _at_least(variant: Variant, way: Way, have: int) -> int:
    """No fewer courses than this are to be passed in a branch."""
    lacking = [(way.must & ~have).bit_count()]
    for pool, limit in zip(variant.pools, way.limits, strict=True):
        if limit.min_units:
            lacking.append(limit.min_units - pool_units(pool, have & ~way.excluded))
    return max(lacking)


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
    return Value(0, -credits, -units, -preference(variant, rows), rows)
