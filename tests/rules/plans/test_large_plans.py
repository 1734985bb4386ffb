"""Plans larger and more entangled than any known one: the answer comes at once, is the same each time, and works."""

import random
import time
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from app.rules.plans.eligibility import Verdict, assess
from app.rules.plans.marks import Grade
from app.rules.plans.plan import Condition, ExtraCase, Group, Plan, PlanCourse, Replacement, Requirement
from tests.rules.plans.plan_builders import ON, course, passed, plan

LONGEST = 5.0  # seconds of processor time; measured below 1
NAMES = [f"G{number}" for number in range(6)]
OLD = [f"9{number:04}" for number in range(15)]


def entangled(dice: random.Random, **more: object) -> Plan:
    """40 rows: 10 必考, 30 选考 of which each belongs to one to three of six groups."""
    rows = [course(f"1{number:04}", 3) for number in range(10)]
    for number in range(30):
        groups = tuple(sorted(dice.sample(NAMES, dice.choice((1, 2, 3)))))
        credits = Decimal(dice.choice(("2", "2.5", "3", "4", "6")))
        rows.append(
            PlanCourse(f"{number}", f"2{number:04}", f"选{number}", credits, Requirement.ELECTIVE, groups=groups)
        )
    groups_ = tuple(Group(name, 2, min_credits=Decimal(7), max_courses=7) for name in NAMES)
    return plan(*rows, floor=75, **({"groups": groups_} | more))  # type: ignore[arg-type]


def ring() -> tuple[Group, ...]:
    """Every group depends on the next one."""
    found = []
    for name, other in zip(NAMES, NAMES[1:] + NAMES[:1], strict=True):
        found.append(Group(name, 1, condition=Condition.CHOSEN, condition_group=other))
        found.append(Group(name, all_courses=True, condition=Condition.NOT_CHOSEN, condition_group=other))
    return tuple(found)


def fought_over(dice: random.Random, wanted: int, of: int) -> tuple[Replacement, ...]:
    """15 顶替组 that share 15 old courses."""
    codes = [f"1{number:04}" for number in range(10)] + [f"2{number:04}" for number in range(30)]
    return tuple(
        Replacement(f"T{number:02}", tuple(dice.sample(OLD, of)), tuple(dice.sample(codes, 2)), wanted)
        for number in range(15)
    )


def cases(dice: random.Random) -> tuple[ExtraCase, ...]:
    """Six 情形组 of four 情形, n of m of a dozen 加考 courses."""
    return tuple(
        ExtraCase(f"组{group}", f"情{case}", "", tuple(f"3{n:04}" for n in dice.sample(range(12), 4)), 2)
        for group, case in product(range(6), range(4))
    )


@pytest.mark.parametrize("share", [0, 0.4, 0.8, 1])
@pytest.mark.parametrize("kind", ["groups", "ring", "one of three", "three of eight", "extras"])
def test_an_entangled_plan_is_answered_at_once(kind: str, share: float) -> None:
    dice = random.Random(f"{kind} {share}")
    extra = tuple(course(f"3{number:04}", 3, requirement=Requirement.EXTRA) for number in range(12))
    of = entangled(dice, **({"groups": ring()} if kind == "ring" else {}))
    if kind in ("one of three", "three of eight"):
        swaps = fought_over(dice, *((1, 3) if kind == "one of three" else (3, 8)))
        of = replace(of, replacements=swaps)
    if kind == "extras":
        of = replace(of, courses=(*of.courses, *extra), extras=cases(dice))
    grades = passed(*(row.code for row in of.courses if dice.random() < share), *OLD, session="2019-10")
    started = time.process_time()
    answer = assess(of, grades, {}, ON)
    assert time.process_time() - started < LONGEST
    dice.shuffle(grades)
    assert assess(of, grades, {}, ON) == answer
    if answer.short:
        named = [item.code or item.options[0][0] for item in answer.missing]
        more_grades = [Grade(code, "", "2026-04", "80") for code in named]
        then = assess(of, [*grades, *more_grades], {}, ON)
        assert then.short is not None
        assert then.short <= answer.short - len(named)
    else:
        assert answer.verdict in (Verdict.MET, Verdict.CHECK) or answer.short is None
