"""Missing items: one per course, or per choice among several; and why they are not as many as 课程门数 still lacks."""

from collections.abc import Iterator
from typing import NamedTuple

from app.rules.plans.eligibility.choose import solve
from app.rules.plans.eligibility.compile import choices, compiled, variant
from app.rules.plans.eligibility.compiled_plan import Atom, Compiled, Variant, bits
from app.rules.plans.eligibility.groups import places_in
from app.rules.plans.eligibility.model import Assessment, Missing, NextStep, State
from app.rules.plans.eligibility.outcome import STEP_OF, Found, missing_note, rule_of
from app.rules.plans.plan import Exam, Plan

_KINDS = {Exam.THESIS: "毕业论文", Exam.PRACTICE: "实践环节"}


def missing_items(form: Compiled, found: Found) -> tuple[Missing, ...]:
    """Return required courses, choices, theses; one entry if the plan cannot be completed."""
    required = sorted(bits(found.absent), key=lambda place: form.rows[place].exam is Exam.THESIS)
    items = [_single(form, found, place) for place in required]
    theses = [item for item in items if item.next_step is NextStep.THESIS]
    items = [item for item in items if item.next_step is not NextStep.THESIS]
    if found.solution.short is None:
        text = "本计划的学分、门数或课程组要求靠所列课程无法达到，请联系主考学校"
        items.append(Missing("", "计划要求无法达到", 1, (), "总学分、课程门数与课程组", NextStep.CALL, text))
    elif found.solution.short:
        items.extend(_choices(form, found))
    return (*items, *theses)


def _single(form: Compiled, found: Found, place: int) -> Missing:
    note = missing_note(form, found, place)
    kept = found.variant.memo
    key = ("missing", place, note)
    known: Missing | None = kept.get(key)
    if known is None:
        known = kept[key] = _worded(form, found, place, note)
    return known


def _worded(form: Compiled, found: Found, place: int, note: str) -> Missing:
    row, rule = form.rows[place], rule_of(form, found.variant, place)
    text = f"课程 {row.code} {row.name} 未取得合格成绩（{rule}）" + (f"；{note}" if note else "")
    return Missing(row.code, row.name, 1, (), rule, STEP_OF[row.exam], text)


def _choices(form: Compiled, found: Found) -> list[Missing]:
    """Return the optional courses that help, by group where the groups are disjoint."""
    made, short = found.variant, found.solution.short or 0
    have = found.passed | found.waived
    candidates = made.in_play & ~made.forced & ~have & ~found.swap.given
    options = list(bits(found.solution.selection & candidates) if found.solution.rough else _helpful(found, candidates))
    if len(options) == short:
        return [_single(form, found, place) for place in options]
    suggested = [place for place in bits(found.solution.selection & candidates) if place in options]
    parts: dict[tuple[str, ...], list[int]] = {}
    for place in options:
        parts.setdefault(_groups(form, found, place), []).append(place)
    wanted = {key: sum(_groups(form, found, place) == key for place in suggested) for key in parts}
    if not all(wanted.values()) or sum(wanted.values()) != short:
        return [_choice(form, found, options, short, tuple(sorted({name for key in parts for name in key})))]
    found_items: list[Missing] = []
    for key, places in parts.items():
        if len(places) == wanted[key]:
            found_items.extend(_single(form, found, place) for place in places)
        else:
            found_items.append(_choice(form, found, places, wanted[key], key))
    return found_items


def _helpful(found: Found, candidates: int) -> Iterator[int]:
    """Yield the courses that each reduce the shortage by one."""
    short = found.solution.short or 0
    helps: dict[object, bool] = {}
    for place in bits(candidates):
        alike = _alike(found, place)
        if alike not in helps:
            after = solve(found.variant, found.passed | 1 << place, found.waived, found.swap.given)
            helps[alike] = after.short == short - 1
        if helps[alike]:
            yield place


def _alike(found: Found, place: int) -> object:
    """Return an equal key for rows that help equally: alone at their place, same groups and credits."""
    made, bit = found.variant, 1 << place
    alone = any(len(atoms) == 1 and atoms[0].rows == bit and atoms[0].counted for atoms in made.places)
    if not alone:
        return place
    return made.credit_of[place], made.own_credit[place], tuple(bool(pool.rows & bit) for pool in made.pools)


def _groups(form: Compiled, found: Found, place: int) -> tuple[str, ...]:
    bit = 1 << place
    return tuple(pool.name for pool in found.variant.pools if pool.rows & bit) or form.rows[place].groups


def _choice(form: Compiled, found: Found, places: list[int], count: int, groups: tuple[str, ...]) -> Missing:
    rows = [form.rows[place] for place in places]
    pairs = tuple((row.code, row.name) for row in rows)
    steps = {STEP_OF[row.exam] for row in rows}
    step = steps.pop() if len(steps) == 1 else NextStep.EXAM
    name = "、".join(groups) or "选考课程"
    extra = all(found.variant.extra_rows >> place & 1 for place in places)
    rule = name if extra else f"选考课程组：{name}"
    listed = "、".join(f"{code} {title}" for code, title in pairs)
    return Missing("", name, count, pairs, rule, step, f"{name} 还需 {count} 门，可从 {listed} 中选择")


class Apart(NamedTuple):
    """What holds of the missing courses only.

    left_out: those that 门数 never counts, by kind or name; paired: theory and practice are both missing and count as one;
    shared: of one 序号, which counts as one; beyond: more of them are asked for than the 门数 still lacks.
    """

    left_out: tuple[str, ...]
    paired: bool
    shared: bool
    beyond: bool


_HELD = (State.PASSED, State.EXEMPT, State.REPLACED)
"""Also of half a pair, whose course counts only with the other half."""


def apart(plan: Plan, assessment: Assessment) -> Apart:
    """Compare the missing courses, of a choice the first that suffice, with the places of the plan that they would fill."""
    form = compiled(plan, assessment.on)
    made = variant(form, tuple(each[0] for each in choices(form, {c.group: c.name for c in assessment.cases})))
    have = form.mask(line.code for line in assessment.lines if line.counted or line.state in _HELD)
    missing = form.mask(
        code
        for item in assessment.missing
        for code in ([item.code] if item.code else [option for option, _ in item.options[: item.needed]])
    )
    atoms = [atom for place in made.places for atom in place if atom.rows & missing]
    counted = sum((atom.rows & missing).bit_count() for atom in atoms if atom.counted)
    whole = sum(atom.counted for atom in atoms)
    gained = places_in(made, have | missing) - places_in(made, have)
    lacking = max(0, (plan.course_floor or 0) - assessment.courses_earned)
    return Apart(
        tuple(dict.fromkeys(_kind(form, made, atom, missing) for atom in atoms if not atom.counted)),
        paired=counted > whole,
        shared=whole > gained,
        beyond=gained > lacking,
    )


def _kind(form: Compiled, made: Variant, atom: Atom, missing: int) -> str:
    """What a course that 门数 never counts is called: its own name, unless it is of a kind."""
    row = form.rows[(atom.rows & missing).bit_length() - 1]
    return "加考" if atom.rows & made.extra_rows else _KINDS.get(row.exam, f"{row.code} {row.name}")
