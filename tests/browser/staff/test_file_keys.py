"""Keys of the file that come beside deciding: a note, a refusal, when it takes effect; Esc out of every field; and leaving what is not kept."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Dialog, expect

from tests.browser.conftest import Visitor, seen
from tests.browser.season import Season
from tests.browser.staff.test_file import files, reviewer, season, settled

__all__ = ["season"]


def test_every_act_on_a_file_has_a_key_and_nothing_typed_goes_with_it(
    season: Season, visit: Callable[..., Visitor]
) -> None:
    ids = files(season, 2)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}?undo=1")
    page.keyboard.press("x")
    page.keyboard.type("看不清")
    page.keyboard.press("Enter")
    page.keyboard.press("i")
    page.keyboard.type("电话未接")
    page.keyboard.press("Enter")
    expect(page.locator("#items")).to_contain_text("电话未接")
    seen(page)  # no key acts on a page that is not painted yet
    assert page.locator("[data-reason]").first.input_value() == "看不清"
    for keys in (["m"], ["i"], ["q"], ["q", "Tab"], ["x"], ["x", "Shift+Tab"]):
        for key in keys:
            page.keyboard.press(key)
        typing = "document.activeElement.matches('textarea, select, #note')"
        assert page.evaluate(typing), keys
        page.keyboard.press("Escape")
        assert not page.evaluate(typing), keys
    page.keyboard.press(" ")  # accepted after all
    page.keyboard.press("d")
    page.keyboard.type("材料不实")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("d")
    expect(page.locator("[data-ask-now]")).to_be_visible()
    expect(page.locator("[data-ask-later]")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("d")
    expect(page.locator("[data-ask-later]")).to_contain_text("留 5 分钟可撤销")
    expect(page.locator("[data-ask-later]")).to_be_visible()
    before = page.url
    page.keyboard.press("Enter")
    settled(page, before)
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("决定已生效")


def test_leaving_with_something_that_is_not_kept_is_asked_about(season: Season, visit: Callable[..., Visitor]) -> None:
    ids = files(season, 1)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}?undo=1")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.keyboard.press("x")
    page.keyboard.type("看不清")
    page.get_by_role("link", name="返回队列").click()
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    assert page.locator("[data-reason]").first.input_value() == "看不清"
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("main")).to_contain_text("已暂存")
    page.get_by_role("link", name="返回队列").click()
    page.wait_for_url("**/staff/applications*")
    assert asked == ["beforeunload"]


def test_no_key_is_dead_on_a_file_that_is_not_ones_own_to_decide(season: Season, visit: Callable[..., Visitor]) -> None:
    """What the page of a decision lacks, such as 其余已看过, is missed by no question (script errors fail every test here)."""
    ids = files(season, 2)
    visitor = reviewer(season, visit)
    page = visitor.go(f"/staff/applications/{ids[0]}?undo=1")
    before = page.url
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    settled(page, before)
    page = visitor.go(f"/staff/applications/{ids[0]}")
    for key in "jkxcvegladbhstmqr[]0":
        page.keyboard.press(key)
        page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("[data-ask]")).to_contain_text("让这个决定立即生效")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.type("电话未接")
    page.keyboard.press("Escape")
    for key, words in (("n", "备注还没有记下"), ("u", "去撤销上一件的决定")):
        page.keyboard.press(key)
        expect(page.locator("[data-ask]")).to_contain_text(words)
        page.keyboard.press("Escape")
