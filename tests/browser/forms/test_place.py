"""A field that renews its own page keeps its place on the screen and the focus: every such field that the pages have, found by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests import builders as build
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import COMPUTING, LITERATURE, Season, open_season, photo, sign_in, staff_sign_in, upload
from tests.browser.test_fixes_in_browser import enter, returned
from tests.browser.test_upload import at_evidence
from tests.second_service import registered

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
TEMPLATES = {"components/fields.html", "admin/window.html", "forecast/forecast.html"}
"""Where a field that renews its page is drawn; the pages of each are visited below."""
ANCHOR = 8  # pixels
LIVE = """() => [...new Set([...document.querySelectorAll('#main [hx-trigger*=change]')]
    .flatMap(e => e.matches('form') ? [...e.elements] : [e])
    .filter(e => e.matches('select, input[type=radio], input[type=checkbox]') && !e.disabled && e.getClientRects().length)
    .map(e => e.name))]"""


def field(page: Page, name: str, value: str) -> Locator:
    found = page.locator(f'#main [name="{name}"]')
    return (
        found.first
        if found.first.evaluate("e => e.tagName") == "SELECT"
        else page.locator(f'#main [name="{name}"][value="{value}"]')
    )


def values(page: Page, name: str) -> list[str]:
    """What can be chosen and is not: the first, the last and one between."""
    found = page.locator(f'#main [name="{name}"]').evaluate_all(
        """all => all.flatMap(e => e.tagName === 'SELECT'
            ? [...e.options].filter(o => !o.selected && o.value).map(o => o.value) : e.checked ? [] : [e.value])"""
    )
    return list(dict.fromkeys([*found[:1], *found[len(found) // 2 :][:1], *found[-1:]]))


def offered(page: Page, name: str, value: str) -> bool:
    """Whether it still can be chosen, after other choices."""
    there = page.locator(f'#main [name="{name}"]').count()
    return (
        bool(there)
        and bool(field(page, name, value).count())
        and not field(page, name, value).evaluate("e => e.checked === true")
    )


def moved(visitor: Visitor, name: str, value: str, at: float) -> tuple[float, bool]:
    """Choose this with the field at that part of the window's height. Returns how far it moved, and whether it has the focus."""
    page, chosen = visitor.page, field(visitor.page, name, value)
    chosen.focus()
    chosen.evaluate("(e, at) => window.scrollBy(0, e.getBoundingClientRect().top - at * window.innerHeight)", at)
    before = chosen.evaluate("e => e.getBoundingClientRect().top")
    page.locator("#main").evaluate("e => e.setAttribute('data-old', '')")
    if chosen.evaluate("e => e.tagName") == "SELECT":
        chosen.evaluate(
            "(e, value) => { e.value = value; e.dispatchEvent(new Event('input', { bubbles: true })); \
e.dispatchEvent(new Event('change', { bubbles: true })); }",
            value,
        )
    else:
        chosen.evaluate("e => e.click()")
    page.wait_for_selector("#main[data-old]", state="detached")
    visitor.settle()
    page.wait_for_selector("html.renewing", state="detached")
    now = field(page, name, value)
    return now.evaluate("e => e.getBoundingClientRect().top") - before, now.evaluate(
        "e => e === document.activeElement"
    )


def measured(visitor: Visitor, found: dict[str, list[Any]] | None = None) -> dict[str, list[Any]]:
    """Every choice of every such field of the page, and of those that a choice brings. Returns name -> what was wrong."""
    page, found = visitor.page, {} if found is None else found
    while left := [name for name in page.evaluate(LIVE) if name not in found]:
        name = left[-1]  # the first decides which of the others there are
        found[name] = []
        for i, value in enumerate(values(page, name)):
            if offered(page, name, value):
                off, focused = moved(visitor, name, value, (0.5, 0.15, 0.85)[i % 3])
                if abs(off) > ANCHOR or not focused:
                    found[name].append((value, round(off), focused))
                measured(visitor, found)
    return found


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


@pytest.fixture
def two_services() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(registered())
        yield


def in_progress(season: Season, person: Any) -> str:
    answers = build.answers()
    answers["scores"] = {"major": LITERATURE, "level": "本科"}
    with season.app.app_context():
        made = build.application(
            person.ticket_rows[0], season.window, answers=answers, reached="confirm", at_step="scores"
        )
        return f"/applications/{made.public_id}"


@SIZES
def test_an_examinees_choice_keeps_its_place(
    season: Season, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    person = season.examinee(without=("00540",))
    visitor = visit(size)
    sign_in(visitor, person)
    url = in_progress(season, person)
    for path, expected in (
        (f"{url}/prior-degree", {"diploma_year", "diploma_month", "proof_kind"}),
        (f"{url}/scores", {"major", "extra_option_1", "extra_option_2"}),
        ("/forecast", {"major"}),
        (f"/forecast?major={COMPUTING}", {"major", "compare", "extra_option_1"}),
    ):
        visitor.go(path)
        for folded in visitor.page.locator("#choose:not([open])").all():
            folded.evaluate("e => { e.open = true; }")
        found = measured(visitor)
        assert expected <= found.keys(), path
        assert {name: wrong for name, wrong in found.items() if wrong} == {}, path


@SIZES
def test_a_choice_on_the_page_of_fixes_keeps_its_place(
    live: Live, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    desk = returned(
        live, "statement.statement", "prior_degree.diploma_year", "prior_degree.proof_kind", "prior_degree.record_photo"
    )
    visitor = enter(live, visit, desk, size=size)
    visitor.go(f"/applications/{desk.public_id}/fixes")
    assert measured(visitor) == {"diploma_year": [], "diploma_month": [], "proof_kind": []}


@SIZES
def test_an_administrators_choice_keeps_its_place(
    season: Season, visit: Callable[..., Visitor], two_services: None, size: tuple[int, int]
) -> None:
    visitor = visit(size)
    staff_sign_in(visitor, season.staff("admin"))
    visitor.go("/admin/windows/new")
    assert measured(visitor) == {"service": []}


def test_the_pages_above_are_all_that_have_such_a_field() -> None:
    folder = Path(__file__).parents[3] / "templates"
    drawn = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if "form.renews" in (text := path.read_text("utf-8")) or 'hx-trigger="change' in text
    }
    assert drawn == TEMPLATES


@SIZES
def test_a_picture_that_was_turned_or_taken_away_stays_in_sight(
    season: Season, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    visitor = visit(size)
    at_evidence(season, visitor)
    upload(visitor, "diploma_photo", photo())
    page = visitor.page
    for name in ("向右旋转", "删除"):
        button = page.locator("#drop-diploma_photo").get_by_role("button", name=re.compile(f"^{name}"))
        button.evaluate("e => window.scrollBy(0, e.getBoundingClientRect().top - 400)")
        chooser = page.locator("input[type=file][name=diploma_photo]")
        before = chooser.evaluate("e => e.getBoundingClientRect().top")
        page.locator("#main").evaluate("e => e.setAttribute('data-old', '')")
        button.evaluate("e => e.click()")
        page.wait_for_selector("#main[data-old]", state="detached")
        visitor.settle()
        page.wait_for_selector("html.renewing", state="detached")
        assert abs(chooser.evaluate("e => e.getBoundingClientRect().top") - before) <= ANCHOR, name
