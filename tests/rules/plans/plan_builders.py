"""Small plans and grades, with defaults, for the tests of the rules."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from app.demo.real_plans import real_plans
from app.rules.plans.eligibility import Assessment, Line
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.plan import Plan, PlanCourse, Requirement

ON = date(2026, 11, 20)
NEW_050101, OLD_050101, BUSINESS, COMPUTING = real_plans()


def course(code: str, credits: float = 5, **more: Any) -> PlanCourse:
    """A 必考 row whose 序号 is its code."""
    values: dict[str, Any] = {"number": code, "code": code, "name": f"课程{code}", "credits": Decimal(str(credits))}
    return PlanCourse(**(values | more))


def elective(code: str, group: str, credits: float = 5, **more: Any) -> PlanCourse:
    """A 选考 row of one group."""
    return course(code, credits, requirement=Requirement.ELECTIVE, groups=(group,), **more)


def plan(*courses: PlanCourse, floor: float = 0, **more: Any) -> Plan:
    """A 本科 plan of these rows."""
    values: dict[str, Any] = {
        "major_code": "000001",
        "school_code": "*",
        "version": "1",
        "name": "试验",
        "level": "本科",
        "credit_floor": Decimal(str(floor)),
        "courses": courses,
    }
    return Plan(**(values | more))


def passed(*codes: str, mark: str = "80", session: str = "2025-04", origin: Origin = Origin.NATIONAL) -> list[Grade]:
    """One grade row for each code."""
    return [Grade(code, "", session, mark, origin) for code in codes]


def required_of(of: Plan, *, but: Iterable[str] = ()) -> list[Grade]:
    """All 必考 courses of a plan passed, save some."""
    return passed(*(c.code for c in of.courses if c.requirement is Requirement.REQUIRED and c.code not in set(but)))


def line_of(answer: Assessment, code: str) -> Line:
    """The line of a course."""
    return next(line for line in answer.lines if line.code == code)


def missing_codes(answer: Assessment) -> list[str]:
    """Codes of the missing courses; a choice gives its options."""
    return [code for item in answer.missing for code in ([item.code] if item.code else [c for c, _ in item.options])]
