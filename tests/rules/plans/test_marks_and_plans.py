"""Marks as the office writes them, and who may use which plan."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.demo.real_plans import real_plans
from app.rules.plans.marks import Mark, Origin, course_name_key, parse_exam_session, parse_mark
from app.rules.plans.plan import TicketFacts, Usability, credit, extra_case_groups, from_json, to_json, usable
from tests.rules.plans.plan_builders import COMPUTING, OLD_050101, ON


@pytest.mark.parametrize(
    ("text", "stored", "value", "is_passed", "shown"),
    [
        ("60", "60", 60, True, "60"),
        ("59.9", "59.9", Decimal("59.9"), False, "59.9"),
        ("８５．０", "85", 85, True, "85"),
        (" 100 ", "100", 100, True, "100"),
        ("0", "0", 0, False, "0"),
        ("优秀", "优秀", 90, True, "优秀"),
        ("良好", "良好", 80, True, "良好"),
        ("中等", "中等", 70, True, "中等"),
        ("合格", "合格", 60, True, "合格"),
        ("不合格", "不合格", 0, False, "不合格"),
        ("免 考", "免考", 60, True, "免考"),
        ("－０", "-0", -1, False, "违规"),
        ("＋0", "+0", -1, False, "取消成绩"),
        ("++", "++", 100, True, "满分100"),
        ("——", "--", -1, False, "缺考"),
    ],
)
def test_a_mark_is_read_as_what_it_means(
    text: str, stored: str, value: Decimal | int, is_passed: bool, shown: str
) -> None:
    mark = parse_mark(text)
    assert (mark.text, mark.value, mark.passed, mark.shown) == (stored, value, is_passed, shown)
    assert parse_mark(mark.text) == mark


def test_void_absent_and_exempt_are_told_apart() -> None:
    def kind(mark: Mark) -> tuple[bool, bool, bool]:
        return mark.void, mark.absent, mark.exempt

    assert kind(parse_mark("-0")) == kind(parse_mark("+0")) == (True, False, False)
    assert kind(parse_mark("--")) == (False, True, False)
    assert kind(parse_mark("免考")) == (False, False, True)


@pytest.mark.parametrize("text", ["", "101", "-5", "8o", "1e2", "nan", "85.123", "甲", "B", "+-"])
def test_what_is_no_mark_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="成绩"):
        parse_mark(text)


@pytest.mark.parametrize(
    "text", ["2026-04", "202604", "2026/4", "2026年4月", "2026-04-01 00:00:00", "2026/4/1", "２０２６－０４"]
)
def test_a_session_is_read_in_every_common_form(text: str) -> None:
    assert parse_exam_session(text) == "2026-04"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "26-04", "2026-00", "四月", "2026/10/24", "2026-10-31", "2026.10.2"]
)
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="考次"):
        parse_exam_session(text)


def test_names_are_alike_whatever_the_width_of_spaces_and_brackets() -> None:
    assert course_name_key("英语（专升本）") == course_name_key("英语 (专升本)") == course_name_key("英语【专升本】")
    assert course_name_key("英语（一）") != course_name_key("英语（二）")


def test_origins_are_the_words_of_the_import_file() -> None:
    assert [str(origin) for origin in Origin] == ["统考", "校考", "实践", "免考", "转入", "顶替", "特批", "补录"]


def test_the_key_of_a_plan_is_the_value_of_the_form_field() -> None:
    assert COMPUTING.key == "080901.10574.2026"


def test_plans_survive_json_exactly() -> None:
    for plan in real_plans():
        halves = replace(plan, credit_floor=credit("72.5"))
        assert from_json(to_json(halves)) == halves
    with pytest.raises(ValueError, match="格式"):
        from_json({"format": 99})


def test_case_groups_keep_the_order_of_the_form_fields() -> None:
    assert [group.label for group in extra_case_groups(COMPUTING)] == ["前置学历专业", "考生身份"]
    unnamed = replace(COMPUTING, extras=(replace(COMPUTING.extras[0], group=""),))
    assert [group.label for group in extra_case_groups(unnamed)] == ["加考选项"]


@pytest.mark.parametrize(
    ("registered", "on", "answer"),
    [
        (date(2024, 6, 30), ON, Usability.YES),
        (date(2024, 7, 1), ON, Usability.NO),
        (None, ON, Usability.CHECK),
        (date(2024, 6, 30), date(2018, 1, 1), Usability.YES),
        (date(2024, 6, 30), date(2017, 12, 31), Usability.NO),
        (date(2024, 6, 30), date(2027, 12, 31), Usability.YES),
        (date(2024, 6, 30), date(2028, 1, 1), Usability.NO),
    ],
)
def test_dates_of_a_plan_are_half_open(registered: date | None, on: date, answer: Usability) -> None:
    found = usable(OLD_050101, TicketFacts(registered_on=registered), on)
    assert found.answer is answer
    assert found.allowed is (answer is not Usability.NO)
    assert bool(found.why) is (answer is not Usability.YES)
