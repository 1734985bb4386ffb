"""后续事宜: the text of the state and of the time to pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.rules.review.follow_up import APPROVED, COMPLETED, FREE, UNDONE, follow_up
from app.rules.review.lifecycle import State
from tests.rules.review.test_lifecycle import CLOSES, OPENS, WINDOW

SCHOOL = {State.APPROVED: "先缴费。", State.COMPLETED: "来领证。"}
OWN = {State.APPROVED: "先付。", State.COMPLETED: "领取。"}
OVER = CLOSES + timedelta(days=18)


@pytest.mark.parametrize(
    ("state", "on", "school", "own", "text"),
    [
        (State.APPROVED, CLOSES, SCHOOL, OWN, "先缴费。"),
        (State.APPROVED, CLOSES, {}, OWN, "先付。"),
        (State.APPROVED, CLOSES, {State.APPROVED: ""}, {}, APPROVED),
        (State.COMPLETED, CLOSES, SCHOOL, OWN, "来领证。"),
        (State.COMPLETED, OVER, SCHOOL, OWN, "来领证。"),
        (State.COMPLETED, OVER, {State.APPROVED: "先缴费。"}, OWN, "领取。"),
        (State.COMPLETED, OVER, {}, {}, COMPLETED),
        (State.OFFICE_REVIEW, OPENS, SCHOOL, OWN, ""),
        (State.REJECTED, OPENS, SCHOOL, OWN, ""),
    ],
)
def test_the_text_is_that_of_the_state(state, on, school, own, text) -> None:
    assert follow_up(state, WINDOW, on, school, own) == text


def test_once_the_time_to_pay_is_over_it_says_how_to_pay_all_the_same() -> None:
    text = follow_up(State.APPROVED, WINDOW, OVER, SCHOOL, OWN)
    assert "缴费时间已于" in text
    assert "现场缴费" in text


@pytest.mark.parametrize("on", [CLOSES, OVER])
def test_without_a_fee_nothing_asks_to_pay(on) -> None:
    assert follow_up(State.APPROVED, replace(WINDOW, fee=0), on, SCHOOL, OWN) == FREE


@pytest.mark.parametrize("on", [CLOSES, OVER])
def test_once_a_completion_was_undone_nothing_asks_to_pay(on) -> None:
    assert follow_up(State.APPROVED, WINDOW, on, SCHOOL, OWN, undone=True) == UNDONE
