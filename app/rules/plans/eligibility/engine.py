"""`assess`: blocks, plan, grades, 顶替, courses and groups, practice, thesis, 加考, floors, local minimum, in this order.

Every part of the result names its rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from math import prod
from typing import NamedTuple

from app.rules.plans.eligibility.choose import at_least, solve
from app.rules.plans.eligibility.compile import choices, compiled, variant
from app.rules.plans.eligibility.compiled_plan import Compiled, Variant, bits
from app.rules.plans.eligibility.groups import places_in
from app.rules.plans.eligibility.model import Assessment, Reason, Verdict
from app.rules.plans.eligibility.outcome import Found
from app.rules.plans.eligibility.record import Record
from app.rules.plans.eligibility.replacements import Swap, swaps
from app.rules.plans.eligibility.report import report
from app.rules.plans.marks import LOCAL_ORIGINS, Grade, Origin
from app.rules.plans.plan import Plan, TicketFacts, Usability, usable

_NO_FACTS = TicketFacts()
_UNREACHABLE = 1 << 30
MOST_CHOICES = 64  # of 情形 to try exhaustively; real plans have up to two 情形组 of five
_SUSPENDED = {"停考": "停考期内不能办理毕业", "推迟毕业": "推迟毕业期内不能办理毕业"}
_GONE = {"退学": "考籍已退学，不能办理毕业", "转出": "考籍已转出，不能办理毕业"}


def assess(
    plan: Plan,
    grades: Iterable[Grade],
    choice: Mapping[str, str],
    on: date,
    facts: TicketFacts = _NO_FACTS,
) -> Assessment:
    """Assess a ticket against a plan: what counts, what is missing, and why.

    choice: 情形 by 情形组; without one the lightest is taken, and the verdict is 待核 if another would fail. on: local day of
    the submission. Pure and deterministic; independent of the order of grades and plan rows. Raises TypeError for a
    datetime.
    """
    if isinstance(on, datetime):
        raise TypeError("on is a local date, not a datetime")
    record = Record(grades, facts.used)
    form = compiled(plan, on)
    found, doubtful = _lightest(form, record, dict(choice))
    blocks = _blocks(plan, facts, on)
    if facts.local_minimum and not blocks:
        blocks += _local(form, record, dict(choice), found, facts.local_minimum)
    checks = [Reason("待核", text) for text in (*doubtful, *_unknown(plan, facts))]
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


@dataclass(slots=True)
class _Trial:
    """Progress over the 情形: lightest outcome, and whether any needs more."""

    form: Compiled
    record: Record
    choice: dict[str, str]
    best: _Outcome | None = None
    harder: bool = False

    def look(self, picked: tuple[int, ...]) -> bool:
        """Try one choice of 情形; return whether it is the lightest so far."""
        most = _UNREACHABLE if self.best is None else self.best.rank
        found = _outcome(self.form, variant(self.form, picked), self.record, self.choice, most)
        self.harder |= found is None or found.rank != 0
        lighter = found is not None and (self.best is None or found.rank < most)
        if lighter:
            self.best = found
        return lighter


def _lightest(form: Compiled, record: Record, choice: dict[str, str]) -> tuple[Found, list[str]]:
    """Return the outcome under the chosen or lightest 情形, with reasons for doubt."""
    trial = _Trial(form, record, choice)
    ways = choices(form, choice)
    if prod(map(len, ways)) <= MOST_CHOICES:
        for picked in product(*ways):
            trial.look(picked)
    else:
        _one_by_one(trial, ways)
    best = trial.best
    assert best is not None  # the first is always tried
    doubtful = []
    if best.rank == 0 and trial.harder:
        open_groups = "、".join(case.group or "加考选项" for case in best.found.cases if not case.chosen)
        doubtful.append(f"尚未选择“{open_groups}”；选择其他情形时可能还缺课程")
    return best.found, doubtful


def _one_by_one(trial: _Trial, ways: list[list[int]]) -> None:
    """Improve one 情形组 after the other until none gets lighter, if there are too many choices."""
    picked = [options[0] for options in ways]
    lighter = trial.look(tuple(picked))
    while lighter:
        lighter = False
        for place, options in enumerate(ways):
            for option in options:
                if option != picked[place] and trial.look((*picked[:place], option, *picked[place + 1 :])):
                    picked[place], lighter = option, True


def _outcome(
    form: Compiled, made: Variant, record: Record, choice: dict[str, str], most: int = _UNREACHABLE
) -> _Outcome | None:
    """Return the outcome with the best 顶替 under one choice; None if more than `most` courses are surely missing."""
    direct, index = 0, form.index
    for code in record.passed:
        if code in index:
            direct |= 1 << index[code]
    direct &= made.in_play
    spent = form.mask(code for code in record.used if record.spent(code)) & made.in_play & ~made.forced
    best: _Outcome | None = None
    for swap in swaps(form, made, record, direct):
        passed = direct & ~swap.lost | swap.won
        waived = _waived(form, made, record, passed, swap)
        if spent & ~waived:  # as after a 顶替: passing it again restores nothing
            swap = replace(swap, lost=swap.lost | spent & ~waived)
        absent = made.forced & ~passed & ~waived
        limit = most if best is None else best.rank
        if limit == _UNREACHABLE or absent.bit_count() + at_least(made, passed, waived) <= limit:
            found = _outcome_of(made, passed, waived, swap, absent, choice)
            best = found if best is None else min(best, found, key=_preference)
    return best


def _preference(outcome: _Outcome) -> tuple[int, int, int]:
    """Sort key: least missing, most credits, fewest 顶替."""
    found = outcome.found
    credits = sum(found.variant.credit_of[place] for place in bits(found.counted))
    return (outcome.rank, -credits, len(found.swap.used))


def _outcome_of(made: Variant, passed: int, waived: int, swap: Swap, absent: int, choice: dict[str, str]) -> _Outcome:
    solution = solve(made, passed, waived, swap.given)
    short = None if solution.short is None else solution.short + absent.bit_count()
    found = Found(made, passed, waived, solution, swap, absent, short, choice)
    return _Outcome(found, _UNREACHABLE if short is None else short)


def _waived(form: Compiled, made: Variant, record: Record, passed: int, swap: Swap) -> int:
    """Return 加考 rows waived by a passed course of the same name not used by a 顶替."""
    rows = made.extra_rows & ~passed
    return sum(1 << place for place in bits(rows) if record.named(form.rows[place].name, form, swap.taken))


def _blocks(plan: Plan, facts: TicketFacts, on: date) -> list[Reason]:
    """Return what prevents any graduation on this day, or one in this major."""
    found = []
    status, until = facts.record_status, facts.status_until
    if status in _SUSPENDED and (until is None or on < until):
        found.append(Reason("R18", _SUSPENDED[status] + (f"（截止日期 {until}）" if until else "")))
    if status in _GONE:
        found.append(Reason("R19", _GONE[status]))
    if plan.major_code in facts.graduated_majors:
        found.append(Reason("R19", f"已取得本专业（{plan.major_code} {plan.name}）毕业，不能再次申请"))
    return found


def _unknown(plan: Plan, facts: TicketFacts) -> list[str]:
    """Return the doubt about courses that a graduation known from the roster alone may have used."""
    others = [code for code in facts.unknown_majors if code != plan.major_code]
    if not others:
        return []
    return [f"考籍登记已取得 {'、'.join(others)} 专业毕业，当时用去的课程不在本平台，计入的课程是否已经用过须人工核对"]


def _local(form: Compiled, record: Record, choice: dict[str, str], found: Found, minimum: int) -> list[Reason]:
    """Check the minimum of local 门数 if a transferred grade is needed, so that an extra one never harms."""
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
