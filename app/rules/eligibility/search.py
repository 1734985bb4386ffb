"""The search behind choose.py: part by part, place by place, keeping what no other selection beats.

A part is a set of places that share groups; parts meet only in the totals. Within a part the counters of its groups
are carried along (dynamic programming), so that the answer is exact for any number of rows.
"""

from operator import ge
from typing import NamedTuple

from app.rules.eligibility.compile import Atom, Variant, bits
from app.rules.eligibility.groups import Way, earn, in_pool, places_in, with_theory


class Value(NamedTuple):
    """Compared in this order, smallest first: courses to pass, then credits, places and preference (negative)."""

    cost: int
    credits: int
    units: int
    preference: int
    selection: int


class Part(NamedTuple):
    """Places that hang together by their groups (numbers in `variant.pools`); `rows` are all their rows."""

    rows: int
    places: tuple[tuple[Atom, ...], ...]
    pools: tuple[int, ...]


_Kept = tuple[int, int, Value]


def preference(variant: Variant, rows: int) -> int:
    top = len(variant.credit_of)
    return sum(1 << top - place for place in bits(rows))


def best_value(variant: Variant, way: Way, have: int, waived: int, given: int, *, relaxed: bool) -> Value | None:
    """The best selection of a branch that meets its groups and the floors; None when there is none."""
    base, parts = _parts(variant)
    credits = sum(variant.credit_of[place] for place in bits(base & ~waived))
    units = places_in(variant, base)
    credit_need, unit_need = (0, 0) if relaxed else (variant.credit_floor, variant.course_floor)
    reached: list[_Kept] = [(credits, units, Value(0, -credits, -units, -preference(variant, base), base))]
    for number, part in enumerate(parts):
        key = ("part", way.chosen, number, relaxed, have & part.rows, waived & part.rows, given & part.rows)
        found: list[_Kept] | None = variant.memo.get(key)
        if found is None:
            found = variant.memo[key] = _Search(variant, way, have, waived, given, relaxed=relaxed).run(part)
        reached = undominated(
            [
                (min(left[0] + right[0], credit_need), min(left[1] + right[1], unit_need), _sum(left[2], right[2]))
                for left in reached
                for right in found
            ]
        )
    return min(
        (value for credits, units, value in reached if credits >= credit_need and units >= unit_need), default=None
    )


def _sum(one: Value, two: Value) -> Value:
    return Value(
        one.cost + two.cost,
        one.credits + two.credits,
        one.units + two.units,
        one.preference + two.preference,
        one.selection | two.selection,
    )


def undominated(found: list[_Kept]) -> list[_Kept]:
    """Those that no other beats in credits, places and value."""
    kept: list[_Kept] = []
    for item in sorted(found, key=lambda item: item[2]):
        if not any(other[0] >= item[0] and other[1] >= item[1] for other in kept):
            kept.append(item)
    return kept


def _parts(variant: Variant) -> tuple[int, list[Part]]:
    """The rows that are always in and of no group, and the parts of the others."""
    known: tuple[int, list[Part]] | None = variant.memo.get("parts")
    if known is not None:
        return known
    base = 0
    parts: list[Part] = []
    for place in variant.places:
        rows = 0
        for atom in place:
            rows |= atom.rows
        pools = {i for i, pool in enumerate(variant.pools) if pool.rows & rows}
        if not pools and not rows & ~variant.forced:
            base |= rows
            continue
        touching = [part for part in parts if pools & set(part.pools)]
        parts = [part for part in parts if part not in touching]
        places = [other for part in touching for other in part.places] + [place]
        for part in touching:
            rows |= part.rows
            pools |= set(part.pools)
        parts.append(Part(rows, tuple(places), tuple(sorted(pools))))
    known = variant.memo["parts"] = (base, parts)
    return known


# credits, places, marks of the place under way, then per group 门数, credits and places taken, and the groups begun
_Key = tuple[int, int, int, tuple[int, ...], tuple[int, ...], tuple[int, ...], int]


class _Search:
    """One walk through the places of a part. `relaxed`: no minimum is asked, nothing may be added."""

    def __init__(self, variant: Variant, way: Way, have: int, waived: int, given: int, *, relaxed: bool) -> None:
        self.variant, self.way, self.relaxed = variant, way, relaxed
        self.have, self.waived, self.given = have, waived, given

    def run(self, part: Part) -> list[_Kept]:
        """The selections of the part that meet its groups and that no other beats in every respect."""
        zero = (0,) * len(self.variant.pools)
        states: dict[_Key, Value] = {(0, 0, 0, zero, zero, zero, 0): Value(0, 0, 0, 0, 0)}
        for place in part.places:
            for atom in place:
                states = self._extend(states, atom)
            states = self._prune(states)
        return undominated(
            [(key[0], key[1], value) for key, value in states.items() if self.relaxed or self._enough(key, part)]
        )

    def _extend(self, states: dict[_Key, Value], atom: Atom) -> dict[_Key, Value]:
        options = self._options(atom)
        grown: dict[_Key, Value] = {}
        for key, value in states.items():
            for rows, cost in options:
                step = self._step(key, value, atom, rows, cost)
                if step is not None and (step[0] not in grown or step[1] < grown[step[0]]):
                    grown[step[0]] = step[1]
        return grown

    def _prune(self, states: dict[_Key, Value]) -> dict[_Key, Value]:
        """Close a place, and drop each state that another one beats whatever comes after.

        More credits, 门数 and groups begun, fewer places taken and a smaller value are better; counters of a group with
        最多学分 say how much room is left, so such states are compared only where they agree.
        """
        capped = [i for i, limit in enumerate(self.way.limits) if limit.max_credits is not None]
        kept: dict[tuple[int, ...], list[tuple[tuple[int, ...], _Key, Value]]] = {}
        for key, value in sorted(states.items(), key=lambda item: item[1]):
            room = tuple(key[4][i] for i in capped)
            some = [key[6] >> i & 1 for i in range(len(self.way.limits))]
            good = (key[0], key[1], *key[3], *key[4], *(-taken for taken in key[5]), *some)
            rivals = kept.setdefault(room, [])
            if not any(all(map(ge, other, good)) for other, _, _ in rivals):
                rivals.append((good, (key[0], key[1], 0, *key[3:]), value))
        return {key: value for rivals in kept.values() for _, key, value in rivals}

    def _options(self, atom: Atom) -> list[tuple[int, int]]:
        """The subsets of a course's rows that may be counted, each with the rows to pass; practice needs its theory."""
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
        after = (total + gained, units + new_units, marks, *counters, some)
        liked = value.preference - preference(self.variant, rows & self.have)
        chosen = value.selection | rows
        return after, Value(value.cost + cost, value.credits - earned, value.units - new_units, liked, chosen)

    def _earn(self, rows: int, counters: list[int]) -> tuple[int, int]:
        """Credits already earned, and all that the rows would give; the group counters grow, no further than asked."""
        earned = earn(self.variant, self.way.limits, rows & self.have, self.waived, counters)
        gained = earned + earn(self.variant, self.way.limits, rows & ~self.have, self.waived, counters)
        for i, limit in enumerate(self.way.limits):
            counters[i] = min(counters[i], max(limit.min_credits, limit.max_credits or 0))
        return earned, gained

    def _enough(self, key: _Key, part: Part) -> bool:
        """Are the groups of the part met."""
        for i in part.pools:
            limit = self.way.limits[i]
            if key[3][i] < limit.min_units or key[4][i] < limit.min_credits or (limit.some and not key[6] >> i & 1):
                return False
        return True
