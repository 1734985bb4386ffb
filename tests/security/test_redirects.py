"""A redirect leads only to a page that our own router knows (AC-34)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.security.redirects import came_from, local_target
from tests.signing import log_in, on_roster

FOREIGN = [
    "", "/nowhere", "password", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "\\/\\/evil.example", "/\t/evil.example", "/%09/evil.example", "/%5cevil.example", "/%2f%2fevil.example",
    "/%2Fevil.example", "http://evil.example", "https://evil.example/password", "https:evil.example", "https:/evil.example",
    "http:///evil.example", "HTTPS://EVIL.EXAMPLE", "javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x",
    "vbscript:x", "//localhost/password", "http://localhost/password", "//evil.example/password", "/password@evil.example",
    "@evil.example", "/@evil.example", "evil.example", ".evil.example", "/.evil.example", "/./evil.example", "/../evil.example",
    "/..//evil.example", "/password/../..//evil.example", "/password\r\nSet-Cookie: a=b", "/password\nX: y", "/password\x00",
    "/password%0d%0aSet-Cookie:a=b", "/\u2028evil", "/\u3002evil.example", "\u2215\u2215evil.example", "/ /evil.example", " //evil.example",
    " /password", "/password ", "\t/password", "/login", "/captcha.png", "/logout", "/session/extend", "/ticket", "/static/app.css", "/staff",
    "/activate", "/admin/", "?next=//evil", "#//evil.example", "/;//evil.example", "/" + "a" * 600, "//[evil", "/[", "http://[::1",
]  # fmt: skip


@pytest.mark.parametrize("raw", FOREIGN)
def test_anything_else_leads_home(site: Flask, raw: str) -> None:
    with site.test_request_context("/login"):
        assert local_target(raw, "examinee", "/") == "/"


@pytest.mark.usefixtures("known_captcha")
def test_no_sign_in_leads_anywhere_else(site: Flask, browser: FlaskClient) -> None:
    number = on_roster(site).number
    assert log_in(site.test_client(), number, next="//evil.example").location == "/"
    log_in(browser, number)
    wrong = [raw for raw in FOREIGN if browser.get("/login", query_string={"next": raw}).location != "/"]
    assert wrong == []


@pytest.mark.parametrize("raw", ["/password", "/password?a=1&b=%E4%BA%8C", "/", "/scores/latest"])
def test_a_page_of_ours_is_kept(site: Flask, raw: str) -> None:
    with site.test_request_context("/login"):
        assert local_target(raw, "examinee", "/home") == raw


def test_a_page_of_the_other_kind_of_people_is_not(site: Flask) -> None:
    with site.test_request_context("/login"):
        assert local_target("/staff/password", "staff", "/staff") == "/staff/password"
        assert local_target("/password", "staff", "/staff") == "/staff"


def test_the_fragment_is_dropped(site: Flask) -> None:
    with site.test_request_context("/login"):
        assert local_target("/password#x", "examinee", "/") == "/password"


def test_an_absent_target_leads_home(site: Flask) -> None:
    with site.test_request_context("/login"):
        assert local_target(None, "examinee", "/") == "/"


@pytest.mark.parametrize(
    ("path", "referer", "back"),
    [
        ("/staff/applications/bulk", "http://localhost/staff/applications?order=name", "/staff/applications?order=name"),
        ("/staff/applications/abc/desk", "http://localhost/staff/applications/abc?flag=code", "/staff/applications/abc?flag=code"),
        ("/staff/applications/bulk?flag=code", "http://localhost/staff/applications/find", "/staff/applications?flag=code"),
        ("/staff/applications/bulk?flag=code", "https://evil.example/staff", "/staff/applications?flag=code"),
        ("/staff/applications/bulk?flag=code", "http://[evil", "/staff/applications?flag=code"),
        ("/staff/applications/abc?flag=code", "http://localhost/staff", "/staff/applications/abc?flag=code"),
        ("/nowhere", "http://localhost/staff", ""),
    ],
)  # fmt: skip
def test_one_returns_to_the_page_of_the_form(site: Flask, path: str, referer: str, back: str) -> None:
    with site.test_request_context(path, method="POST", headers={"Referer": referer}):
        assert came_from() == back


def test_an_address_that_only_takes_forms_is_no_page(site: Flask) -> None:
    with site.test_request_context("/staff/login"):
        assert local_target("/staff/applications/bulk", "staff", "/staff") == "/staff"
