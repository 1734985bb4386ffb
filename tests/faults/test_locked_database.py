"""Another program holds SQLite's write lock: who reads goes on, who saves is told within five seconds with the text kept."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pysqlite3.dbapi2 as sqlite
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cli.serving.server import Server, limits
from app.extensions import db
from app.models.fair_lock import MAY_WAIT
from tests.builders import NOW, answers, csrf_of, examinee, plan, sign_in, ticket, window
from tests.sizes import FULL

pytestmark = pytest.mark.sqlite
LOCKED = 30.0 if FULL else 6.0  # seconds
SAVERS, READERS = 12, 2
WORDS = "上海市黄浦区锁住时写的路 7 号"


def cookies_of(client: FlaskClient) -> str:
    return "; ".join(f"{each.key}={each.value}" for each in client._cookies.values())  # type: ignore[attr-defined]


def fields_of(page: str, **more: str) -> dict[str, str]:
    """What the form of a page sends."""
    hidden = dict(re.findall(r'name="(version|shown)" value="([^"]*)"', page))
    return {"csrf_token": csrf_of(page), **hidden, **more}


class Person:
    """Somebody signed in with a step open; asks over connections of their own."""

    def __init__(self, app: Flask, port: int) -> None:
        self.port, client = port, app.test_client()
        sign_in(client, tick=ticket(examinee()))
        begun = client.post("/services/graduation", data=fields_of(client.get("/services/graduation").text)).location
        self.page = client.post(begun, data=fields_of(client.get(begun).text, act="next")).location
        given = answers()["profile"] | {"address": WORDS, "act": "next"}
        self.form = fields_of(client.get(self.page).text, **given)
        self.cookies = cookies_of(client)

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str, Any, float]:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": self.cookies, "Sec-Fetch-Site": "same-origin", "Connection": "close"}
        if data is None:
            connection.request("GET", path, headers=headers)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(data), headers | kind)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.headers, time.monotonic() - began


@pytest.fixture
def served(app: Flask) -> Iterator[int]:
    server = Server(app, replace(app.extensions["kaoji"], port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.port
    server.stop()
    thread.join(15)


def test_half_of_the_threads_may_wait_to_write(app: Flask) -> None:
    assert limits(app.extensions["kaoji"])["threads"] == 2 * MAY_WAIT


def test_during_a_lock_pages_are_read_and_savers_are_told_in_time_with_their_text(app: Flask, served: int) -> None:
    plan()
    window()
    people = [Person(app, served) for _ in range(SAVERS)]
    saved, read = [], []
    foreign: Any = sqlite.connect(db.engine.url.database, timeout=5, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    end = time.monotonic() + LOCKED

    def save(number: int) -> None:
        while time.monotonic() < end - 5:
            saved.append(people[number].ask(people[number].page, people[number].form))

    def look(number: int) -> None:
        while time.monotonic() < end:
            read.append(people[number].ask("/"))

    threads = [threading.Thread(target=save, args=(n,)) for n in range(SAVERS)]
    threads += [threading.Thread(target=look, args=(n,)) for n in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    foreign.execute("ROLLBACK")
    assert {status for status, *_ in read} == {200}
    assert len(read) > LOCKED * 4
    assert sorted(seconds for *_, seconds in read)[int(len(read) * 0.95)] < 0.5
    assert {status for status, *_ in saved} == {503}
    assert all(headers["Retry-After"] for _, _, headers, _ in saved)
    assert max(seconds for *_, seconds in saved) < 5.5
    assert all(WORDS in text for _, text, *_ in saved)
    assert people[0].ask(people[0].page, people[0].form)[0] == 303


def test_noting_that_somebody_was_here_makes_no_page_wait(app: Flask) -> None:
    client, tick = app.test_client(), ticket(examinee())
    sign_in(client, tick=tick, on=NOW - timedelta(minutes=10))
    foreign: Any = sqlite.connect(db.engine.url.database, timeout=5, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert client.get("/").status_code == 200
    assert time.monotonic() - began < 2
    foreign.execute("ROLLBACK")
