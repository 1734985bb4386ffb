"""The matrix can fail: with one check taken out it names the route, and a route that nobody thought of stops the program."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import true

from app import create_app
from app.actions import scope
from app.actions.applications import cases, submit
from app.actions.evidence import pictures as evidence
from app.actions.papers import papers
from app.actions.payments import orders as payments
from app.actions.people import messages
from app.actions.review import reasons as catalogue
from app.actions.review import saved_filters as views
from app.actions.review import sharing
from app.config import load, stamp_instance
from app.security import sessions
from app.security.allow import allow
from app.web import pages
from app.web.home import queries as home
from app.web.orders import queries as orders
from app.web.records import views as records
from tests.reviewing import PAYING
from tests.web.matrix import leaks, make_world, unplaced

PARTS = 6  # of the checks, each in a world of its own
Break = Callable[[pytest.MonkeyPatch, Flask], None]


def everything(name: str) -> Break:
    """A scope of staff that holds everything."""
    return lambda patch, app: patch.setattr(scope, name, lambda by: true())


def without(module: Any, function: str, *checks: str | tuple[str, str]) -> Break:
    """The function with those checks gone from its text: nothing is left of one but true(), or what is said beside it.

    A check that is not there any more fails the test too."""

    def broken(patch: pytest.MonkeyPatch, app: Flask) -> None:
        before = getattr(module, function)
        text = inspect.getsource(before)
        body = text[text.index("def ") :]
        for check in checks:
            old, new = check if isinstance(check, tuple) else (check, "true()")
            assert old in body, f"{function} has no such check now: {old}"
            body = body.replace(old, new)
        names = {**vars(module), "true": true}
        exec(compile(f"from __future__ import annotations\n{body}", function, "exec"), names)
        _put(patch, app, before, names[function])

    return broken


def _put(patch: pytest.MonkeyPatch, app: Flask, before: Any, made: Any) -> None:
    """In its place wherever the application knows it by name."""
    for name, room in list(sys.modules.items()):
        if name.startswith("app."):
            for key in [key for key, value in vars(room).items() if value is before]:
                patch.setattr(room, key, made)
    for endpoint, view in list(app.view_functions.items()):
        if view is before:
            made.kaoji_policy = before.kaoji_policy
            patch.setitem(app.view_functions, endpoint, made)


def all_of(*breaks: Break) -> Break:
    """Where two checks stand one behind the other, both have to go before anything leaks."""

    def broken(patch: pytest.MonkeyPatch, app: Flask) -> None:
        for each in breaks:
            each(patch, app)

    return broken


def any_case(patch: pytest.MonkeyPatch, app: Flask) -> None:
    """An examinee's case is found by its address alone."""
    for lock in (False, True):
        patch.setitem(cases._loads, (True, lock), cases._loads[False, lock])


MINE = "Application.examinee_id == by.id"
BREAKS: dict[str, tuple[str, Break]] = {
    "applications of staff": ("/staff/applications", everything("applications")),
    "orders of staff": ("/staff/orders", everything("orders")),
    "questions of staff": ("/staff/questions", everything("questions")),
    "a paper": ("/applications", without(papers, "application_for", MINE)),
    "a paper of an order": (
        "/orders",
        without(papers, "order_for", ("Order.examinee_id == by.id", "true()")),
    ),
    "a case": ("/applications", any_case),
    "withdrawing": ("/applications", without(submit, "own", MINE)),
    "a picture written": ("/applications", all_of(any_case, without(evidence, "writable", MINE))),
    "a picture read": ("/evidence", without(records, "evidence", "Application.examinee_id == me.examinee_id")),
    "paying": ("/applications", without(payments, "open_order", MINE)),
    "an order": ("/orders", without(orders, "one", "Order.examinee_id == examinee_id")),
    "messages": ("/messages", without(messages, "read_all", "Message.examinee_id == by.id")),
    "a message": ("/messages", without(home, "message", "Message.examinee_id == examinee_id")),
    "a saved view": ("/staff/applications/views", without(views, "drop_view", "SavedView.staff_id == by.id")),
    "several files": ("/staff/applications/bulk", without(sharing, "pick", "scope.applications(by)")),
    "a school's reasons": ("/admin/reasons", without(catalogue, "_seen", ('by.role == "admin"', "True"))),
    # the last two change sessions: somebody has another's ticket, somebody's password was reset
    "a ticket": (
        "/ticket",
        without(
            sessions, "choose_ticket", "Ticket.examinee_id == me.examinee_id", ("number not in me.tickets", "False")
        ),
    ),
    "examinees of staff": ("/staff/examinees", everything("examinees")),
}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_check_that_is_taken_out_is_seen(make_app: Any, part: int) -> None:
    made: Flask = make_app(demo=True)
    made.clock.now = PAYING  # type: ignore[attr-defined]
    unseen = []
    with made.app_context():
        world = make_world(made)
        mine = list(BREAKS.items())[part::PARTS]
        for where in {where for _, (where, _) in mine}:
            assert list(leaks(world, where)) == [], where
        for what, (where, broken) in mine:
            with pytest.MonkeyPatch.context() as patch:
                broken(patch, made)
                if next(leaks(world, where), None) is None:
                    unseen.append(what)
    assert unseen == []


def test_a_route_that_stands_nowhere_is_named(site: Flask) -> None:
    before = unplaced(site)
    site._got_first_request = False
    for rule, methods in (("/new/<int:ident>", ["GET"]), ("/new", ["POST"]), ("/list", ["GET"])):
        site.add_url_rule(rule, rule, allow("staff")(lambda **given: ""), methods=methods)
    assert [route for route in unplaced(site) if route not in before] == ["GET /new/<int:ident>", "POST /new"]


def test_a_route_without_a_policy_stops_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Blueprint("bare", __name__)
    bare.add_url_rule("/forgotten", "forgotten", lambda: "open")
    installed = pages.install

    def install(app: Flask) -> None:
        installed(app)
        app.register_blueprint(bare)

    stamp_instance(tmp_path, "real")
    create_app(load(tmp_path, {}))
    monkeypatch.setattr(pages, "install", install)
    with pytest.raises(RuntimeError, match="/forgotten"):
        create_app(load(tmp_path, {}))
