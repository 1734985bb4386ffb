"""A returned application goes back in a browser: on a phone and at a desk, with script and without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.extensions import db
from app.models import Submission
from tests import builders as build
from tests.browser.conftest import PHONE, WAY_NAMES, WAYS, Live, Visitor
from tests.browser.season import photo, upload
from tests.reviewing import Desk, submitted

PHOTO, STATEMENT, NUMBER = "prior_degree.record_photo", "statement.statement", "prior_degree.diploma_number"
WORDS = "第二段已经写到学习收获，其余按原文保留。"


def returned(live: Live, *keys: str, left: timedelta = timedelta(days=3, hours=4, minutes=30)) -> Desk:
    """An application of the live site that was returned; its window closes in that much time."""
    now = live.app.extensions["kaoji.clock"].now()
    with live.app.app_context():
        times = {
            "opens_at": now - timedelta(days=5),
            "closes_at": now + left,
            "pay_opens_at": None,
            "pay_closes_at": None,
        }
        desk = submitted(window=build.window(**times), on=now - timedelta(days=2))
        reasons = {key: Verdict(RETURN, f"退回原因是{key}") for key in keys}
        desk.decide("return", build.staff(), Opinion(reasons), on=now - timedelta(days=1))
        db.session.remove()
    return desk


def enter(live: Live, visit: Callable[..., Visitor], desk: Desk, **how: Any) -> Visitor:
    """The examinee's browser, signed in."""
    with live.app.app_context():
        client = live.app.test_client()
        build.sign_in(client, tick=desk.ticket, on=live.app.extensions["kaoji.clock"].now())
        cookie = client.get_cookie("session") or next(iter(client._cookies.values()))
    visitor = visit(**how)
    visitor.expected |= {404}  # the seeded pictures have no files
    visitor.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live.url}])
    return visitor


def state(page: Page, key: str) -> Any:
    return page.locator(f'.tasks [data-fix="{key}"]')


def fits(page: Page) -> bool:
    """Nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize(("size", "js"), WAYS, ids=WAY_NAMES)
def test_a_returned_application_is_corrected_explained_and_handed_in_again(
    live: Live, visit: Callable[..., Visitor], size: tuple[int, int], js: bool
) -> None:
    desk = returned(live, PHOTO, STATEMENT)
    visitor = enter(live, visit, desk, size=size, js=js)
    page = visitor.go("/")
    expect(page.locator("time.left").first).to_have_text("还剩 3 天 4 小时")
    visitor.press("点击查看原因")
    visitor.press("重新申请")
    visitor.arrives("/fixes")
    if js:
        assert fits(page)
    expect(page.locator("form.fixing section[id^=fix-]")).to_have_count(2)
    for key in (PHOTO, STATEMENT):
        expect(page.get_by_text(f"退回原因是{key}")).to_be_visible()
        expect(state(page, key)).to_have_text("还没有处理")

    visitor.press("确认无误，提交申请")
    expect(page.locator(".errors li")).to_have_count(2)
    expect(page.locator(".errors")).to_contain_text("“备案表照片”还没有处理")

    upload(visitor, "record_photo", photo(900, 1200))
    expect(state(page, PHOTO)).to_have_text("已修改")
    expect(page.locator("[data-fix-left]")).to_contain_text("还有 1 项没有处理")

    page.get_by_label("我的说明：自我鉴定").fill(WORDS)
    if js:  # it saves itself, and says what changed by it
        expect(state(page, STATEMENT)).to_have_text("已说明", timeout=10_000)
        expect(page.locator("[data-fix-left]")).to_have_text("各项都已处理，可以提交。")
        expect(page.locator(".saved")).to_contain_text("已自动保存")
    else:
        visitor.press("保存")
        expect(state(page, STATEMENT)).to_have_text("已说明")
    visitor.press("确认无误，提交申请")
    expect(page.locator(".flash").first).to_contain_text("申请已重新提交，回执编号")
    expect(page.locator(".tag", has_text="待初审")).to_be_visible()
    expect(page.get_by_text(WORDS).last).to_be_visible()
    with live.app.app_context():
        last = db.session.query(Submission).order_by(Submission.number.desc()).first()
        assert last is not None
        assert WORDS in last.document


def test_what_is_left_ticks_and_says_when_it_is_over(live: Live, visit: Callable[..., Visitor]) -> None:
    desk = returned(live, NUMBER, left=timedelta(seconds=25))
    visitor = enter(live, visit, desk, size=PHONE)
    visitor.page.clock.install()
    page = visitor.go(f"/applications/{desk.public_id}/fixes")
    expect(page.locator("time.left")).to_have_text("还剩不到 1 分钟")
    expect(page.locator("#over")).to_be_hidden()
    page.clock.fast_forward(26_000)
    expect(page.locator("time.left")).to_have_text("已截止")
    expect(page.locator("#over")).to_be_visible()
    expect(page.locator("#over")).to_contain_text("电话 021-0000 0001")
    expect(page.locator("#announce")).to_contain_text("不能再修改和提交")


def test_the_words_of_what_is_left_are_the_servers(live: Live, visit: Callable[..., Visitor]) -> None:
    from app.rules.windows import time_left

    desk = returned(live, NUMBER)
    page = enter(live, visit, desk).go("/")
    begin = live.app.extensions["kaoji.clock"].now()
    minutes = (0, 0.5, 1, 59, 60, 61, 120, 1439, 1440, 1500, 2881, 43261)
    said = "async all => { const { timeLeft } = await import('/static/js/form/countdown.js'); return all.map(m => timeLeft(m * 60000)); }"
    spoken = page.evaluate(said, list(minutes))
    assert spoken == [time_left(begin + timedelta(minutes=each), begin) for each in minutes]


def test_another_year_changes_the_papers_at_once(live: Live, visit: Callable[..., Visitor]) -> None:
    desk = returned(live, "prior_degree.diploma_year")
    visitor = enter(live, visit, desk, size=PHONE)
    page = visitor.go(f"/applications/{desk.public_id}/fixes")
    expect(page.get_by_label("在线验证码")).to_be_visible()
    page.get_by_label("获取凭证时间（年）").select_option("1999")
    visitor.settle()
    expect(page.get_by_label("报告编号")).to_be_visible()
    expect(page.get_by_label("在线验证码")).to_have_count(0)
    assert page.get_by_label("获取凭证时间（年）").input_value() == "1999"
