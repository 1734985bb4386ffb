"""No list or page of staff says 待缴费 of what owes nothing: barred by another graduation, or its completion undone after it was paid for."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.actions.applications.completion import undo_completion
from app.actions.payments.on_the_spot import record_offline
from app.rules.review.lifecycle import State
from tests import builders
from tests.actions.applications.second_application import OTHER, begun, handed_in, left_over, passed
from tests.reviewing import PAYING, Desk, actor, approved, submitted, url

DUE = ("待缴费", "缴费未开始", "等考生缴费", "逾期未缴费")
BARRED, UNDONE = "审核通过", "办结已撤销"


def paid(desk: Desk) -> Desk:
    record_offline(desk.public_id, f"R{desk.row.id}", by=actor(builders.staff("finance")), on=PAYING)
    return desk


def undone(desk: Desk) -> Desk:
    undo_completion(desk.public_id, "录错", by=actor(builders.staff("office_reviewer")), on=PAYING)
    return desk


def of_one_major() -> Desk:
    first = approved()
    second = passed(left_over(first))
    paid(first)
    return second


def on_one_course() -> Desk:
    first = approved()
    second = passed(handed_in(begun(first, OTHER)))
    paid(first)
    return second


def without_a_fee() -> Desk:
    """Completed with its approval."""
    return undone(passed(submitted(window=builders.window(fee=0, name="不收费"))))


CASES = {
    "graduated": (of_one_major, BARRED),
    "used": (on_one_course, BARRED),
    "undone": (lambda: undone(paid(approved())), UNDONE),
    "undone without a fee": (without_a_fee, UNDONE),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Any:
    return CASES[request.param]


def test_every_page_of_staff_names_its_state_and_no_fee(app: Flask, client: Any, case: Any) -> None:
    make, word = case
    desk = make()
    app.clock.now = PAYING  # type: ignore[attr-defined]
    assert desk.row.state == State.APPROVED
    builders.sign_in(client, person=builders.staff("office_reviewer"), on=PAYING)
    pages = {
        "queue": f"/staff/applications?state=approved&q={desk.ticket.number}",
        "file": url(desk),
        "person": f"/staff/examinees/{desk.person.id}",
    }
    for place, address in pages.items():
        page = client.get(address).text
        assert word in page, place
        assert not [due for due in DUE if f">{due}" in page or f"· {due}" in page or f"（{due}" in page], place
