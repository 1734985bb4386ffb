"""How much of a body the server takes is decided by the connection, before a byte of it is stored (AC-18)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.security.limits import ANONYMOUS, EVIDENCE_LENIENT, LARGEST, Bound, bound
from tests.faults.server_process import answer_on, connected, in_thread, until

UPLOAD = "/applications/abc/evidence/diploma"
KIB = 1024


@pytest.fixture
def port(site: Flask, tmp_path: Path) -> Iterator[int]:
    with in_thread(site, tmp_path) as server:
        site.extensions["server"] = server
        yield server.port
    del site.extensions["server"]


def session_cookie(site: Flask, **said: Any) -> str:
    signer = site.session_interface.get_signing_serializer(site)  # type: ignore[attr-defined]
    return f"{site.config['SESSION_COOKIE_NAME']}={signer.dumps(said)}"


def head(path: str, *lines: str, cookie: str = "") -> bytes:
    more = [f"Cookie: {cookie}"] if cookie else []
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: localhost", *lines, *more, "", "")).encode()


def asked(port: int, path: str, size: int, cookie: str = "") -> str:
    """What a client hears that asks before it sends: 100 to go on, or the page it gets at once."""
    with connected(port) as connection:
        connection.sendall(head(path, f"Content-Length: {size}", "Expect: 100-continue", cookie=cookie))
        first = connection.recv(40, socket.MSG_PEEK)
        if first.startswith(b"HTTP/1.1 100"):
            return "goes on"
        answer, page = answer_on(connection)
        assert (answer.status, answer.headers["Connection"]) == (413, "close")
        assert connection.recv(1) == b""
        return f"{answer.headers['X-Sign-In'] or ''}{page}"


def taken(site: Flask) -> int:
    """Bytes of requests that are arriving."""
    return sum(each.request.arrived for each in site.extensions["server"].watch.channels() if each.request is not None)


def test_nobody_sends_more_than_300_kib_to_an_upload_without_a_session(site: Flask, port: int) -> None:
    mine = session_cookie(site, _user_id="token")
    assert asked(port, UPLOAD, ANONYMOUS) == "goes on"
    assert asked(port, UPLOAD, ANONYMOUS + 1).startswith("1<!doctype html>")
    assert "登录以后才能上传" in asked(port, UPLOAD, 20 * KIB * KIB)
    assert asked(port, UPLOAD, EVIDENCE_LENIENT, mine) == "goes on"
    assert "太大" in asked(port, UPLOAD, EVIDENCE_LENIENT + 1, mine)
    forged = (
        mine[:-9] + ("A" if mine[-9] != "A" else "B") + mine[-8:]
    )  # not its last letter, of which some bits say nothing
    for cookie in (session_cookie(site, csrf_token="x"), forged, "kaoji=x"):
        assert "登录以后才能上传" in asked(port, UPLOAD, EVIDENCE_LENIENT, cookie)


def test_other_addresses_take_a_form_and_no_more(site: Flask, port: int) -> None:
    mine = session_cookie(site, _user_id="token")
    for path in ("/login", "/nowhere", "/applications/abc/evidence/diploma/"):
        assert asked(port, path, 256 * KIB, mine) == "goes on"
        assert "太大" in asked(port, path, 256 * KIB + 1, mine)


def test_chunks_are_counted_while_they_arrive(site: Flask, port: int) -> None:
    with connected(port) as connection:
        connection.sendall(head(UPLOAD, "Transfer-Encoding: chunked"))
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        sent = 0
        while sent < 40:
            try:
                connection.sendall(chunk)
            except OSError:
                break
            sent += 1
            if sent == 18:  # 288 KiB: taken so far
                assert until(lambda: taken(site) > 18 * 0x4000)
        answer, page = answer_on(connection)
        assert (answer.status, "登录以后" in page) == (413, True)


def test_a_chunk_whose_length_never_ends_is_refused(site: Flask, port: int) -> None:
    with connected(port) as connection:
        connection.sendall(head(UPLOAD, "Transfer-Encoding: chunked", cookie=session_cookie(site, _user_id="t")))
        connection.sendall(b"0" * 10_000)
        assert answer_on(connection)[0].status == 400


def test_who_sends_on_reads_the_page_and_no_reset(site: Flask, port: int) -> None:
    with connected(port) as connection:
        connection.sendall(head(UPLOAD, "Content-Length: 900000"))
        time.sleep(0.2)  # the page is on its way back
        connection.sendall(b"x" * 900_000)
        assert answer_on(connection)[0].status == 413


def test_a_question_without_a_body_is_answered(site: Flask, port: int) -> None:
    """waitress alone says 100 and waits for what does not come."""
    with connected(port) as connection:
        connection.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n")
        assert answer_on(connection, method="GET")[0].status == 200


def test_a_cookie_older_than_any_session_is_nobodys(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = session_cookie(site, _user_id="token")
    now = time.time()
    for hours, size in ((0, EVIDENCE_LENIENT), (11.9, EVIDENCE_LENIENT), (12.5, ANONYMOUS), (-0.5, EVIDENCE_LENIENT)):
        monkeypatch.setattr("app.security.cookies.time.time", lambda later=hours: now + later * 3600)
        assert bound(site, "POST", UPLOAD, f"other=1; {mine}").size == size
    assert bound(site, "GET", UPLOAD, mine) == Bound(256 * KIB)
    assert bound(site, "POST", "/applications/\xff\xfe", mine) == Bound(256 * KIB)
    assert EVIDENCE_LENIENT < LARGEST


@pytest.mark.parametrize("address", ["http://[::1", "http://[odd]/login"])
def test_an_address_that_is_none_is_answered(port: int, address: str) -> None:
    """Its parser fails at it: the connection was closed without a word, with an error in the log."""
    with connected(port) as connection:
        connection.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert answer_on(connection)[0].status == 400
