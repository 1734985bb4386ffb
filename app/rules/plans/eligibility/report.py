"""Rendering of the outcome as an Assessment."""

from datetime import date
from decimal import Decimal

from app.rules.plans.eligibility.compiled_plan import Compiled, Variant, bits
from app.rules.plans.eligibility.model import Assessment, Line, NextStep, Other, Reason, State, Used, Verdict
from app.rules.plans.eligibility.outcome import STEP_OF, Found, missing_note, rule_of
from app.rules.plans.eligibility.record import Graded, Record
from app.rules.plans.eligibility.summary import Summary, spent_note, summary, without_spent
from app.rules.plans.marks import Origin
from app.rules.plans.plan import Exam, PlanCourse, unique

# number, code, name, credits, requirement, exam, rule
Head = tuple[str, str, str, Decimal, str, str, str]
_NOTHING: tuple[Used, ...] = ()
_KEPT_LINES = 50_000


def report(
    form: Compiled,
    record: Record,
    found: Found,
    on: date,
    verdict: Verdict,
    blocks: list[Reason],
    checks: list[Reason],
) -> Assessment:
    """Build the Assessment; decides nothing."""
    plan = form.plan
    said = without_spent(record, summary(form, found))
    return Assessment(
        plan_key=plan.key,
        plan_name=plan.name,
        level=plan.level,
        on=on,
        verdict=verdict,
        short=found.short,
        credits_earned=said.credits,
        credits_needed=plan.credit_floor,
        courses_earned=said.courses,
        courses_needed=plan.course_floor,
        lines=_lines(form, record, found, said),
        groups=said.groups,
        missing=said.missing,
        cases=found.cases,
        others=_others(form, record, found, on),
        blocks=tuple(blocks),
        reasons=(*blocks, *said.reasons, *checks),
    )


def _heads(form: Compiled, made: Variant) -> list[tuple[int, int, PlanCourse, Head]]:
    """Return the parts of lines independent of the examinee, cached."""
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
    """Return a grade row for display; the plan's name if it has none."""
    grade = item.grade
    name = grade.course_name or form.names.get(grade.course_code, "")
    return Used(grade.course_code, name, grade.session, str(grade.origin), item.grade.mark)


def _lines(form: Compiled, record: Record, found: Found, said: Summary) -> tuple[Line, ...]:
    """Return one line per row in play. Lines of passed courses are cached by grade."""
    made, best, won, counted = found.variant, record.best, found.swap.won, said.counted
    kept, chosen = made.lines, found.solution.selection
    lines = []
    for place, bit, row, head in _heads(form, made):
        if not found.passed & bit:
            lines.append(_open_line(form, record, found, place, head, said.options))
        elif won & bit:
            lines.append(_passed_line(form, found, head, bit, None, bool(counted & bit)))
        else:
            item = best[row.code]
            grade = item.grade
            key = (bit, counted & bit, chosen & bit, grade.session, grade.mark, grade.origin, grade.course_name)
            line = kept.get(key)
            if line is None:
                if len(kept) >= _KEPT_LINES:
                    kept.clear()
                line = kept[key] = _passed_line(form, found, head, bit, item, bool(counted & bit))
            lines.append(line)
    ending = _endings(form, made)
    if ending:
        lines = [_ends(line, ending[line.code]) if line.code in ending else line for line in lines]
    return tuple(lines)


def _endings(form: Compiled, made: Variant) -> dict[str, date]:
    """Return courses that leave the plan later without continuing in another row."""
    known: dict[str, date] | None = made.memo.get("endings")
    if known is None:
        later = {(row.code, row.starts_on) for row in form.plan.courses}
        rows = (form.rows[place] for place in bits(made.in_play))
        known = made.memo["endings"] = {
            row.code: row.ends_on for row in rows if row.ends_on is not None and (row.code, row.ends_on) not in later
        }
    return known


def _ends(line: Line, day: date) -> Line:
    """Add an announced 停用日期 to the line: pass and apply before it."""
    if line.state in (State.UNUSED, State.RELEASED):
        return line
    passed = not line.open and line.state is not State.CHOICE
    words = f"{day} 起停用，" + ("在此之后提交的申请不再计入" if passed else "须在此之前合格并提交申请")
    return line._replace(note=f"{line.note}；{words}" if line.note else words)


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
    return Line(*head, state, counted and bool(found.variant.in_total & bit), sources, note)


