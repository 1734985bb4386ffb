"""What is said of a fee that is not paid: until or from when, and once that is over how all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.rules.calendar import short
from app.rules.orders import BEFORE, DUE, OVER, how_to_pay, owed_in_words, unpaid_state
from tests.rules.review.test_lifecycle import WINDOW

assert WINDOW.pay_opens_at
assert WINDOW.pay_closes_at
OPENS, CLOSES, SCHOOL = WINDOW.pay_opens_at, WINDOW.pay_closes_at, "某校（电话 1）"


@pytest.mark.parametrize(
    ("on", "state", "said", "unsaid"),
    [
        (
            OPENS - timedelta(seconds=1),
            BEFORE,
            "缴费时间：2026 年 12 月 15 日 9:00 至 2026 年 12 月 25 日 9:00",
            SCHOOL,
        ),
        (OPENS, DUE, "请在 2026 年 12 月 25 日 9:00（北京时间）前支付", SCHOOL),
        (CLOSES, OVER, "缴费时间已于 2026 年 12 月 25 日 9:00（北京时间）截止", "届时"),
    ],
)
def test_the_words_follow_from_the_clock(on: datetime, state: str, said: str, unsaid: str) -> None:
    assert unpaid_state(WINDOW, on) == state
    text = how_to_pay(WINDOW, on, SCHOOL)
    assert text.startswith(said)
    assert unsaid not in text


def test_once_it_is_over_it_says_whom_to_call_and_what_can_be_done() -> None:
    text = how_to_pay(WINDOW, CLOSES, SCHOOL)
    assert all(words in text for words in (f"请联系{SCHOOL}", "现场缴费", "单独延长"))


def test_without_a_time_it_promises_none() -> None:
    text = how_to_pay(replace(WINDOW, pay_opens_at=None, pay_closes_at=None), OPENS, SCHOOL)
    assert "还没有公布" in text
    assert SCHOOL in text


@pytest.mark.parametrize(
    ("owed", "later", "opens", "said"),
    [
        (0, 0, None, "没有待支付的订单"),
        (2, 0, None, "2 笔待支付"),
        (0, 1, OPENS, "1 笔缴费未开始，2026 年 12 月 15 日 9:00 起"),
        (0, 1, None, "1 笔缴费未开始"),
        (1, 1, OPENS, "1 笔待支付；1 笔缴费未开始，2026 年 12 月 15 日 9:00 起"),
    ],
)
def test_home_says_in_short_what_is_owed(owed: int, later: int, opens: datetime | None, said: str) -> None:
    assert owed_in_words(owed, later, opens) == said


def test_a_date_of_another_year_has_its_year() -> None:
    on = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)  # the last minute of the year in Shanghai
    assert short(on, on) == "12 月 31 日 23:59"
    assert short(on + timedelta(minutes=1), on) == "2027 年 1 月 1 日 0:00"
    assert short(on, on + timedelta(minutes=1)) == "2026 年 12 月 31 日 23:59"
