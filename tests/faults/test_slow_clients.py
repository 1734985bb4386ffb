"""Clients that drip (AC-19): whoever sends whole requests is served, honest slow uploads end, a drip ends by itself."""

from __future__ import annotations

import select
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.cli.serving import slow_clients
from app.cli.serving.slow_clients import GRACE, HEADERS, SLOWEST, WHOLE, late
from tests.faults.server_process import Drippers, answer_on, connected, in_thread, serving, status_of, until
from tests.sizes import FULL

HEAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines of half a second instead of half a minute."""
    for name, seconds in {"EVERY": 0.05, "HEADERS": 0.5, "GRACE": 0.5, "SILENCE": 0.8, "YOUNG": 0.1}.items():
        monkeypatch.setattr(slow_clients, name, seconds)
    monkeypatch.setattr("app.cli.serving.server.TURN", 0.05)


def test_drippers_of_one_address_leave_others_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 against 150 connections; in the full size 1,000 against `kaoji serve` with its own limits and times."""
    monkeypatch.setattr("app.cli.serving.server.most_connections", lambda: 150)
    monkeypatch.setattr(slow_clients, "YOUNG", 0.1)
    with serving(tmp_path / "site") if FULL else in_thread(echo, tmp_path) as server:
        number = 1000 if FULL else 300
        drippers = Drippers(server.port, number)
        for _ in range(4):
            drippers.drip()
            assert status_of(server.port) == 200
            time.sleep(0.1)
        assert until(lambda: drippers.left() <= number // 2)
        assert status_of(server.port) == 200
        if FULL:
            assert until(lambda: not drippers.left(), HEADERS + 10)


@pytest.mark.skipif(sys.platform == "darwin", reason="127.0.0.1 is its only address")
def test_drippers_of_many_addresses_make_room_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of 30 has more than its share of 150 connections; near the limit the idle go first, then the slowest."""
    monkeypatch.setattr("app.cli.serving.server.most_connections", lambda: 150)
    monkeypatch.setattr(slow_clients, "YOUNG", 0.1)
    monkeypatch.setattr(slow_clients, "REST", 0.1)
    with in_thread(echo, tmp_path) as server:
        kept = connected(server.port)
        kept.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer_on(kept)[0].status == 200
        upload = connected(server.port, host=200)
        upload.sendall(HEAD % 200_000 + b"x" * 100_000)
        time.sleep(0.3)  # what is kept has rested by the time the others come
        drippers = Drippers(server.port, 300, hosts=30)
        for _ in range(4):
            drippers.drip()
            assert status_of(server.port) == 200
            time.sleep(0.1)
        assert drippers.left() < 150
        assert kept.recv(1) == b""  # a proper end
        upload.sendall(b"x" * 100_000)  # not slow, and nearly alone at its address
        assert answer_on(upload)[1] == "200000"


def test_a_drip_of_headers_or_of_a_body_ends_with_our_page(tmp_path: Path, hurried: None) -> None:
    with in_thread(echo, tmp_path) as server:
        for begun in (b"GET / HTTP/1.1\r\nX: ", HEAD % 5000):
            with connected(server.port) as connection:
                connection.sendall(begun)
                for _ in range(60):  # a byte every 50 ms: never silent
                    if _readable(connection):
                        break
                    connection.send(b"x")
                    time.sleep(0.05)
                assert _readable(connection)
                answer, page = answer_on(connection)
            assert (answer.status, answer.headers["Connection"]) == (408, "close")
            assert "没有发完" in page


def test_an_honest_slow_upload_ends_well(tmp_path: Path, hurried: None) -> None:
    """2 kB/s over four times the grace; in the full size 1 MB in nine minutes with the real deadlines."""
    _slow_and_whole(tmp_path, pieces=20, size=200, pause=0.1)


@pytest.mark.skipif(not FULL, reason="nine minutes")
def test_one_megabyte_at_two_kilobytes_a_second(tmp_path: Path) -> None:
    _slow_and_whole(tmp_path, pieces=500, size=2000, pause=1.0)


def _slow_and_whole(folder: Path, *, pieces: int, size: int, pause: float) -> None:
    with in_thread(echo, folder) as server, connected(server.port) as connection:
        connection.sendall(HEAD % (pieces * size))
        for _ in range(pieces):
            connection.sendall(b"x" * size)
            time.sleep(pause)
        assert answer_on(connection)[1] == str(pieces * size)


class Arriving:
    """A request that began at 0."""

    began, headers_finished, body_bytes_received = 0.0, True, 0


def test_the_deadlines_are_of_whole_requests() -> None:
    waiting: Any = Arriving()
    waiting.headers_finished = False
    assert [late(waiting, seconds) for seconds in (HEADERS - 1, HEADERS + 1)] == [False, True]
    waiting.headers_finished = True
    for seconds in (60, 500, 1000):
        waiting.body_bytes_received = seconds * 2000  # an honest one
        assert not late(waiting, seconds)
        waiting.body_bytes_received = seconds // 29  # a byte every 29 s, which a silence of 30 s never ended
        assert late(waiting, seconds)
    waiting.body_bytes_received = int(WHOLE * SLOWEST * 10)
    assert late(waiting, WHOLE + GRACE)


def test_who_does_not_read_an_answer_is_let_go(tmp_path: Path, hurried: None) -> None:
    def much(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "8000000")])
        return [b"x" * 8_000_000]

    with in_thread(much, tmp_path) as server, connected(server.port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert until(lambda: len(server.watch.channels()) == 1)
        assert until(lambda: not server.watch.channels())


def test_only_incomplete_requests_of_an_address_count(
    tmp_path: Path, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A computer room: many connections that are kept and sent whole requests stay, the slowest of its half ones go."""
    monkeypatch.setattr(slow_clients, "HEADERS", 60)
    monkeypatch.setattr(slow_clients, "SILENCE", 60)
    with in_thread(echo, tmp_path) as server:
        server.watch.most = 60  # half of it is one address's share
        kept = [connected(server.port) for _ in range(20)]
        for one in kept:
            one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert answer_on(one)[0].status == 200
        drippers = Drippers(server.port, 33)
        assert until(lambda: sum(map(_readable, drippers.open)) == 3)
        time.sleep(0.2)
        refused = [one for one in drippers.open if _readable(one)]
        assert len(refused) == 3
        refused[0].settimeout(10)
        answer, _page = answer_on(refused[0])
        assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
        for one in kept:
            one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert answer_on(one)[0].status == 200


def _readable(one: socket.socket) -> bool:
    return bool(select.select([one], [], [], 0)[0])


def test_behind_a_proxy_an_address_is_what_the_proxy_says(tmp_path: Path) -> None:
    with in_thread(echo, tmp_path) as server, connected(server.port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1, 203.0.113.9:5000\r\nContent-Le")
        assert until(lambda: bool(server.watch.channels()) and server.watch.channels()[0].request is not None)
        channel = server.watch.channels()[0]
        assert channel.address("") == "127.0.0.1"
        assert channel.address("127.0.0.1") is None  # its headers are not in: nobody's
        connection.sendall(b"ngth: 5\r\n\r\n")
        assert until(lambda: channel.request.headers_finished)
        assert channel.address("127.0.0.1") == "203.0.113.9"
        connection.sendall(b"12345")
        assert answer_on(connection)[1] == "5"
