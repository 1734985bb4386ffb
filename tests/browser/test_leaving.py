"""What a browser still holds of somebody who has left: the computer at a school's desk is everybody's (AC-39, AC-03)."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Live, Visitor
from tests.browser.season import COMPUTING, LITERATURE, open_season, sign_in_by_page

STORED = "JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)])"
NOTHING = "[[],[]]"


def test_nothing_is_stored_and_back_leads_to_the_sign_in_page(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    sign_in_by_page(visitor, open_season(live.app).examinee(without=("00540",)))
    page = visitor.page
    visitor.go(f"/forecast?major={LITERATURE}")
    assert page.evaluate(STORED) == NOTHING
    page.get_by_label("专业", exact=True).first.select_option(COMPUTING)  # htmx pushes the new address
    expect(page).to_have_url(re.compile(re.escape(COMPUTING)))
    visitor.settle()
    assert page.evaluate(STORED) == NOTHING
    visitor.press("安全退出")
    visitor.arrives("/login")
    assert page.evaluate(STORED) == NOTHING
    page.go_back()
    visitor.settle()
    assert visitor.heading() != "毕业资格预测"
    assert "/login" in page.url
    assert "外国文学史" not in page.content()
    assert page.evaluate(STORED) == NOTHING


def test_after_the_browser_was_closed_only_the_known_browser_token_is_left(
    live: Live, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    sign_in_by_page(visitor, open_season(live.app).examinee())
    kept = [cookie for cookie in visitor.context.cookies() if cookie["expires"] > 0]
    assert [cookie["name"] for cookie in kept] == ["kaoji-browser"]
    again = visit()
    again.context.add_cookies(kept)  # type: ignore[arg-type]
    again.go("/")
    assert "/login" in again.page.url
