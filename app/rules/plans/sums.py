"""Arithmetic checks: whether a plan's floors are reachable and match the smallest legal choice.

Uses the engine with every course passed.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.rules.plans.cells import Row
from app.rules.plans.eligibility import assess
from app.rules.plans.marks import Grade
from app.rules.plans.plan import Condition, Group, Plan, PlanCourse, Requirement, extra_case_groups

_LARGEST = Decimal(20)


def check_sums(plan: Plan, row: Row) -> None:
    """Record unreachable floors (error), inconsistent sums (warning)."""
    timeless = _without_dates(plan)
    grades = [Grade(course.code, course.name, "2000-01", "60") for course in timeless.courses]
    loose = replace(timeless, credit_floor=Decimal(0), course_floor=None)
    first = {group.name: group.cases[0].name for group in extra_case_groups(plan)}
    choices = [first | {group.name: case.name} for group in extra_case_groups(plan) for case in group.cases] or [first]
    for choice in choices:
        case = "、".join(choice.values())
        where = f"（加考情形 {case}）" if case else ""
        best = assess(loose, grades, choice, date.max)
        if best.short != 0:
            row.error("专业代码", f"课程组的要求互相矛盾，全部课程合格也无法满足{where}")
        elif best.credits_earned < plan.credit_floor:
            row.error("总学分下限", f"全部课程最多 {best.credits_earned} 学分，达不到总学分下限{where}")
        elif assess(timeless, grades, choice, date.max).short != 0:
            reach = best.courses_earned
            row.error("课程门数下限", f"全部课程最多计 {reach} 门，达不到课程门数下限{where}")
        else:
            released = {code for case in plan.extras if choice[case.group] == case.name for code in case.exempted}
            without = [grade for grade in grades if grade.course_code not in released]
            if assess(timeless, without, choice, date.max).short != 0:
                row.warn("总学分下限", f"不考可不考课程时达不到学分或门数下限{where}，请核对是否应计入总学分")
            continue
        return
    least = smallest_legal(timeless)
    if least is not None and least != plan.credit_floor:
        row.warn("总学分下限", f"必考与最少选考合计 {least} 学分，与总学分下限 {plan.credit_floor} 不一致，请核对")


def check_roughly(plan: Plan, row: Row, unknown: int) -> None:
    """Check floors of a plan with other faults: errors only if no repair could reach them.

    unknown: rows with unreadable 学分, each counted as `_LARGEST`.
    """
    rows = [c for c in _without_dates(plan).courses if c.requirement is not Requirement.EXTRA]
    if not rows or any(case.in_total for case in plan.extras):
        return
    total = sum((course.credits for course in rows), Decimal(0))
    if total + unknown * _LARGEST < plan.credit_floor:
        row.error("总学分下限", f"全部课程最多 {total} 学分，达不到总学分下限")
    if plan.course_floor is not None and len(rows) < plan.course_floor:
        row.error("课程门数下限", f"全部课程最多计 {len(rows)} 门，达不到课程门数下限")


def _without_dates(plan: Plan) -> Plan:
    """Return the plan with the last row of each course, without dates."""
    rows = {course.code: replace(course, starts_on=None, ends_on=None) for course in plan.courses}
    return replace(plan, courses=tuple(rows.values()))


def smallest_legal(plan: Plan) -> Decimal | None:
    """Return 必考 credits plus the groups' minimum; None where groups overlap."""
    electives = [course for course in plan.courses if course.requirement is Requirement.ELECTIVE]
    if any(len(course.groups) != 1 for course in electives):
        return None
    required = sum((c.credits for c in plan.courses if c.requirement is Requirement.REQUIRED), Decimal(0))
    conditional = sorted({group.condition_group for group in plan.groups if group.condition_group})
    names = sorted({group.name for group in plan.groups})
    best: Decimal | None = None
    for pattern in range(1 << len(conditional)):
        chosen = {name for place, name in enumerate(conditional) if pattern >> place & 1}
        total = required
        for name in names:
            members = [course for course in electives if name in course.groups]
            least = _least(members, [g for g in plan.groups if g.name == name and _applies(g, chosen)], name in chosen)
            if least is None or (name in conditional and name not in chosen and least > 0):
                break
            total += least
        else:
            best = total if best is None else min(best, total)
    return best


def _applies(group: Group, chosen: set[str]) -> bool:
    if group.condition is Condition.ALWAYS:
        return True
    return (group.condition_group in chosen) is (group.condition is Condition.CHOSEN)


def _least(members: list[PlanCourse], rules: list[Group], some: bool) -> Decimal | None:
    """Return the smallest credits that meet these rules, or None."""
    if any(rule.all_courses for rule in rules):
        return sum((course.credits for course in members), Decimal(0))
    courses = max([rule.min_courses or 0 for rule in rules], default=0)
    courses = max(courses, int(some))
    credits = max([rule.min_credits or Decimal(0) for rule in rules], default=Decimal(0))
    reached = {(0, Decimal(0))}
    for course in _as_courses(members):
        reached |= {(min(count + 1, courses), total + course) for count, total in reached}
    return min((total for count, total in reached if count >= courses and total >= credits), default=None)


def _as_courses(members: list[PlanCourse]) -> list[Decimal]:
    """Return credits per course, practice added to its theory."""
    own = {course.code: course.credits for course in members if course.theory is None}
    for course in members:
        if course.theory is not None:
            key = course.theory if course.theory in own else course.code
            own[key] = own.get(key, Decimal(0)) + course.credits
    return list(own.values())
