"""The hot pages ask the database little: six statements at most, the session row included."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from tests import builders as build
from tests.desk import submitted
from tests.traced import statements

MOST = 6
STEPS = ("notice", "profile", "scores", "statement", "prior-degree", "confirm")


def cost(client: FlaskClient, url: str) -> list[str]:
    """What the second visit sends: the first fills what is kept between requests (words of the site, parsed plans)."""
    assert client.get(url).status_code == 200, url
    db.session.remove()
    with statements(db.engine) as sent:
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
