"""What a window loses while applications wait for it: its fee (they could neither pay nor be completed), its second stage (nobody could decide)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.applications.completion import undo_completion
from app.actions.applications.submit import submit
from app.actions.payments.on_the_spot import correct, record_offline
from app.actions.review.opinions import Opinion
from app.actions.review.undo import decide_later
from app.actions.windows.own import window_facts
from app.actions.windows.windows import edit_window
from app.extensions import db
from app.models import Window
from app.rules.people.roles import SYSTEM
from app.rules.refusals import Invalid
from app.services.graduation import GRADUATION
from tests import builders
from tests.actions.applications.second_application import left_over, passed
from tests.reviewing import LATER, PAYING, Desk, actor, approved, myself, returning, submitted


def resubmit(desk: Desk) -> None:
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)


def paid(desk: Desk) -> Desk:
    record_offline(desk.public_id, f"R{desk.row.id}", by=actor(builders.staff("finance")), on=PAYING)
    return desk


def without_a_fee(window: Window) -> None:
    db.session.rollback()
    facts = window_facts(db.session.get_one(Window, window.id))
    edit_window(window.id, replace(facts, fee=0, pay_opens_at=None, pay_closes_at=None), by=SYSTEM, on=PAYING)


def fee(window: Window) -> int:
    return db.session.scalar(select(Window.fee).where(Window.id == window.id)) or 0


def test_a_fee_that_somebody_approved_still_owes_is_not_taken_away(both: Flask) -> None:
    first, second = approved(), approved()
    submitted()  # completes with its approval
    with pytest.raises(Invalid) as refusal:
        without_a_fee(first.window)
    assert refusal.value.field == "fee"
    assert "2 项申请审核通过而没有缴费" in refusal.value.message
    assert fee(first.window) > 0
    paid(first)
    with pytest.raises(Invalid, match="1 项申请"):
        without_a_fee(first.window)
    paid(second)
    without_a_fee(first.window)
    assert fee(first.window) == 0


def test_a_payment_that_was_taken_back_is_owed_again(app: Flask) -> None:
    desk = approved()
    done = record_offline(desk.public_id, "R1", by=actor(builders.staff("finance")), on=PAYING)
    correct(done.order_number, "收据属于别人", by=actor(builders.staff("finance")), on=PAYING)
    with pytest.raises(Invalid, match="1 项申请"):
        without_a_fee(desk.window)


def test_another_amount_is_no_matter(app: Flask) -> None:
    window = approved().window
    edit_window(window.id, replace(window_facts(window), fee=8000), by=SYSTEM, on=PAYING)
    assert fee(window) == 8000


def test_what_owes_nothing_does_not_stand_in_the_way(app: Flask) -> None:
    first = approved()
    barred = passed(left_over(first))
    paid(first)
    undo_completion(paid(approved()).public_id, "录错", by=actor(builders.staff("admin")), on=PAYING)
    for window in (barred.window, first.window):
        without_a_fee(window)
        assert fee(window) == 0


def one_stage(window: Window) -> None:
    db.session.rollback()
    facts = window_facts(db.session.get_one(Window, window.id))
    edit_window(window.id, replace(facts, stages=1), by=SYSTEM, on=PAYING)


def test_the_second_stage_is_not_taken_away_while_files_wait_for_it_or_come_back_to_it(both: Flask) -> None:
    waiting, returned = submitted(), submitted()
    school, office = builders.staff(school_code=waiting.row.school_code), builders.staff("office_reviewer")
    for desk in (waiting, returned):
        desk.decide("pass", school)
    returned.decide("return", office, returning("statement.statement"))
    with pytest.raises(Invalid) as refusal:
        one_stage(waiting.window)
    assert refusal.value.field == "stages"
    assert "2 项申请" in refusal.value.message
    waiting.decide("pass", office)
    with pytest.raises(Invalid, match="1 项申请"):
        one_stage(waiting.window)
    returned.explain("statement.statement")
    resubmit(returned)
    returned.decide("reject", office, Opinion({}, "不符合"))
    one_stage(waiting.window)


def test_a_pass_of_the_first_stage_that_can_still_be_undone_does_not_become_the_approval(app: Flask) -> None:
    desk = submitted()
    by = actor(builders.staff(school_code=desk.row.school_code))
    given = {"service": GRADUATION, "by": by, "on": LATER, "seen": desk.seen}
    decide_later(desk.public_id, "pass", Opinion(), **given, after=timedelta(minutes=5))
    with pytest.raises(Invalid, match="1 项申请"):
        one_stage(desk.window)
