"""One test per rule of graduation, from real plans where one has the rule."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from app.rules.plans.eligibility import Assessment, NextStep, State, Verdict, assess
from app.rules.plans.marks import Grade, Origin
from app.rules.plans.plan import Exam, ExtraCase, Group, Replacement, Requirement, TicketFacts
from tests.rules.plans.plan_builders import (
    BUSINESS,
    COMPUTING,
    NEW_050101,
    OLD_050101,
    ON,
    course,
    elective,
    line_of,
    missing_codes,
    passed,
    plan,
    required_of,
)

FIVE_CREDITS = ["03954", "07827", "10398", "14025"]
FOUR_CREDITS = "00814"
ENGLISH, JAPANESE = "13000", "14970"
NO_EXTRA = {"前置学历专业": "计算机类", "考生身份": "内地考生"}


def language_case(*electives: str) -> Assessment:
    return assess(NEW_050101, required_of(NEW_050101) + passed(*electives), {}, ON)


@pytest.mark.parametrize(
    ("electives", "credits", "courses"),
    [
        ([ENGLISH, *FIVE_CREDITS[:3]], 74, 13),
        ([ENGLISH, *FIVE_CREDITS[:2], FOUR_CREDITS], 73, 13),
        ([*FIVE_CREDITS, FOUR_CREDITS], 76, 14),
        ([ENGLISH, *FIVE_CREDITS, FOUR_CREDITS], 83, 15),
        ([ENGLISH, JAPANESE, *FIVE_CREDITS[:3]], 74, 13),
    ],
)
def test_language_and_electives_that_are_enough(electives: list[str], credits: int, courses: int) -> None:
    answer = language_case(*electives)
    assert answer.verdict is Verdict.MET
    assert (answer.credits_earned, answer.courses_earned) == (credits, courses)


def test_english_and_two_electives_are_one_course_short() -> None:
    answer = language_case(ENGLISH, *FIVE_CREDITS[:2])
    assert answer.verdict is Verdict.SHORT
    assert answer.short == 1
    assert missing_codes(answer) == ["10398", "14025", FOUR_CREDITS]


def test_without_a_language_four_of_five_electives_are_not_enough() -> None:
    answer = language_case(*FIVE_CREDITS)
    assert answer.verdict is Verdict.SHORT
    assert answer.credits_earned == 72
    assert set(missing_codes(answer)) == {FOUR_CREDITS, ENGLISH, JAPANESE}


def test_with_no_language_passed_both_branches_are_shown() -> None:
    group = next(group for group in language_case(*FIVE_CREDITS[:3]).groups if group.name == "选设课")
    assert [branch.applies for branch in group.branches] == [None, None]
    group = next(group for group in language_case(ENGLISH).groups if group.name == "选设课")
    assert [branch.applies for branch in group.branches] == [True, False]


def test_a_passed_language_may_be_left_uncounted_where_that_helps() -> None:
    groups = (
        Group("L"),
        Group("E", min_courses=3, condition=NEW_050101.groups[1].condition, condition_group="L"),
        Group("E", min_courses=1, condition=NEW_050101.groups[2].condition, condition_group="L"),
    )
    small = plan(elective("L1", "L"), *(elective(f"E{n}", "E") for n in range(3)), groups=groups, floor=5)
    answer = assess(small, passed("L1", "E0"), {}, ON)
    assert answer.verdict is Verdict.MET
    assert line_of(answer, "L1").state is State.LEFT_OUT
    assert answer.credits_earned == 5


@pytest.mark.parametrize("code", [row.code for row in COMPUTING.courses if row.requirement is Requirement.REQUIRED])
def test_each_of_21_rows_must_be_passed(code: str) -> None:
    assert assess(COMPUTING, required_of(COMPUTING), NO_EXTRA, ON).met
    answer = assess(COMPUTING, required_of(COMPUTING, but=[code]), NO_EXTRA, ON)
    assert answer.verdict is Verdict.SHORT
    assert answer.short == 1
    assert missing_codes(answer) == [code]
    assert code in answer.reasons[0].text


@pytest.mark.parametrize("size", [21, 23, 40])
def test_the_last_row_of_a_long_plan_counts(size: int) -> None:
    long = plan(*(course(f"{n:05}", 3) for n in range(size)), floor=3 * size, course_floor=size)
    codes = [row.code for row in long.courses]
    assert assess(long, passed(*codes), {}, ON).met
    assert missing_codes(assess(long, passed(*codes[:-1]), {}, ON)) == [codes[-1]]


def test_a_pair_counts_as_one_course_only_when_both_are_passed() -> None:
    assert assess(COMPUTING, required_of(COMPUTING), NO_EXTRA, ON).courses_earned == 16
    answer = assess(COMPUTING, required_of(COMPUTING, but=["13014"]), NO_EXTRA, ON)
    assert answer.courses_earned == 15
    assert answer.missing[0].next_step is NextStep.PRACTICE


def test_a_practice_needs_its_theory() -> None:
    answer = assess(BUSINESS, passed("00019"), {}, ON)
    assert line_of(answer, "00019").state is State.PASSED
    assert not line_of(answer, "00019").counted
    assert answer.credits_earned == 0
    assert "00018" in missing_codes(answer)


def test_a_required_practice_needs_its_theory_though_that_is_an_elective() -> None:
    practice = course("P", theory="E", exam=Exam.PRACTICE)
    small = plan(elective("E", "G"), elective("F", "G"), practice, groups=(Group("G", min_courses=1),))
    assert missing_codes(assess(small, passed("P", "F"), {}, ON)) == ["E"]
    assert assess(small, passed("P", "E"), {}, ON).met


def test_rows_of_one_number_count_once_and_uncounted_rows_never() -> None:
    rows = (course("A", number="1"), course("B", number="1"), course("C", counted=False), course("D"))
    assert assess(plan(*rows), passed("A", "B", "C", "D"), {}, ON).courses_earned == 2


def test_the_lighter_branch_needs_a_course_of_the_other_group() -> None:
    chosen, not_chosen = NEW_050101.groups[1].condition, NEW_050101.groups[2].condition
    groups = (
        Group("L"),
        Group("E", min_courses=1, condition=chosen, condition_group="L"),
        Group("E", all_courses=True, condition=not_chosen, condition_group="L"),
    )
    small = plan(elective("L1", "L"), elective("E1", "E"), elective("E2", "E"), groups=groups)
    assert missing_codes(assess(small, passed("E1"), {}, ON)) == ["E2", "L1"]
    assert assess(small, passed("E1", "L1"), {}, ON).met


def test_within_a_group_rows_of_one_number_are_one_course() -> None:
    rows = (elective("A", "G", number="1"), elective("B", "G", number="1"), elective("C", "G", number="2"))
    two = plan(*rows, groups=(Group("G", min_courses=2),))
    assert missing_codes(assess(two, passed("A", "B"), {}, ON)) == ["C"]
    assert assess(two, passed("A", "C"), {}, ON).met


def test_a_group_that_gives_all_its_rows_one_number_counts_them_singly() -> None:
    rows = tuple(elective(code, "G", number="9") for code in "ABC")
    two = plan(*rows, groups=(Group("G", min_courses=2),))
    assert not assess(two, passed("A"), {}, ON).met
    assert assess(two, passed("A", "C"), {}, ON).met


def test_either_or_with_unequal_credits_keeps_the_floor() -> None:
    either = (Group("二选一", min_courses=1, max_courses=1),)
    rows = (course("A", 70), elective("13017", "二选一", 6, number="9"), elective("04751", "二选一", 3, number="9"))
    both = plan(*rows, groups=either, floor=73)
    assert assess(both, passed("A", "13017"), {}, ON).credits_earned == 76
    assert assess(both, passed("A", "04751"), {}, ON).credits_earned == 73
    assert assess(both, passed("A", "04751", "13017"), {}, ON).credits_earned == 76
    assert not assess(both, passed("A"), {}, ON).met


def test_electives_above_the_maximum_give_no_credits() -> None:
    two = plan(*(elective(c, "G", n) for c, n in (("A", 2), ("B", 6), ("C", 4))), groups=(Group("G", max_courses=2),))
    answer = assess(two, passed("A", "B", "C"), {}, ON)
    assert answer.credits_earned == 10
    assert line_of(answer, "A").state is State.LEFT_OUT
    capped = replace(two, groups=(Group("G", max_credits=Decimal(7)),))
    assert assess(capped, passed("A", "B", "C"), {}, ON).credits_earned == 7


def test_a_group_asks_for_courses_and_credits() -> None:
    group = (Group("G", min_courses=2, min_credits=Decimal(9)),)
    small = plan(elective("A", "G", 4), elective("B", "G", 4), elective("C", "G", 5), groups=group)
    assert not assess(small, passed("A", "B"), {}, ON).met
    assert not assess(small, passed("C"), {}, ON).met
    assert assess(small, passed("A", "C"), {}, ON).met


@pytest.mark.parametrize("number", ["1", "9"])
def test_a_required_course_of_a_group_takes_of_its_maximum(number: str) -> None:
    rows = (course("A", 3, number="5", groups=("G",)), elective("B", "G", 4, number=number))
    small = plan(*rows, groups=(Group("G", max_courses=1),))
    assert assess(small, passed("A", "B"), {}, ON).credits_earned == 3


def test_a_group_whose_courses_are_all_out_of_use_is_not_met() -> None:
    late = elective("E", "G", starts_on=date(2027, 1, 1))
    small = plan(course("A"), late, groups=(Group("G", min_courses=1),))
    answer = assess(small, passed("A", "E"), {}, ON)
    assert answer.verdict is Verdict.SHORT
    assert answer.missing[0].next_step is NextStep.CALL
    assert assess(small, passed("A", "E"), {}, date(2027, 1, 1)).met


def test_floors_on_credits_and_courses_hold_beyond_the_groups() -> None:
    group = (Group("G", min_courses=1),)
    small = plan(elective("A", "G", 4), elective("B", "G", 4), groups=group, floor=8)
    assert missing_codes(assess(small, passed("A"), {}, ON)) == ["B"]
    counted = replace(small, credit_floor=Decimal(0), course_floor=2)
    assert missing_codes(assess(counted, passed("A"), {}, ON)) == ["B"]


def test_a_floor_that_nobody_can_reach_says_so() -> None:
    answer = assess(plan(course("A", 5), floor=9), passed("A"), {}, ON)
    assert answer.verdict is Verdict.SHORT
    assert answer.short is None
    assert answer.missing[0].next_step is NextStep.CALL


def test_the_thesis_is_needed_without_credits_and_comes_last() -> None:
    answer = assess(NEW_050101, required_of(NEW_050101, but=["10196"]) + passed(ENGLISH, *FIVE_CREDITS[:3]), {}, ON)
    assert [item.next_step for item in answer.missing] == [NextStep.THESIS]
    assert answer.credits_earned == 74
    assert "可以申请论文" in answer.missing[0].text
    early = assess(NEW_050101, passed(ENGLISH), {}, ON)
    assert early.missing[-1].next_step is NextStep.THESIS
    assert "其他课程全部合格后" in line_of(early, "10196").note
    words = required_of(NEW_050101, but=["10196"]) + passed(ENGLISH, *FIVE_CREDITS[:3])
    assert assess(NEW_050101, [*words, *passed("10196", mark="良好")], {}, ON).met
    assert not assess(NEW_050101, [*words, *passed("10196", mark="不合格")], {}, ON).met


@pytest.mark.parametrize(
    ("case", "needed"),
    [
        ("计算机类", []),
        ("电子电工信息类", ["02318"]),
        ("其他工科类", ["02318", "00342", "00343"]),
        ("其他专业", ["02318", "04730", "04731"]),
    ],
)
def test_each_extra_option_asks_for_its_own_courses(case: str, needed: list[str]) -> None:
    choice = NO_EXTRA | {"前置学历专业": case}
    answer = assess(COMPUTING, required_of(COMPUTING), choice, ON)
    assert sorted(missing_codes(answer)) == sorted(needed)
    done = assess(COMPUTING, required_of(COMPUTING) + passed(*needed), choice, ON)
    assert done.met
    assert done.credits_earned == 75
    assert len(done.lines) == 21 + len(needed)


def test_extra_identity_releases_two_courses_and_asks_for_two_others() -> None:
    choice = {"前置学历专业": "计算机类", "考生身份": "港澳台考生"}
    grades = required_of(COMPUTING, but=["15040", "15043"])
    answer = assess(COMPUTING, grades, choice, ON)
    assert missing_codes(answer) == ["00024", "05679"]
    assert line_of(answer, "15040").state is State.RELEASED
    done = assess(COMPUTING, grades + passed("00024", "05679"), choice, ON)
    assert done.met
    assert (done.credits_earned, done.courses_earned) == (77, 16)


def test_a_released_course_that_was_passed_counts_all_the_same() -> None:
    case = ExtraCase("", "港澳台", exempted=("A",))
    rows = (course("A", 2), elective("B", "G", 3), elective("C", "G", 3))
    small = plan(*rows, floor=5, groups=(Group("G", max_courses=1),), extras=(case,))
    answer = assess(small, passed("A", "B", "C"), {"": "港澳台"}, ON)
    assert answer.met
    assert line_of(answer, "A").counted


def test_an_extra_course_is_waived_by_a_passed_course_of_the_same_name() -> None:
    choice = NO_EXTRA | {"前置学历专业": "电子电工信息类"}
    same = Grade("99999", " 计算机 组成原理", "2019-10", "61")
    answer = assess(COMPUTING, [*required_of(COMPUTING), same], choice, ON)
    assert answer.met
    assert line_of(answer, "02318").state is State.WAIVED
    assert line_of(answer, "02318").grades[0].code == "99999"
    failed = replace(same, mark="59")
    assert not assess(COMPUTING, [*required_of(COMPUTING), failed], choice, ON).met


def test_brackets_of_either_width_are_the_same_name() -> None:
    choice = NO_EXTRA | {"前置学历专业": "其他工科类"}
    grades = [*required_of(COMPUTING), *passed("02318"), Grade("1", "高级语言程序设计（一）", "2019-10", "61")]
    grades.append(Grade("2", "高级语言程序设计（一）（实践）", "2019-10", "61"))
    assert assess(COMPUTING, grades, choice, ON).met


def test_extra_credits_are_on_top_unless_the_plan_counts_them() -> None:
    extra = course("X", 4, requirement=Requirement.EXTRA)
    case = ExtraCase("", "他专业", "", ("X",))
    small = plan(course("A", 6), extra, floor=10, extras=(case,))
    assert not assess(small, passed("A", "X"), {"": "他专业"}, ON).met
    counted = replace(small, extras=(replace(case, in_total=True),))
    assert assess(counted, passed("A", "X"), {"": "他专业"}, ON).met


def test_extra_may_be_some_of_several() -> None:
    extras = [course(code, 4, requirement=Requirement.EXTRA) for code in ("X", "Y", "Z")]
    small = plan(course("A"), *extras, extras=(ExtraCase("", "他", "", ("X", "Y", "Z"), min_courses=2),))
    answer = assess(small, passed("A", "X"), {"": "他"}, ON)
    assert answer.short == 1
    assert missing_codes(answer) == ["Y", "Z"]
    assert answer.reasons[0].code == "R05"
    assert assess(small, passed("A", "X", "Z"), {"": "他"}, ON).met


def test_two_cases_of_one_name_in_two_groups_are_two() -> None:
    extras = [course(code, 4, requirement=Requirement.EXTRA) for code in ("X", "Y", "Z")]
    cases = (ExtraCase("原专业", "其他", "", ("X", "Y"), 2), ExtraCase("身份", "其他", "", ("Z", "Y"), 1))
    small = plan(course("A"), *extras, extras=cases)
    choice = {"原专业": "其他", "身份": "其他"}
    assert assess(small, passed("A", "X", "Y"), choice, ON).met
    assert missing_codes(assess(small, passed("A", "X", "Z"), choice, ON)) == ["Y"]


def test_without_a_chosen_case_the_lightest_is_taken_and_left_to_check() -> None:
    answer = assess(COMPUTING, required_of(COMPUTING), {}, ON)
    assert answer.verdict is Verdict.CHECK
    assert [(case.name, case.chosen) for case in answer.cases] == [("计算机类", False), ("内地考生", False)]
    everything = passed(*(row.code for row in COMPUTING.courses))
    assert assess(COMPUTING, everything, {}, ON).met
    assert assess(COMPUTING, [], {}, ON).verdict is Verdict.SHORT


def replacing(*items: Replacement) -> Assessment:
    small = plan(course("X"), course("Y"), replacements=items)
    return assess(small, passed("O1", "O2", session="2019-10"), {}, ON)


def test_one_old_course_stands_for_one_and_shows_its_mark() -> None:
    answer = replacing(Replacement("甲", ("O1",), ("X",)))
    assert line_of(answer, "X").state is State.REPLACED
    assert line_of(answer, "X").grades[0][:4:2] == ("O1", "2019-10")
    assert answer.credits_earned == 5
    assert missing_codes(answer) == ["Y"]


def test_one_old_course_may_stand_for_several() -> None:
    assert replacing(Replacement("甲", ("O1",), ("X", "Y"))).met


def test_several_old_courses_stand_for_several_when_enough_are_passed() -> None:
    assert replacing(Replacement("甲", ("O1", "O2", "O3"), ("X", "Y"), 2)).met
    assert not replacing(Replacement("甲", ("O1", "O2", "O3"), ("X", "Y"), 3)).met
    assert not replacing(Replacement("甲", ("O1", "O2", "O3"), ("X", "Y"))).met


def test_an_old_course_is_spent_where_nothing_else_would_do() -> None:
    swaps = (Replacement("甲", ("O1",), ("X",)), Replacement("乙", ("O1",), ("Y",)), Replacement("丙", ("O2",), ("Y",)))
    assert replacing(*swaps).met
    assert replacing(*(replace(swap, name=name) for swap, name in zip(swaps, "乙甲丙", strict=True))).met


def test_an_old_grade_serves_once() -> None:
    once = replacing(Replacement("甲", ("O1",), ("X",)), Replacement("乙", ("O1",), ("Y",)))
    assert once.short == 1
    both = replacing(Replacement("甲", ("O1", "O2"), ("X",), 1), Replacement("乙", ("O1",), ("Y",)))
    assert both.met


def test_an_old_course_of_the_plan_serves_itself_or_another() -> None:
    swap = (Replacement("甲", ("A",), ("B",)),)
    small = plan(course("A"), course("B"), replacements=swap)
    assert assess(small, passed("A"), {}, ON).short == 1
    free = plan(elective("A", "G"), course("B"), groups=(Group("G"),), replacements=swap)
    assert assess(free, passed("A"), {}, ON).met


def test_a_course_given_for_another_is_not_to_be_passed_again() -> None:
    swap = (Replacement("甲", ("A",), ("B", "C")),)
    answer = assess(plan(course("A"), course("B"), course("C"), replacements=swap), passed("A"), {}, ON)
    assert missing_codes(answer) == ["B", "C"]
    credits = plan(elective("A", "G"), course("B"), course("C"), floor=15, groups=(Group("G"),), replacements=swap)
    assert missing_codes(assess(credits, passed("A"), {}, ON)) == ["B", "C"]


def test_a_course_may_be_given_where_an_old_one_takes_its_place() -> None:
    chain = (Replacement("甲", ("O1",), ("A",)), Replacement("乙", ("A",), ("B",)))
    small = plan(course("A"), course("B"), replacements=chain)
    answer = assess(small, passed("A", "O1"), {}, ON)
    assert answer.met
    assert [line_of(answer, code).grades[0].code for code in "AB"] == ["O1", "A"]
    assert missing_codes(assess(small, passed("A"), {}, ON)) == ["B"]
    alone = line_of(assess(replace(small, replacements=chain[:1]), passed("A", "O1"), {}, ON), "A")
    assert alone.state is State.PASSED


def test_a_grade_given_for_another_course_waives_nothing() -> None:
    extra = course("X", name="逻辑", requirement=Requirement.EXTRA)
    swap = (Replacement("甲", ("O1",), ("B",)),)
    small = plan(course("B"), extra, extras=(ExtraCase("", "他", "", ("X",)),), replacements=swap)
    old = [Grade("O1", "逻辑", "2019-10", "70")]
    assert assess(small, old, {"": "他"}, ON).short == 1
    assert assess(small, [*old, *passed("B")], {"": "他"}, ON).met
    assert assess(small, [*old, Grade("O2", "逻辑", "2019-10", "60")], {"": "他"}, ON).met


def test_a_better_row_without_a_name_waives_no_less() -> None:
    extra = course("X", name="逻辑", requirement=Requirement.EXTRA)
    small = plan(course("B"), extra, extras=(ExtraCase("", "他", "", ("X",)),))
    grades = [*passed("B"), Grade("O1", "逻辑", "2019-10", "61")]
    assert assess(small, grades, {"": "他"}, ON).met
    assert assess(small, [*grades, Grade("O1", "", "2024-10", "90")], {"": "他"}, ON).met


def test_an_old_course_must_be_passed_before_the_limit() -> None:
    assert line_of(replacing(Replacement("甲", ("O1",), ("X",), use_by=date(2019, 10, 2))), "X").state is State.REPLACED
    assert line_of(replacing(Replacement("甲", ("O1",), ("X",), use_by=date(2019, 10, 1))), "X").state is State.ABSENT


def test_a_better_mark_of_ones_own_is_never_replaced() -> None:
    small = plan(course("X"), replacements=(Replacement("甲", ("O1",), ("X",)),))
    answer = assess(small, passed("X", mark="90") + passed("O1", mark="70"), {}, ON)
    assert line_of(answer, "X").state is State.PASSED
    assert line_of(answer, "X").grades[0].mark == "90"


def test_the_best_mark_of_a_course_is_used() -> None:
    grades = passed("X", mark="61") + passed("X", mark="88") + passed("X", mark="-0") + passed("X", mark="55")
    assert line_of(assess(plan(course("X")), grades, {}, ON), "X").grades[0].mark == "88"


@pytest.mark.parametrize(("mark", "shown"), [("-0", "违规"), ("+0", "取消成绩"), ("--", "缺考"), ("59.5", "59.5")])
def test_codes_and_failed_marks_pass_nothing(mark: str, shown: str) -> None:
    answer = assess(plan(course("X")), passed("X", mark=mark), {}, ON)
    assert not answer.met
    assert line_of(answer, "X").state is State.FAILED
    assert line_of(answer, "X").grades[0].shown == shown


@pytest.mark.parametrize(
    ("mark", "origin", "state"),
    [
        ("++", Origin.NATIONAL, State.PASSED),
        ("60", Origin.TRANSFER_IN, State.PASSED),
        ("免考", Origin.EXEMPTION, State.EXEMPT),
        ("合格", Origin.EXEMPTION, State.EXEMPT),
        ("75", Origin.REPLACEMENT, State.REPLACED),
        ("中等", Origin.SPECIAL, State.PASSED),
    ],
)
def test_origins_count_and_are_named(mark: str, origin: Origin, state: State) -> None:
    answer = assess(plan(course("X")), passed("X", mark=mark, origin=origin), {}, ON)
    assert answer.met
    assert line_of(answer, "X").state is state
    assert line_of(answer, "X").grades[0].origin == origin


def test_a_row_out_of_use_on_the_day_is_not_asked_for() -> None:
    rows = (course("A"), course("B", starts_on=date(2026, 12, 1)), course("C", ends_on=ON))
    answer = assess(plan(*rows), passed("A", "C"), {}, ON)
    assert answer.met
    assert [line.code for line in answer.lines] == ["A"]
    assert answer.others[0].note == f"该课程已于 {ON} 停用，不再计入本计划"
    early = assess(plan(*rows), passed("A", "B", "C"), {}, ON)
    assert early.others[0].note == "该课程自 2026-12-01 起才列入本计划"
    assert missing_codes(assess(plan(*rows), passed("A", "C"), {}, date(2026, 12, 1))) == ["B"]


def test_a_course_whose_end_is_announced_says_so_while_it_still_counts() -> None:
    end = date(2027, 4, 1)
    rows = (course("A", ends_on=end), course("B", ends_on=end), course("B", starts_on=end), course("C"))
    before = assess(plan(*rows), passed("A", "C"), {}, ON)
    assert line_of(before, "A").note == "2027-04-01 起停用，在此之后提交的申请不再计入"
    assert line_of(before, "B").note == line_of(before, "C").note == ""  # B goes on in its next row
    missing = assess(plan(*rows), passed("C"), {}, ON)
    assert "2027-04-01 起停用，须在此之前合格并提交申请" in line_of(missing, "A").note
    on_the_day = assess(plan(*rows), passed("A", "B", "C"), {}, end)
    assert on_the_day.met
    assert "已于 2027-04-01 停用" in on_the_day.others[0].note


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (TicketFacts(record_status="停考"), "R18"),
        (TicketFacts(record_status="停考", status_until=date(2026, 11, 21)), "R18"),
        (TicketFacts(record_status="推迟毕业", status_until=date(2027, 1, 1)), "R18"),
        (TicketFacts(record_status="退学"), "R19"),
        (TicketFacts(record_status="转出"), "R19"),
        (TicketFacts(graduated_majors=frozenset({"530601"})), "R19"),
    ],
)
def test_blocks_stand_against_a_complete_record(facts: TicketFacts, code: str) -> None:
    answer = assess(BUSINESS, required_of(BUSINESS), {}, ON, facts)
    assert answer.verdict is Verdict.SHORT
    assert answer.short == 0
    assert [reason.code for reason in answer.blocks] == [code]


def test_a_suspension_ends_on_its_day_and_other_majors_do_not_matter() -> None:
    facts = TicketFacts(record_status="停考", status_until=ON, graduated_majors=frozenset({"050101"}))
    assert assess(BUSINESS, required_of(BUSINESS), {}, ON, facts).met


def test_a_plan_may_be_used_within_its_dates_only() -> None:
    complete = required_of(OLD_050101) + passed("00015", "00341")
    early, late = TicketFacts(date(2024, 6, 30)), TicketFacts(date(2024, 7, 1))
    assert assess(OLD_050101, complete, {}, ON, early).met
    assert assess(OLD_050101, complete, {}, ON, late).blocks[0].code == "R22"
    assert assess(OLD_050101, complete, {}, ON).verdict is Verdict.CHECK
    assert assess(OLD_050101, complete, {}, date(2028, 1, 1), early).verdict is Verdict.SHORT
    assert assess(OLD_050101, complete, {}, date(2017, 12, 31), early).verdict is Verdict.SHORT


def test_a_minimum_passed_here_applies_after_a_transfer_in_only() -> None:
    codes = [row.code for row in BUSINESS.courses]
    here, brought = passed(*codes[:4]), passed(*codes[4:], origin=Origin.TRANSFER_IN)
    assert assess(BUSINESS, here + brought, {}, ON).met
    assert assess(BUSINESS, here + brought, {}, ON, TicketFacts(local_minimum=4)).met
    answer = assess(BUSINESS, here + brought, {}, ON, TicketFacts(local_minimum=5))
    assert [reason.code for reason in answer.blocks] == ["R20"]
    assert assess(BUSINESS, passed(*codes), {}, ON, TicketFacts(local_minimum=50)).met


def test_old_english_stands_for_new_english() -> None:
    answer = assess(NEW_050101, required_of(NEW_050101) + passed("00015", *FIVE_CREDITS[:3]), {}, ON)
    assert answer.met
    assert answer.credits_earned == 74
    assert line_of(answer, ENGLISH).state is State.REPLACED


def test_a_grade_of_an_unknown_course_is_kept_and_shown() -> None:
    answer = assess(BUSINESS, [Grade("77777", "插花", "2020-04", "90")], {}, ON)
    assert [(other.grade.code, other.note) for other in answer.others] == [("77777", "未列入计划")]


def test_no_grades_at_all_give_every_course_with_its_next_step() -> None:
    answer = assess(NEW_050101, [], {}, ON)
    assert len(answer.lines) == 17
    assert answer.short == 14
    assert all(item.next_step for item in answer.missing)
    assert answer.credits_earned == 0


def test_an_unreadable_mark_passes_nothing_and_does_not_break() -> None:
    assert missing_codes(assess(plan(course("X")), passed("X", mark="？"), {}, ON)) == ["X"]


def test_half_credits_add_up_exactly() -> None:
    small = plan(*(course(f"{n}", 0.5) for n in range(5)), floor=2.5)
    answer = assess(small, passed(*"01234"), {}, ON)
    assert answer.met
    assert answer.credits_earned == Decimal("2.5")


def test_a_practice_elective_asks_for_practice() -> None:
    small = plan(elective("A", "G", exam=Exam.PRACTICE), groups=(Group("G", min_courses=1),))
    assert assess(small, [], {}, ON).missing[0].next_step is NextStep.PRACTICE


def test_the_day_is_a_date_not_a_moment() -> None:
    with pytest.raises(TypeError):
        assess(BUSINESS, [], {}, datetime(2026, 11, 20))
