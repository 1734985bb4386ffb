"""The life of an application: what can happen is what the table says, and the words follow from the state and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.people.roles import STAFF_ROLES
from app.rules.review.lifecycle import (
    DECISION_ARROWS,
    TRANSITIONS,
    State,
    for_decision,
    resubmission,
    shown,
    transition,
)
from app.rules.windows import WindowFacts, still, time_left, time_waited

OPENS = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=17)
WINDOW = WindowFacts(
    1,
    "graduation",
    "2026 年下半年",
    OPENS,
    CLOSES,
    fee=5000,
    pay_opens_at=CLOSES + timedelta(days=8),
    pay_closes_at=CLOSES + timedelta(days=18),
)


def test_a_window_is_half_open() -> None:
    assert not WINDOW.is_open(OPENS - timedelta(microseconds=1))
    assert WINDOW.is_open(OPENS)
    assert WINDOW.is_open(CLOSES - timedelta(microseconds=1))
    assert not WINDOW.is_open(CLOSES)


@pytest.mark.parametrize(
    ("state", "on", "word"),
    [
        (State.DRAFT, OPENS, "草稿"),
        (State.DRAFT, CLOSES, "已截止，未提交"),
        (State.SCHOOL_REVIEW, CLOSES, "待初审"),
        (State.OFFICE_REVIEW, CLOSES, "待终审"),
        (State.RETURNED, OPENS, "审核未通过，请修改"),
        (State.RETURNED, CLOSES, "逾期未修改"),
        (State.REJECTED, OPENS, "不予通过"),
        (State.APPROVED, CLOSES, "审核通过（缴费未开始）"),
        (State.APPROVED, CLOSES + timedelta(days=8), "待缴费"),
        (State.APPROVED, CLOSES + timedelta(days=18), "逾期未缴费"),
        (State.COMPLETED, CLOSES, "已办结"),
    ],
)
def test_what_is_shown_follows_from_the_state_and_the_clock(state: State, on: datetime, word: str) -> None:
    assert shown(state, WINDOW, on).word == word


def test_without_a_fee_an_approved_case_is_just_approved() -> None:
    free = WindowFacts(1, "graduation", "x", OPENS, CLOSES)
    assert shown(State.APPROVED, free, OPENS).word == "审核通过"


def test_a_resubmission_goes_back_to_the_stage_that_returned_it() -> None:
    assert resubmission(State.SCHOOL_REVIEW).target is State.SCHOOL_REVIEW
    assert resubmission(State.OFFICE_REVIEW).target is State.OFFICE_REVIEW
    assert resubmission(None).target is State.SCHOOL_REVIEW


@given(
    st.sampled_from(sorted(DECISION_ARROWS)),
    st.sampled_from(list(State)),
    st.sampled_from(sorted(STAFF_ROLES)),
    st.sampled_from([1, 2]),
)
def test_a_decision_is_an_arrow_of_the_table_or_nothing(decision: str, state: State, role: str, stages: int) -> None:
    found = for_decision(decision, state, role, stages)
    if found is not None:
        assert found in TRANSITIONS
        assert state in found.sources
        assert ("school_reviewer" if role == "school_lead" else role) in found.who  # a lead reviews as the school does
        assert stages in found.stages


def test_nobody_of_the_staff_decides_what_is_not_under_review() -> None:
    for state in (State.DRAFT, State.RETURNED, State.REJECTED, State.APPROVED, State.COMPLETED):
        for decision in DECISION_ARROWS:
            assert all(for_decision(decision, state, role, stages) is None for role in STAFF_ROLES for stages in (1, 2))


def test_a_school_never_gives_the_final_approval_of_two_stages() -> None:
    assert for_decision("pass", State.OFFICE_REVIEW, "school_reviewer", 2) is None
    assert for_decision("pass", State.SCHOOL_REVIEW, "school_reviewer", 2) == transition("pass_school")
    assert for_decision("pass", State.SCHOOL_REVIEW, "school_reviewer", 1) == transition("approve_at_once")


def test_only_the_office_takes_back_what_is_concluded_and_rejected_ones_leave_by_a_revoked_decision() -> None:
    ways = [row for row in TRANSITIONS if State.COMPLETED in row.sources]
    assert [(row.name, row.target, set(row.who)) for row in ways] == [
        ("undo_completion", State.APPROVED, {"office_reviewer", "admin"})
    ]
    ends = {row.name for row in TRANSITIONS if State.REJECTED in row.sources}
    assert ends == {"revoke_to_school", "revoke_to_office"}


def test_what_is_left_and_what_was_waited_is_said_in_words() -> None:
    assert time_left(OPENS + timedelta(days=13, hours=21), OPENS) == "13 天 21 小时"
    assert time_left(OPENS + timedelta(seconds=30), OPENS) == "不到 1 分钟"
    assert time_left(OPENS, OPENS) == "已截止"
    assert [still(left) for left in ("3 天", "不到 1 分钟", "已截止")] == ["还剩 3 天", "还剩不到 1 分钟", "已截止"]
    assert still("不到 1 分钟", "还有") == "还有不到 1 分钟"
    assert time_waited(OPENS, OPENS + timedelta(days=2, hours=5)) == "2 天"
