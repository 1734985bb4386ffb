"""How fast `assess` is, beside a bare loop over the same rows.

Run: python tests/bench/bench_eligibility.py [EXAMINEES]. The plan has 23 rows, an elective group that depends on a
language group, practice pairs and 顶替; the examinees are a mixture of complete, one short, and half way.
Goal (issue on 毕业资格): 100,000 examinees in one process at more than 5,000 a second. Compare the ratio, not the rate.
"""

import random
import sys
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.demo.real_plans import real_plans
from app.rules.plans.eligibility import Verdict, assess
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.plan import Exam, Plan, PlanCourse, Replacement, Requirement

ON = date(2026, 11, 20)
BATCH = 10_000


def plan_of_23_rows() -> Plan:
    """汉语言文学 with practice pairs added, up to 23 rows."""
    base = real_plans()[0]
    rows = list(base.courses)
    for number in range(17, 20):
        theory, practice = f"2{number:04}", f"3{number:04}"
        rows.append(PlanCourse(str(number), theory, f"理论{number}", Decimal(3)))
        rows.append(PlanCourse(str(number), practice, f"实践{number}", Decimal(1), exam=Exam.PRACTICE, theory=theory))
    shared = Replacement("共用旧课", ("00341", "00342"), ("07827",), 1)
    assert len(rows) == 23
    return replace(base, courses=tuple(rows), replacements=(*base.replacements, shared))


def examinees(plan: Plan, count: int, dice: random.Random) -> list[tuple[Grade, ...]]:
    """Grades of `count` invented examinees, with second attempts and old courses."""
    codes = [row.code for row in plan.courses if row.requirement is not Requirement.EXTRA]
    old = sorted({code for item in plan.replacements for code in item.old})
    marks = ["60", "72", "85", "91", "良好", "免考"]
    made = []
    for _ in range(count):
        share = dice.choice((1.0, 0.97, 0.9, 0.5))
        rows = [
            Grade(code, "", "2024-10", dice.choice(marks), Origin.NATIONAL) for code in codes if dice.random() < share
        ]
        rows += [Grade(code, "", "2023-04", "55") for code in dice.sample(codes, 3)]
        rows += [Grade(code, "", "2020-04", "66") for code in old if dice.random() < 0.3]
        dice.shuffle(rows)
        made.append(tuple(rows))
    return made


def bare(plan: Plan, grades: tuple[Grade, ...]) -> bool:
    """The least that could be done: is every required code among the passed ones."""
    passed = {grade.course_code for grade in grades if grade.mark != "55"}
    return all(row.code in passed for row in plan.courses if row.requirement is Requirement.REQUIRED)


def main() -> None:
    """Print the rate, the ratio to the bare loop, and what the verdicts were."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    plan = plan_of_23_rows()
    dice = random.Random(20261120)
    verdicts = dict.fromkeys(Verdict, 0)
    bare_time = full_time = 0.0
    done = 0
    while done < count:
        batch = examinees(plan, min(BATCH, count - done), dice)
        started = time.process_time()
        for grades in batch:
            bare(plan, grades)
        between = time.process_time()
        for grades in batch:
            verdicts[assess(plan, grades, {}, ON).verdict] += 1
        bare_time, full_time = bare_time + between - started, full_time + time.process_time() - between
        done += len(batch)
    print(f"{count} examinees, {len(plan.courses)} rows: {count / full_time:,.0f} a second of processor time")
    print(f"ratio to a bare loop over the same rows: {full_time / bare_time:.1f}")
    print("verdicts: " + ", ".join(f"{verdict} {number}" for verdict, number in verdicts.items()))


if __name__ == "__main__":
    main()
