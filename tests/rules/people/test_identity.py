"""Identity numbers and 准考证号: real people are never refused, mistakes always are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.people.identity import (
    FOREIGN_PERMANENT,
    HM_PERMIT,
    HMT_RESIDENCE,
    OFFICER,
    PASSPORT,
    TAIWAN_PERMIT,
    birth_date_of,
    check_digit,
    id_problem,
    initial_password,
    normalise_digits,
    normalise_id,
    sex_of,
    ticket_problem,
)

TODAY = date(2026, 11, 24)


def number(area: str = "310115", born: date = date(1990, 3, 7), serial: str = "123") -> str:
    body = area + born.strftime("%Y%m%d") + serial
    return body + check_digit(body)


numbers = st.builds(
    number,
    area=st.from_regex(r"[0-9]{6}", fullmatch=True),
    born=st.dates(date(1900, 1, 1), TODAY),
    serial=st.from_regex(r"[0-9]{3}", fullmatch=True),
)


def test_the_example_of_the_standard_has_check_digit_x():
    assert id_problem("11010519491231002X", TODAY) is None


@given(numbers)
def test_no_area_and_no_real_birthday_is_refused(made):
    assert id_problem(made, TODAY) is None


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(made, at, by):
    wrong = made[:at] + str((int(made[at]) + by) % 10) + made[at + 1 :]
    assert id_problem(wrong, TODAY) is not None


@given(numbers, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_noticed(made, at):
    wrong = made[:at] + made[at + 1] + made[at] + made[at + 2 :]
    assert wrong == made or id_problem(wrong, TODAY) is not None


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２ｘ",
        "\u200b110105\u202c19491231\u3000002x\n",
    ],
)
def test_full_width_digits_spaces_and_small_x_are_understood(typed):
    assert normalise_id(typed) == "11010519491231002X"
    assert id_problem(typed, TODAY) is None


def test_each_mistake_is_said_in_its_own_words():
    tomorrow = TODAY + timedelta(days=1)
    assert "15 位" in id_problem("310115900307123", TODAY)
    assert "现在是 17 位" in id_problem("31011519900307123", TODAY)
    assert "校验" in id_problem("110105194912310021", TODAY)
    assert "19900230 不是真实的日期" in id_problem("310115" + "19900230" + "1231", TODAY)
    assert "还没有到" in id_problem(number(born=tomorrow), TODAY)
    assert "不是真实的日期" in id_problem("310115" + "18000101" + "1231", TODAY)
    assert "数字或 X" in id_problem("3101151990030712AX", TODAY)
    assert "请填写" in id_problem("  ", TODAY)


def test_somebody_born_today_is_no_mistake():
    assert id_problem(number(born=TODAY), TODAY) is None


def test_hong_kong_macao_taiwan_residence_and_county_level_cities_are_accepted():
    for area in ("810000", "820000", "830000", "429006"):
        assert id_problem(number(area=area), TODAY, HMT_RESIDENCE) is None
        assert id_problem(number(area=area), TODAY) is None


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (HM_PERMIT, "H12345678", "A12345678"),
        (HM_PERMIT, "m1234567800", "H1234567"),
        (TAIWAN_PERMIT, "12345678", "1234567"),
        (TAIWAN_PERMIT, "1234567890A", "123456789"),
        (PASSPORT, "e12345678", "E1234-"),
        (OFFICER, "南字第12345678号", "字" * 21),
        (FOREIGN_PERMANENT, "USA110012345678", "US1100123456789"),
        (FOREIGN_PERMANENT, number("911156"), number("310115")),
    ],
)
def test_other_documents_have_their_own_form(kind, right, wrong):
    assert id_problem(right, TODAY, kind) is None
    assert kind in id_problem(wrong, TODAY, kind)


def test_an_unknown_document_is_refused_by_name():
    assert "学生证" in id_problem("12345678", TODAY, "学生证")


def test_birthday_and_sex_stand_in_the_number():
    assert birth_date_of("11010519491231002x") == date(1949, 12, 31)
    assert birth_date_of("110105491231002") == date(1949, 12, 31)
    assert birth_date_of("H12345678") is None
    assert sex_of("11010519491231002X") == "女"
    assert sex_of(number(serial="121")) == "男"
    assert sex_of("110105491231003") == "男"
    assert sex_of("E12345678") is None


def test_the_first_password_is_the_last_six_with_a_capital_x():
    assert initial_password("11010519491231002x") == "31002X"


def test_a_ticket_has_twelve_digits():
    assert ticket_problem("０１０１ 2345 6789") is None
    assert normalise_digits("０１０１-2345 6789") == "010123456789"
    assert "现在是 11 位" in ticket_problem("01012345678")
    assert "不含字母" in ticket_problem("01012345678a")
    assert "请填写" in ticket_problem("")


@given(st.text())
def test_no_text_at_all_breaks_the_checks(text):
    id_problem(text, TODAY)
    ticket_problem(text)
    birth_date_of(text)
    sex_of(text)
    initial_password(text)
