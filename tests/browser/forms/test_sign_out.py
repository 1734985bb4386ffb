"""安全退出 signs out or says that it did not; what the device keeps goes with it and not before. Without a line one bar says so."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.extensions import db
from app.models import LoginSession
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.forms.test_offline import ALL, TEXT, enter, kept, write_offline
from tests.browser.season import Person, Season, open_season, sign_in, staff_sign_in
from tests.browser.test_accessibility import draft
from tests.browser.test_behaviour import stored as on_server


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


@pytest.fixture
def person(season: Season) -> Person:
    return season.examinee()


def signed_in(season: Season) -> int:
    with season.app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(LoginSession)) or 0)


def sign_out(page: Page, name: str = "安全退出") -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("own", [True, False], ids=["own-device", "not-own"])
def test_without_a_line_nobody_is_signed_out_and_nothing_is_erased(
    season: Season, person: Person, visit: Callable[..., Visitor], own: bool
) -> None:
    visitor = visit(PHONE)
    enter(visitor, person, own=own)
    url = f"/applications/{draft(season, person)}/statement"
    other = visitor.context.new_page()
    other.goto(visitor.url)
    page = write_offline(visitor, url)
    sign_out(page)
    bar = page.locator("#notice-out")
    expect(bar).to_contain_text("没有退出")
    expect(bar).to_contain_text("你在平台上还是登录状态")
    expect(bar).to_contain_text("写的内容还留在这台设备上" if own else "写的内容还在这一页")
    expect(page.locator("#notices > *")).to_have_count(1)
    assert len(kept(page)) == own
    assert signed_in(season) == 1
    visitor.context.set_offline(False)  # what is written gets through, the person is still signed in
    expect(bar).to_contain_text("刚才没有退出，你在平台上还是登录状态")
    expect(bar).not_to_contain_text("网络")
    expect(bar).not_to_contain_text("写的内容")
    expect(page.locator(".saved")).to_contain_text("已自动保存")
    assert kept(page) == []
    visitor.context.set_offline(True)
    page.get_by_label("自我鉴定", exact=True).fill("又断了。")
    expect(page.locator("#notice-unsaved")).to_contain_text("暂时没有保存上")
    page.get_by_label("自我鉴定", exact=True).fill(TEXT)
    visitor.context.set_offline(False)
    bar.get_by_role("button", name="再试一次").click()
    visitor.arrives("/login")
    expect(page.get_by_text("你已安全退出。")).to_be_visible()
    assert on_server(season, "statement", "statement") == TEXT  # saved before
    assert signed_in(season) == 0
    assert page.evaluate(ALL) == "[[],[]]"
    expect(other).to_have_url(re.compile("/login$"))
    assert other.evaluate(ALL) == "[[],[]]"
    visitor.complaints.clear()


def test_what_was_just_typed_is_saved_before(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    page.get_by_label("自我鉴定", exact=True).fill(TEXT)
    sign_out(page)
    visitor.arrives("/login")
    assert on_server(season, "statement", "statement") == TEXT


def test_a_window_with_something_unsaved_stays(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    visitor.expected |= {401}
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    other = visitor.context.new_page()
    other.goto(visitor.url)
    page.bring_to_front()
    page.get_by_label("自我鉴定", exact=True).fill(TEXT)
    sign_out(other)
    expect(other).to_have_url(re.compile("/login$"))
    page.evaluate("document.dispatchEvent(new Event('kaoji:closing'))")  # what is typed is sent now
    expect(page.locator("#notice-session")).to_be_visible()
    expect(page.get_by_label("自我鉴定", exact=True)).to_have_value(TEXT)


@pytest.mark.parametrize("lost", ["everyone", "signed-in"])
def test_it_works_where_a_script_does_not_arrive(
    season: Season, person: Person, visit: Callable[..., Visitor], lost: str
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    visitor.page.route(re.compile(rf"js/{lost}\b.*\.js"), lambda route: route.abort())
    page = visitor.go("/")
    sign_out(page)
    visitor.arrives("/login")
    assert signed_in(season) == 0
    visitor.complaints.clear()


def test_staff_sign_out_too(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    staff_sign_in(visitor, season.staff())
    page = visitor.go("/staff")
    visitor.context.set_offline(True)
    sign_out(page, "退出")
    expect(page.locator("#notice-out")).to_contain_text("没有退出：网络连接不上")
    visitor.context.set_offline(False)
    expect(page.locator("#notice-out")).to_contain_text(
        "刚才没有退出，你在平台上还是登录状态"
    )  # nothing was to be saved
    sign_out(page, "退出")
    visitor.arrives("/staff/login")
    assert signed_in(season) == 0
    visitor.complaints.clear()


def test_of_a_line_that_is_gone_one_bar_speaks(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = write_offline(visitor, f"/applications/{draft(season, person)}/statement")
    page.get_by_role("button", name="下一步", exact=True).click()
    expect(page.locator("#notice-net")).to_be_visible()
    expect(page.locator("#notices > *")).to_have_count(1)
    with page.expect_event("requestfailed"):
        page.evaluate("window.dispatchEvent(new Event('online'))")  # saving is tried again, in vain
    expect(page.locator(".saved")).to_have_text("没有保存")
    expect(page.locator("#notices > *")).to_have_count(1)
    visitor.context.set_offline(False)
    expect(page.locator("#notice-net")).to_contain_text("刚才没有办成，填写的内容都在，请重试。")
    page.locator("#notice-net").get_by_role("button", name="重试").click()
    expect(page.locator(".errors")).to_be_visible()
    expect(page.locator("#notices > *")).to_have_count(0)
    visitor.complaints.clear()
