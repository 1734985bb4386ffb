"""A decision takes effect when its time has come, whoever asks for a page then: once, on either database, on any host."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.review import undo
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import AuditEvent, PendingDecision, Staff
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from app.web import pending_decisions as due
from tests import builders as build
from tests.reviewing import LATER, Desk, actor, returning, submitted
from tests.traced import statements

FIVE = timedelta(minutes=5)
DIPLOMA = "prior_degree.diploma_number"


def later(desk: Desk, by: Staff, decision: str = "return", opinion: Opinion | None = None) -> None:
    """Decided at LATER, to take effect five minutes afterwards."""
    given = opinion or (returning(DIPLOMA) if decision == "return" else Opinion())
    undo.decide_later(
        desk.public_id, decision, given, service=GRADUATION, by=actor(by), on=LATER, seen=desk.seen, after=FIVE
    )


def made(desk: Desk) -> int:
    """How often a return of this file was written down."""
    query = select(func.count()).where(
        AuditEvent.action == "application.return_school", AuditEvent.subject_id == desk.row.id
    )
    return int(db.session.scalar(query) or 0)


def visitor(app: Flask, desk: Desk, who: str) -> Any:
    client = app.test_client()
    if who == "examinee":
        build.sign_in(client, tick=desk.ticket, on=app.clock.now)
    else:
        build.sign_in(client, person=build.staff(), on=app.clock.now)
    return client


PAGES = [
    ("examinee", "/", "审核未通过"),
    ("examinee", "/services/graduation", "审核未通过"),
    ("examinee", "/applications/{id}", "编号与照片不一致"),
    ("examinee", "/messages", "审核未通过"),
    ("examinee", "/orders", ""),
    ("staff", "/staff", "审核未通过"),
    ("staff", "/staff/applications?state=returned", "林晓雯"),
    ("staff", "/staff/applications/{id}", "审核未通过，请修改"),
    ("staff", "/staff/statistics", ""),
    ("staff", "/staff/orders", ""),
]


@pytest.mark.parametrize(("who", "page", "words"), PAGES, ids=[page for _, page, _ in PAGES])
def test_whatever_page_is_asked_for_first_shows_what_holds_now(app: Flask, who: str, page: str, words: str) -> None:
    desk = submitted()
    later(desk, build.staff())
    app.clock.now = LATER + FIVE - timedelta(seconds=1)
    client = visitor(app, desk, who)
    assert client.get(page.format(id=desk.public_id)).status_code == 200
    assert (desk.row.state, made(desk)) == (State.SCHOOL_REVIEW, 0)
    app.clock.now = LATER + FIVE
    shown = client.get(page.format(id=desk.public_id))
    assert shown.status_code == 200
    assert words in shown.text
    assert (desk.row.state, made(desk)) == (State.RETURNED, 1)
    assert client.get(page.format(id=desk.public_id)).status_code == 200
    assert made(desk) == 1


def test_several_hosts_that_are_asked_at_the_same_moment_make_it_once(
    make_app: Any, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "LONGEST", 60.0)  # so that a page makes all of them, however slow the machine
    monkeypatch.setattr(due, "PAUSE", -1.0)
    url = database or f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    hosts = [make_app(database_url=url) for _ in range(3)]
    with hosts[0].app_context():
        desks = [submitted() for _ in range(4)]
        for desk in desks:
            later(desk, build.staff())
        db.session.remove()
    visitors = []
    for host in hosts:
        host.clock.now = LATER + FIVE
        with host.app_context():
            visitors.append((visitor(host, desks[0], "staff"), "/staff/applications"))
            visitors += [(visitor(host, desk, "examinee"), "/") for desk in desks[:2]]
    start, answers = Barrier(len(visitors)), []

    def ask(client: Any, page: str) -> None:
        start.wait()
        answers.append(client.get(page).status_code)

    threads = [Thread(target=ask, args=each) for each in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * len(visitors)
    client, page = visitors[0]
    assert (
        client.get(page).status_code == 200
    )  # of pages that met each other none waited: what they left, the next makes
    with hosts[0].app_context():
        db.session.rollback()
        assert [(desk.row.state, made(desk)) for desk in desks] == [(State.RETURNED, 1)] * 4
        assert db.session.scalar(select(func.count()).select_from(PendingDecision)) == 0


@pytest.mark.sqlite
def test_a_page_on_which_nothing_is_due_costs_no_statement_more(app: Flask) -> None:
    desk = submitted()
    client = visitor(app, desk, "examinee")
    before = _sent(client, "/")
    later(desk, build.staff())
    assert _sent(client, "/") == before


def _sent(client: Any, page: str) -> int:
    """Statements of the second visit; the first fills what is kept between requests."""
    client.get(page)
    with statements(db.engine) as sent:
        client.get(page)
    return len(sent)


def test_an_examinees_page_waits_only_for_what_is_theirs(app: Flask) -> None:
    mine, other = submitted(), submitted()
    for desk in (mine, other):
        later(desk, build.staff())
    app.clock.now = LATER + FIVE
    visitor(app, mine, "examinee").get("/")
    assert (mine.row.state, other.row.state) == (State.RETURNED, State.SCHOOL_REVIEW)
    visitor(app, mine, "staff").get("/staff")
    assert other.row.state == State.RETURNED


def test_of_many_that_are_due_the_file_that_is_opened_comes_first_and_no_page_works_for_long(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = [submitted() for _ in range(3)]
    for desk in desks:
        later(desk, build.staff())
    monkeypatch.setattr(due, "LONGEST", 0.0)  # one decision and no more
    app.clock.now = LATER + FIVE
    client = visitor(app, desks[0], "staff")
    client.get(f"/staff/applications/{desks[2].public_id}")
    assert [desk.row.state for desk in desks] == [State.SCHOOL_REVIEW, State.SCHOOL_REVIEW, State.RETURNED]
    for _ in range(2):
        client.get("/staff")
    assert {desk.row.state for desk in desks} == {State.RETURNED}


def test_a_failure_costs_nobody_the_page_and_is_not_repeated_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = submitted()
    later(desk, build.staff())
    tried = []

    def broken(*_: Any, **__: Any) -> int:
        tried.append(1)
        raise RuntimeError("no")

    monkeypatch.setattr(due, "publish_due", broken)
    app.clock.now = LATER + FIVE
    client = visitor(app, desk, "examinee")
    assert [client.get("/").status_code for _ in range(3)] == [200] * 3
    assert len(tried) == 1
    assert "decisions that are due were not made" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(due, "PAUSE", -1.0)
    client.get("/")
    assert desk.row.state == State.RETURNED


def test_a_page_that_nobody_signed_in_asks_for_publishes_nothing(app: Flask) -> None:
    desk = submitted()
    later(desk, build.staff())
    app.clock.now = LATER + FIVE
    assert app.test_client().get("/login").status_code == 200
    assert desk.row.state == State.SCHOOL_REVIEW
