"""A change of a window is the one that was confirmed: whoever comes to it between the look and the change is asked about first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import exists
from sqlalchemy.exc import OperationalError

from app.actions.applications.submit import submit, withdraw
from app.actions.office.window_changes import edit_window, touched
from app.actions.payments.orders import open_order
from app.actions.review.revoking import revoke
from app.actions.windows.own import window_facts
from app.actions.windows.windows import close_window, open_window, row_of
from app.extensions import db
from app.models import Application, Message, Order, Window
from app.models.base import NO_WAIT, transaction
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.lifecycle import State
from app.rules.window_changes import Outgrown, Weight, weight, weight_of_dates
from app.rules.windows import WindowFacts
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, PAYING, Desk, actor, approved, myself, returning, submitted


def a_draft() -> None:
    window = db.session.query(Window).one()
    builders.application(builders.ticket(builders.examinee()), window)


def one_returned() -> None:
    desk = submitted()
    desk.decide("return", builders.staff(school_code="10574"), returning("statement.statement"))


def an_order() -> None:
    ordered = exists().where(Order.application_id == Application.id)
    owing = db.session.query(Application).filter(Application.state == State.APPROVED, ~ordered).first()
    open_order(owing.public_id, by=Actor("examinee", owing.examinee_id, "考生"), on=PAYING)


def sooner(window: WindowFacts) -> WindowFacts:
    return replace(window, closes_at=window.closes_at - timedelta(days=1))


BETWEEN: dict[str, tuple[Callable[[], Any], Callable[[WindowFacts], WindowFacts]]] = {
    "approved": (approved, lambda window: replace(window, fee=11500)),
    "ordered": (an_order, lambda window: replace(window, fee=11500)),
    "owes when the time to pay moves": (approved, lambda window: replace(window, pay_closes_at=PAYING)),
    "submitted": (submitted, lambda window: replace(window, stages=1)),
    "begun": (a_draft, sooner),
    "returned": (one_returned, sooner),
    "begun under other options": (
        a_draft,
        lambda window: replace(window, options=replace(window.options, statement_min=99)),
    ),
}


@pytest.mark.parametrize("what", BETWEEN)
@pytest.mark.parametrize("first", [True, False], ids=["one more", "the first"])
def test_who_came_between_the_look_and_the_change_is_asked_about(both: Flask, what: str, first: bool) -> None:
    happen, change = BETWEEN[what]
    builders.window()
    if what == "ordered":
        for _ in range(2):
            approved()
    if first:
        happen()
    ident, before, after, seen = look(change)
    happen()
    with pytest.raises(Outgrown):
        edit_window(ident, after, seen=seen, by=SYSTEM, on=LATER)
    db.session.rollback()
    row = db.session.get_one(Window, ident)
    assert (window_facts(row), row.version) == (before, 1)
    assert not db.session.query(Message).filter(Message.text.contains("改为 ¥")).count()
    *_, seen = look(change)
    edit_window(ident, after, version=1, seen=seen, by=SYSTEM, on=LATER)


def look(change: Callable[[WindowFacts], WindowFacts]) -> tuple[int, WindowFacts, WindowFacts, Weight]:
    """What is shown before the change."""
    db.session.rollback()
    row = db.session.query(Window).one()
    before = window_facts(row)
    after = change(before)
    seen = weight(before, after, touched(db.session(), row.id), LATER)
    db.session.rollback()
    return before.id, before, after, seen


def test_who_is_not_touched_asks_nothing_anew(both: Flask) -> None:
    builders.window()
    ident, _, after, seen = look(lambda window: replace(window, name="另一个名称"))
    for happen in (a_draft, approved, an_order, submitted):
        happen()
    edit_window(ident, after, version=1, seen=seen, by=SYSTEM, on=LATER)
    assert seen == Weight()


def test_what_opens_or_closes_for_more_than_was_said_is_asked_about(both: Flask) -> None:
    ident = builders.window().id
    for happen in (a_draft, one_returned):
        seen = weight_of_dates(touched(db.session(), ident))
        db.session.rollback()
        happen()
        with pytest.raises(Outgrown):
            close_window(ident, version=1, seen=seen, by=SYSTEM, on=LATER)
        with pytest.raises(Outgrown):
            open_window(ident, until=PAYING, version=1, seen=seen, by=SYSTEM, on=LATER)
    db.session.rollback()
    assert db.session.get_one(Window, ident).version == 1
    close_window(ident, version=1, seen=Weight(drafts=1, returned=1), by=SYSTEM, on=LATER)


def hand_in(desk: Desk) -> None:
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)


def take_back(desk: Desk) -> None:
    withdraw(desk.public_id, by=myself(desk), on=LATER)


def give_back(desk: Desk) -> None:
    desk.decide("return", builders.staff(school_code="10574"), returning("statement.statement"))


def revoke_it(desk: Desk) -> None:
    office = actor(builders.staff("office_reviewer"))
    revoke(desk.public_id, "看错了", version=desk.row.version, by=office, on=LATER)


ACTS: dict[str, tuple[str, Callable[[], Desk], Callable[[Desk], None]]] = {
    "withdrawn": ("app.actions.applications.submit.notify", submitted, take_back),
    "returned": ("app.actions.review.decide.move", submitted, give_back),
    "revoked": ("app.actions.review.revoking.move", approved, revoke_it),
}


@pytest.mark.parametrize("act", [*ACTS, "submitted"])
def test_whoever_moves_an_application_holds_its_window(both: Flask, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """Who is counted while this is under way would be one too few."""
    place, make, move = ACTS.get(act, ("app.actions.applications.submit.notify", submitted, hand_in))
    desk = make()
    if act == "submitted":
        take_back(desk)
    ident, found = desk.window.id, []
    db.session.rollback()

    def change() -> None:
        with both.app_context():
            try:
                with transaction(NO_WAIT) as session:
                    row_of(session, ident)
            except OperationalError as refused:
                found.append(refused)

    module, _, name = place.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)

    def meanwhile(*given: Any, **more: Any) -> Any:
        changing = threading.Thread(target=change)
        changing.start()
        changing.join()
        return real(*given, **more)

    monkeypatch.setattr(place, meanwhile)
    move(desk)
    assert len(found) == 1
    change()
    assert len(found) == 1  # and lets it go


def test_a_form_that_was_done_is_answered_the_same_although_more_came_since(both: Flask) -> None:
    builders.window()
    office = actor(builders.staff("admin"))
    ident, _, after, seen = look(lambda window: replace(window, fee=11500))
    given: dict[str, Any] = {"version": 1, "seen": seen, "by": office, "on": LATER, "token": "a" * 32}
    done = edit_window(ident, after, **given)
    approved()
    assert edit_window(ident, after, **given) == done
    with pytest.raises(ChangedMeanwhile):
        edit_window(ident, replace(after, fee=1), **given)
