"""What must hold for every plan, tried on small random ones against the slow reading in oracle.py."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.rules.plans.eligibility import Verdict, as_document, assess, from_document
from app.rules.plans.marks import Grade
from app.rules.plans.plan import (
    Condition,
    ExtraCase,
    Group,
    Plan,
    PlanCourse,
    Replacement,
    Requirement,
    extra_case_groups,
    from_json,
    to_json,
)
from tests.rules.plans.oracle import oracle_met
from tests.sizes import EXAMPLES

ON = date(2026, 11, 20)
CREDITS = [Decimal(n) for n in (0, 2, 3, 5)] + [Decimal("2.5")]
BOUNDED = settings(max_examples=max(150, EXAMPLES), deadline=None, suppress_health_check=list(HealthCheck))


@lru_cache(maxsize=None, typed=True)
def any_of(*values: Any) -> st.SearchStrategy[Any]:
    """Any of these; made once, since Hypothesis checks each strategy that is new to it."""
    return st.sampled_from(values)


@st.composite
def courses(draw: st.DrawFn) -> tuple[PlanCourse, ...]:
    rows = []
    for place in range(draw(st.integers(1, 3))):
        rows.append(PlanCourse(str(place), f"R{place}", f"必{place}", draw(any_of(*CREDITS))))
    if draw(st.booleans()):
        rows.append(PlanCourse("0", "RP", "必0（实践）", Decimal(1), theory="R0"))
    for place in range(draw(st.integers(2, 5))):
        number = draw(any_of(f"1{place}", "10"))
        groups = draw(any_of(("G",), ("G",), ("H",), ("G", "H")))
        counted = draw(any_of(True, True, True, False))
        row = PlanCourse(
            number,
            f"E{place}",
            f"选{place}",
            draw(any_of(*CREDITS)),
            Requirement.ELECTIVE,
            groups=groups,
            counted=counted,
        )
        rows.append(row)
        if draw(st.integers(0, 3)) == 0:
            rows.append(replace(row, code=f"P{place}", name=f"选{place}（实践）", theory=row.code))
    for place in range(draw(st.integers(0, 2))):
        rows.append(PlanCourse(f"2{place}", f"X{place}", f"加{place}", Decimal(3), Requirement.EXTRA))
    return tuple(rows)


def _replacements(draw: st.DrawFn, codes: list[str]) -> tuple[Replacement, ...]:
    old = any_of(("O0",), ("O1",), ("O0", "O1"), ("E0",), ("O0", "E1"), ("R0",), ("N0",), ("O1", "X0"))
    new = st.lists(any_of(*codes), min_size=1, max_size=2, unique=True)
    replacements = []
    for place in range(draw(st.integers(0, 3))):
        limit = draw(any_of(None, date(2020, 1, 1)))
        olds, news = draw(old), draw(new)
        assume(not set(olds) & set(news))
        replacements.append(Replacement(f"T{place}", olds, tuple(news), draw(any_of(None, 1)), limit))
    return tuple(replacements)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    rows = draw(courses())
    overlap = any(len(row.groups) > 1 for row in rows)
    small = st.one_of(st.none(), st.integers(1, 2))
    credits = st.one_of(st.none(), any_of(Decimal(3), Decimal(5), Decimal(7)))
    g = [Group("G", draw(small), False, draw(credits), draw(st.one_of(st.none(), st.integers(1, 3))))]
    if not overlap and draw(st.booleans()):
        g[0] = replace(g[0], max_credits=Decimal(6))
    h = [Group("H", draw(small), max_courses=draw(st.one_of(st.none(), st.integers(1, 2))))]
    if draw(st.booleans()):
        h = [
            replace(h[0], condition=Condition.CHOSEN, condition_group="G"),
            Group("H", all_courses=draw(st.booleans()), condition=Condition.NOT_CHOSEN, condition_group="G"),
        ]
    groups = [group for group in g + h if any(group.name in row.groups for row in rows)]
    groups = [group for group in groups if group.condition_group in ("", *(other.name for other in groups))]
    for group in groups:
        places = {row.number for row in rows if group.name in row.groups and row.counted}
        assume(len(places) >= max(1, group.min_courses or 0))
    named = {name for row in rows for name in row.groups}
    assume(named <= {group.name for group in groups})
    extra = tuple(row.code for row in rows if row.requirement is Requirement.EXTRA)
    cases = [ExtraCase("", "无"), ExtraCase("", "甲", "", extra, exempted=("R1",))]
    cases.append(ExtraCase("", "乙", "", extra, 1, None, (), True))
    replacements = _replacements(draw, [row.code for row in rows])
    return Plan(
        "000001",
        "*",
        "1",
        "试",
        "本科",
        Decimal(draw(st.integers(0, 16))),
        draw(st.one_of(st.none(), st.integers(0, 5))),
        courses=rows,
        groups=tuple(groups),
        extras=tuple(cases) if extra else (),
        replacements=replacements,
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Plan, list[Grade], dict[str, str]]:
    plan = draw(plans())
    names = {row.code: row.name for row in plan.courses}
    pool = [*names, *names, "O0", "O1", "N0"]
    grades = [
        Grade(code, names.get(code, "加0" if code == "N0" else ""), session, mark)
        for code, session, mark in draw(
            st.lists(
                st.tuples(
                    any_of(*pool),
                    any_of("2019-10", "2025-04"),
                    any_of("60", "85", "59", "-0"),
                ),
                max_size=14,
            )
        )
    ]
    if draw(st.integers(0, 3)):
        dropped = draw(st.sets(any_of(*names), max_size=3))
        grades += [Grade(code, name, "2024-04", "70") for code, name in names.items() if code not in dropped]
        grades += [Grade(code, "", "2019-10", "70") for code in sorted(draw(st.sets(any_of("O0", "O1"))))]
    choice = {group.name: draw(any_of(*(case.name for case in group.cases))) for group in extra_case_groups(plan)}
    return plan, grades, choice


@BOUNDED
@given(situations())
def test_the_engine_agrees_with_an_exhaustive_search(situation: tuple[Plan, list[Grade], dict[str, str]]) -> None:
    plan, grades, choice = situation
    answer = assess(plan, grades, choice, ON)
    assert (answer.verdict is Verdict.MET) is oracle_met(plan, grades, choice)
    assert (answer.short == 0) is answer.met
    assert bool(answer.missing) is not answer.met


@BOUNDED
@given(situations(), st.integers(0, 40))
def test_one_more_passed_grade_never_harms(situation: tuple[Plan, list[Grade], dict[str, str]], which: int) -> None:
    plan, grades, choice = situation
    before = assess(plan, grades, choice, ON)
    codes = [*(row.code for row in plan.courses), "O0", "O1", "N0", "Z9"]
    after = assess(plan, [*grades, Grade(codes[which % len(codes)], "", "2019-10", "75")], choice, ON)
    assert after.met or not before.met
    if before.short is not None:
        assert after.short is not None
        assert after.short <= before.short


@BOUNDED
@given(situations(), st.randoms(use_true_random=False))
def test_order_of_grades_and_rows_never_matters(
    situation: tuple[Plan, list[Grade], dict[str, str]], dice: object
) -> None:
    plan, grades, choice = situation
    shuffled = list(grades)
    rows, groups, replacements = list(plan.courses), list(plan.groups), list(plan.replacements)
    for items in (shuffled, rows, groups, replacements):
        dice.shuffle(items)  # type: ignore[attr-defined]
    other = replace(plan, courses=tuple(rows), replacements=tuple(replacements))
    assert assess(other, shuffled, choice, ON) == assess(plan, grades, choice, ON)
    regrouped = replace(plan, groups=tuple(groups))
    assert assess(regrouped, shuffled, choice, ON).short == assess(plan, grades, choice, ON).short


@BOUNDED
@given(situations())
def test_credits_are_counted_once(situation: tuple[Plan, list[Grade], dict[str, str]]) -> None:
    plan, grades, choice = situation
    answer = assess(plan, [*grades, *grades], choice, ON)
    assert answer.credits_earned <= sum(line.credits for line in answer.lines if line.counted)
    used = [grade.code for line in answer.lines if line.counted for grade in set(line.grades)]
    own = [line.code for line in answer.lines]
    assert len(own) == len(set(own))
    serving: dict[str, set[str]] = {}
    for line in answer.lines:
        if line.counted:
            for grade in line.grades:
                serving.setdefault(grade.code, set()).add(line.note or line.code)
    assert all(len(served) == 1 for served in serving.values()), used


@BOUNDED
@given(situations())
def test_what_is_missing_would_be_enough(situation: tuple[Plan, list[Grade], dict[str, str]]) -> None:
    plan, grades, choice = situation
    answer = assess(plan, grades, choice, ON)
    if answer.short is None:
        everything = [Grade(row.code, "", "2026-04", "80") for row in plan.courses]
        assert not assess(plan, [*grades, *everything], choice, ON).met
        return
    more = list(grades)
    for _ in range(answer.short):
        now = assess(plan, more, choice, ON)
        item = now.missing[0]
        more.append(Grade(item.code or item.options[-1][0], "", "2026-04", "80"))
        then = assess(plan, more, choice, ON)
        assert then.short is not None
        assert now.short is not None
        assert then.short <= now.short - 1
    assert assess(plan, more, choice, ON).short == 0


@BOUNDED
@given(situations())
def test_plans_and_assessments_survive_json(situation: tuple[Plan, list[Grade], dict[str, str]]) -> None:
    plan, grades, choice = situation
    assert from_json(to_json(plan)) == plan
    answer = assess(plan, grades, choice, ON)
    assert from_document(as_document(answer)) == answer
