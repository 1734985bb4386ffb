"""毕业证书编号: the check digit on real numbers, the two rules, and what has no number."""

from __future__ import annotations

from datetime import date

import pytest

from app.rules.papers.certificate import NoNumber, check_digit, from_serial, from_ticket, gaps, serial_of, series
from app.rules.papers.money import capital_yuan

REAL = ("65624905121620071", "65624901121623297", "65620103031007635")  # domain.md §3.4


def valid(number: str) -> bool:
    """Whether the last digit fits the others."""
    try:
        return check_digit(number[:-1]) == number[-1]
    except NoNumber:
        return False


@pytest.mark.parametrize("number", REAL)
def test_real_numbers_have_the_right_check_digit(number: str) -> None:
    assert check_digit(number[:-1]) == number[-1]
    assert valid(number)


@pytest.mark.parametrize("number", REAL)
def test_every_single_wrong_digit_is_noticed(number: str) -> None:
    for place in range(17):
        for digit in "0123456789":
            if digit != number[place]:
                assert not valid(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("number", REAL)
def test_a_real_number_follows_from_level_province_and_ticket(number: str) -> None:
    level = "本科" if number[1] == "5" else "专科"
    assert from_ticket(level, number[2:4], number[4:16]) == number


def test_shanghai_begins_6531_and_6631() -> None:
    assert from_ticket("本科", "31", "010126100001").startswith("6531")
    assert from_ticket("专科", "31", "010126100001").startswith("6631")


@pytest.mark.parametrize(
    ("level", "province", "ticket", "words"),
    [
        ("本科", "31", "12345", "12 位"),
        ("本科", "31", "１２３４５６７８９０１２", "12 位"),
        ("硕士", "31", "010126100001", "层次"),
        ("本科", "", "010126100001", "省份"),
    ],
)
def test_what_has_no_number_says_why(level: str, province: str, ticket: str, words: str) -> None:
    with pytest.raises(NoNumber, match=words):
        from_ticket(level, province, ticket)


def test_serials_follow_year_and_half() -> None:
    first = series("本科", "31", "0101", date(2026, 6, 30))
    second = series("本科", "31", "0101", date(2026, 7, 1))
    assert (first, second) == ("65310101261", "65310101262")
    assert from_serial(first, 1)[:16] == "6531010126100001"
    assert serial_of(from_serial(first, 42)) == (first, 42)
    assert valid(from_serial(second, 99_999))
    with pytest.raises(NoNumber):
        from_serial(second, 100_000)


def test_not_a_number_is_not_valid() -> None:
    for text in ("", "6562490512162007", "６5624905121620071", "6562490512162007X"):
        assert not valid(text)


def test_gaps_are_runs_of_missing_serials() -> None:
    assert gaps([]) == []
    assert gaps([1, 2, 3]) == []
    assert gaps([2, 3, 7]) == [(1, 1), (4, 6)]


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (5000, "人民币伍拾元整"),
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (10, "人民币壹角整"),
        (12350, "人民币壹佰贰拾叁元伍角整"),
        (105007, "人民币壹仟零伍拾元零柒分"),
        (100_000_00, "人民币壹拾万元整"),
        (100_010_000, "人民币壹佰万零壹佰元整"),
        (100_000_100_00, "人民币壹亿零壹佰元整"),
        (20_003_000_00, "人民币贰仟万零叁仟元整"),
    ],
)
def test_an_amount_in_capitals(fen: int, words: str) -> None:
    assert capital_yuan(fen) == words
