"""A cookie that was verified once is known afterwards; nothing else about it changes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask, flash, get_flashed_messages
from flask.testing import FlaskClient

from app.security import csrf
from tests.signing import form_of, log_in, on_roster, sessions_of

pytestmark = pytest.mark.usefixtures("known_captcha")
PAGE = "/password"
MONTH = 32 * 24 * 3600  # seconds; a cookie is good for 31 days


def cookie_of(browser: FlaskClient) -> str:
    found = browser.get_cookie("kaoji")
    assert found is not None
    return str(found.value)


def visit(site: Flask, cookie: str) -> int:
    """The status of a personal page for whoever brings this cookie."""
    return int(site.test_client(use_cookies=False).get(PAGE, headers={"Cookie": f"kaoji={cookie}"}).status_code)


@pytest.fixture
def known(site: Flask, browser: FlaskClient) -> str:
    """The cookie of somebody signed in, after two visits with it."""
    log_in(browser, on_roster(site).number)
    cookie = cookie_of(browser)
    assert [visit(site, cookie), visit(site, cookie)] == [200, 200]
    return cookie


@pytest.mark.parametrize("place", [3, -3])
def test_one_letter_changed_is_another_cookie(site: Flask, known: str, place: int) -> None:
    letter = "A" if known[place] != "A" else "B"
    changed = known[:place] + letter + (known[place + 1 :] if place + 1 else "")
    assert visit(site, changed) == 303
    assert visit(site, known) == 200


def test_a_known_cookie_grows_old_all_the_same(site: Flask, known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr("app.security.cookies.time.time", lambda: real() + MONTH)
    assert visit(site, known) == 303


def test_a_known_cookie_opens_nothing_once_the_session_is_over(site: Flask, browser: FlaskClient, known: str) -> None:
    browser.post("/logout", data=form_of(browser, PAGE))
    assert visit(site, known) == 303


def test_another_site_does_not_know_it(make_app: Any, known: str) -> None:
    assert visit(make_app(), known) == 303


def test_what_one_request_adds_to_a_list_stays_out_of_the_next(site: Flask, browser: FlaskClient) -> None:
    with browser.session_transaction() as session:
        session["_flashes"] = [("ok", "已保存")]
    headers = {"Cookie": f"kaoji={cookie_of(browser)}"}
    for _ in range(3):
        with site.test_request_context(headers=headers):
            flash("又一条")
            assert get_flashed_messages() == ["已保存", "又一条"]


def test_nothing_is_sent_back_when_nothing_changed(site: Flask, browser: FlaskClient, known: str) -> None:
    browser.get(PAGE)
    answer = browser.get(PAGE)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" in answer.headers["Vary"].split(", ")


def test_a_token_is_signed_once_for_a_session(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(browser, on_roster(site).number)
    first, real = form_of(browser, "/"), time.time
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: real() + 5)
    assert form_of(browser, "/") == first


def test_a_token_that_another_process_signed_is_good_too(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = on_roster(site)
    log_in(browser, who.number)
    form = form_of(browser, PAGE)
    monkeypatch.setattr(csrf, "_signed", lambda key, raw: "signed at another moment")
    assert browser.post("/logout", data=form).status_code == 303
    assert sessions_of(site, who.id) == 0
