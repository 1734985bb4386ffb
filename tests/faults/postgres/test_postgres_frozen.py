"""PostgreSQL is frozen, as by SIGSTOP or a network that swallows packets: everybody is answered in seconds, and it heals."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.config import REAL, load, stamp_instance
from app.extensions import db
from app.models.health import answers
from tests import builders
from tests.builders import csrf_of
from tests.cli.conftest import Kaoji
from tests.faults.server_process import until
from tests.postgres import Server, start
from tests.sites import set_clock
from tests.sizes import FULL

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that stops a process"),
]
LONGEST = 30.0
"""Seconds in which everything here is answered; without a deadline of its own nothing ever is."""

AS_SERVED = min(answers.STATEMENT, answers.MANY)


class Frozen:
    """A server of this test's own, all of whose processes can be stopped."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @contextmanager
    def still(self) -> Iterator[None]:
        postmaster = psutil.Process(self.server.inner.get_pid())
        stopped = [postmaster, *postmaster.children(recursive=True)]
        try:
            for process in stopped:
                process.send_signal(signal.SIGSTOP)
            yield
        finally:
            for process in stopped:
                process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def frozen() -> Iterator[Frozen]:
    folder = Path(tempfile.mkdtemp(prefix="kaoji-frozen-")) / "data"
    server = start(folder)
    server.hurry()
    yield Frozen(server)
    server.stop()


@pytest.fixture
def app(frozen: Frozen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    if not FULL:
        monkeypatch.setattr(answers, "STATEMENT", 1.5)
        monkeypatch.setattr(answers, "PING", 0.5)
        monkeypatch.setitem(answers.CONNECTING, "connect_timeout", 2)
    stamp_instance(tmp_path / "site", REAL)
    frozen.server.run("CREATE DATABASE site TEMPLATE template0 ENCODING 'UTF8'")
    made = create_app(load(tmp_path / "site", {"KAOJI_DATABASE_URL": frozen.server.url("site")}))
    with made.app_context():
        db.create_all()
    set_clock(made)
    yield made
    with made.app_context():
        db.engine.dispose()
    frozen.server.run("DROP DATABASE site WITH (FORCE)")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        builders.sign_in(client, tick=builders.ticket(builders.examinee()))
    assert client.get("/").status_code == 200
    return client


class Attempts:
    """How often a new connection was tried, and how many at most at once."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real, self.now, self.most, self.all = real, 0, 0, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.all, self.now = self.all + 1, self.now + 1
        self.most = max(self.most, self.now)
        try:
            return self.real(*given, **named)
        finally:
            self.now -= 1


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Attempts:
    made = Attempts(answers.Bounded.connect)
    monkeypatch.setattr(answers.Bounded, "connect", made)
    return made


def together(*asked: Callable[[], Any]) -> list[Any]:
    """What each gave, all asked at once; an error is given too. Fails where one is not answered."""
    given: dict[int, Any] = {}

    def ask(number: int) -> None:
        try:
            given[number] = asked[number]()
        except Exception as error:
            given[number] = error

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    assert until(lambda: len(given) == len(asked), LONGEST), f"{len(asked) - len(given)} were not answered"
    return [given[number] for number in range(len(asked))]


def test_signed_in_pages_and_forms_are_answered_by_our_page_and_it_heals(
    app: Flask, client: FlaskClient, frozen: Frozen, attempts: Attempts
) -> None:
    form = {"csrf_token": csrf_of(client.get("/password").text), "address": "上海市黄浦区某路 17 号"}
    with frozen.still():
        page = together(partial(client.get, "/"))[0]
        attempts.all = 0
        kept = together(partial(client.post, "/applications/0/profile", data=form))[0]
    for answer in (page, kept):
        assert answer.status_code == 503
        assert "系统正忙" in answer.text
        assert answer.headers["Retry-After"]
    assert form["address"] in kept.text
    assert attempts.all == 1  # the page that says so does not ask again
    assert client.get("/").status_code == 200


def test_a_statement_that_is_under_way_ends_and_its_connection_is_used_no_more(app: Flask, frozen: Frozen) -> None:
    def ask() -> Any:
        with app.app_context(), db.engine.connect() as connection:
            return connection.execute(text("SELECT pg_sleep(0.5), 7")).one()[1]

    def frozen_meanwhile() -> None:
        time.sleep(0.2)
        with frozen.still():
            ended.wait(LONGEST)

    def asked() -> Any:
        try:
            return ask()
        finally:
            ended.set()

    ended = threading.Event()
    error, _ = together(asked, frozen_meanwhile)
    assert isinstance(error, OperationalError)
    assert isinstance(error.orig, answers.Unanswered)
    assert ask() == 7


def test_while_it_is_silent_one_waits_for_it_and_the_others_are_told_at_once(
    app: Flask, client: FlaskClient, frozen: Frozen, attempts: Attempts
) -> None:
    asked = [partial(each.get, "/login") for each in (app.test_client() for _ in range(6))]
    with frozen.still():
        assert together(partial(client.get, "/"))[0].status_code == 503
        attempts.most = 0
        assert [answer.status_code for answer in together(*asked)] == [503] * 6
        assert attempts.most == 1
    assert [answer.status_code for answer in together(*asked)] == [200] * 6


def test_a_command_says_so_in_one_line(
    app: Flask, frozen: Frozen, kaoji: Kaoji, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "site"))
    monkeypatch.setenv("KAOJI_DATABASE_URL", frozen.server.url("site"))
    with frozen.still():
        (ran,) = together(partial(kaoji, "staff", "list"))
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "连接不上数据库" in ran.err


def test_nothing_is_cut_short_that_the_server_would_let_end(
    app: Flask, frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        driver: Any = db.engine.raw_connection().driver_connection
    server = driver.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
    assert server.fetchone()[0] / 1000 < AS_SERVED
    monkeypatch.setattr(answers, "STATEMENT", 0.6)
    assert driver.execute("SELECT pg_sleep(0.4), 7").fetchone()[1] == 7
    slow = "SELECT repeat('x', 9000) FROM generate_series(1, 6) AS turn, pg_sleep(0.2 * sign(turn))"
    assert len(driver.execute(slow).fetchall()) == 6
    driver.cursor().executemany("SELECT pg_sleep(%s)", [(0.3,)] * 4)
    monkeypatch.setattr(answers, "MANY", 0.6)
    with pytest.raises(answers.Unanswered):
        driver.cursor().executemany("SELECT pg_sleep(%s)", [(0.3,)] * 4)
