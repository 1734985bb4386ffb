"""`assess`: the order of evaluation is that of the field (blocks, plan, grades, 顶替, courses and groups, practice,
thesis, 加考, floors, local minimum); every part of the answer names its rule."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from app.rules.eligibility.choose import solve
from app.rules.eligibility.compile import Compiled, Variant, bits, choices, compiled, variant
from app.rules.eligibility.found import Found
from app.rules.eligibility.groups import places_in
from app.rules.eligibility.model import Assessment, Reason, Verdict
from app.rules.eligibility.record import Record, Swap, swaps
from app.rules.eligibility.report import report
from app.rules.marks import LOCAL_ORIGINS, Grade, Origin, course_name_key
from app.rules.plans import Plan, TicketFacts, Usability, usable

_NO_FACTS = TicketFacts()
_UNREACHABLE = 1 << 30
_SUSPENDED = {"停考": "停考期内不能办理毕业", "推迟毕业": "推迟毕业期内不能办理毕业"}
_GONE = {"退学": "考籍已退学，不能办理毕业", "转出": "考籍已转出，不能办理毕业"}


def assess(
    plan: Plan,
    grades: Iterable[Grade],
    choice: Mapping[str, str],
    on: date,
    facts: TicketFacts = _NO_FACTS,
) -> Assessment:
    """What a ticket has of a plan, what is missing, and why.

    choice: the chosen 情形 by 情形组 (may be empty: the lightest 情形 is taken, and the verdict is 待核 where another
    one would fail). on: the local day of the submission. facts: what the office holds of the ticket.
    Pure and deterministic; the order of grades and of plan rows does not matter. Raises TypeError for a datetime.
    """
    if isinstance(on, datetime):
        raise TypeError("on is a local date, not a datetime")
    record = Record(grades)
    form = compiled(plan, on)
    found, doubtful = _lightest(form, record, dict(choice))
    blocks = _blocks(plan, facts, on)
    if facts.local_minimum and not blocks:
        blocks += _local(form, record, dict(choice), found, facts.local_minimum)
    checks = [Reason("待核", text) for text in doubtful]
    usability = usable(plan, facts, on)
    if usability.answer is Usability.NO:
        blocks.append(Reason("R22", usability.why))
    elif usability.answer is Usability.CHECK:
        checks.append(Reason("待核", usability.why))
    settled = Verdict.CHECK if checks else Verdict.MET
    verdict = Verdict.SHORT if blocks or found.short != 0 else settled
    return report(form, record, found, on, verdict, blocks, checks)


class _Outcome(NamedTuple):
    found: Found
    rank: int


def _lightest(form: Compiled, record: Record, choice: dict[str, str]) -> tuple[Found, list[str]]:
    """The outcome under the chosen 情形; where some are not chosen the lightest, with what makes that doubtful."""
    outcomes = []
    for picked in choices(form, choice):
        outcomes.append(_outcome(form, variant(form, picked), record, choice))
    best = min(outcomes, key=lambda outcome: outcome.rank)
    doubtful = []
    if best.found.short == 0 and any(outcome.found.short != 0 for outcome in outcomes):
        open_groups = "、".join(case.group or "加考选项" for case in best.found.cases if not case.chosen)
        doubtful.append(f"尚未选择“{open_groups}”；选择其他情形时可能还缺课程")
    return best.found, doubtful


def _outcome(form: Compiled, made: Variant, record: Record, choice: dict[str, str]) -> _Outcome:
    direct, index = 0, form.index
    for code in record.passed:
        if code in index:
            direct |= 1 << index[code]
    direct &= made.in_play
    found = [_with_swap(form, made, record, direct, swap, choice) for swap in swaps(form, made, record, direct)]
    return found[0] if len(found) == 1 else min(found, key=_preference)


def _preference(outcome: _Outcome) -> tuple[int, int, int]:
    """Least missing first, then most credits, then fewest 顶替."""
    found = outcome.found
    credits = sum(found.variant.credit_of[place] for place in bits(found.counted))
    return (outcome.rank, -credits, len(found.swap.used))


def _with_swap(
    form: Compiled, made: Variant, record: Record, direct: int, swap: Swap, choice: dict[str, str]
) -> _Outcome:
    passed = direct & ~swap.lost | swap.won
    waived = _waived(form, made, record, passed)
    solution = solve(made, passed, waived, swap.given)
    absent = made.forced & ~passed & ~waived
    short = None if solution.short is None else solution.short + absent.bit_count()
    found = Found(made, passed, waived, solution, swap, absent, short, choice)
    return _Outcome(found, _UNREACHABLE if short is None else short)


def _waived(form: Compiled, made: Variant, record: Record, passed: int) -> int:
    """加考 rows that a passed course of the same name makes unnecessary."""
    rows = made.extra_rows & ~passed
    if not rows:
        return 0
    names = record.by_name(form)
    return sum(1 << place for place in bits(rows) if course_name_key(form.rows[place].name) in names)


def _blocks(plan: Plan, facts: TicketFacts, on: date) -> list[Reason]:
    """What stands against any graduation of this ticket on this day, or against one in this major."""
    found = []
    status, until = facts.record_status, facts.status_until
    if status in _SUSPENDED and (until is None or on < until):
        found.append(Reason("R18", _SUSPENDED[status] + (f"（截止日期 {until}）" if until else "")))
    if status in _GONE:
        found.append(Reason("R19", _GONE[status]))
    if plan.major_code in facts.graduated_majors:
        found.append(Reason("R19", f"已取得本专业（{plan.major_code} {plan.name}）毕业，不能再次申请"))
    return found


def _local(form: Compiled, record: Record, choice: dict[str, str], found: Found, minimum: int) -> list[Reason]:
    """The minimum of 门数 passed here; asked only of who needs a transferred grade, so that one more never harms."""
    if not any(g.origin == Origin.TRANSFER_IN for g in record.rows):
        return []
    if _lightest(form, record.without(Origin.TRANSFER_IN), choice)[0].short == 0:
        return []
    here = record.only(LOCAL_ORIGINS)
    direct = sum(1 << place for code, place in form.index.items() if code in here.passed)
    rows = direct & found.variant.in_play & ~found.variant.extra_rows
    count = places_in(found.variant, rows)
    if count >= minimum:
        return []
    return [Reason("R20", f"转入后须在本地合格不少于 {minimum} 门，现有 {count} 门")]
