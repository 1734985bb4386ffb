"""How large a request may be is decided before anything reads it (AC-18)."""

from __future__ import annotations

import io
import time

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.security.allow import allow
from app.security.limits import EVIDENCE, body_limit
from tests.signing import form_of


def test_an_ordinary_form_may_have_256_kib(browser: FlaskClient) -> None:
    form = form_of(browser, "/login")
    assert browser.post("/login", data={**form, "id_number": "1" * 200_000}).status_code == 422
    answer = browser.post("/login", data={**form, "id_number": "1" * 270_000})
    assert answer.status_code == 413
    assert "<html" in answer.text


def test_a_declared_gigabyte_is_refused_unread(browser: FlaskClient) -> None:
    class Unread(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            raise AssertionError("the body was read")

    announced = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(1 << 30)}
    answer = browser.post("/login", content_type="multipart/form-data; boundary=x", environ_overrides=announced)
    assert answer.status_code == 413


def test_a_route_may_take_more(site: Flask) -> None:
    @allow("public")
    @body_limit(EVIDENCE)
    def take() -> str:
        return str(len(request.files["picture"].read()))

    site.add_url_rule("/take", view_func=take, methods=["POST"])
    browser = site.test_client()
    form = form_of(browser, "/login")
    sent = {**form, "picture": (io.BytesIO(b"x" * 1_048_576), "a.jpg")}
    assert browser.post("/take", data=sent).text == "1048576"
    sent = {**form, "picture": (io.BytesIO(b"x" * 1_200_000), "a.jpg")}
    assert browser.post("/take", data=sent).status_code == 413


def test_ten_thousand_parts_are_refused(browser: FlaskClient) -> None:
    line = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    body = (line * 4000 + "--x--\r\n").encode()
    answer = browser.post("/login", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


MULTIPART = "multipart/form-data; boundary=x"
STORMS = {
    "a huge name of a field": (
        b'--x\r\nContent-Disposition: form-data; name="' + b"n" * 250_000 + b'"\r\n\r\n1\r\n--x--\r\n',
        MULTIPART,
    ),
    "a huge header of a part": (b"--x\r\nX: " + b"y" * 250_000 + b"\r\n\r\n1\r\n--x--\r\n", MULTIPART),
    "boundaries without parts": (b"--x\r\n" * 50_000, MULTIPART),
    "beginnings of boundaries": (b"\r\n--x" * 50_000, MULTIPART),
    "line ends": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"\r\n" * 125_000, MULTIPART),
    "a boundary of 200 characters": (b"--" + b"-" * 200_000, "multipart/form-data; boundary=" + "-" * 200),
    "no boundary": (b"--x\r\n" * 1000, "multipart/form-data"),
    "a name without its end": (b"a" * 250_000, "application/x-www-form-urlencoded"),
    "a hundred thousand fields": (b"a&" * 125_000, "application/x-www-form-urlencoded"),
    "escapes": (b"a=" + b"%" * 250_000, "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("name", STORMS)
def test_a_form_that_is_made_to_take_long_is_refused_at_once(browser: FlaskClient, name: str) -> None:
    body, kind = STORMS[name]
    began = time.process_time()
    answer = browser.post("/login", data=body, content_type=kind)
    assert time.process_time() - began < 1
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(("limit", "least"), [(EVIDENCE, 1_048_576)])
def test_a_whole_file_and_its_form_fit(limit: int, least: int) -> None:
    assert least < limit < least + 200_000
