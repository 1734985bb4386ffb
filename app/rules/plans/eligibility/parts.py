"""Parts: places connected by groups, ordered so that groups close early."""

from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import Atom, Variant


class Part(NamedTuple):
    """Places connected by groups (numbers in `variant.pools`). closes: per place, groups without a later place."""

    rows: int
    places: tuple[tuple[Atom, ...], ...]
    pools: tuple[int, ...]
    closes: tuple[tuple[int, ...], ...]


_Loose = tuple[list[tuple[Atom, ...]], set[int]]


def parts_of(variant: Variant) -> tuple[int, list[Part]]:
    """Return the forced rows without group, and the parts of the others."""
    known: tuple[int, list[Part]] | None = variant.memo.get("parts")
    if known is not None:
        return known
    base = 0
    loose: list[_Loose] = []
    for place in variant.places:
        rows, pools = _rows(place), _pools(variant, place)
        if not pools and not rows & ~variant.forced:
            base |= rows
            continue
        touching = [part for part in loose if pools & part[1]]
        loose = [part for part in loose if part not in touching]
        places = [other for part in touching for other in part[0]]
        loose.append(([*places, place], pools.union(*(part[1] for part in touching))))
    known = variant.memo["parts"] = (base, [_ordered(variant, *part) for part in loose])
    return known


def _rows(place: tuple[Atom, ...]) -> int:
    rows = 0
    for atom in place:
        rows |= atom.rows
    return rows


def _pools(variant: Variant, place: tuple[Atom, ...]) -> set[int]:
    rows = _rows(place)
    return {i for i, pool in enumerate(variant.pools) if pool.rows & rows}


def _ordered(variant: Variant, places: list[tuple[Atom, ...]], pools: set[int]) -> Part:
    """Order by smallest group, then fewest places left, so that few groups are open."""
    left = [(place, _pools(variant, place)) for place in places]
    ordered: list[tuple[Atom, ...]] = []
    closes: list[tuple[int, ...]] = []
    rows = 0
    while left:
        still = [(sum(pool in inside for _, inside in left), pool) for pool in pools]
        group = min((pair for pair in still if pair[0]), default=(0, -1))[1]
        place, inside = next((each for each in left if group in each[1]), left[0])
        left = [each for each in left if each[0] is not place]
        ordered.append(place)
        closes.append(tuple(sorted(pool for pool in inside if not any(pool in other for _, other in left))))
        rows |= _rows(place)
    return Part(rows, tuple(ordered), tuple(sorted(pools)), tuple(closes))
