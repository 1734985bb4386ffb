"""A window that is changed while applications wait in it: its fee (orders, what is approved), its second stage (nobody could decide)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.applications.completion import undo_completion
from app.actions.applications.submit import submit
from app.actions.applications.transitions import move
from app.actions.office import without_fee as free
from app.actions.office.window_changes import Done, edit_window, touched
from app.actions.papers.certificates import save_settings
from app.actions.payments.on_the_spot import correct, record_offline
from app.actions.payments.orders import open_order, receive
from app.actions.review.opinions import Opinion
from app.actions.review.undo import decide_later
from app.actions.windows.own import window_facts
from app.adapters.gateways import Notice
from app.cli.serving.periodic_work import WORKS
from app.extensions import db
from app.models import AuditEvent, Certificate, Completion, Message, Order, Window
from app.rules.people.roles import SYSTEM
from app.rules.refusals import Invalid
from app.rules.review.lifecycle import State
from app.rules.window_changes import Touched
from app.services.graduation import GRADUATION
from tests import builders
from tests.actions.applications.second_application import left_over, passed
from tests.reviewing import LATER, PAYING, Desk, actor, approved, myself, returning, submitted


def resubmit(desk: Desk) -> None:
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)


def paid(desk: Desk) -> Desk:
    record_offline(desk.public_id, f"R{desk.row.id}", by=actor(builders.staff("finance")), on=PAYING)
    return desk


def without_a_fee(window: Window) -> Done:
    return without_a_fee_of(window.id)


def without_a_fee_of(ident: int) -> Done:
    db.session.rollback()
    facts = window_facts(db.session.get_one(Window, ident))
    return edit_window(ident, replace(facts, fee=0, pay_opens_at=None, pay_closes_at=None), by=SYSTEM, on=PAYING)


def fee(window: Window) -> int:
    return db.session.scalar(select(Window.fee).where(Window.id == window.id)) or 0


def state_of(desk: Desk) -> str:
    db.session.rollback()
    return desk.row.state


def test_without_a_fee_what_is_approved_is_completed_as_an_approval_without_a_fee_is(both: Flask) -> None:
    save_settings("ticket", "44", "", by=actor(builders.staff("admin")), on=PAYING)
    first, ordered, paid_already, waiting = approved(), approved(), paid(approved()), submitted()
    number = open_order(ordered.public_id, by=myself(ordered), on=PAYING)
    assert touched(db.session(), first.window.id) == Touched(reviewing=1, owing=2, orders=1, completed=1)
    done = without_a_fee(first.window)
    assert done == (1, 2, False)
    assert fee(first.window) == 0
    for desk in (first, ordered, paid_already):
        assert state_of(desk) == State.COMPLETED
        assert db.session.scalar(select(Certificate.number).where(Certificate.application_id == desk.row.id))
    assert state_of(waiting) == State.SCHOOL_REVIEW
    order = db.session.scalars(select(Order).where(Order.number == number)).one()
    assert order.state == "closed"
    completion = db.session.get_one(Completion, first.row.id)
    assert (completion.undone_at, completion.completed_at) == (None, PAYING)
    told = db.session.scalars(select(Message.text).where(Message.application_id == first.row.id).order_by(Message.id))
    assert list(told)[-1] == "已办结。"
    acts = select(AuditEvent.detail).where(AuditEvent.action == "application.completed", AuditEvent.at == PAYING)
    assert {"why": "改为不收费"} in db.session.scalars(acts).all()


def test_a_payment_that_was_taken_back_is_completed_too_and_what_the_office_undid_is_not(app: Flask) -> None:
    desk, undone = approved(), paid(approved())
    done = record_offline(desk.public_id, "R1", by=actor(builders.staff("finance")), on=PAYING)
    correct(done.order_number, "收据属于别人", by=actor(builders.staff("finance")), on=PAYING)
    undo_completion(undone.public_id, "录错", by=actor(builders.staff("admin")), on=PAYING)
    assert without_a_fee(desk.window).completed == 1
    assert (state_of(desk), state_of(undone)) == (State.COMPLETED, State.APPROVED)


def test_what_is_barred_stays(app: Flask) -> None:
    first = approved()
    barred = passed(left_over(first))
    paid(first)
    for window in {barred.window.id: barred.window, first.window.id: first.window}.values():
        without_a_fee(window)
        assert fee(window) == 0
    assert state_of(barred) == State.APPROVED


def test_many_are_completed_in_batches_and_what_a_stop_left_is_completed_later(
    both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(free, "BATCH", 2)
    desks = [approved() for _ in range(5)]
    window = desks[0].window
    done = without_a_fee(window)
    assert (done.completed, done.more) == (2, True)  # and here the server was killed
    assert [state_of(desk) for desk in desks] == [State.COMPLETED] * 2 + [State.APPROVED] * 3
    work = next(work for work in WORKS if work.name == "complete_without_fee")
    assert work.waits
    assert work.waits(both)
    work.run(both, PAYING)
    assert {state_of(desk) for desk in desks} == {State.COMPLETED}
    assert not work.waits(both)


def change_fee_of(ident: int, amount: int) -> Done:
    db.session.rollback()
    facts = window_facts(db.session.get_one(Window, ident))
    return edit_window(ident, replace(facts, fee=amount), by=SYSTEM, on=PAYING)


def change_fee(window: Window, amount: int) -> Done:
    return change_fee_of(window.id, amount)


def orders_of(desk: Desk) -> list[tuple[int, str]]:
    db.session.rollback()
    query = select(Order.amount, Order.state).where(Order.application_id == desk.row.id).order_by(Order.id)
    return [tuple(row) for row in db.session.execute(query)]


def test_an_open_order_is_closed_when_the_fee_changes_and_made_anew_by_whoever_pays(both: Flask) -> None:
    desk, other = approved(), approved()
    old = open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert change_fee(desk.window, 11500) == (1, 0, False)
    assert orders_of(desk) == [(5000, "closed")]
    new = open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert new != old
    assert orders_of(desk) == [(5000, "closed"), (11500, "open")]
    for each in (desk, other):
        told = db.session.scalars(select(Message.text).where(Message.application_id == each.row.id)).all()
        assert "由 ¥ 50.00 改为 ¥ 115.00" in told[-1]
    closed = db.session.scalars(select(AuditEvent.detail).where(AuditEvent.action == "order.closed")).one()
    assert (closed["number"], closed["amount"], closed["fee"]) == (old, 5000, 11500)
    paid(other)
    assert orders_of(other) == [(11500, "paid")]


def test_money_for_the_old_order_is_recorded_and_completes(both: Flask) -> None:
    """Who had begun to pay before the change has paid: the money is neither lost nor disputed."""
    desk = approved()
    old = open_order(desk.public_id, by=myself(desk), on=PAYING)
    change_fee(desk.window, 11500)
    open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert receive(Notice("training", "T1", old, 5000, "{}"), title="收银台", on=PAYING).verdict == "paid"
    assert orders_of(desk) == [(5000, "paid"), (11500, "closed")]
    assert state_of(desk) == State.COMPLETED


def test_an_order_of_the_same_amount_stays(app: Flask) -> None:
    desk = approved()
    open_order(desk.public_id, by=myself(desk), on=PAYING)
    change_fee(desk.window, 11500)
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    change_fee(desk.window, 11500)
    assert open_order(desk.public_id, by=myself(desk), on=PAYING) == number


def test_an_approval_at_the_moment_when_the_fee_goes_is_completed_too(
    both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = submitted()
    desk.decide("pass", builders.staff(school_code=desk.row.school_code))
    office, ident, faults = builders.staff("office_reviewer"), desk.window.id, []

    def change() -> None:
        with both.app_context():
            try:
                without_a_fee_of(ident)
            except Exception as fault:
                faults.append(fault)

    changing = threading.Thread(target=change)

    def slowly(*given: Any, **more: Any) -> int:
        changing.start()
        changing.join(0.5)  # it waits for this decision, or else it is done before
        return move(*given, **more)

    monkeypatch.setattr("app.actions.review.decide.move", slowly)
    desk.decide("pass", office)
    changing.join()
    assert faults == []
    assert state_of(desk) == State.COMPLETED


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
