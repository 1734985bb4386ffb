"""已在学信网核对 by one key: the official page opens in a new tab with the code copied, and the item says who and when."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import select

from app.extensions import db
from app.models import OnlineCheck, Staff
from tests.browser.conftest import Visitor
from tests.browser.season import Season
from tests.browser.staff.test_file import files, reviewer, season

__all__ = ["season"]

CODE = "prior_degree.record_code"


def test_one_key_copies_opens_and_writes_down(season: Season, visit: Callable[..., Visitor]) -> None:
    public_id = files(season, 1)[0]
    visitor = reviewer(season, visit)
    page = visitor.page
    page.context.route("https://www.chsi.com.cn/**", lambda route: route.fulfill(body="学信网"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.go(f"/staff/applications/{public_id}")
    row = page.locator(f"[data-item='{CODE}']")
    typed = row.locator("[id^='value.']").inner_text()
    with page.context.expect_page() as opened, page.expect_response("**/checks"):
        page.keyboard.press("w")
    assert opened.value.url == "https://www.chsi.com.cn/xlcx/bgcx.jsp"
    assert opened.value.evaluate("window.opener") is None
    assert page.evaluate("navigator.clipboard.readText()") == typed
    expect(row).to_contain_text("✓ 已在学信网核对：")
    with season.app.app_context():
        kept = db.session.scalars(select(OnlineCheck)).one()
        assert kept.item == CODE
        who = db.session.get_one(Staff, kept.staff_id).name
    expect(row).to_contain_text(who)
    opened.value.close()
    with page.context.expect_page() as again:  # a second look is no second check
        page.keyboard.press("w")
    again.value.close()
    page.reload()
    expect(row.get_by_text("✓ 已在学信网核对：")).to_have_count(1)
    row.get_by_role("button", name="取消记录").click()
    expect(row).not_to_contain_text("✓ 已在学信网核对")
