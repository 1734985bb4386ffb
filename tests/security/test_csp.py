"""Every answer carries the headers of security.md §5, whatever its status."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.security.csp import FILE_POLICY, HEADERS, PAGE_POLICY, page_policy


@pytest.mark.parametrize("path", ["/login", "/", "/nowhere", "/captcha.png", "/static/app.css", "/static/none.css"])
def test_every_answer_carries_the_headers(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path, buffered=True)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert answer.headers["Content-Security-Policy"] == (FILE_POLICY if path.endswith(".png") else PAGE_POLICY)
    assert "unsafe" not in PAGE_POLICY


def test_a_refused_method_and_a_large_body_carry_them_too(browser: FlaskClient) -> None:
    for answer in (browser.delete("/login"), browser.post("/login", data={"x": "y" * 300_000})):
        assert answer.status_code in (405, 413)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Content-Security-Policy"] == PAGE_POLICY


def test_a_refused_method_says_which_are_allowed(browser: FlaskClient) -> None:
    assert set(browser.delete("/login").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_pages_are_never_stored_and_static_files_are(browser: FlaskClient) -> None:
    page = browser.get("/login")
    assert page.headers["Cache-Control"] == "no-store"
    assert {"Cookie", "HX-Request"} <= set(page.headers["Vary"].split(", "))
    kept = browser.get("/static/app.css?v=123", buffered=True)
    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["Vary"] == "Accept-Encoding"  # nothing of the person
    assert "Set-Cookie" not in kept.headers
    assert "immutable" not in browser.get("/static/app.css", buffered=True).headers["Cache-Control"]


def test_https_is_demanded_only_where_users_reach_the_site_by_it(make_app: Any) -> None:
    assert "Strict-Transport-Security" not in make_app().test_client().get("/login").headers
    secure = make_app(public_url="https://kaoji.example.cn").test_client().get("/login")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert secure.headers["Set-Cookie"].startswith("__Host-kaoji=")
    assert "Secure" in secure.headers["Set-Cookie"]


def test_a_gateway_is_added_to_the_form_targets_only() -> None:
    policy = page_policy("https://pay.example.cn")
    assert "form-action 'self' https://pay.example.cn;" in policy
    assert policy.count("https:") == 1


def test_a_foreign_host_is_refused_with_the_headers(make_app: Any) -> None:
    browser = make_app(trusted_hosts="kaoji.example.cn").test_client()
    answer = browser.get("/login", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert browser.get("/login", headers={"Host": "kaoji.example.cn"}).status_code == 200


def test_a_site_without_trusted_hosts_answers_to_this_machines_names_only(browser: FlaskClient) -> None:
    """No other site's name that was pointed at 127.0.0.1 gets a page (DNS rebinding)."""
    assert browser.get("/login", headers={"Host": "evil.example"}).status_code == 400
    assert browser.get("/login", headers={"Host": "127.0.0.1:8000"}).status_code == 200
