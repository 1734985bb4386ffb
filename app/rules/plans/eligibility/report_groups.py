"""Group results in words."""

from decimal import Decimal

from app.rules.plans.eligibility.compiled_plan import SCALE, Ask, Pool, Variant, bits
from app.rules.plans.eligibility.groups import pool_units
from app.rules.plans.eligibility.model import Branch, GroupResult
from app.rules.plans.marks import plain_number
from app.rules.plans.plan import Condition, credit


def group_results(made: Variant, chosen: frozenset[int], counted: int, settled: int) -> tuple[GroupResult, ...]:
    """Return one result per group. `settled`: passed or waived; `counted`: in the branch taken."""
    results = []
    for place, pool in enumerate(made.pools):
        rows = (settled if pool.extra else counted) & pool.rows
        asks = [ask for ask in made.asks if ask.group == place]
        branches = tuple(_branch(made, pool, ask, chosen, rows, settled) for ask in asks)
        taken = [branch for branch, ask in zip(branches, asks, strict=True) if _is_taken(ask, chosen)]
        met = all(branch.met for branch in taken)
        units, credits = pool_units(pool, rows), _credits(made, rows)
        note = "；".join(dict.fromkeys(ask.source.note for ask in asks if ask.source.note))
        parts = [f"{pool.name}：已计 {units} 门 {plain_number(credits)} 学分"]
        parts += [branch.text for branch in branches if branch.applies is not False]
        results.append(GroupResult(pool.name, note, met, units, credits, branches, "。".join(parts)))
    return tuple(results)


def _is_taken(ask: Ask, chosen: frozenset[int]) -> bool:
    return ask.condition is Condition.ALWAYS or (ask.other in chosen) is (ask.condition is Condition.CHOSEN)


def _branch(made: Variant, pool: Pool, ask: Ask, chosen: frozenset[int], rows: int, settled: int) -> Branch:
    applies: bool | None = _is_taken(ask, chosen)
    condition = ""
    if ask.condition is not Condition.ALWAYS:
        other = made.pools[ask.other]
        condition = f"{ask.condition}{other.name}"
        if not settled & other.rows:
            applies = None
    looked_at = rows if applies else settled & pool.rows
    units, credits = pool_units(pool, looked_at), sum(made.own_credit[i] for i in bits(looked_at))
    lacking = _lacking(pool, ask, looked_at, units, credits)
    needs = _needs(ask)
    text = (f"{condition}时：" if condition else "") + needs + ("，已满足" if not lacking else f"，还差 {lacking}")
    return Branch(condition, needs, applies, not lacking, text)


def _needs(ask: Ask) -> str:
    parts = ["全部课程合格"] if ask.all_rows else []
    least = [f"不少于 {ask.min_units} 门"] if ask.min_units else []
    if ask.min_credits:
        least.append(f"不少于 {_shown(ask.min_credits)} 学分")
    if least:
        parts.append("且".join(least))
    if ask.max_units is not None:
        parts.append(f"最多计 {ask.max_units} 门")
    if ask.max_credits is not None:
        parts.append(f"最多计 {_shown(ask.max_credits)} 学分")
    return "，".join(parts) or "可不选"


def _lacking(pool: Pool, ask: Ask, rows: int, units: int, credits: int) -> str:
    parts = []
    left = (pool.rows & ~rows).bit_count()
    if ask.all_rows and left:
        parts.append(f"{left} 门")
    elif units < ask.min_units:
        parts.append(f"{ask.min_units - units} 门")
    if credits < ask.min_credits:
        parts.append(f"{_shown(ask.min_credits - credits)} 学分")
    return "、".join(parts)


def _credits(made: Variant, rows: int) -> Decimal:
    return credit(Decimal(sum(made.own_credit[i] for i in bits(rows))) / SCALE)


def _shown(hundredths: int) -> str:
    return plain_number(Decimal(hundredths) / SCALE)
