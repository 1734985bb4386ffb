"""Static files over HTTP: compressed for who accepts it, kept for ever by the hash in the address, scripts in few files."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.web.static_files import BUNDLES, KINDS

STATIC = Path(__file__).parents[2] / "static"
CSS = "/static/app.css"


def encoding(browser: FlaskClient, accepts: str | None, path: str = CSS) -> str | None:
    answer = browser.get(path, headers={"Accept-Encoding": accepts} if accepts is not None else {})
    assert answer.status_code == 200
    return answer.headers.get("Content-Encoding")


@pytest.mark.parametrize(
    ("accepts", "given"),
    [
        ("gzip, deflate, br", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=1.0, gzip;q=0.8", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("identity, gzip;q=0.5", None),
        ("br", None),
        ("", None),
        (None, None),
        ("nonsense;;q=x", None),
    ],
)
def test_it_is_compressed_for_who_accepts_that(browser: FlaskClient, accepts: str | None, given: str | None) -> None:
    assert encoding(browser, accepts) == given


def test_both_forms_are_the_same_file_and_never_mistaken_for_each_other(browser: FlaskClient) -> None:
    plain = browser.get(CSS)
    packed = browser.get(CSS, headers={"Accept-Encoding": "gzip"})
    assert plain.data == (STATIC / "app.css").read_bytes()
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    for answer in (plain, packed):
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert "Set-Cookie" not in answer.headers
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_what_the_browser_holds_is_not_sent_again(browser: FlaskClient, accepts: str) -> None:
    first = browser.get(f"{CSS}?v=1", headers={"Accept-Encoding": accepts})
    held = {"Accept-Encoding": accepts, "If-None-Match": first.headers["ETag"]}
    again = browser.get(f"{CSS}?v=1", headers=held)
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Vary", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    other = {"gzip": "identity", "identity": "gzip"}[accepts]
    assert browser.get(CSS, headers={**held, "Accept-Encoding": other}).status_code == 200


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_head_says_what_get_would(browser: FlaskClient, accepts: str) -> None:
    got = browser.get(CSS, headers={"Accept-Encoding": accepts})
    head = browser.head(CSS, headers={"Accept-Encoding": accepts})
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "Content-Encoding", "ETag", "Vary", "Cache-Control"):
        assert head.headers.get(name) == got.headers.get(name), name


@pytest.mark.parametrize(
    "path",
    ["../app/config.py", "..%2fapp%2fconfig.py", "js", "js/", "", "none.css", "js/page/../../../wsgi.py", "APP.CSS"],
)
def test_only_what_lies_in_the_folder_is_there(browser: FlaskClient, path: str) -> None:
    assert browser.get(f"/static/{path}").status_code == 404


def test_every_kind_of_file_there_is_has_its_media_type() -> None:
    kinds = {path.suffix for path in STATIC.rglob("*") if path.is_file()} - {".LICENSE"}
    assert kinds <= set(KINDS)


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_one_script_that_loads_only_what_the_page_has_loaded(browser: FlaskClient, name: str) -> None:
    answer = browser.get(f"/static/js/{name}.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    head = browser.get("/login").text
    before = {"everyone": (), "signed-in": ("everyone",), "pictures": BUNDLES[:2], "staff": BUNDLES[:2]}[name]
    imported = re.findall(r"^import .* from '\./([a-z-]+)\.js\?v=([0-9a-f]{12})';$", answer.text, re.M)
    assert {each for each, _ in imported} <= set(before)
    assert len(re.findall(r"\bimport\b.*'", answer.text)) == len(imported)
    for other, version in imported:  # the very address that the page names, or the browser would load it twice
        if other == "everyone":
            assert f"/static/js/everyone.js?v={version}" in head


def test_pages_themselves_are_not_compressed(browser: FlaskClient) -> None:
    """They carry the CSRF token; app/web/static_files.py says why."""
    assert encoding(browser, "gzip", "/login") is None


def test_the_address_of_a_file_changes_with_its_bytes(browser: FlaskClient) -> None:
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/login").text)
    assert len(addresses) == 4  # icon, style sheet, htmx, scripts
    for each in addresses:
        answer = browser.get(each, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in answer.headers["Cache-Control"], each
