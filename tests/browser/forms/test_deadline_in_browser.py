"""The last half hour in a browser: warned three times without losing the focus, what was written is sent in the last moment, then one set of words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import Season, file, now, open_season, photo, sign_in
from tests.browser.test_accessibility import draft
from tests.browser.test_behaviour import stored


def closing(live: Live, left: timedelta) -> Season:
    return open_season(live.app, closes_at=now() + left)


def on_statement(season: Season, visitor: Visitor, step: str = "statement") -> Page:
    person = season.examinee()
    visitor.page.clock.install()
    sign_in(visitor, person)
    return visitor.go(f"/applications/{draft(season, person)}/{step}")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_warns_thrice_and_takes_no_focus(live: Live, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    visitor.expected |= {409}
    page = on_statement(closing(live, timedelta(minutes=31, seconds=30)), visitor)
    expect(page.locator(".deadline")).to_contain_text("还剩 31 分钟")
    note = page.locator("#notice-deadline")
    expect(note).to_have_count(0)
    area = page.get_by_label("自我鉴定", exact=True)
    area.focus()
    for minutes, ahead in ((30, 2), (10, 20), (2, 8)):
        page.clock.fast_forward(ahead * 60_000)
        expect(note).to_contain_text(f"离办理截止还有不到 {minutes} 分钟")
        if minutes > 2:  # then the session speaks too
            expect(page.locator("#announce")).to_contain_text(f"不到 {minutes} 分钟")
        expect(area).to_be_focused()
        note.get_by_role("button", name="知道了").evaluate("button => button.click()")
        expect(note).to_have_count(0)
        page.clock.run_for(2000)
        expect(note).to_have_count(0)  # once each


def test_when_it_is_over_the_page_a_save_and_an_upload_say_the_same(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    visitor.expected |= {409}
    season = closing(live, timedelta(minutes=5))
    page = on_statement(season, visitor, "prior-degree")
    live.app.extensions["kaoji.clock"].now = lambda: now() + timedelta(minutes=6)
    page.get_by_label("备注").first.fill("写在截止以后")
    page.clock.run_for(4000)
    bar = page.locator("#notice-closed")
    expect(bar).to_contain_text("办理时间已于 ")
    words = bar.inner_text()
    assert "内容已在别处更新" not in page.content()
    assert "单独延长" in words
    bar.evaluate("bar => bar.remove()")
    page.locator("input[type=file][name=diploma_photo]").set_input_files(file("a.jpg", photo()))
    expect(page.locator("#drop-diploma_photo .sent")).to_have_text(words)
    expect(bar).to_have_text(words)
    bar.evaluate("bar => bar.remove()")
    page.clock.fast_forward(6 * 60_000)
    expect(page.locator(".deadline .left")).to_have_text("已截止")
    expect(page.locator("#over")).to_be_visible()
    assert page.locator("#over").inner_text().replace("\n", "") == words.replace("\n", "")
    expect(page.get_by_label("备注").first).to_have_value("写在截止以后")
    visitor.press("下一步")
    expect(page.locator("h1")).to_have_text("办理时间已截止")
    expect(page.locator("#notices > *")).to_have_count(0)


def test_what_is_written_is_sent_before_the_end(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    season = closing(live, timedelta(minutes=1))
    page = on_statement(season, visitor)
    page.clock.fast_forward(52_000)
    page.get_by_label("自我鉴定", exact=True).fill("最后一刻写的")
    with page.expect_response(lambda answer: answer.request.headers.get("x-autosave") == "1"):
        page.clock.run_for(2500)  # less than the pause after a key
    assert stored(season, "statement", "statement") == "最后一刻写的"
