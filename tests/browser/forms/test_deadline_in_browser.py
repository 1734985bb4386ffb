"""The last half hour in a browser: warned three times without losing the focus, what was written is sent in the last moment, then one set of words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actions.windows.extensions import extend
from app.extensions import db
from app.models import Application
from tests import builders as build
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import Season, file, now, open_season, photo, sign_in
from tests.browser.test_accessibility import complete, draft
from tests.browser.test_behaviour import stored
from tests.reviewing import actor

SPREAD = 16_000  # milliseconds after the end within which a page asks anew


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


def in_sight(page: Page, selector: str) -> bool:
    found = page.locator(selector).bounding_box()
    height = page.evaluate("window.innerHeight")
    return found is not None and found["y"] >= 0 and found["y"] + found["height"] <= height


def later(live: Live, by: timedelta) -> None:
    live.app.extensions["kaoji.clock"].now = lambda: now() + by


def test_when_it_is_over_the_page_a_save_and_an_upload_say_the_same(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    visitor.expected |= {409}
    season = closing(live, timedelta(minutes=5))
    page = on_statement(season, visitor, "prior-degree")
    later(live, timedelta(minutes=6))
    remark = page.get_by_label("备注").first
    remark.fill("写在截止以后")
    page.clock.run_for(4000)
    bar, note = page.locator("#notice-closed"), page.locator("#over")
    expect(bar).to_contain_text("办理时间已于 ")
    head, words = note.locator("b").inner_text(), note.inner_text().replace("\n", "")
    assert bar.locator("span").first.inner_text() == head  # short, since the note has the rest
    assert "单独延长" in words
    assert "内容已在别处更新" not in page.content()
    box = bar.bounding_box()
    assert box is not None
    assert box["height"] < 844 / 4
    bar.get_by_role("button", name="知道了").click()
    expect(bar).to_have_count(0)
    page.locator("input[type=file][name=diploma_photo]").set_input_files(file("a.jpg", photo()))
    expect(page.locator("#drop-diploma_photo .sent")).to_have_text(words)
    bar.get_by_role("button", name="查看说明").click()
    expect(note).to_be_focused()
    expect(bar).to_have_count(0)
    assert in_sight(page, "#over b")
    page.clock.fast_forward(6 * 60_000)
    expect(page.locator(".deadline .left")).to_have_text("已截止")
    expect(page.locator("[data-hurry]")).to_have_count(0)
    expect(bar).to_have_count(0)  # said already, and in sight
    expect(remark).to_have_value("写在截止以后")
    visitor.press("下一步")
    expect(page.locator("h1")).to_have_text("办理时间已截止")
    expect(page.locator("#notices > *")).to_have_count(0)


def test_a_bar_leads_to_what_is_said_while_it_is_out_of_sight(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    page = on_statement(closing(live, timedelta(minutes=25)), visitor, "prior-degree")
    bar, note = page.locator("#notice-closed"), page.locator("#over")
    expect(page.get_by_text("请尽快提交").first).to_be_visible()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.clock.fast_forward(26 * 60_000)
    expect(bar).to_contain_text("办理时间已于 ")
    expect(page.get_by_text("请尽快提交")).to_have_count(0)
    page.evaluate("window.scrollTo(0, 0)")
    expect(note).to_be_visible()
    expect(bar).to_have_count(0)  # the same text does not stand twice


def test_home_and_the_applications_page_say_what_became_of_it_and_then_what_holds(
    live: Live, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    page = on_statement(closing(live, timedelta(minutes=20)), visitor)
    application = page.url.removeprefix(visitor.url).rpartition("/")[0]
    for url in ("/", "/services", application):
        later(live, timedelta(0))
        visitor.go(url)
        expect(page.get_by_text("请尽快提交").first).to_be_visible()
        visitor.context.set_offline(True)  # even so
        page.clock.fast_forward(21 * 60_000)
        expect(page.get_by_text("请尽快提交")).to_have_count(0)
        expect(page.locator(".note.bad:visible")).to_contain_text("草稿都还在，但申请没有提交")
        later(live, timedelta(minutes=21))
        visitor.context.set_offline(False)
        page.clock.run_for(2 * SPREAD)
        expect(page.get_by_role("link", name="继续填写")).to_have_count(0, timeout=20_000)
        expect(page.locator(".note.bad:visible")).to_contain_text("草稿都还在，但申请没有提交")


def give_longer(season: Season) -> None:
    with season.app.app_context():
        ticket = db.session.scalars(select(Application.ticket_id)).one()
        until, office = now() + timedelta(hours=2), actor(build.staff("office_reviewer"))
        extend(ticket, season.window.id, "apply", until, "住院", by=office, on=now())


def test_a_longer_time_that_is_given_after_the_end_shows_by_itself(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    visitor.expected |= {409}
    season = closing(live, timedelta(minutes=20))
    person = season.examinee()
    visitor.page.clock.install()
    sign_in(visitor, person)
    address = f"/applications/{complete(season, person)}"
    pages = []
    for url in (f"{address}/statement", "/", f"{address}/confirm", f"{address}/profile"):
        pages.append(visitor.context.new_page())
        visitor.watch(pages[-1])
        pages[-1].goto(visitor.url + url)
    step, home, confirm, other = pages
    other.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    later(live, timedelta(minutes=21))
    step.clock.fast_forward(21 * 60_000)
    step.clock.run_for(SPREAD)
    go_on = home.get_by_role("link", name="继续填写")
    submit = confirm.get_by_role("button", name="确认无误，提交申请", exact=True)
    expect(go_on).to_have_count(0)
    expect(submit).to_have_count(0)
    area, saved = step.get_by_label("自我鉴定", exact=True), step.locator("form .saved")
    area.fill("还没写完")
    step.clock.run_for(4000)
    expect(saved).to_have_text("没有保存")
    expect(step.locator("#over")).to_be_visible()
    bar = other.locator("#notice-closed")
    expect(bar).to_contain_text("办理时间已于 ")
    give_longer(season)
    other.get_by_role("button", name="下一步", exact=True).click()
    expect(other.locator(".deadline")).to_contain_text("已为你单独延长")
    expect(bar).to_have_count(0)  # it leads to a note that is not there
    step.clock.run_for(SPREAD)
    step.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    area.press_sequentially("。")  # a change
    home.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # it comes into sight
    expect(step.locator(".deadline")).to_contain_text("已为你单独延长")
    expect(step.locator("#over")).to_be_hidden()
    expect(step.locator("#notice-closed")).to_have_count(0)
    expect(step.locator("#notice-longer")).to_contain_text("办理时间已延长到 ")
    expect(saved).to_contain_text("已自动保存")
    assert stored(season, "statement", "statement") == "还没写完。"
    expect(go_on.first).to_be_visible()
    confirm.clock.run_for(60_000)  # by itself
    expect(submit).to_be_visible()


def test_what_is_written_is_sent_before_the_end(live: Live, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    season = closing(live, timedelta(minutes=1))
    page = on_statement(season, visitor)
    page.clock.fast_forward(52_000)
    page.get_by_label("自我鉴定", exact=True).fill("最后一刻写的")
    with page.expect_response(lambda answer: answer.request.headers.get("x-autosave") == "1"):
        page.clock.run_for(2500)  # less than the pause after a key
    assert stored(season, "statement", "statement") == "最后一刻写的"
