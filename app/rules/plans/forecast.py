"""毕业预测: next steps in sentences, comparison of two plans, chosen 加考."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.rules.plans.eligibility import Assessment, Line, Missing, NextStep, Verdict, apart
from app.rules.plans.marks import plain_number
from app.rules.plans.plan import CaseGroup, ExtraCase, Plan, extra_case_groups

_NUMBERS = r"[0-9A-Za-z]+(?:\s*[、，,和及]\s*[0-9A-Za-z]+)*"
LISTED = re.compile(rf"(?:须|应|需)?(加考|可不考)(?:课程)?[：:]?\s*({_NUMBERS})(?:\s*课程)?")
"""Courses by number or code alone, in the office's note about a 情形."""
MOST_OPTIONS = 9  # 情形组 per plan


class Step(NamedTuple):
    """One way to a missing course: kind (考试, 实践 …) and sentence."""

    kind: str
    text: str


class Todo(NamedTuple):
    """One missing course or choice.

    For a choice `code` is empty and `needed` of `options` count. `note`: precondition. `used`: passed, and used up by a
    graduation, so that no examination and no report of 缺成绩 helps.
    """

    code: str
    title: str
    why: str
    note: str
    needed: int
    options: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    used: bool = False


_SAID = {
    NextStep.EXAM: "报名参加考试，合格后成绩会登记到这里",
    NextStep.PRACTICE: "向主考学校报考实践环节",
    NextStep.THESIS: "向主考学校申请毕业论文",
    NextStep.EXEMPTION: "已有学历或证书符合免考规定的，可以申请免考",
    NextStep.REPLACEMENT: "你考过可以顶替它的旧课程，可以申请顶替",
}


_KINDS = {NextStep.PRACTICE: "实践环节", NextStep.THESIS: "毕业论文"}


def todos(assessment: Assessment, school: str, phone: str) -> tuple[Todo, ...]:
    """Return all missing courses and choices with next steps and the school's phone."""
    lines = {line.code: line for line in assessment.lines}
    return tuple(_todo(item, lines.get(item.code), school, phone) for item in assessment.missing)


def _todo(item: Missing, line: Line | None, school: str, phone: str) -> Todo:
    where = f"{school}（{phone}）" if phone else school
    first, note = item.next_step, line.note if line else ""
    title = f"{item.code} {item.name}".strip()
    if first is NextStep.EXEMPTION:  # only of what a graduation has used up
        steps = [Step(first, "符合规定的，可以按自考第二专业申请免考"), Step(NextStep.CALL, f"有疑问请联系{where}")]
        return Todo(item.code, title, item.rule, note, item.needed, item.options, tuple(steps), used=True)
    kinds = [first, *(line.also if line else ()), *([NextStep.EXEMPTION] if not line and item.options else ())]
    steps = [Step(kind, _SAID[kind]) for kind in dict.fromkeys(kinds) if kind in _SAID]
    call = "已考过而没有成绩，或有疑问，请联系" if steps else item.text.replace("请联系主考学校", "请联系")
    steps.append(Step(NextStep.CALL, f"{call}{where}"))
    return Todo(item.code, title, item.rule, note, item.needed, item.options, tuple(steps))


def alike(found: Sequence[Todo]) -> tuple[tuple[Todo, ...], ...]:
    """Group courses with the same steps; a choice stays alone."""
    groups: dict[object, tuple[Todo, ...]] = {}
    for todo in found:
        key = todo if todo.options else todo.steps
        groups[key] = (*groups.get(key, ()), todo)
    return tuple(groups.values())


def in_short(assessment: Assessment) -> str:
    """Return the status line: 课程已符合毕业条件, or 还差 1 门、4 学分 (学分 only if short)."""
    if assessment.blocks:
        return assessment.blocks[0].text
    if assessment.verdict is Verdict.MET:
        return "课程已符合毕业条件"
    if assessment.verdict is Verdict.CHECK:
        return "课程已齐，有待核的情况"
    credits = max(Decimal(0), assessment.credits_needed - assessment.credits_earned)
    short = "还差课程" if assessment.short is None else f"还差 {assessment.short} 门"
    return f"{short}、{plain_number(credits)} 学分" if credits else short


