"""Selection of the optional courses to count: exact and deterministic.

Required courses are assumed passed (reported elsewhere). Among electives and n-of-m 加考 it selects what meets all groups
and floors with the fewest courses to pass, then most credits, then lower 序号. The common case (all passed is counted, no
maximum reached) is decided directly, others by search.py.
"""

from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Variant
from app.rules.plans.eligibility.groups import Way, earn, places_in, pool_taken, pool_units, ways, with_theory
from app.rules.plans.eligibility.part_search import Value, preference
from app.rules.plans.eligibility.search import MEMO_LIMIT, best_value


class Solution(NamedTuple):
    """A selection: rows counted or to be passed.

    short: how many are to be passed (None: impossible); chosen: numbers of the groups taken as 已选; rough: equally good
    ones may have been skipped.
    """

    short: int | None
    selection: int
    chosen: frozenset[int]
    rough: bool = False


def solve(variant: Variant, passed: int, waived: int, given: int = 0) -> Solution:
    """Return the best selection, memoised.

    `waived` (同名) give no credits; `given` (used by a 顶替) cannot be passed again.
    """
    optional = variant.in_play & ~variant.forced
    key = (passed & optional, waived, given)
    known: Solution | None = variant.memo.get(key)
    if known is None:
        if len(variant.memo) > MEMO_LIMIT:
            variant.memo.clear()
        known = variant.memo[key] = _solve(variant, (passed | waived) & optional | variant.forced, waived, given)
    return known


def at_least(variant: Variant, passed: int, waived: int) -> int:
    """Return a lower bound of optional courses to pass; 0 if unknown."""
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
    """Return a lower bound of courses to pass in a branch."""
    lacking = [(way.must & ~have).bit_count()]
    for pool, limit in zip(variant.pools, way.limits, strict=True):
        if limit.min_units:
            lacking.append(limit.min_units - pool_units(pool, have & ~way.excluded))
    return max(lacking)


def _direct(variant: Variant, way: Way, have: int, waived: int) -> Value | None:
    """Return the selection of all passed rows if allowed and sufficient; more is never worse."""
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
