"""Sessions end by idling, by age, by signing out, and when the row goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.extensions import db
from app.models import LoginSession
from tests.builders import NOW, csrf_of
from tests.signing import PASSWORD, PICTURE, form_of, log_in, on_roster, sessions_of, token_of
from tests.traced import statements

pytestmark = pytest.mark.usefixtures("known_captcha")
PAGE = "/password"


def seen_at(site: Flask) -> datetime:
    with site.app_context():
        return db.session.scalars(select(LoginSession.seen_at)).one()


@contextmanager
def written_elsewhere(site: Flask) -> Iterator[None]:
    """Another program holds the write lock; nobody waits for it."""
    with site.app_context():
        engine = db.engine
    engine.dispose()  # its connections wait five seconds
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA busy_timeout=0"))
    other: Any = sqlite.connect(engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_thirty_idle_minutes_end_it(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    site.clock.now = NOW + timedelta(minutes=29, seconds=59)
    assert browser.get(PAGE).status_code == 200
    site.clock.now += timedelta(minutes=30)
    assert browser.get(PAGE).status_code == 303


def test_twelve_hours_end_it_however_busy(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    for step in range(1, 36):
        site.clock.now = NOW + timedelta(minutes=20 * step)
        assert browser.get(PAGE).status_code == 200, step
    site.clock.now = NOW + timedelta(hours=12)
    assert browser.get(PAGE).status_code == 303


def test_being_there_is_written_down_once_a_minute(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    site.clock.now = NOW + timedelta(seconds=59)
    browser.get(PAGE)
    assert seen_at(site) == NOW
    site.clock.now = NOW + timedelta(seconds=60)
    browser.get(PAGE)
    assert seen_at(site) == site.clock.now


def test_a_look_by_script_is_no_sign_of_life(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    site.clock.now = NOW + timedelta(minutes=20)
    look = browser.get("/", headers={"X-Look": "1"})
    assert look.status_code == 200
    assert datetime.fromisoformat(look.headers["X-Session-Ends"]) == NOW + timedelta(minutes=30)
    assert seen_at(site) == NOW


@pytest.mark.sqlite
def test_a_page_opens_though_another_program_is_writing(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    site.clock.now = NOW + timedelta(seconds=60)
    with written_elsewhere(site):
        assert browser.get(PAGE).status_code == 200
    assert seen_at(site) == NOW
    browser.get(PAGE)
    assert seen_at(site) == site.clock.now


@pytest.mark.sqlite
def test_a_sign_in_that_cannot_be_written_says_so_and_to_try_again(site: Any, browser: FlaskClient) -> None:
    person = on_roster(site)
    form = form_of(browser, "/login")
    browser.get("/captcha.png")
    with written_elsewhere(site):
        answer = browser.post(
            "/login", data={**form, "id_number": person.number, "password": PASSWORD, "captcha": PICTURE}
        )
    assert answer.status_code == 503
    assert "请过一两分钟再试" in answer.text


@pytest.mark.sqlite
@pytest.mark.parametrize(("tickets", "sent"), [(1, 1), (3, 2)])
def test_the_person_is_loaded_in_one_statement(site: Flask, browser: FlaskClient, tickets: int, sent: int) -> None:
    """Of several tickets a second one says what is under way on each, for the switcher."""
    log_in(browser, on_roster(site, tickets=tickets).number)
    browser.get(PAGE)
    with site.app_context():
        engine = db.engine
    with statements(engine) as asked:
        page = browser.get(PAGE)
    assert page.status_code == 200
    assert len(asked) == sent, asked


def test_every_personal_page_says_when_it_ends(site: Any, browser: FlaskClient) -> None:
    assert "X-Session-Ends" not in browser.get("/login").headers
    log_in(browser, on_roster(site).number)
    ends = datetime.fromisoformat(browser.get(PAGE).headers["X-Session-Ends"])
    assert ends == NOW + timedelta(minutes=30)
    site.clock.now = NOW + timedelta(minutes=20)
    assert datetime.fromisoformat(browser.get(PAGE).headers["X-Session-Ends"]) == NOW + timedelta(minutes=50)


def test_going_on_extends_it_but_not_beyond_the_longest(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    form = form_of(browser, PAGE)
    site.clock.now = NOW + timedelta(seconds=30)
    answer = browser.post("/session/extend", data=form)
    assert answer.status_code == 204
    assert datetime.fromisoformat(answer.headers["X-Session-Ends"]) == NOW + timedelta(minutes=30, seconds=30)
    with site.app_context():
        row = db.session.scalars(select(LoginSession)).one()
        row.expires_at = NOW + timedelta(minutes=10)
        db.session.commit()
    answer = browser.post("/session/extend", data=form)
    assert datetime.fromisoformat(answer.headers["X-Session-Ends"]) == NOW + timedelta(minutes=10)


def test_an_examinee_has_three_browsers_at_most(site: Any) -> None:
    person = on_roster(site)
    browsers = [site.test_client() for _ in range(4)]
    for minute, browser in enumerate(browsers):
        site.clock.now = NOW + timedelta(minutes=minute)
        log_in(browser, person.number)
    assert [browser.get(PAGE).status_code for browser in browsers] == [303, 200, 200, 200]
    assert sessions_of(site, person.id) == 3


def test_a_session_that_is_over_is_swept_at_the_next_sign_in(site: Any) -> None:
    first, second = on_roster(site), on_roster(site)
    log_in(site.test_client(), first.number)
    site.clock.now = NOW + timedelta(hours=1)
    log_in(site.test_client(), second.number)
    assert sessions_of(site, first.id) == 0


def test_an_invented_token_is_nobody(site: Flask, browser: FlaskClient) -> None:
    on_roster(site)
    with browser.session_transaction() as session:
        session["_user_id"] = "1"
    assert browser.get(PAGE).status_code == 303


def test_the_cookie_is_lax_http_only_and_holds_nothing_of_the_person(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    cookie = next(each for each in log_in(browser, person.number).headers.getlist("Set-Cookie") if each[:6] == "kaoji=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "Expires" not in cookie  # gone when the browser is closed
    with browser.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "_id", "csrf_token"}
        assert person.number not in str(dict(session))


def test_only_the_known_browser_token_outlives_signing_out_and_closing(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    kept = next(
        each for each in log_in(browser, person.number).headers.getlist("Set-Cookie") if "kaoji-browser=" in each
    )
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={180 * 86400}"} <= set(kept.split("; "))
    device = browser.get_cookie("kaoji-browser").value  # type: ignore[union-attr]
    assert person.number not in device
    browser.post("/logout", data=form_of(browser, PAGE))
    assert browser.get_cookie("kaoji-browser").value == device  # type: ignore[union-attr]
    with browser.session_transaction() as session:
        assert set(session) <= {"_flashes", "pre", "csrf_token"}
        assert not session.permanent
    assert token_of(browser) == ""
    closed = site.test_client()  # the browser was closed: only what has an end of its own is still there
    closed.set_cookie("kaoji-browser", device)
    for _ in range(6):
        log_in(site.test_client(), person.number, "Wrong-pass-9")
    assert log_in(site.test_client(), person.number).status_code == 422
    assert log_in(closed, person.number).location == "/"


def test_the_known_browser_token_by_itself_opens_nothing(site: Flask, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    thief = site.test_client()
    thief.set_cookie("kaoji-browser", browser.get_cookie("kaoji-browser").value)  # type: ignore[union-attr]
    assert thief.get(PAGE).status_code == 303


def test_on_a_public_https_site_both_cookies_are_secure(make_app: Any) -> None:
    site = make_app(public_url="https://kaoji.example", trusted_hosts="kaoji.example", host="127.0.0.1")
    person = on_roster(site)
    browser = site.test_client()
    given = {"base_url": "https://kaoji.example"}
    page = browser.get("/login", **given).text
    browser.get("/captcha.png", **given)
    data = {"csrf_token": csrf_of(page), "id_number": person.number, "password": PASSWORD, "captcha": PICTURE}
    answer = browser.post("/login", data=data, headers={"Sec-Fetch-Site": "same-origin"}, **given)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {each.split("=")[0] for each in cookies} == {"__Host-kaoji", "__Host-kaoji-browser"}
    assert all("Secure" in each.split("; ") and "Domain" not in each for each in cookies)


def test_an_htmx_call_after_the_end_is_a_401_that_leads_to_the_sign_in(site: Any, browser: FlaskClient) -> None:
    answer = browser.get(PAGE, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert 'href="/login?next=%2Fpassword"' in answer.text
    assert "<html" not in answer.text


def test_a_form_sent_after_the_end_gets_its_text_back_but_no_password(site: Any, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    form = form_of(browser, PAGE)
    site.clock.now = NOW + timedelta(hours=1)
    sent = {**form, "statement": "写了很久的<自我鉴定>", "record_code": "ABCD1234", "new_password": "Geheim-12345"}
    answer = browser.post(PAGE, data=sent)
    assert answer.status_code == 401
    assert "写了很久的&lt;自我鉴定&gt;" in answer.text
    assert "ABCD1234" in answer.text
    assert "自我鉴定</label>" in answer.text
    assert "Geheim" not in answer.text
    assert browser.post("/logout", data=form).status_code == 303  # nothing was typed there
