"""A form counts only when our own page sent it (AC-09)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.signing import PASSWORD, form_of, log_in, on_roster, sessions_of

pytestmark = pytest.mark.usefixtures("known_captcha")
HERE = "http://localhost"


@pytest.fixture
def person(site: Flask, browser: FlaskClient) -> int:
    who = on_roster(site)
    log_in(browser, who.number)
    return who.id


@pytest.mark.parametrize("token", [None, "", "x", "IjEyMyI.aaaa.bbbb"])
def test_a_missing_or_wrong_token_is_refused(site: Flask, browser: FlaskClient, person: int, token: str | None) -> None:
    answer = browser.post("/logout", data={} if token is None else {"csrf_token": token})
    assert answer.status_code == 400
    assert "页面放得太久" in answer.text
    assert sessions_of(site, person) == 1


def test_another_browsers_token_is_refused(site: Flask, browser: FlaskClient, person: int) -> None:
    foreign = form_of(site.test_client(), "/login")
    assert browser.post("/logout", data=foreign).status_code == 400
    assert sessions_of(site, person) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Referer": "https://evil.example/http://localhost/"},
        {"HX-Request": "true", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_is_refused_even_with_the_token(
    site: Flask, browser: FlaskClient, person: int, headers: dict[str, str]
) -> None:
    form = form_of(browser, "/password")
    assert browser.post("/logout", data=form, headers=headers).status_code == 400
    assert sessions_of(site, person) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": HERE},
        {"Referer": f"{HERE}/password"},
        {},
    ],
)
def test_our_own_page_is_taken(site: Flask, browser: FlaskClient, person: int, headers: dict[str, str]) -> None:
    form = form_of(browser, "/password")
    assert browser.post("/logout", data=form, headers=headers).status_code == 303
    assert sessions_of(site, person) == 0


def test_the_address_that_users_type_is_ours_behind_a_proxy(make_app: object) -> None:
    site = make_app(public_url="http://kaoji.example.cn")  # type: ignore[operator]
    browser = site.test_client()
    form = form_of(browser, "/login")
    ours = browser.post("/login", data=form, headers={"Origin": "http://kaoji.example.cn"})
    assert ours.status_code == 422


def test_the_token_may_come_in_a_header_and_text_plain_gains_nothing(
    site: Flask, browser: FlaskClient, person: int
) -> None:
    token = form_of(browser, "/password")["csrf_token"]
    plain = browser.post("/logout", data=f"csrf_token={token}", content_type="text/plain")
    assert plain.status_code == 400
    assert sessions_of(site, person) == 1
    assert browser.post("/logout", headers={"X-CSRFToken": token}).status_code == 303


def test_reading_never_acts(site: Flask, browser: FlaskClient, person: int) -> None:
    for path in ("/logout", "/ticket", "/session/extend"):
        assert browser.get(path).status_code == 405
    assert sessions_of(site, person) == 1


def test_signing_in_is_protected_too(site: Flask, browser: FlaskClient) -> None:
    who = on_roster(site)
    browser.get("/captcha.png")
    data = {"id_number": who.number, "password": PASSWORD, "captcha": "K7M4"}
    assert browser.post("/login", data=data).status_code == 400
    assert sessions_of(site, who.id) == 0


def test_a_refused_form_gives_its_text_back_but_no_password(browser: FlaskClient, person: int) -> None:
    answer = browser.post("/password", data={"reason": "写了<很久>", "new_password": "Geheim-12345"})
    assert answer.status_code == 400
    assert "写了&lt;很久&gt;" in answer.text
    assert "Geheim" not in answer.text
    assert 'href="/password"' in answer.text


def test_a_report_of_the_browser_needs_no_token_and_changes_nothing(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    report = {"csp-report": {"violated-directive": "script-src", "blocked-uri": "https://evil.example/x?id=110101\r\n"}}
    answer = browser.post("/csp-report", json=report, content_type="application/csp-report")
    assert answer.status_code == 204
    assert "script-src" in caplog.text
    assert "110101" not in caplog.text
    assert browser.post("/csp-report", data="x" * 20_000, content_type="application/csp-report").status_code == 413
    assert browser.post("/csp-report", data={"a": "b"}).status_code == 415