def counts_in_words(assessment: Assessment, plan: Plan) -> str:
    """Return one sentence where 课程门数 and what is left to pass differ, with what makes the difference; else ""."""
    short, floor, earned = assessment.short, assessment.courses_needed, assessment.courses_earned
    if not short or floor is None or floor - earned == short:
        return ""
    counts: dict[str, int] = {}
    for item in assessment.missing:
        kind = "加考" if item.rule.startswith("加考") else _KINDS.get(item.next_step, "课程")
        counts[kind] = counts.get(kind, 0) + item.needed
    each = "、".join(f"{kind} {counts[kind]} 门" for kind in ("课程", *_KINDS.values(), "加考") if kind in counts)
    left = f"还差 {floor - earned} 门" if floor > earned else "门数已够"
    return (
        f"按计划的门数已过 {earned} / {floor} 门，{left}{_why_apart(assessment, plan)}；"
        f"逐门计算还要通过 {short} 门" + (f"：{each}。" if sum(counts.values()) == short else "。")
    )


def _why_apart(assessment: Assessment, plan: Plan) -> str:
    found = apart(plan, assessment)
    said = [
        "理论课和它的实践合为一门" if found.paired else "",
        "同一序号的课程只算一门" if found.shared else "",
        f"{'、'.join(found.left_out)}不计" if found.left_out else "",
        "门数是最低要求，计划要求的课程都要合格" if found.beyond else "",
    ]
    words = "，".join(filter(None, said))
    return f"（{words}）" if words else ""


def case_in_words(case: ExtraCase, plan: Plan) -> str:
    """Return a 情形 with the names of its courses, for whoever chooses it."""
    names = {row.code: row.name for row in plan.courses}

    def listed(codes: Sequence[str]) -> str:
        return "、".join(f"{code} {names.get(code, '')}".strip() for code in codes)

    said = [_note(case, plan)]
    if case.courses:
        few = case.min_courses is not None and case.min_courses < len(case.courses)
        floors = [f"{case.min_courses} 门" if few else "", f"{case.min_credits} 学分" if case.min_credits else ""]
        least = "、".join(filter(None, floors))
        said.append(f"从下列课程中加考不少于 {least}：" if least else "须加考：")
        said[-1] += listed(case.courses)
    if case.exempted:
        said.append(f"可不考：{listed(case.exempted)}")
    return "；".join(filter(None, said))


def _note(case: ExtraCase, plan: Plan) -> str:
    """Return the office's note without what only repeats the courses of the 情形 by number."""
    numbers: dict[str, set[str]] = {}
    for row in plan.courses:
        numbers.setdefault(row.number.lstrip("0"), set()).add(row.code)
    listed = {"加考": set(case.courses), "可不考": set(case.exempted)}

    def without(found: re.Match[str]) -> str:
        own = listed[found[1]]
        named = re.findall("[0-9A-Za-z]+", found[2])
        return "" if all(each in own or numbers.get(each.lstrip("0"), set()) & own for each in named) else found[0]

    left = LISTED.sub(without, case.note)
    return left if left == case.note else "，".join(filter(None, map(str.strip, re.split("[，；,;。]", left))))


def standing(status: str, until: date | None, on: date) -> str:
    """Return a sentence if the 考籍状态 prevents graduation on this day, else ""."""
    if status == "在籍" or (status in ("停考", "推迟毕业") and until is not None and on >= until):
        return ""
    ends = f"，到 {until} 为止" if until and status in ("停考", "推迟毕业") else ""
    return f"你的考籍状态是“{status}”{ends}，现在不能办理毕业。有疑问请联系考办。"


def option_fields(plan: Plan, prefix: str = "extra_option_") -> list[tuple[str, CaseGroup]]:
    """Return field name and 情形组, in plan order: extra_option_1, extra_option_2, …"""
    return [(f"{prefix}{i}", group) for i, group in enumerate(extra_case_groups(plan), start=1)]


def picked(plan: Plan, values: Mapping[str, str], prefix: str = "extra_option_") -> dict[str, str]:
    """Return the chosen 情形 by 情形组, for `assess`; choices not in the plan are ignored."""
    found = {}
    for name, group in option_fields(plan, prefix):
        if values.get(name, "") in {case.name for case in group.cases}:
            found[group.name] = values[name]
    return found


class Pair(NamedTuple):
    """One course in two plans; None where absent."""

    code: str
    name: str
    left: Line | None
    right: Line | None


def side_by_side(left: Assessment, right: Assessment) -> tuple[Pair, ...]:
    """Return all courses, in the order of `left`, then `right`."""
    first = {line.code: line for line in left.lines}
    second = {line.code: line for line in right.lines}
    return tuple(
        Pair(code, (first.get(code) or second[code]).name, first.get(code), second.get(code))
        for code in dict.fromkeys([*first, *second])
    )
