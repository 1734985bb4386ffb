"""Totals, groups, missing courses and reasons, cached per set of passed rows, which many examinees share."""

from decimal import Decimal
from typing import NamedTuple

from app.rules.plans.eligibility.compiled_plan import SCALE, Compiled, bits
from app.rules.plans.eligibility.groups import earn, places_in
from app.rules.plans.eligibility.model import GroupResult, Missing, NextStep, Reason
from app.rules.plans.eligibility.outcome import Found
from app.rules.plans.eligibility.record import Record
from app.rules.plans.eligibility.report_groups import group_results
from app.rules.plans.eligibility.report_missing import missing_items
from app.rules.plans.plan import credit

_LIMIT = 20_000
_CODES = {NextStep.PRACTICE: "R03", NextStep.THESIS: "R04"}


class Summary(NamedTuple):
    """`counted`: rows in the totals; `options`: codes for a choice."""

    counted: int
    credits: Decimal
    courses: int
    groups: tuple[GroupResult, ...]
    missing: tuple[Missing, ...]
    options: frozenset[str]
    reasons: tuple[Reason, ...]


def summary(form: Compiled, found: Found) -> Summary:
    """Return the summary of an outcome; it depends on passed, waived and given rows only."""
    kept = found.variant.summaries
    key = (found.passed, found.waived, found.swap.given)
    known: Summary | None = kept.get(key)
    if known is None:
        if len(kept) >= _LIMIT:
            kept.clear()
        known = kept[key] = _summary(form, found)
    return known


def _summary(form: Compiled, found: Found) -> Summary:
    made, counted, way = found.variant, found.counted, found.way
    if way is None:
        earned = sum(made.credit_of[i] for i in bits(counted))
    else:
        earned = earn(made, way.limits, counted, 0, [0] * len(made.pools))
    credits, courses = credit(Decimal(earned) / SCALE), places_in(made, counted)
    missing = missing_items(form, found) if found.short != 0 else ()
    groups = _groups(found, counted)
    options = frozenset(code for item in missing for code, _ in item.options)
    reasons = _reasons(form, found, missing, credits, courses)
    return Summary(counted, credits, courses, groups, missing, options, reasons)


def _groups(found: Found, counted: int) -> tuple[GroupResult, ...]:
    made = found.variant
    inside = 0
    for pool in made.pools:
        inside |= pool.rows
    counted, settled, chosen = counted & inside, (found.passed | found.waived) & inside, found.solution.chosen
    key = ("groups", counted, settled, chosen)
    known: tuple[GroupResult, ...] | None = made.memo.get(key)
    if known is None:
        known = made.memo[key] = group_results(made, chosen, counted, settled)
    return known


def reason_code(item: Missing) -> str:
    """Return the code of the reasons catalogue: R01 course, R03 practice, R04 thesis, R05 加考."""
    return "R05" if item.rule.startswith("加考") else _CODES.get(item.next_step, "R01")


def _reasons(
    form: Compiled, found: Found, missing: tuple[Missing, ...], credits: Decimal, courses: int
) -> tuple[Reason, ...]:
    plan, reasons = form.plan, []
    for item in missing:
        reasons.append(Reason(reason_code(item), item.text))
    if credits < plan.credit_floor:
        reasons.append(Reason("R02", f"总学分不足，已修 {credits}，要求不少于 {plan.credit_floor}"))
    if plan.course_floor is not None and courses < plan.course_floor:
        reasons.append(Reason("R02", f"课程门数不足，已过 {courses} 门，要求不少于 {plan.course_floor} 门"))
    return tuple(reasons)


def spent_note(record: Record, code: str) -> str:
    """Return why a passed course does not count."""
    return f"已用于 {record.used[code]} 专业毕业，不再计入；符合规定的可以按自考第二专业申请免考"


def without_spent(record: Record, said: Summary) -> Summary:
    """Return a summary, shared by everybody with the same rows, in this record's words: a used course is not to be passed again."""
    if not any(record.spent(item.code) for item in said.missing):
        return said
    reworded = {item: _reworded(record, item) for item in said.missing if record.spent(item.code)}
    reasons = {Reason(reason_code(old), old.text): Reason(reason_code(old), new.text) for old, new in reworded.items()}
    return said._replace(
        missing=tuple(reworded.get(item, item) for item in said.missing),
        reasons=tuple(reasons.get(reason, reason) for reason in said.reasons),
    )


def _reworded(record: Record, item: Missing) -> Missing:
    text = f"课程 {item.code} {item.name} {spent_note(record, item.code)}（{item.rule}）"
    return item._replace(text=text, next_step=NextStep.EXEMPTION)
