"""A window is made free of charge only where nobody approved still owes its fee: those would be neither paid nor completed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.applications.completion import undo_completion
from app.actions.payments.on_the_spot import record_offline
from app.actions.windows.own import window_facts
from app.actions.windows.windows import edit_window
from app.extensions import db
from app.models import Window
from app.rules.people.roles import SYSTEM
from app.rules.refusals import Invalid
from tests import builders
from tests.actions.applications.second_application import left_over, passed
from tests.reviewing import PAYING, Desk, actor, approved, submitted


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
