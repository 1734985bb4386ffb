"""What the scripts share: no names in the window, one round to load, keys as they are typed, dialogs without <dialog>, the server's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import Season, open_season, sign_in
from tests.browser.staff.test_file import files, reviewer, season
from tests.browser.test_accessibility import draft
from tests.browser.test_fixes_in_browser import NUMBER, enter, returned

__all__ = ["season"]

NAMES = "() => { const plain = document.createElement('iframe'); document.body.append(plain); \
const known = new Set(Object.getOwnPropertyNames(plain.contentWindow)); plain.remove(); \
return Object.getOwnPropertyNames(window).filter(name => !known.has(name) && isNaN(name)); }"
SCRIPTS = (
    "performance.getEntriesByType('resource').filter(entry => entry.initiatorType === 'script' || entry.name.endsWith('.js') \
|| entry.name.includes('.js?')).map(entry => [entry.name.split('/').pop().split('?')[0], entry.initiatorType])"
)


def loaded(page: Page) -> list[str]:
    """The scripts of the page in its order; none of them was fetched by another, so all came in one round."""
    found = page.evaluate(SCRIPTS)
    assert {kind for _, kind in found} == {"script"}
    order = page.evaluate("Array.from(document.scripts, script => script.src.split('/').pop().split('?')[0])")
    return sorted((name for name, _ in found), key=order.index)


def test_a_page_has_its_scripts_in_one_round_and_no_names_in_its_window(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    page = visitor.go("/login")
    everyone = ["htmx.min.js", "everyone.js"]
    assert loaded(page) == everyone
    assert page.evaluate(NAMES) == ["htmx"]
    person = season.examinee()
    sign_in(visitor, person)
    assert loaded(page) == [*everyone, "signed-in.js"]
    visitor.go(f"/applications/{draft(season, person)}/prior-degree")
    assert loaded(page) == [*everyone, "signed-in.js", "pictures.js"]
    assert page.evaluate(NAMES) == ["htmx"]
    page = reviewer(season, visit).go(f"/staff/applications/{files(season, 1)[0]}")
    assert loaded(page) == [*everyone, "signed-in.js", "staff.js"]
    assert page.evaluate(NAMES) == ["htmx"]


def test_a_key_is_the_same_with_shift_and_can_be_switched_off(season: Season, visit: Callable[..., Visitor]) -> None:
    ids = files(season, 1)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}?undo=1")
    legend = page.get_by_role("dialog", name="快捷键")
    rows = page.locator("[data-item]")
    page.keyboard.press("Shift+J")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("Shift+Slash")
    expect(legend).to_be_visible()
    page.keyboard.press("j")  # nothing behind the list moves
    page.keyboard.press("Shift+Slash")
    expect(legend).to_be_hidden()
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Control+j")
    expect(rows.nth(1)).to_be_focused()
    page.locator("details.events summary").focus()
    page.keyboard.press(" ")  # opens what has the focus, accepts nothing
    assert page.locator("details.events").evaluate("details => details.open")
    assert page.locator("[data-item] input:checked").count() == 0
    hints = page.locator("main kbd").locator("visible=true")
    assert hints.count() >= 6  # on buttons and links
    page.get_by_role("button", name="快捷键").click()
    with page.expect_response("**/staff/keys"):
        legend.get_by_label("使用这些快捷键").uncheck()
    page.get_by_role("button", name="关闭").click()
    expect(hints).to_have_count(0)
    page.reload()  # it is kept with the account
    expect(hints).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").count() == 0
    assert page.locator("[data-item].here").count() <= 1
    page.keyboard.press("ArrowDown")  # not a single key: it goes on
    assert page.evaluate("document.activeElement.matches('[data-item]')")
    page.get_by_role("button", name="快捷键").click()
    expect(legend).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    expect(legend).to_be_hidden()


def test_a_key_right_after_the_list_is_closed_is_not_undone(season: Season, visit: Callable[..., Visitor]) -> None:
    """The browser says "closed" a moment later: the focus has gone on by then and is not taken back."""
    page = reviewer(season, visit).go(f"/staff/applications/{files(season, 1)[0]}?undo=1")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.evaluate(
        """() => new Promise(done => {
            document.querySelector('dialog[open]').addEventListener('close', () => setTimeout(done, 50));
            for (const key of ['?', 'j']) document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        })"""
    )
    expect(page.locator("[data-item]").nth(1)).to_be_focused(timeout=1000)


def test_without_dialogs_a_decision_is_asked_about_all_the_same(season: Season, visit: Callable[..., Visitor]) -> None:
    """Safari 14 has none."""
    ids = files(season, 2)
    visitor = reviewer(season, visit)
    visitor.page.add_init_script("delete window.HTMLDialogElement")
    page = visitor.go(f"/staff/applications/{ids[0]}?undo=1")
    ask = page.locator("[data-ask]")
    assert page.locator("dialog").count() == 0
    assert ask.is_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(ask).to_be_visible()
    for _ in range(3):  # the focus stays in it
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('[data-ask]'))")
    page.keyboard.press("Escape")
    expect(ask).to_be_hidden()
    page.keyboard.press("a")
    before = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)


def test_a_wrong_clock_here_changes_no_countdown(live: Live, visit: Callable[..., Visitor]) -> None:
    desk = returned(live, NUMBER, left=timedelta(days=3, hours=4, seconds=50))
    visitor = enter(live, visit, desk, size=DESK)
    visitor.page.clock.set_fixed_time(live.app.extensions["kaoji.clock"].now() + timedelta(days=9))
    page = visitor.go(f"/applications/{desk.public_id}/fixes")
    expect(page.locator("time.left")).to_have_text("还剩 3 天 4 小时")
    expect(page.locator("#notice-session")).to_have_count(0)


def test_a_window_that_is_open_ends_by_the_servers_clock(live: Live, visit: Callable[..., Visitor]) -> None:
    person = open_season(live.app).examinee()
    visitor = visit(PHONE)
    sign_in(visitor, person)
    visitor.page.clock.set_fixed_time(live.app.extensions["kaoji.clock"].now() - timedelta(days=9))
    page = visitor.go("/")
    page.clock.set_fixed_time(live.app.extensions["kaoji.clock"].now() - timedelta(days=9, minutes=-29))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#notice-session")).to_contain_text("还有不到 2 分钟")
