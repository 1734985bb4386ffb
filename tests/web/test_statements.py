"""The hot pages ask the database little: six statements at most, the session row included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.extensions import db
from tests import builders as build
from tests.desk import submitted

MOST = 6
STEPS = ("notice", "profile", "scores", "statement", "prior-degree", "confirm")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile; BEGIN and COMMIT are not among them."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(" ".join(statement.split()))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def cost(client: FlaskClient, url: str) -> list[str]:
    """What the second visit sends: the first fills what is kept between requests (words of the site, parsed plans)."""
    assert client.get(url).status_code == 200, url
    with counted() as sent:
        assert client.get(url).status_code == 200
    return sent


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> str:
    """The address of an application that has come to the last step."""
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan))
    row = build.application(tick, build.window(), answers=build.answers(), reached="confirm", at_step="confirm")
    build.sign_in(client, tick=tick)
    return f"/applications/{row.public_id}"


def test_the_sign_in_page_asks_little(app: Flask, client: FlaskClient) -> None:
    build.window()
    sent = cost(client, "/login")
    assert len(sent) <= MOST, sent


def test_home_asks_little(client: FlaskClient, draft: str) -> None:
    sent = cost(client, "/")
    assert len(sent) <= MOST, sent


@pytest.mark.parametrize("step", STEPS)
def test_a_step_asks_little(client: FlaskClient, draft: str, step: str) -> None:
    sent = cost(client, f"{draft}/{step}")
    assert len(sent) <= MOST, sent


def test_the_queue_asks_little(client: FlaskClient, app: Flask) -> None:
    for _ in range(3):
        submitted()
    build.sign_in(client, person=build.staff())
    sent = cost(client, "/staff/applications")
    assert len(sent) <= MOST, sent
