"""What comes next begins where the application is, whatever became of its window meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from app.rules.review.lifecycle import State
from app.services import install
from app.wizard.card import Card
from app.wizard.progress import steps_to_come
from tests.rules.review.test_lifecycle import CLOSES, OPENS, WINDOW

NOW_IS = {
    State.DRAFT: "填写并提交",
    State.SCHOOL_REVIEW: "审核",
    State.OFFICE_REVIEW: "考办终审",
    State.RETURNED: "等待你修改",
}


@pytest.fixture(autouse=True)
def services() -> None:
    install()


@pytest.mark.parametrize(("stages", "fee", "state"), list(product((1, 2), (0, 5000), State)))
def test_the_present_step_is_that_of_the_state(stages: int, fee: int, state: State) -> None:
    steps = steps_to_come(Card(replace(WINDOW, stages=stages, fee=fee), OPENS, state=state))
    if state in (State.REJECTED, State.COMPLETED):
        assert steps == []
        return
    first = "主考学校初审" if state is State.SCHOOL_REVIEW and stages == 2 else NOW_IS.get(state)
    first = first or ("支付毕业审定费（" if fee else "等待考办办结")
    assert steps[0]["title"].startswith(first)
    assert (steps[0]["kind"], steps[-1]["title"]) == ("now", "办结")
    assert [step["title"] for step in steps[1:]].count("填写并提交") == 0


@pytest.mark.parametrize(("state", "word"), [(State.DRAFT, "已截止，未提交"), (State.RETURNED, "逾期未修改")])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=400)])
def test_after_the_deadline_nothing_comes_and_it_says_so(state: State, word: str, late: timedelta) -> None:
    steps = steps_to_come(Card(WINDOW, CLOSES + late, state=state))
    assert [(step["kind"], step["title"], step["at"]) for step in steps] == [("now", word, CLOSES)]
    longer = replace(WINDOW, closes_at=CLOSES + timedelta(days=401))
    assert steps_to_come(Card(longer, CLOSES + late, state=state))[0]["title"] == NOW_IS[state]


@pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED])
def test_before_a_start_that_was_put_off_all_is_still_to_come(state: State) -> None:
    steps = steps_to_come(Card(WINDOW, OPENS - timedelta(days=3), state=state))
    assert (steps[0]["title"], steps[-1]["title"]) == (NOW_IS[state], "办结")