def _state_of(item: Graded) -> State:
    if item.mark.exempt or item.grade.origin == Origin.EXEMPTION:
        return State.EXEMPT
    return State.REPLACED if item.grade.origin == Origin.REPLACEMENT else State.PASSED


def _open_line(form: Compiled, record: Record, found: Found, place: int, head: Head, options: frozenset[str]) -> Line:
    row, made, bit = form.rows[place], found.variant, 1 << place
    attempt = record.best.get(row.code)
    spent = record.spent(row.code)
    if spent and not found.waived & bit:
        return _spent_line(form, record, found, bit, head, options)
    if attempt is not None and attempt.mark.passed and not found.absent & bit and not spent:
        applied = next(a for a in found.swap.used if any(s.grade.course_code == row.code for s in a.sources))
        return Line(*head, State.LEFT_OUT, False, (used(attempt, form),), f"已用于顶替（{applied.act.name}）")
    tried = (used(attempt, form),) if attempt is not None else _NOTHING
    if found.waived & bit:
        same = record.named(row.name, form, found.swap.taken)[0]
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
    base, old = also_steps(form, made, place)
    also = (*base, NextStep.REPLACEMENT) if any(code in record.best for code in old) else base
    return Line(*head, state, False, tried, missing_note(form, found, place), STEP_OF[row.exam], also)


def _spent_line(form: Compiled, record: Record, found: Found, bit: int, head: Head, options: frozenset[str]) -> Line:
    """Return the line of a passed course that another graduation has used up."""
    code = head[1]
    grades, note = (used(record.best[code], form),), spent_note(record, code)
    if found.variant.released & bit:
        return Line(*head, State.RELEASED, False, grades, "所选情形可不考")
    if found.absent & bit:
        return Line(*head, State.ABSENT, False, grades, note, NextStep.EXEMPTION, (NextStep.CALL,))
    state = State.CHOICE if code in options else State.UNUSED
    return Line(*head, state, False, grades, note, NextStep.EXEMPTION if state is State.CHOICE else None)


def also_steps(form: Compiled, made: Variant, place: int) -> tuple[tuple[NextStep, ...], tuple[str, ...]]:
    """Return other ways to a missing course, and old codes for 申请顶替."""
    key = ("also", place)
    known: tuple[tuple[NextStep, ...], tuple[str, ...]] | None = made.memo.get(key)
    if known is None:
        written = form.rows[place].exam is Exam.WRITTEN
        steps = (NextStep.EXEMPTION, NextStep.CALL) if written else (NextStep.CALL,)
        old = unique(code for act in form.acts if act.new >> place & 1 for code in act.old)
        known = made.memo[key] = (steps, old)
    return known


def _others(form: Compiled, record: Record, found: Found, on: date) -> tuple[Other, ...]:
    """Return the grade rows of courses without a line, so that all office data is shown."""
    sources = {source.grade.course_code for applied in found.swap.used for source in applied.sources}
    in_play, index = found.variant.in_play, form.index
    apart = {
        code for code in record.best if (code not in index or not in_play >> index[code] & 1) and code not in sources
    }
    if not apart:
        return ()
    rows = [grade for grade in record.rows if grade.course_code in apart]
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
        if record.spent(grade.course_code):
            note = spent_note(record, grade.course_code)
        elif grade.course_code in index:
            note = "加考课程，所选情形不需要"
        elif grade.course_code in names:
            note = _out_of_use(form, grade.course_code, on)
        else:
            note = "可用于顶替，本次未使用" if grade.course_code in old else "未列入计划"
        shown.append(Other(item, note))
    return tuple(shown)


def _out_of_use(form: Compiled, code: str, on: date) -> str:
    """Return why a course of the plan has no line on this day."""
    rows = [row for row in form.plan.courses if row.code == code]
    ended = max((row.ends_on for row in rows if row.ends_on is not None and row.ends_on <= on), default=None)
    if ended is not None:
        return f"该课程已于 {ended} 停用，不再计入本计划"
    begins = min((row.starts_on for row in rows if row.starts_on is not None), default=None)
    return f"该课程自 {begins} 起才列入本计划"
