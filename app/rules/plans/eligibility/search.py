"""Search behind choose.py: walks the parts (part_search.py), combines the results."""

from dataclasses import astuple
from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Variant, bits
from app.rules.plans.eligibility.groups import Way, places_in
from app.rules.plans.eligibility.part_search import Kept, Value, Walk, preference, undominated
from app.rules.plans.eligibility.parts import Part, parts_of

MEMO_LIMIT = 20_000


class Best(NamedTuple):
    """Best selection of a branch meeting groups and floors. `rough`: another may be as good."""

    value: Value | None
    rough: bool


def best_value(variant: Variant, way: Way, have: int, waived: int, given: int, *, relaxed: bool) -> Best:
    """Return the best selection of a branch for these rows (see `solve`)."""
    base, parts = parts_of(variant)
    if not relaxed and _out_of_reach(variant, way):
        return Best(None, rough=False)
    credits = sum(variant.credit_of[place] for place in bits(base & ~waived))
    units = places_in(variant, base)
    credit_need, unit_need = (0, 0) if relaxed else (variant.credit_floor, variant.course_floor)
    reached: list[Kept] = [(credits, units, Value(0, -credits, -units, -preference(variant, base), base))]
    rough = False
    for part in parts:
        key = (relaxed, have & part.rows, waived & part.rows, given & part.rows, *_asked(variant, way, part))
        found: tuple[list[Kept], bool] | None = variant.walks.get(key)
        if found is None:
            if len(variant.walks) >= MEMO_LIMIT:
                variant.walks.clear()
            found = variant.walks[key] = Walk(variant, way, have, waived, given, relaxed=relaxed).run(part)
        rough |= found[1]
        reached = undominated(
            [
                (min(left[0] + right[0], credit_need), min(left[1] + right[1], unit_need), _sum(left[2], right[2]))
                for left in reached
                for right in found[0]
            ]
        )
    enough = (value for credits, units, value in reached if credits >= credit_need and units >= unit_need)
    return Best(min(enough, default=None), rough)


def _asked(variant: Variant, way: Way, part: Part) -> tuple[object, ...]:
    """Return what a walk depends on besides grades; equal for many choices of 情形."""
    known: tuple[object, ...] | None = variant.memo.get(key := ("asked", way.chosen, part.rows))
    if known is None:
        places = tuple(tuple((atom.rows, atom.needed, atom.counted) for atom in place) for place in part.places)
        taken = [(variant.pools[i], way.limits[i]) for i in part.pools]
        pools = tuple((pool.rows, pool.extra, pool.by_place, astuple(limit)) for pool, limit in taken)
        theories = tuple(pair for pair in variant.depends if pair[0] & part.rows)
        credits = tuple(variant.credit_of[i] for i in bits(part.rows))
        known = variant.memo[key] = (way.must & part.rows, way.excluded & part.rows, places, pools, theories, credits)
    return known


def _out_of_reach(variant: Variant, way: Way) -> bool:
    """Whether a group requires something without courses in use; no part would check it."""
    asked = (limit for pool, limit in zip(variant.pools, way.limits, strict=True) if not pool.rows)
    return any(limit.some or limit.min_units or limit.min_credits for limit in asked)


def _sum(one: Value, two: Value) -> Value:
    return Value(
        one.cost + two.cost,
        one.credits + two.credits,
        one.units + two.units,
        one.preference + two.preference,
        one.selection | two.selection,
    )
