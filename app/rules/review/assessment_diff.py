"""Changes between a frozen assessment and the current one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.rules.plans.eligibility import Assessment, Line, Other, Used


class Change(NamedTuple):
    """One difference: label, text then, text now (空 for nothing)."""

    label: str
    before: str
    after: str


def changes(frozen: Assessment | None, live: Assessment | None) -> tuple[Change, ...]:
    """Return the differences: verdict and totals, then courses, then grades outside the plan.

    Courses of two different plans are not compared.
    """
    if frozen is None or live is None:
        return ()
    if frozen.plan_key != live.plan_key:
        return (Change("专业计划", f"{frozen.plan_name} {frozen.plan_key}", f"{live.plan_name} {live.plan_key}"),)
    pairs = [
        ("结论", str(frozen.verdict), str(live.verdict)),
        ("学分", f"{frozen.credits_earned}", f"{live.credits_earned}"),
        ("课程门数", f"{frozen.courses_earned}", f"{live.courses_earned}"),
        ("考籍", _verdict_words(frozen), _verdict_words(live)),
        *_lines(frozen, live),
        *_others(frozen.others, live.others),
    ]
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def _verdict_words(assessment: Assessment) -> str:
    return "；".join(block.text for block in assessment.blocks)


def _lines(frozen: Assessment, live: Assessment) -> list[tuple[str, str, str]]:
    before = {line.code: line for line in frozen.lines}
    after = {line.code: line for line in live.lines}
    return [
        (f"{code} {(before.get(code) or after[code]).name}", _line(before.get(code)), _line(after.get(code)))
        for code in dict.fromkeys([*before, *after])
    ]


def _line(line: Line | None) -> str:
    return "" if line is None else f"{line.state} {_grades(line.grades)}".strip()


def _others(before: Iterable[Other], after: Iterable[Other]) -> list[tuple[str, str, str]]:
    old, new = _by_course(before), _by_course(after)
    return [
        (f"{_named(code, old, new)}（未列入计划）", _grades(old.get(code, ())), _grades(new.get(code, ())))
        for code in dict.fromkeys([*old, *new])
    ]


def _named(code: str, *sides: dict[str, tuple[Used, ...]]) -> str:
    name = next(side[code][0].name for side in sides if code in side)
    return f"{code} {name}".strip()


def _by_course(others: Iterable[Other]) -> dict[str, tuple[Used, ...]]:
    found: dict[str, tuple[Used, ...]] = {}
    for other in others:
        found[other.grade.code] = (*found.get(other.grade.code, ()), other.grade)
    return found


def _grades(grades: Iterable[Used]) -> str:
    return "、".join(f"{grade.shown}（{grade.session} {grade.origin}）" for grade in grades)
