"""What a forecast says, what changed since a submission, and the quick screen that must never be wrong."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date

import pytest

from app.demo.real_plans import real_plans
from app.rules.plans.eligibility import Assessment, as_document, assess, from_document
from app.rules.plans.forecast import (
    alike,
    case_in_words,
    counts_in_words,
    in_short,
    picked,
    side_by_side,
    standing,
    todos,
)
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.plan import Exam, ExtraCase, Group, Plan, Replacement, Requirement, TicketFacts
from app.rules.plans.screening import screen
from app.rules.review.assessment_diff import changes
from tests.rules.plans.plan_builders import (
    COMPUTING,
    NEW_050101,
    OLD_050101,
    ON,
    course,
    elective,
    missing_codes,
    passed,
    plan,
)

NUMBER = "021-0000 0001"


def complete(of: object = NEW_050101, *, but: tuple[str, ...] = ()) -> list[Grade]:
    return passed(*(row.code for row in of.courses if row.code not in but))  # type: ignore[attr-defined]


def assessed(grades: list[Grade], **more: object) -> Assessment:
    return assess(NEW_050101, grades, {}, ON, TicketFacts(**more))  # type: ignore[arg-type]


def test_a_missing_course_has_its_ways_and_the_number_of_the_school() -> None:
    (todo,) = todos(assessed(complete(but=("00540",))), "华东某大学", NUMBER)
    assert (todo.code, todo.title) == ("00540", "00540 外国文学史")
    assert [step.kind for step in todo.steps] == ["考试", "申请免考", "联系主考学校"]
    assert f"华东某大学（{NUMBER}）" in todo.steps[-1].text


def test_a_replacement_is_offered_where_an_old_course_was_tried() -> None:
    made = plan(course("1"), course("2"), replacements=(Replacement("旧", ("9",), ("1",)),))
    (todo,) = todos(assess(made, [*passed("2"), *passed("9", mark="50")], {}, ON), "某校", "")
    assert [step.kind for step in todo.steps] == ["考试", "申请免考", "申请顶替", "联系主考学校"]


def test_a_practice_and_a_thesis_say_what_comes_first() -> None:
    theory = next(row for row in COMPUTING.courses if row.theory)
    grades = complete(COMPUTING, but=(theory.code, theory.theory or "", "11689"))
    found = {todo.code: todo for todo in todos(assess(COMPUTING, grades, {}, ON), "某校", NUMBER)}
    assert found[theory.code].steps[0].kind == "实践"
    assert f"理论课 {theory.theory}" in found[theory.code].note
    assert found["11689"].steps[0].kind == "论文"
    assert "其他课程全部合格后" in found["11689"].note


def test_both_counts_stand_in_one_sentence_where_they_differ() -> None:
    found = assess(COMPUTING, [], {}, ON)
    said = counts_in_words(found, COMPUTING)
    assert found.courses_needed is not None
    assert found.short != found.courses_needed
    assert f"已过 0 / {found.courses_needed} 门，还差 {found.courses_needed} 门（理论课和它的实践合为一门" in said
    assert f"逐门计算还要通过 {found.short} 门：课程 " in said
    kinds = {kind: int(count) for kind, count in re.findall(r"(课程|实践环节|毕业论文|加考) (\d+) 门", said)}
    assert sum(kinds.values()) == found.short
    assert kinds["实践环节"] == sum(item.next_step == "实践" for item in found.missing)


PAIR = (course("1"), course("2", number="1", exam=Exam.PRACTICE, theory="1"))
THESIS = course("9", exam=Exam.THESIS, counted=False)
EXTRA = (course("1"), course("2"), course("3", requirement=Requirement.EXTRA))


def extra(in_total: bool) -> tuple[ExtraCase, ...]:
    return (ExtraCase("", "跨专业", courses=("3",), in_total=in_total),)


@pytest.mark.parametrize(
    ("made", "floor", "grades", "why"),
    [
        (plan(course("1"), THESIS), 1, (), "还差 1 门（毕业论文不计）"),
        (plan(course("1"), THESIS), 1, ("1",), "门数已够（毕业论文不计）"),
        (plan(course("1"), course("2", counted=False)), 1, ("1",), "门数已够（2 课程2不计）"),
        (plan(course("1"), course("2", exam=Exam.PRACTICE, counted=False)), 1, (), "还差 1 门（实践环节不计）"),
        (plan(*PAIR), 1, (), "还差 1 门（理论课和它的实践合为一门）"),
        (plan(*PAIR, THESIS), 1, (), "还差 1 门（理论课和它的实践合为一门，毕业论文不计）"),
        (plan(*PAIR, THESIS), 1, ("1",), "还差 1 门（毕业论文不计）"),
        (plan(*EXTRA, extras=extra(False)), 2, (), "还差 2 门（加考不计）"),
        (plan(*EXTRA, extras=extra(True)), 2, (), "还差 2 门（门数是最低要求，计划要求的课程都要合格）"),
        (plan(*EXTRA, extras=extra(True)), 2, ("1", "3"), "门数已够（门数是最低要求，计划要求的课程都要合格）"),
        (plan(*PAIR, course("3")), 1, ("1", "3"), "门数已够（门数是最低要求，计划要求的课程都要合格）"),
        (plan(course("1", number="7"), course("2", number="7")), 1, (), "还差 1 门（同一序号的课程只算一门）"),
    ],
)
def test_the_reason_why_the_counts_differ_is_what_holds_here(
    made: Plan, floor: int, grades: tuple[str, ...], why: str
) -> None:
    made = replace(made, course_floor=floor)
    said = counts_in_words(assess(made, passed(*grades), {}, ON), made)
    assert f" / {floor} 门，{why}；逐门计算还要通过 " in said


@pytest.mark.parametrize("made", real_plans(), ids=lambda made: made.key)
def test_in_real_plans_a_reason_is_given_and_only_what_is_missing_is_named(made: Plan) -> None:
    codes = [row.code for row in made.courses]
    chance = random.Random(16)
    for _ in range(60):
        grades = chance.sample(codes, chance.randint(0, len(codes)))
        found = assess(made, passed(*grades), {}, ON)
        said = counts_in_words(found, made)
        lacking = {row.code: row for row in made.courses if row.code in missing_codes(found)}
        assert not said or "门（" in said or "够（" in said
        assert ("加考不计" not in said) or any(row.requirement is Requirement.EXTRA for row in lacking.values())
        assert ("毕业论文不计" not in said) or any(row.exam is Exam.THESIS for row in lacking.values())
        numbers = [row.number for row in made.courses if row.number and not row.theory]
        assert ("同一序号" not in said) or len(set(numbers)) < len(numbers)
        assert ("它的实践合为一门" not in said) or any(row.theory in lacking for row in lacking.values())


def test_counts_that_agree_need_no_sentence() -> None:
    made = replace(plan(course("1"), course("2")), course_floor=2)
    assert counts_in_words(assess(made, passed("1"), {}, ON), made) == ""
    assert counts_in_words(assess(made, passed("1", "2"), {}, ON), made) == ""


def test_an_extra_option_names_its_courses() -> None:
    said = {case.name: case_in_words(case, COMPUTING) for case in COMPUTING.extras}
    names = {row.code: row.name for row in COMPUTING.courses}
    for case in COMPUTING.extras:
        for code in (*case.courses, *case.exempted):
            assert said[case.name].count(f"{code} {names[code]}") == 1
    assert said["内地考生"] == "内地考生无需加考"
    assert case_in_words(ExtraCase("", "甲", courses=("1", "2"), min_courses=1), plan(course("1"), course("2"))) == (
        "从下列课程中加考不少于 1 门：1 课程1、2 课程2"
    )


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("非本专业，须加考201、02", "非本专业；须加考：1 课程1、2 课程2"),
        ("可不考7，须加考 201 和 2", "须加考：1 课程1、2 课程2；可不考：3 课程3"),
        ("应加考课程：1，2", "须加考：1 课程1、2 课程2"),
        ("须加考201、299", "须加考201、299；须加考：1 课程1、2 课程2"),  # the office's words stay where they say more
        ("可不考201", "可不考201；须加考：1 课程1、2 课程2"),
        ("加考两门；2020 年起", "加考两门；2020 年起；须加考：1 课程1、2 课程2"),
    ],
)
def test_a_note_repeats_no_course_by_its_number(note: str, said: str) -> None:
    rows = (course("1", number="201"), course("2"), course("3", number="007"))
    released = ("3",) if "7" in note else ()
    case = ExtraCase("", "甲", note, courses=("1", "2"), exempted=released)
    assert case_in_words(case, plan(*rows)) == said


def test_a_choice_lists_its_courses_and_how_many() -> None:
    groups = [elective("1", "甲"), elective("2", "甲"), elective("3", "甲")]
    made = plan(*groups, groups=(Group("甲", min_courses=2),))
    (todo,) = todos(assess(made, passed("1"), {}, ON), "某校", NUMBER)
    assert (todo.code, todo.needed, [code for code, _ in todo.options]) == ("", 1, ["2", "3"])
    assert todo.steps[-1].kind == "联系主考学校"


def test_courses_with_the_same_ways_stand_together() -> None:
    found = todos(assessed(complete(but=("00540", "00541", "10196"))), "某校", NUMBER)
    assert [[todo.code for todo in group] for group in alike(found)] == [["00540", "00541"], ["10196"]]


@pytest.mark.parametrize(
    ("grades", "facts", "words"),
    [
        (complete(), {}, "课程已符合毕业条件"),
        (complete(but=("00540",)), {}, "还差 1 门"),
        ([], {}, "还差 14 门、73 学分"),
        (complete(), {"record_status": "停考"}, "停考期内不能办理毕业"),
    ],
)
def test_the_live_line(grades: list[Grade], facts: dict[str, object], words: str) -> None:
    assert in_short(assessed(grades, **facts)) == words


def test_the_live_line_of_a_doubtful_case() -> None:
    extras = {code for case in COMPUTING.extras for code in case.courses}
    found = assess(COMPUTING, complete(COMPUTING, but=tuple(extras)), {}, ON)
    assert in_short(found) == "课程已齐，有待核的情况"


def test_a_suspension_ends_on_its_day() -> None:
    until = date(2027, 1, 1)
    assert "停考" in standing("停考", until, date(2026, 12, 31))
    assert standing("停考", until, until) == ""
    assert standing("停考", None, until) != ""
    assert standing("在籍", None, until) == ""
    assert "退学" in standing("退学", until, until)


def test_only_what_the_plan_offers_is_taken_as_chosen() -> None:
    values = {"extra_option_1": "其他专业", "extra_option_2": "火星考生", "extra_option_9": "计算机类"}
    assert picked(COMPUTING, values) == {"前置学历专业": "其他专业"}
    assert picked(NEW_050101, values) == {}


def test_two_plans_stand_side_by_side_with_every_course_once() -> None:
    grades = complete()
    pairs = side_by_side(assess(NEW_050101, grades, {}, ON), assess(OLD_050101, grades, {}, ON))
    codes = [pair.code for pair in pairs]
    assert len(codes) == len(set(codes))
    assert set(codes) == {row.code for made in (NEW_050101, OLD_050101) for row in made.courses}
    assert all(pair.left or pair.right for pair in pairs)


# ---- what changed since


def test_nothing_changed_says_nothing() -> None:
    frozen = from_document(as_document(assessed(complete(but=("00540",)))))
    assert changes(frozen, assessed(complete(but=("00540",)))) == ()
    assert changes(None, frozen) == ()
    assert changes(frozen, None) == ()


def test_a_grade_that_came_is_named_with_verdict_and_totals() -> None:
    frozen, live = (
        assessed(complete(but=("00540",))),
        assessed([*complete(but=("00540",)), *passed("00540", mark="75")]),
    )
    found = {change.label: (change.before, change.after) for change in changes(frozen, live)}
    assert found["结论"] == ("尚缺", "符合")
    assert found["00540 外国文学史"] == ("缺少", "已合格 75（2025-04 统考）")
    assert "学分" in found
    assert len(found) == 4


def test_a_corrected_mark_alone_is_named() -> None:
    before = [*complete(but=("00540",)), Grade("00540", "", "2025-04", "91", Origin.NATIONAL)]
    after = [*complete(but=("00540",)), Grade("00540", "", "2025-04", "61", Origin.NATIONAL)]
    (change,) = changes(assessed(before), assessed(after))
    assert (change.before, change.after) == ("已合格 91（2025-04 统考）", "已合格 61（2025-04 统考）")


def test_a_grade_taken_away_outside_the_plan_and_a_new_block_are_named() -> None:
    frozen = assessed([*complete(), *passed("99999")])
    live = assessed(complete(), record_status="停考")
    found = {change.label: (change.before, change.after) for change in changes(frozen, live)}
    assert found["99999（未列入计划）"] == ("80（2025-04 统考）", "")
    assert found["考籍"] == ("", "停考期内不能办理毕业")


def test_another_plan_is_one_change() -> None:
    (change,) = changes(assessed(complete()), assess(OLD_050101, complete(), {}, ON))
    assert change.label == "专业计划"


# ---- the screen


def test_the_screen_never_says_more_than_is_missing() -> None:
    dice = random.Random(7)
    made = [*real_plans(), plan(course("1"), course("2"), elective("3", "甲"), floor=99)]
    looked_at = 0
    for _ in range(1500):
        of = dice.choice(made)
        codes = [row.code for row in of.courses] + [code for act in of.replacements for code in act.old]
        grades = passed(*dice.sample(codes, dice.randint(0, len(codes))))
        found = assess(of, grades, {}, ON)
        bound = screen(of, ON).at_least({grade.course_code for grade in grades})
        if found.short is not None:
            looked_at += bound > 0
            assert bound <= found.short, (of.key, sorted(grade.course_code for grade in grades))
    assert looked_at > 500
