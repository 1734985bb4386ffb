"""From what was found to what is said: lines, groups, missing courses, totals and reasons."""

from datetime import date
from decimal import Decimal

from app.rules.eligibility.compile import SCALE, Compiled, Variant, bits
from app.rules.eligibility.found import STEP_OF, Found, missing_note, rule_of
from app.rules.eligibility.groups import earn, places_in
from app.rules.eligibility.model import (
    Assessment,
    GroupResult,
    Line,
    Missing,
    NextStep,
    Other,
    Reason,
    State,
    Used,
    Verdict,
)
from app.rules.eligibility.record import Graded, Record
from app.rules.eligibility.report_groups import group_results
from app.rules.eligibility.report_missing import missing_items
from app.rules.marks import Origin, course_name_key
from app.rules.plans import Exam, PlanCourse, credit

# number, code, name, credits, requirement, exam, rule
Head = tuple[str, str, str, Decimal, str, str, str]
_NOTHING: tuple[Used, ...] = ()


def report(
    form: Compiled,
    record: Record,
    found: Found,
    on: date,
    verdict: Verdict,
    blocks: list[Reason],
    checks: list[Reason],
) -> Assessment:
    """The whole answer; nothing is decided here any more."""
    plan, made, counted = form.plan, found.variant, found.counted
    way = found.way
    if way is None:
        earned = sum(made.credit_of[i] for i in bits(counted))
    else:
        earned = earn(made, way.limits, counted, 0, [0] * len(made.pools))
    courses = places_in(made, counted)
    missing = missing_items(form, found) if found.short != 0 else ()
    groups = _groups(form, found, counted)
    lines = _lines(form, record, found, counted, {code for item in missing for code, _ in item.options})
    credits = credit(Decimal(earned) / SCALE)
    return Assessment(
        plan_key=plan.key,
        plan_name=plan.name,
        level=plan.level,
        on=on,
        verdict=verdict,
        short=found.short,
        credits_earned=credits,
        credits_needed=plan.credit_floor,
        courses_earned=courses,
        courses_needed=plan.course_floor,
        lines=lines,
        groups=groups,
        missing=missing,
        cases=found.cases,
        others=_others(form, record, found),
        blocks=tuple(blocks),
        reasons=_reasons(form, found, missing, blocks, checks, credits, courses),
    )


def _groups(form: Compiled, found: Found, counted: int) -> tuple[GroupResult, ...]:
    """Group results depend on the group rows alone, so they are kept with the variant."""
    made = found.variant
    if not made.pools:
        return ()
    inside = 0
    for pool in made.pools:
        inside |= pool.rows
    settled = (found.passed | found.waived) & inside
    key = ("groups", counted & inside, settled, found.solution.chosen)
    known: tuple[GroupResult, ...] | None = made.memo.get(key)
    if known is None:
        known = made.memo[key] = group_results(made, found.solution.chosen, counted, settled)
    return known


def _heads(form: Compiled, made: Variant) -> list[tuple[int, int, PlanCourse, Head]]:
    """What a line says whoever the examinee is, per row in play."""
    known: list[tuple[int, int, PlanCourse, Head]] | None = made.memo.get("heads")
    if known is None:
        known = made.memo["heads"] = []
        for place in bits(made.in_play):
            row = form.rows[place]
            known.append(
                (
                    place,
                    1 << place,
                    row,
                    (
                        row.number,
                        row.code,
                        row.name,
                        row.credits,
                        str(row.requirement),
                        str(row.exam),
                        rule_of(form, made, place),
                    ),
                )
            )
    return known


def used(item: Graded, form: Compiled) -> Used:
    """A grade row as it is shown; a row without a course name takes the plan's."""
    grade = item.grade
    name = grade.course_name or form.names.get(grade.course_code, "")
    return Used(grade.course_code, name, grade.session, str(grade.origin), item.grade.mark)


def _lines(form: Compiled, record: Record, found: Found, counted: int, options: set[str]) -> tuple[Line, ...]:
    made, best = found.variant, record.best
    lines = []
    for place, bit, row, head in _heads(form, made):
        if found.passed & bit:
            item = None if found.swap.won & bit else best[row.code]
            lines.append(_passed_line(form, found, head, bit, item, bool(counted & bit)))
        else:
            lines.append(_open_line(form, record, found, place, head, options))
    return tuple(lines)


def _passed_line(form: Compiled, found: Found, head: Head, bit: int, item: Graded | None, counted: bool) -> Line:
    if item is None:
        applied = next(a for a in found.swap.used if a.rows & bit)
        sources = tuple(used(source, form) for source in applied.sources)
        state, note = State.REPLACED, f"由 {'、'.join(s.code for s in sources)} 顶替（{applied.act.name}）"
    else:
        sources, note = (used(item, form),), ""
        state = _state_of(item)
    if not counted and found.variant.in_play & bit:
        if found.solution.selection & bit or found.variant.forced & bit:
            note = "对应理论课合格后才计入" if not note else note + "；对应理论课合格后才计入"
        else:
            state, note = State.LEFT_OUT, "已合格，按所采用的选课方案不计入"
    return Line(*head, state, counted, sources, note)


