"""Limits of groups per branch, and 门数 and 学分 of a set of rows."""

from dataclasses import dataclass
from itertools import product

from app.rules.plans.eligibility.compiled_plan import Atom, Pool, Variant, bits
from app.rules.plans.plan import Condition


@dataclass(slots=True)
class Limits:
    """Combined limits of one group in one branch."""

    min_units: int = 0
    min_credits: int = 0
    max_units: int | None = None
    max_credits: int | None = None
    some: bool = False


@dataclass(slots=True)
class Way:
    """One branch: rows excluded, rows required, limits per group."""

    chosen: frozenset[int]
    excluded: int
    must: int
    limits: tuple[Limits, ...]


def ways(variant: Variant) -> list[Way]:
    """Return all possible combinations of 已选/未选, cached."""
    found: list[Way] | None = variant.memo.get("ways")
    if found is None:
        found = variant.memo["ways"] = _ways(variant)
    return found


def _ways(variant: Variant) -> list[Way]:
    found = []
    for pattern in product((True, False), repeat=len(variant.conditional)):
        state = dict(zip(variant.conditional, pattern, strict=True))
        limits = tuple(Limits(some=state.get(place, False)) for place in range(len(variant.pools)))
        excluded = must = 0
        for place, is_chosen in state.items():
            excluded |= 0 if is_chosen else variant.pools[place].rows
        for ask in variant.asks:
            if ask.condition is Condition.ALWAYS or state[ask.other] is (ask.condition is Condition.CHOSEN):
                _tighten(limits[ask.group], ask.min_units, ask.min_credits, ask.max_units, ask.max_credits)
                must |= variant.pools[ask.group].rows if ask.all_rows else 0
        if not excluded & (must | variant.forced):
            chosen = frozenset(place for place, is_chosen in state.items() if is_chosen)
            found.append(Way(chosen, excluded, must | variant.forced, limits))
    return found


def _tighten(limits: Limits, units: int, credits: int, max_units: int | None, max_credits: int | None) -> None:
    limits.min_units = max(limits.min_units, units)
    limits.min_credits = max(limits.min_credits, credits)
    if max_units is not None:
        limits.max_units = max_units if limits.max_units is None else min(limits.max_units, max_units)
    if max_credits is not None:
        limits.max_credits = max_credits if limits.max_credits is None else min(limits.max_credits, max_credits)


def with_theory(variant: Variant, rows: int, have: int) -> int:
    """Return the rows without practices whose theory is not passed."""
    for practice, theory in variant.depends:
        if rows & practice and not have & theory:
            rows &= ~practice
    return rows


def places_in(variant: Variant, rows: int) -> int:
    """Return 课程门数 of a set of rows: places with a complete counted course."""
    missing, total = ~rows, 0
    for place in variant.places:
        for course in place:
            if course.counted and not course.needed & missing:
                total += 1
                break
    return total


def pool_units(pool: Pool, rows: int) -> int:
    """Return 门数 of a group in a set of rows."""
    missing, total = ~rows, 0
    for place in pool.places:
        for course in place:
            if not course & missing:
                total += 1
                if pool.by_place:
                    break
    return total


def pool_taken(pool: Pool, rows: int) -> int:
    """Return the number for 最多门数: every course begun, also half passed or with a shared 序号."""
    inside = rows & pool.rows
    return sum(bool(course & inside) for place in pool.places for course in place)


def in_pool(pool: Pool, atom: Atom) -> bool:
    """Whether a course counts in 门数 of a group."""
    return bool(atom.rows & pool.rows) and (atom.counted or pool.extra or not pool.by_place)


def earn(variant: Variant, limits: tuple[Limits, ...], rows: int, waived: int, counters: list[int]) -> int:
    """Return the credits (hundredths) that `rows` add; increases the groups' `counters` in place.

    Each row counts once, a group gives at most its 最多学分. The counter of such a group is what it gave, else its rows'
    credits.
    """
    total = 0
    for place in bits(rows):
        inside = [i for i, pool in enumerate(variant.pools) if pool.rows >> place & 1]
        value = 0 if waived >> place & 1 else variant.credit_of[place]
        for i in inside:
            top = limits[i].max_credits
            if top is not None:
                value = min(value, max(0, top - counters[i]))
        for i in inside:
            counters[i] += value if limits[i].max_credits is not None else variant.own_credit[place]
        total += value
    return total
