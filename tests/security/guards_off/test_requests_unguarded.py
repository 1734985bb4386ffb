"""Without their guards forged, large and misleading requests succeed (docs/security.md, AC-09, AC-18, AC-19, AC-33 to AC-35, AC-39)."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.middleware.proxy_fix import ProxyFix

from app.cli.serving import log_lines, slow_clients
from app.extensions import db
from app.models import School
from app.rules import text as texts
from app.security import csp, csrf
from app.security.limits import EVIDENCE_LENIENT, LARGEST, Bound
from app.web.account import views
from app.web.staff.people import views as people
from tests import builders
from tests.builders import csrf_of
from tests.faults.server_process import Drippers, connected, in_thread
from tests.faults.test_slow_clients import echo
from tests.security.test_bodies_taken import UPLOAD, asked
from tests.security.test_shared_address import narrow
from tests.signing import form_of, log_in, on_roster, sessions_of
from tests.sites import Pool, create_tables

pytestmark = pytest.mark.usefixtures("known_captcha")
__all__ = ["narrow"]
NEVER = re.compile(r"(?!)")
NUMBER = "310101199503020011"


@pytest.fixture
def person(site: Flask, browser: FlaskClient) -> int:
    who = on_roster(site)
    log_in(browser, who.number)
    return who.id


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_without_the_question_of_its_origin_another_sites_form_is_taken(
    site: Flask, browser: FlaskClient, person: int, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(browser, "/password")
    monkeypatch.setattr(csrf, "SAFE", (*csrf.SAFE, "POST"))
    assert browser.post("/logout", data=form, headers=headers).status_code == 303
    assert sessions_of(site, person) == 0


@pytest.mark.parametrize("form", [{}, {"csrf_token": ""}, {"csrf_token": "invented"}])
def test_without_the_token_anybodys_form_is_taken(
    site: Flask, browser: FlaskClient, person: int, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csrf, "is_ours", lambda: True)
    assert browser.post("/logout", data=form).status_code == 303
    assert sessions_of(site, person) == 0


def test_without_the_routes_limit_a_form_of_any_size_is_read(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(browser, "/login")
    for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        monkeypatch.setitem(site.config, name, 2**30)
    assert browser.post("/login", data={**form, "id_number": "1" * 900_000}).status_code == 422


def test_without_the_limit_of_parts_four_thousand_are_read(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = form_of(browser, "/login")["csrf_token"]
    for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_PARTS"):
        monkeypatch.setitem(site.config, name, 2**30)
    part = '--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = (part % ("csrf_token", token) + part % ("a", "") * 4000 + "--x--\r\n").encode()
    answer = browser.post("/login", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422


def test_without_its_own_limit_the_server_takes_any_body_of_anybody(
    site: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.serving.server.bound", lambda *request: Bound(LARGEST))
    with in_thread(site, tmp_path) as server:
        assert asked(server.port, UPLOAD, EVIDENCE_LENIENT) == "goes on"
        assert asked(server.port, "/login", EVIDENCE_LENIENT) == "goes on"


def test_without_shortened_runs_marks_hold_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the marks cost four times as much, and hundreds of times what they cost shortened."""
    marks = "a" + "\u0300\u0323" * 4000

    def seconds() -> float:
        began = time.process_time()
        texts.normalised(marks)
        return time.process_time() - began

    guarded = min(seconds() for _ in range(3))
    monkeypatch.setattr(texts, "stream_safe", lambda text: text)
    assert seconds() > 5 * guarded


def test_without_the_watch_dripping_connections_shut_everybody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.serving.server.most_connections", lambda: 40)
    monkeypatch.setattr(slow_clients.Watch, "look", lambda watch: None)
    with in_thread(echo, tmp_path) as server:
        drippers = Drippers(server.port, 80)
        drippers.drip()
        other = connected(server.port, 0.7)
        other.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with pytest.raises(TimeoutError):
            other.recv(1)


def test_without_trusted_hosts_any_host_gets_a_page(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.config, "TRUSTED_HOSTS", None)
    assert browser.get("/login", base_url="http://evil.example").status_code == 200


@pytest.mark.usefixtures("narrow")
def test_an_address_that_anybody_may_say_is_never_braked(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "wsgi_app", ProxyFix(site.wsgi_app))
    for place in range(6):
        browser, person = site.test_client(), on_roster(site)
        data = {"csrf_token": csrf_of(browser.get("/login").text), "id_number": person.number, "password": "Wrong-9"}
        browser.get("/captcha.png")
        where = {"X-Forwarded-For": f"10.0.0.{place}"}
        assert browser.post("/login", data={**data, "captcha": "K7M4"}, headers=where).status_code == 422


@pytest.mark.parametrize("evil", ["//evil.example", "/\\evil.example", "https:evil.example"])
def test_without_the_router_a_sign_in_leads_anywhere(
    site: Flask, browser: FlaskClient, person: int, evil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "local_target", lambda raw, kind, default: raw or default)
    assert "evil.example" in browser.get("/login", query_string={"next": evil}).location


def test_a_statement_that_is_logged_with_its_values_tells_a_number(
    site: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(session: Any, typed: str, by: Any) -> Any:
        monkeypatch.setattr(db.engine, "hide_parameters", False)
        return session.execute(insert(School).values(code="10574", name=typed))

    monkeypatch.setattr(people, "find", fails)
    with site.app_context():
        browser = site.test_client()
        builders.sign_in(browser, person=builders.staff("admin"))
        builders.school()
    assert (
        browser.post("/staff/examinees", data={**form_of(browser, "/staff/examinees"), "q": NUMBER}).status_code == 500
    )
    assert NUMBER in caplog.text


def written(text: str) -> str:
    return log_lines.OneLine().format(logging.LogRecord("app", logging.WARNING, __file__, 1, "said %s", (text,), None))


def test_a_line_that_is_written_as_it_was_said_holds_numbers_and_begins_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_lines, "_PERSONAL", NEVER)
    monkeypatch.setattr(log_lines, "_CONTROL", NEVER)
    said = written(f"{NUMBER}\n2026-12-07T16:00:00.000+08:00 INFO - - app: all is well")
    assert NUMBER in said
    assert len(said.splitlines()) == 2


def framed(app: Flask) -> bool:
    """Whether a browser would show the sign-in page in a frame of another site."""
    given = app.test_client().get("/login").headers
    return "frame-ancestors" not in given.get("Content-Security-Policy", "") and "X-Frame-Options" not in given


def test_without_both_headers_a_page_may_be_framed(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the two holds by itself; headers are made once, so with another set the site is."""
    made = []
    for name, value in (("PAGE_POLICY", "default-src 'self'"), ("HEADERS", {})):
        monkeypatch.setattr(csp, name, value)
        site = pool.build(tmp_path / name, {"staff_totp": "optional"})
        create_tables(site)
        made.append(framed(site))
    assert made == [False, True]


def test_without_the_policies_a_page_with_a_name_may_be_kept(
    browser: FlaskClient, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csp, "add_policies", lambda response: None)
    page = browser.get("/")
    assert "林晓雯" in page.text
    assert not {"Cache-Control", "Content-Security-Policy"} & set(page.headers.keys())