def _state_of(item: Graded) -> State:
    if item.mark.exempt or item.grade.origin == Origin.EXEMPTION:
        return State.EXEMPT
    return State.REPLACED if item.grade.origin == Origin.REPLACEMENT else State.PASSED


def _open_line(form: Compiled, record: Record, found: Found, place: int, head: Head, options: set[str]) -> Line:
    row, made, bit = form.rows[place], found.variant, 1 << place
    attempt = record.best.get(row.code)
    if attempt is not None and attempt.mark.passed:
        applied = next(a for a in found.swap.used if any(s.grade.course_code == row.code for s in a.sources))
        return Line(*head, State.LEFT_OUT, False, (used(attempt, form),), f"已用于顶替（{applied.act.name}）")
    tried = (used(attempt, form),) if attempt is not None else _NOTHING
    if found.waived & bit:
        same = record.by_name(form)[course_name_key(row.name)]
        return Line(
            *head, State.WAIVED, False, (used(same, form),), f"已有同名课程 {same.grade.course_code} 合格成绩，不再加考"
        )
    if made.released & bit:
        return Line(*head, State.RELEASED, False, tried, "所选情形可不考")
    if not found.absent & bit:
        state = State.CHOICE if row.code in options else State.UNUSED
        step = STEP_OF[row.exam] if state is State.CHOICE else None
        return Line(*head, state, False, tried, "", step)
    state = State.FAILED if tried else State.ABSENT
    also = also_steps(form, record, place)
    return Line(*head, state, False, tried, missing_note(form, found, place), STEP_OF[row.exam], also)


def also_steps(form: Compiled, record: Record, place: int) -> tuple[NextStep, ...]:
    """Other ways to a missing course: 免考 of a written one, 顶替 where an old course of it was passed, a call."""
    row, found = form.rows[place], []
    if row.exam is Exam.WRITTEN:
        found.append(NextStep.EXEMPTION)
    if any(act.new >> place & 1 and any(code in record.best for code in act.old) for act in form.acts):
        found.append(NextStep.REPLACEMENT)
    found.append(NextStep.CALL)
    return tuple(found)


def _others(form: Compiled, record: Record, found: Found) -> tuple[Other, ...]:
    """Grade rows of courses that have no line here, so that nothing the office holds is lost from sight."""
    sources = {source.grade.course_code for applied in found.swap.used for source in applied.sources}
    in_play = found.variant.in_play
    index = form.index
    rows = []
    for grade in record.rows:
        place = index.get(grade.course_code)
        if (place is None or not in_play >> place & 1) and grade.course_code not in sources:
            rows.append(grade)
    if not rows:
        return ()
    old = {code for act in form.acts for code in act.old}
    rows.sort(key=lambda g: (g.course_code, g.session, g.origin, g.mark, g.course_name))
    names = form.names
    shown = []
    for grade in rows:
        item = Used(
            grade.course_code,
            grade.course_name or names.get(grade.course_code, ""),
            grade.session,
            str(grade.origin),
            grade.mark,
        )
        if grade.course_code in index:
            note = "加考课程，所选情形不需要"
        elif grade.course_code in names:
            note = "该课程目前不在本计划中（停用或尚未启用）"
        else:
            note = "可用于顶替，本次未使用" if grade.course_code in old else "未列入计划"
        shown.append(Other(item, note))
    return tuple(shown)


def _reasons(
    form: Compiled,
    found: Found,
    missing: tuple[Missing, ...],
    blocks: list[Reason],
    checks: list[Reason],
    credits: Decimal,
    courses: int,
) -> tuple[Reason, ...]:
    plan = form.plan
    codes = {NextStep.PRACTICE: "R03", NextStep.THESIS: "R04"}
    reasons = list(blocks)
    extra = {form.rows[place].code for place in bits(found.variant.extra_rows)}
    for item in missing:
        is_extra = item.code in extra or item.rule.startswith("加考")
        reasons.append(Reason("R05" if is_extra else codes.get(item.next_step, "R01"), item.text))
    if credits < plan.credit_floor:
        reasons.append(Reason("R02", f"总学分不足，已修 {credits}，要求不少于 {plan.credit_floor}"))
    if plan.course_floor is not None and courses < plan.course_floor:
        reasons.append(Reason("R02", f"课程门数不足，已过 {courses} 门，要求不少于 {plan.course_floor} 门"))
    return (*reasons, *checks)
