"""Texts that would be markup, frames of other sites, and going back, in a real browser; each with its guard taken out as well (AC-10 to AC-12, AC-39)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from jinja2.utils import LRUCache

from app.extensions import db
from app.models import Application
from app.models.base import transaction
from tests import builders, reviewing
from tests.browser.conftest import Live, Visitor
from tests.browser.season import now, open_season, sign_in, staff_sign_in

EVIL = (
    '\'"></textarea></title><img src=/evil-image onerror="window.evil=1;alert(1)"><script>window.evil=1;alert(2)</script>'
    '<i hx-get=/evil-htmx hx-trigger=load hx-on:click=evil() onmouseover="window.evil=1">x</i>'
)
PROBE = "window.evil === undefined && !document.querySelector('i[hx-get], img[src=\"/evil-image\"]')"


class Watch:
    """What a page would not do by itself: dialogs, and requests for what the texts name."""

    def __init__(self, visitor: Visitor) -> None:
        self.dialogs: list[str] = []
        self.asked: list[str] = []
        visitor.page.on("dialog", self._dialog)
        visitor.page.on("request", lambda request: self.asked.append(request.url) if "/evil-" in request.url else None)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def file(live: Live) -> str:
    """The address of a file in which every line that the examinee and the roster filled is EVIL; a member of staff called so reads it."""
    season = open_season(live.app)
    with live.app.app_context():
        desk = reviewing.submitted(window=season.window, on=now(), name=EVIL)
        text = EVIL + builders.STATEMENT
        content = desk.submission.document.replace(builders.STATEMENT, text.replace("\\", "\\\\").replace('"', '\\"'))
        with transaction() as session:
            row = session.get_one(Application, desk.row.id)
            row.answers = {**row.answers, "statement": {"statement": text}}
            mine = desk.submission.__table__
            session.execute(mine.update().where(mine.c.application_id == row.id).values(document=content))
        db.session.remove()
        return reviewing.url(desk)


@contextmanager
def unescaped(app: Flask) -> Iterator[None]:
    """Templates compiled anew without autoescape."""
    engine = app.jinja_env
    before = engine.autoescape, engine.cache, engine.bytecode_cache
    engine.autoescape, engine.cache, engine.bytecode_cache = False, LRUCache(400), None
    yield
    engine.autoescape, engine.cache, engine.bytecode_cache = before


@contextmanager
def without(app: Flask, *headers: str) -> Iterator[None]:
    """Answers leave without these headers."""
    inner: Any = app.wsgi_app

    def stripped(environ: Any, start_response: Any) -> Any:
        def start(status: str, given: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [pair for pair in given if pair[0] not in headers], *more)

        return inner(environ, start)

    app.wsgi_app = stripped  # type: ignore[method-assign]
    yield
    app.wsgi_app = inner  # type: ignore[method-assign]


def opened(visit: Callable[..., Visitor], live: Live) -> tuple[Visitor, Watch]:
    """Where somebody of staff who is called so has signed in."""
    with live.app.app_context():
        name = builders.staff(name=EVIL).username
    visitor = visit()
    watch = Watch(visitor)
    staff_sign_in(visitor, name)
    return visitor, watch


def test_texts_that_would_be_markup_do_nothing(live: Live, visit: Callable[..., Visitor], file: str) -> None:
    visitor, watch = opened(visit, live)
    for path in ("/staff", "/staff/applications?state=all", file):
        page = visitor.go(path)
        assert page.evaluate(PROBE), path
        assert "evil-image" in page.content()
    assert (watch.dialogs, watch.asked) == ([], [])


def test_markup_that_is_not_escaped_is_stopped_by_the_policy_and_without_it_runs(
    live: Live, visit: Callable[..., Visitor], file: str
) -> None:
    """One guard off, then the other too."""
    with unescaped(live.app):
        visitor, watch = opened(visit, live)
        visitor.expected |= {404}
        page = visitor.go("/staff/applications?state=all")
        assert page.evaluate("window.evil") is None
        assert watch.dialogs == []
        assert any("/evil-image" in each for each in watch.asked)
        with without(live.app, "Content-Security-Policy"):
            page.goto(live.url + "/staff/applications?state=all")
            assert page.evaluate("window.evil") == 1
            assert watch.dialogs != []
    assert any("Content Security Policy" in line for line in visitor.complaints)
    visitor.complaints.clear()


def test_htmx_acts_on_what_is_not_escaped_and_not_within_hx_disable(
    live: Live, visit: Callable[..., Visitor], file: str
) -> None:
    with unescaped(live.app):
        visitor, watch = opened(visit, live)
        visitor.expected |= {404}
        visitor.page.goto(live.url + "/staff/applications?state=all")
        visitor.page.wait_for_timeout(300)
        assert any("/evil-htmx" in each for each in watch.asked)
        kept = "<div hx-disable><i hx-get=/evil-htmx?within hx-trigger=load>x</i></div>"
        visitor.page.evaluate(
            "html => { document.body.insertAdjacentHTML('beforeend', html); htmx.process(document.body) }", kept
        )
        visitor.page.wait_for_timeout(300)
        assert not any("within" in each for each in watch.asked)
        visitor.page.goto("about:blank")
    visitor.complaints.clear()


class Framing(BaseHTTPRequestHandler):
    """Another site: a page with a frame of the address behind `?`."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<iframe src='{self.path.partition('?')[2]}'></iframe>".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said."""


def framed(visit: Callable[..., Visitor], live: Live) -> str:
    """What a page of another site shows in a frame of ours; a real server, for a browser keeps made-up ones from this computer."""
    visitor = visit()
    page = visitor.page
    with ThreadingHTTPServer(("127.0.0.1", 0), Framing) as elsewhere:
        Thread(target=elsewhere.serve_forever, daemon=True).start()
        page.goto(f"http://localhost:{elsewhere.server_port}/?{live.url}/login")
        page.wait_for_timeout(300)
        frame = next(each for each in page.frames if each is not page.main_frame)
        shown = str(frame.evaluate("document.body ? document.body.innerText : ''"))
        page.goto("about:blank")
        elsewhere.shutdown()
    visitor.complaints.clear()
    return shown


def test_a_frame_of_another_site_stays_blank(live: Live, visit: Callable[..., Visitor]) -> None:
    assert "登录" not in framed(visit, live)


def test_without_its_headers_a_frame_shows_the_page(live: Live, visit: Callable[..., Visitor]) -> None:
    with without(live.app, "Content-Security-Policy", "X-Frame-Options"):
        assert "登录" in framed(visit, live)


def test_without_its_headers_going_back_shows_the_page_of_who_has_left(
    live: Live, visit: Callable[..., Visitor]
) -> None:
    season = open_season(live.app)
    person = season.examinee(name="欧阳晓雯")
    with without(live.app, "Cache-Control", "Clear-Site-Data", "Vary"):
        visitor = visit(js=False)
        sign_in(visitor, person)
        visitor.go("/password")
        assert "欧阳晓雯" in visitor.page.content()
        visitor.press("安全退出")
        visitor.page.go_back()
        visitor.settle()
        assert "欧阳晓雯" in visitor.page.content()
