"""Periodic work: done when it is due, by one of those who would do it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.actions.upkeep import due
from app.cli.serving import periodic_work
from app.cli.serving.periodic_work import WORKS, Timer, Work, do_due
from app.extensions import db
from app.models import Captcha, DueWork, LoginSession, Throttle
from app.models.base import transaction
from tests import builders

HOUR = timedelta(hours=1)


def change(name: str, **values: Any) -> None:
    with transaction() as session:
        row = session.get_one(DueWork, name)
        for field, value in values.items():
            setattr(row, field, value)


def row(name: str) -> DueWork:
    db.session.rollback()
    return db.session.get_one(DueWork, name)


def test_of_many_who_would_do_a_work_one_takes_it(both: Flask) -> None:
    taken: list[bool] = []
    begin = threading.Barrier(4)

    def host(name: str) -> None:
        with both.app_context():
            begin.wait()
            taken.append(due.take("w", name, every=HOUR))
            db.session.remove()

    threads = [threading.Thread(target=host, args=(f"host {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]
    assert row("w").runs == 1


def test_a_work_comes_again_after_its_time_and_sooner_after_a_failure(both: Flask) -> None:
    assert due.is_due("w", every=HOUR)
    assert due.take("w", "a", every=HOUR)
    assert not due.is_due("w", every=HOUR)
    due.give_back("w", "a", every=HOUR)
    assert not due.take("w", "b", every=HOUR)
    assert due.take("w", "b", every=HOUR, now=True)
    due.give_back("w", "b", every=HOUR, error="no")
    found = row("w")
    assert found.last_error == "no"
    assert found.last_started is not None
    assert found.due_at - found.last_started < timedelta(minutes=6)
    change("w", due_at=datetime.now(UTC))
    assert due.take("w", "c", every=HOUR)


def test_who_dies_is_waited_for_until_the_lease_ends_and_does_not_write_afterwards(both: Flask) -> None:
    assert due.take("w", "dead", every=HOUR)
    assert not due.take("w", "b", every=HOUR, now=True)
    change("w", lease_until=datetime.now(UTC) - timedelta(seconds=1))
    assert due.take("w", "b", every=HOUR)
    due.give_back("w", "dead", every=HOUR, error="late")
    assert (row("w").holder, row("w").last_error) == ("b", "")


def test_a_clock_that_was_set_back_holds_no_work_up(both: Flask) -> None:
    due.take("w", "a", every=HOUR)
    change("w", lease_until=datetime.now(UTC) + timedelta(days=1), due_at=datetime.now(UTC) + timedelta(days=1))
    assert due.take("w", "b", every=HOUR)


def test_a_failure_is_told_and_the_others_go_on(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []

    def fails(app: Any, on: datetime) -> None:
        raise RuntimeError("for the\ntest")

    works = (
        Work("fails", "甲", HOUR, fails),
        Work("waits", "乙", HOUR, lambda app, on: ran.append("waits"), waits=lambda app: False),
        Work("goes", "丙", HOUR, lambda app, on: ran.append("goes")),
    )
    done = list(do_due(app, works))
    assert [(each.work.name, each.error) for each in done] == [("fails", "RuntimeError for the test"), ("goes", "")]
    assert ran == ["goes"]
    assert "the periodic work fails failed" in caplog.text
    assert list(do_due(app, works)) == []
    assert row("fails").last_error == "RuntimeError for the test"


def test_the_timer_works_at_the_start_and_again_and_outlives_a_failure(app: Flask) -> None:
    done, failing = threading.Semaphore(0), []

    def fails(app: Any, on: datetime) -> None:
        failing.append(on)
        raise RuntimeError("for the test")

    soon = timedelta(seconds=0.01)
    works = (Work("fails", "甲", soon, fails), Work("goes", "乙", soon, lambda app, on: done.release()))
    with Timer(app, works, soon):
        assert all(done.acquire(timeout=5) for _ in range(3))
    assert len(failing) >= 3
    assert all(each.tzinfo for each in failing)


def test_a_database_that_is_away_is_one_line_of_the_timer(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(app: Any, *, first: bool) -> None:
        raise OperationalError("SELECT", None, Exception("connection timeout expired\nmore"))

    done = threading.Event()
    monkeypatch.setattr(periodic_work, "keep_time", away)
    with Timer(app, (Work("goes", "乙", HOUR, lambda app, on: done.set()),)):
        assert done.wait(10)
    said = [(each.getMessage(), each.exc_info) for each in caplog.records]
    assert ("the time was not looked at: connection timeout expired", None) in said


def test_what_has_expired_goes_and_what_is_alive_stays(both: Flask) -> None:
    on = both.extensions["kaoji.clock"].now()
    for name, at in (("old", on - timedelta(days=40)), ("new", on + HOUR)):
        builders.store(Throttle(key=name, slot=0, hits=1, expires_at=at))
        builders.store(Captcha(key_sha256=name, owner_sha256=name, image_expires_at=at))
        person = builders.staff(username=name).id
        times = {"created_at": at, "seen_at": at, "expires_at": at}
        builders.store(LoginSession(token_sha256=name, kind="staff", staff_id=person, **times))
    assert {done.error for done in do_due(both, tick=True)} == {""}
    db.session.rollback()
    assert list(db.session.scalars(select(Throttle.key))) == ["new"]
    assert list(db.session.scalars(select(Captcha.key_sha256))) == ["new"]
    assert list(db.session.scalars(select(LoginSession.token_sha256))) == ["new"]


def test_the_page_of_the_audit_tells_how_far_the_chain_reaches_and_what_went_wrong(app: Flask, tmp_path: Path) -> None:
    browser = app.test_client()
    builders.sign_in(browser, person=builders.staff("auditor"))
    assert "审计链还没有开始" in browser.get("/admin/audit").text
    browser.get("/admin/staff")  # refused: an event
    config = app.extensions["kaoji"]
    app.extensions["kaoji"] = replace(config, audit_head=tmp_path / "nowhere" / "head")
    assert [done.work.name for done in do_due(app, tick=True) if done.error] == ["audit_head"]
    page = browser.get("/admin/audit").text
    assert '审计链到第 <span class="num">1</span> 环' in page
    assert "写不进 KAOJI_AUDIT_HEAD" in page


def test_the_register_knows_each_work_once() -> None:
    names = [work.name for work in WORKS]
    assert len(set(names)) == len(names)
