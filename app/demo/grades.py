"""Grades as on record: exam sessions in order, some failures, practice and thesis in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

from app.rules.plans.plan import Exam, Plan, PlanCourse, Requirement

ELECTIVES = {
    ("050101", "2024"): ("13000", "03954", "07827", "10398"),
    ("050101", "2018"): ("00015", "00341", "00812"),
}
"""Electives that meet the plan."""

WORDS = ("优秀", "良好", "良好", "中等", "合格")


def sessions(first: date, last: str) -> list[str]:
    """Return every 考次 (April and October) after `first` up to `last`."""
    found = [f"{year}-{month}" for year in range(first.year, int(last[:4]) + 1) for month in ("04", "10")]
    return [session for session in found if f"{first:%Y-%m}" < session <= last]


def latest(on: date) -> str:
    """Return the last 考次 with results, which take a month."""
    if on.month >= 11:
        return f"{on.year}-10"
    return f"{on.year}-04" if on.month >= 5 else f"{on.year - 1}-10"


def wanted(plan: Plan, extra: Sequence[str] = ()) -> list[PlanCourse]:
    """Return the courses of a graduate; `extra`: codes of 加考 courses."""
    chosen = (*ELECTIVES.get((plan.major_code, plan.version), ()), *extra)
    return [row for row in plan.courses if row.requirement is Requirement.REQUIRED or row.code in chosen]


def grades(
    rng: Random,
    plan: Plan,
    spans: list[str],
    *,
    missing: Sequence[str] = (),
    extra: Sequence[str] = (),
    keep: float = 1.0,
) -> list[dict[str, Any]]:
    """Return score rows without the ticket. `keep`: share of courses passed.

    The thesis is last; the last exam session has a grade.
    """
    courses = [row for row in wanted(plan, extra) if row.code not in missing]
    courses.sort(key=lambda row: row.exam is Exam.THESIS)
    courses = courses[: max(1, round(len(courses) * keep))]
    rows: list[dict[str, Any]] = []
    for index, course in enumerate(courses):
        at = min(len(spans) - 1, index * len(spans) // len(courses))
        if index == len(courses) - 1:
            at = len(spans) - 1
        if at > 0 and course.exam is Exam.WRITTEN and rng.random() < 0.15:
            rows.append(_row(course, spans[at - 1], rng.choice(("--", str(rng.randint(32, 59)))), "统考"))
        rows.append(_passed(rng, course, spans[at]))
    return rows


def _passed(rng: Random, course: PlanCourse, session: str) -> dict[str, Any]:
    if course.exam is not Exam.WRITTEN:
        return _row(course, session, rng.choice(WORDS), "实践")
    if course.name.startswith("英语") and rng.random() < 0.12:
        return _row(course, session, "免考", "免考")
    return _row(course, session, str(min(98, int(rng.triangular(60, 95, 70)))), "统考")


def _row(course: PlanCourse, session: str, mark: str, origin: str) -> dict[str, Any]:
    return {"course_code": course.code, "course_name": course.name, "session": session, "mark": mark, "origin": origin}
