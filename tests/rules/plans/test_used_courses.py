"""A course that a graduation counted counts nowhere else; what it may still do, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.plans.eligibility import NextStep, State, Verdict, assess
from app.rules.plans.forecast import todos
from app.rules.plans.marks import Origin
from app.rules.plans.plan import ExtraCase, Group, Replacement, Requirement, TicketFacts
from tests.rules.plans.plan_builders import (
    NEW_050101,
    ON,
    course,
    elective,
    line_of,
    missing_codes,
    passed,
    plan,
    required_of,
)

PLAN = plan(course("A1"), course("A2"), floor=10)


def using(*codes: str) -> TicketFacts:
    return TicketFacts(used=dict.fromkeys(codes, "530601"))


def test_a_used_course_counts_in_no_other_plan_and_says_so() -> None:
    answer = assess(PLAN, passed("A1", "A2"), {}, ON, using("A1"))
    assert (answer.verdict, answer.short, answer.credits_earned) == (Verdict.SHORT, 1, 5)
    line = line_of(answer, "A1")
    assert (line.state, line.counted, line.grades[0].mark) == (State.ABSENT, False, "80")
    assert "已用于 530601 专业毕业" in line.note
    assert line.next_step is NextStep.EXEMPTION  # the only way: 自考第二专业
    missing = answer.missing[0]
    assert (missing.code, missing.next_step) == ("A1", NextStep.EXEMPTION)
    assert "未取得合格成绩" not in missing.text
    assert [reason.text for reason in answer.reasons if reason.code == "R01"] == [missing.text]


def test_all_attempts_of_a_used_course_are_used() -> None:
    grades = (
        passed("A2")
        + passed("A1", session="2024-04")
        + passed("A1", session="2026-04", origin=Origin.SCHOOL, mark="99")
    )
    assert missing_codes(assess(PLAN, grades, {}, ON, using("A1"))) == ["A1"]


def test_what_is_said_to_one_is_not_said_to_another_with_the_same_rows() -> None:
    """Summaries are shared by everybody with the same rows."""
    spent = assess(PLAN, passed("A1", "A2"), {}, ON, using("A1"))
    without = assess(PLAN, passed("A2"), {}, ON)
    assert "已用于" in spent.missing[0].text
    assert "已用于" not in without.missing[0].text
    assert without.missing[0].next_step is NextStep.EXAM


def test_a_used_course_still_waives_an_extra_one_of_the_same_name() -> None:
    extra = course("X1", requirement=Requirement.EXTRA, name="大学语文")
    one = plan(course("A1"), extra, floor=5, extras=(ExtraCase("", "其他", "", courses=("X1",)),))
    for code in ("X1", "Y9"):  # the same course, and another of its name
        grades = [*passed("A1"), replace(passed(code)[0], course_name="大学语文")]
        answer = assess(one, grades, {"": "其他"}, ON, using(code))
        assert (answer.verdict, line_of(answer, "X1").state) == (Verdict.MET, State.WAIVED)


def test_a_used_course_replaces_no_other() -> None:
    old = Replacement("甲", old=("O1",), new=("A1",))
    one = plan(course("A1"), floor=5, replacements=(old,))
    assert assess(one, passed("O1"), {}, ON).verdict is Verdict.MET
    assert missing_codes(assess(one, passed("O1"), {}, ON, using("O1"))) == ["A1"]


def test_a_used_optional_course_is_not_offered_again() -> None:
    """Passing it again would not count either."""
    one = plan(course("A1"), *(elective(f"E{n}", "E") for n in range(4)), groups=(Group("E", min_courses=2),), floor=15)
    answer = assess(one, passed("A1", "E0", "E1"), {}, ON, using("E0"))
    assert answer.short == 1
    assert missing_codes(answer) == ["E2", "E3"]
    assert (line_of(answer, "E0").state, line_of(answer, "E0").counted) == (State.UNUSED, False)
    assert "已用于" in line_of(answer, "E0").note


def test_what_cannot_be_reached_without_a_used_course_says_so() -> None:
    one = plan(course("A1"), elective("E0", "E"), groups=(Group("E", min_courses=1),), floor=10)
    answer = assess(one, passed("A1", "E0"), {}, ON, using("E0"))
    assert (answer.verdict, answer.short) == (Verdict.SHORT, None)


def test_a_failed_attempt_in_the_list_of_used_ones_is_still_to_be_passed() -> None:
    answer = assess(PLAN, passed("A2") + passed("A1", mark="40"), {}, ON, using("A1"))
    assert (line_of(answer, "A1").state, answer.missing[0].next_step) == (State.FAILED, NextStep.EXAM)


def test_a_used_course_outside_the_plan_is_listed_with_its_reason() -> None:
    answer = assess(PLAN, passed("A1", "A2", "Z1"), {}, ON, using("Z1"))
    assert answer.verdict is Verdict.MET
    assert [(other.grade.code, "已用于" in other.note) for other in answer.others] == [("Z1", True)]


def test_only_what_the_totals_counted_is_used_up() -> None:
    groups = (Group("E", min_courses=1, max_courses=1),)
    extra = course("X1", requirement=Requirement.EXTRA)
    one = plan(
        course("A1"),
        course("B1"),
        elective("E0", "E"),
        elective("E1", "E"),
        extra,
        groups=groups,
        extras=(ExtraCase("", "其他", "", courses=("X1",)),),
        replacements=(Replacement("甲", old=("O1",), new=("B1",)),),
        floor=15,
    )
    answer = assess(one, passed("A1", "O1", "E0", "E1", "X1", "Z9"), {"": "其他"}, ON)
    assert answer.verdict is Verdict.MET
    counted = next(code for code in ("E0", "E1") if line_of(answer, code).counted)
    assert answer.used_up == tuple(sorted(("A1", "O1", counted)))  # of a 顶替 the old grade; no 加考 on top, no surplus


def test_a_graduation_that_only_the_roster_knows_leaves_every_later_one_to_be_checked() -> None:
    answer = assess(
        PLAN,
        passed("A1", "A2"),
        {},
        ON,
        TicketFacts(graduated_majors=frozenset({"530601"}), unknown_majors=("530601",)),
    )
    assert answer.verdict is Verdict.CHECK
    assert any("530601" in reason.text and reason.code == "待核" for reason in answer.reasons)
    assert not answer.blocks


def test_the_same_major_is_never_finished_twice() -> None:
    facts = TicketFacts(graduated_majors=frozenset({"000001"}), used={"A1": "000001"})
    answer = assess(PLAN, passed("A1", "A2"), {}, ON, facts)
    assert answer.verdict is Verdict.SHORT
    assert [reason.code for reason in answer.blocks] == ["R19"]


@given(st.sets(st.sampled_from([c.code for c in NEW_050101.courses])), st.data())
def test_a_used_course_counts_as_if_it_had_not_been_passed(passed_codes: set[str], data: st.DataObject) -> None:
    """Except that it waives: the real plan has no 加考 of a name of its own courses."""
    used = data.draw(st.sets(st.sampled_from(sorted(passed_codes)))) if passed_codes else set()
    required = [c.code for c in NEW_050101.courses if c.requirement is Requirement.REQUIRED]
    grades = passed(*sorted(passed_codes))
    with_used = assess(NEW_050101, grades, {}, ON, using(*used))
    without = assess(NEW_050101, passed(*sorted(passed_codes - used)), {}, ON)
    assert (with_used.credits_earned, with_used.courses_earned) == (without.credits_earned, without.courses_earned)
    assert not any(line.counted for line in with_used.lines if line.code in used)
    assert {code for code in missing_codes(with_used) if code in required} == {
        code for code in missing_codes(without) if code in required
    }
    assert with_used.short is None or (without.short is not None and with_used.short >= without.short)
    if used & set(required):
        assert with_used.verdict is Verdict.SHORT


@pytest.mark.parametrize("credits", [Decimal(5), Decimal(0)])
def test_a_counted_course_without_credits_is_used_up_too(credits: Decimal) -> None:
    one = plan(course("A1"), replace(course("A2"), credits=credits), floor=5)
    assert assess(one, required_of(one), {}, ON).used_up == ("A1", "A2")


def test_what_is_used_is_neither_to_be_examined_nor_reported() -> None:
    answer = assess(PLAN, passed("A1"), {}, ON, using("A1"))
    used, other = todos(answer, "某校", "")
    assert (used.code, used.used, other.used) == ("A1", True, False)
    said = "".join(step.text for step in used.steps)
    assert "自考第二专业" in said
    assert "报名参加考试" not in said
    assert "已考过而没有成绩" not in said
    assert "报名参加考试" in other.steps[0].text
