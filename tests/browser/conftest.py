"""A real server with the limits of `kaoji serve`, and the system's Chromium in front of it.

Without Chromium these tests are skipped, unless KAOJI_TEST_BROWSER=require. Whatever a page complains about (a script's
error, something the content security policy stopped, an answer that nobody expected) fails the test that saw it.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from app.cli.serving.server import Server
from tests.sites import Pool
from tests.sizes import FULL

CAPTCHA = "K7M4"
BUSY = "main[aria-busy], .htmx-request, .htmx-swapping, .htmx-settling"
PHONE, DESK = (390, 844), (1366, 900)
WAYS = [(PHONE, True), (DESK, False), *([(PHONE, False), (DESK, True)] if FULL else [])]
"""Size and script of a journey: each once, in the full size all four."""
WAY_NAMES = [f"{'phone' if size == PHONE else 'desk'}{'' if js else '-no-script'}" for size, js in WAYS]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is installed; the shell draws no window of its own and needs a third less processor time."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests; each visit gets a profile of its own."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        if os.environ.get("KAOJI_TEST_BROWSER") == "require":
            pytest.fail("KAOJI_TEST_BROWSER=require, but there is no Chromium on the path")
        pytest.skip("needs Chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Live:
    """A site that is being served: its application and its address, without a slash at the end."""

    app: Flask
    url: str


@pytest.fixture
def live(pool: Pool) -> Iterator[Live]:
    """A demonstration instance (its captcha is known) with empty tables, served in a thread at the real time."""
    made = pool.lend(demo=True, demo_captcha=CAPTCHA, port="0")
    made.app.extensions["kaoji.clock"].now = lambda: datetime.now(UTC)
    server = Server(made.app, made.config)
    thread = threading.Thread(target=server.run, name="waitress", daemon=True)
    thread.start()
    yield Live(made.app, f"http://127.0.0.1:{server.port}")
    server.stop()
    thread.join(15)
    assert not thread.is_alive(), "the server did not stop"
    pool.give_back(made)


def seen(page: Page) -> None:
    """A file in front of a reviewer is painted: what is pressed before that does nothing."""
    page.wait_for_selector("[data-review][data-painted], main:not(:has([data-review]))", state="attached")


@dataclass
class Visitor:
    """One person's browser. `expected`: answers of 4xx that belong to the test."""

    page: Page
    context: BrowserContext
    url: str
    js: bool
    app: Any = None
    expected: set[int] = field(default_factory=lambda: {422})
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Write down whatever this page complains about."""
        page.set_default_timeout(15_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.text.startswith(("Failed to load resource", "Response Status Error Code")):
            return  # what the browser and htmx say of a status, which is judged below
        if message.text.startswith(("htmx:afterRequest", "htmx:sendAbort")):
            return  # one that the next choice replaced; a line that is gone is htmx:sendError
        if message.type == "error" or "Content Security Policy" in message.text:
            self.complaints.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")

    def go(self, path: str) -> Page:
        """Open an address of the site."""
        self.page.goto(self.url + path)
        if self.js:
            seen(self.page)
        return self.page

    def press(self, name: str, within: Any = None, nth: int = 0) -> None:
        """Press the button or link with exactly this name and wait for what it leads to."""
        place = within or self.page
        found = place.get_by_role("button", name=name, exact=True).or_(place.get_by_role("link", name=name, exact=True))
        found.nth(nth).click()
        self.settle()

    def settle(self) -> None:
        """Until nothing is loading and htmx has put its answer in place."""
        self.page.wait_for_load_state("load")
        if self.js:
            self.page.wait_for_selector(BUSY, state="detached")

    def arrives(self, ending: str) -> None:
        """The address ends like this, soon."""
        expect(self.page).to_have_url(re.compile(re.escape(ending) + "$"))
        self.settle()

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()


@pytest.fixture
def visit(chromium: Browser, live: Live) -> Iterator[Callable[..., Visitor]]:
    """visit(size=DESK, js=True) -> a new person's browser."""
    opened: list[Visitor] = []

    def open_(size: tuple[int, int] = DESK, js: bool = True, **more: Any) -> Visitor:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=js,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=size[0] < 600,
            reduced_motion="reduce",
            **more,
        )
        page = context.new_page()
        visitor = Visitor(page, context, live.url, js, live.app)
        visitor.watch(page)
        opened.append(visitor)
        return visitor

    yield open_
    complaints = [line for visitor in opened for line in visitor.complaints]
    if os.environ.get("KAOJI_TEST_SHOTS"):
        for i, visitor in enumerate(each for each in opened if not each.page.is_closed()):
            visitor.page.screenshot(path=f"{os.environ['KAOJI_TEST_SHOTS']}/last-{i}.png", full_page=True)
    for visitor in opened:
        visitor.context.close()
    assert complaints == []
