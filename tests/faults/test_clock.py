"""A clock that is set back: nobody is signed out, nothing runs longer than it may, and it is said aloud."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.actions.upkeep import clock as actions
from app.clock import keep_time, note_jump
from app.extensions import db
from app.models import AuditEvent, Lease, LoginSession, PendingDecision, Throttle
from tests import builders as build

HOUR = timedelta(hours=1)
UNDO, LEASE = timedelta(minutes=5), timedelta(minutes=15)


@pytest.fixture
def running(both: Flask) -> dict[str, Any]:
    """A decision that can be undone for four more minutes, a lease of ten, a session, a lock of an account."""
    on = datetime.now(UTC)
    build.school()
    build.plan()
    row = build.application(build.ticket(build.examinee()), build.window())
    person = build.staff()
    began = on - timedelta(minutes=1)
    build.store(
        PendingDecision(
            application_id=row.id, staff_id=person.id, decision="pass", opinion={}, sha256="", version=1, decided_at=began,
            effective_at=began + UNDO, batch="",
        )
    )  # fmt: skip
    build.store(Lease(application_id=row.id, staff_id=person.id, until=on + timedelta(minutes=10)))
    build.store(Throttle(key="account:1", slot=0, hits=5, expires_at=on + timedelta(minutes=7)))
    return {"on": on, "app": both, "began": began}


def left(on: datetime) -> list[timedelta]:
    ends = (PendingDecision.effective_at, Lease.until, Throttle.expires_at)
    return [db.session.scalar(db.select(end)) - on for end in ends]


def test_what_runs_moves_with_the_clock_of_the_one_host(running: dict[str, Any]) -> None:
    on: datetime = running["on"]
    before = left(on)
    actions.note_jump(-HOUR, on=on - HOUR, shift=True)
    assert left(on - HOUR) == before
    [(at, seconds)] = actions.jumps(on - HOUR)
    assert (at, seconds) == (on - HOUR, -3600)


def test_among_hosts_nothing_ends_later_than_if_it_began_now(running: dict[str, Any]) -> None:
    on: datetime = running["on"]
    actions.note_jump(-HOUR, on=on - HOUR, shift=False)
    assert left(on - HOUR)[:2] == [UNDO, LEASE]


def test_a_clock_that_is_set_ahead_is_written_down_and_ends_nothing_sooner(running: dict[str, Any]) -> None:
    on = running["on"]
    before = left(on)
    actions.note_jump(HOUR, on=on + HOUR, shift=True)
    assert left(on + HOUR) == before
    assert db.session.scalar(db.select(AuditEvent.detail).where(AuditEvent.action == actions.JUMPED)) == {
        "seconds": "3600"
    }


def test_after_hours_nobody_is_there_any_more(running: dict[str, Any]) -> None:
    """A machine that was paused does not count the time."""
    before = left(running["on"])
    actions.note_jump(3 * HOUR, on=running["on"] + 3 * HOUR, shift=True)
    assert left(running["on"]) == before


@pytest.mark.sqlite
def test_a_clock_that_is_set_back_and_right_again_signs_nobody_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, client = app.extensions["kaoji.clock"], app.test_client()
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(time.time(), UTC))
    build.sign_in(client, tick=build.ticket(build.examinee()), on=clock.now())
    real = time.time
    for ahead in (-3600, 0, 1800, 0):
        monkeypatch.setattr(time, "time", lambda ahead=ahead: real() + ahead)
        assert client.get("/").status_code == 200, ahead
    assert len(actions.jumps(clock.now())) == 4


@pytest.mark.sqlite
def test_a_page_asked_after_the_jump_finds_the_session_alive(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock, client = app.extensions["kaoji.clock"], app.test_client()
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(time.time(), UTC))
    build.sign_in(client, tick=build.ticket(build.examinee()), on=clock.now())
    assert client.get("/").status_code == 200
    ends = db.session.scalar(db.select(LoginSession.expires_at))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    assert client.get("/").status_code == 200
    assert "clock.jumped by -3600 seconds" in caplog.text or "clock.jumped by -3599 seconds" in caplog.text
    assert abs(db.session.scalar(db.select(LoginSession.expires_at)) - (ends - HOUR)) < timedelta(seconds=2)
    assert client.get("/").status_code == 200
    assert len(actions.jumps(clock.now())) == 1


@pytest.mark.sqlite
def test_what_happened_while_nobody_ran_is_noticed_at_the_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client, now = app.test_client(), datetime.now(UTC)
    monkeypatch.setattr(app.extensions["kaoji.clock"], "now", lambda: now)
    build.sign_in(client, tick=build.ticket(build.examinee()), on=now + HOUR)
    keep_time(app, first=True)
    assert db.session.scalar(db.select(LoginSession.seen_at)) == now
    assert -3600 in [seconds for _, seconds in actions.jumps(now)]


@pytest.mark.parametrize("back", [2, 299, 3600])
def test_a_clock_that_steps_back_signs_nobody_out(
    app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch, back: int
) -> None:
    build.sign_in(client, tick=build.ticket(build.examinee()))
    real = time.time
    monkeypatch.setattr(app.extensions["kaoji.clock"], "look", lambda: None)
    monkeypatch.setattr("app.security.cookies.time.time", lambda: real() - back)
    assert client.get("/").status_code == 200


@pytest.mark.postgres
def test_hosts_of_one_database_take_its_time(make_app: Any) -> None:
    app = make_app(on_postgres=True)
    clock = app.extensions["kaoji.clock"]
    with app.app_context():
        note_jump(app, clock, timedelta(seconds=-120))
    assert abs(clock.agreed) < timedelta(seconds=5)


def test_administrators_read_of_a_jump_on_their_first_page(app: Flask, client: Any) -> None:
    build.sign_in(client, person=build.staff("admin"))
    on = app.extensions["kaoji.clock"].now()
    actions.note_jump(HOUR, on=on, shift=True)
    assert "往后拨快了 60 分钟" in client.get("/staff").text
