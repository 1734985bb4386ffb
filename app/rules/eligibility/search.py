"""The search behind choose.py: part by part (walk.py), and the best of what the parts give together."""

from typing import NamedTuple

from app.rules.eligibility.compile import Variant, bits
from app.rules.eligibility.groups import Way, places_in
from app.rules.eligibility.parts import parts_of
from app.rules.eligibility.walk import Kept, Value, Walk, preference, undominated


class Best(NamedTuple):
    """The best selection of a branch that meets its groups and the floors, None when there is none; `rough` where the
    walk had to give up selections, so that another may be as good."""

    value: Value | None
    rough: bool


def best_value(variant: Variant, way: Way, have: int, waived: int, given: int, *, relaxed: bool) -> Best:
    """The best selection of a branch for these rows (see `solve`)."""
    base, parts = parts_of(variant)
    if not relaxed and _out_of_reach(variant, way):
        return Best(None, rough=False)
    credits = sum(variant.credit_of[place] for place in bits(base & ~waived))
    units = places_in(variant, base)
    credit_need, unit_need = (0, 0) if relaxed else (variant.credit_floor, variant.course_floor)
    reached: list[Kept] = [(credits, units, Value(0, -credits, -units, -preference(variant, base), base))]
    rough = False
    for number, part in enumerate(parts):
        key = ("part", way.chosen, number, relaxed, have & part.rows, waived & part.rows, given & part.rows)
        found: tuple[list[Kept], bool] | None = variant.memo.get(key)
        if found is None:
            found = variant.memo[key] = Walk(variant, way, have, waived, given, relaxed=relaxed).run(part)
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


def _out_of_reach(variant: Variant, way: Way) -> bool:
    """Does a group ask for something while none of its courses is in use: no part would meet it, so none would miss it."""
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
