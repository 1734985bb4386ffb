"""What script adds, and what must not go wrong with it: focus, titles, Back, double clicks, lost pages, slow lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Dialog, Locator, Route, expect
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import Application, LoginSession, Order, Submission
from app.models.base import transaction
from tests import builders as build
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import (
    LITERATURE,
    Person,
    Season,
    file,
    now,
    open_season,
    photo,
    sign_in,
    sign_in_by_page,
    upload,
)
from tests.browser.test_accessibility import complete, draft

WRITTEN = "我在学习中养成了每天读书的习惯。"


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


@pytest.fixture
def person(season: Season) -> Person:
    return season.examinee()


def stored(season: Season, step: str, name: str) -> str:
    """What the server holds of a field."""
    with season.app.app_context():
        row = db.session.scalars(select(Application)).one()
        return str(row.answers.get(step, {}).get(name, ""))


def test_focus_and_title_follow_a_swap(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/profile")
    page.evaluate("window.kaojiSame = true")
    visitor.press("下一步")
    visitor.arrives("/scores")
    assert page.evaluate("window.kaojiSame") is True, "the page was loaded anew: htmx did not swap"
    assert page.title().startswith("登记成绩")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert page.evaluate("window.scrollY") == 0
    visitor.press("上一步")
    visitor.arrives("/profile")
    page.get_by_label("手机号码", exact=True).fill("12")
    visitor.press("下一步")
    expect(page.locator(".errors")).to_be_focused()
    assert page.title().startswith("错误：核实个人信息")
    page.locator(".errors a").first.click()
    expect(page.get_by_label("手机号码", exact=True)).to_be_focused()


def test_back_after_htmx_gives_whole_pages(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/profile")
    visitor.press("下一步")
    visitor.arrives("/scores")
    visitor.press("下一步", within=page.locator("form.card > .actions"))
    visitor.arrives("/statement")
    page.go_back()
    visitor.arrives("/scores")
    expect(page).to_have_title(re.compile("^登记成绩"))
    expect(page.get_by_role("navigation", name="主菜单")).to_be_visible()
    page.go_back()
    visitor.arrives("/profile")
    expect(page).to_have_title(re.compile("^核实个人信息"))
    page.go_forward()
    visitor.arrives("/scores")
    page.reload()
    expect(page).to_have_title(re.compile("^登记成绩"))
    assert page.locator("#main").count() == 1


@pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])
def test_a_double_click_submits_once(season: Season, person: Person, visit: Callable[..., Visitor], js: bool) -> None:
    visitor = visit(DESK, js)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/confirm")
    page.get_by_role("button", name="确认无误，提交申请", exact=True).dblclick(no_wait_after=True)
    expect(page.locator(".tag", has_text="待初审")).to_be_visible()
    with season.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_two_tabs_pay_one_order(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    public_id = complete(season, person)
    with season.app.app_context(), transaction() as session:
        session.execute(
            update(Application).values(state="approved", school_code="10574", submitted_at=now(), submissions=1)
        )
    page = visitor.go(f"/applications/{public_id}")
    other = visitor.context.new_page()
    visitor.watch(other)
    other.goto(page.url)
    visitor.press("支付毕业审定费")
    other.get_by_role("button", name="支付毕业审定费").click()
    expect(other).to_have_url(page.url)
    with season.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Order)) == 1


def test_what_was_written_survives_the_page(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    url = f"/applications/{draft(season, person)}/statement"
    page = visitor.go(url)
    page.get_by_label("自我鉴定", exact=True).fill(WRITTEN)
    expect(page.locator(".saved")).to_have_text(re.compile(r"已自动保存 \d\d:\d\d"), timeout=10_000)
    page.get_by_label("自我鉴定", exact=True).fill(WRITTEN * 2)
    page.close(run_before_unload=False)  # as a phone does that needs the memory
    again = visitor.context.new_page()
    visitor.watch(again)
    again.goto(visitor.url + url)
    assert again.get_by_label("自我鉴定", exact=True).input_value().startswith(WRITTEN)


def test_leaving_with_unsaved_changes_asks_when_saving_fails(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss() if len(asked) == 1 else dialog.accept()

    page.on("dialog", answer)
    visitor.context.set_offline(True)
    area = page.get_by_label("自我鉴定", exact=True)
    area.click()
    page.keyboard.type("断网时写的")
    visitor.complaints.clear()
    page.get_by_role("link", name="首页").click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert "断网时写的" in area.input_value()
    visitor.context.set_offline(False)
    visitor.press("下一步")
    visitor.arrives("/prior-degree")
    assert "断网时写的" in stored(season, "statement", "statement")
    visitor.complaints.clear()  # the browser's own lines about the line that was cut


def test_a_slow_line_keeps_the_page_and_offers_to_try_again(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/profile")

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/profile", cut)
    page.get_by_label("通讯地址").fill("上海市徐汇区某路 2 号")
    visitor.press("下一步")
    notice = page.locator("#notice-net")
    expect(notice).to_contain_text("已保留填写内容")
    assert page.get_by_label("通讯地址").input_value() == "上海市徐汇区某路 2 号"
    page.unroute("**/profile")
    notice.get_by_role("button", name="重试").click()
    visitor.arrives("/scores")
    assert stored(season, "profile", "address") == "上海市徐汇区某路 2 号"
    visitor.complaints.clear()  # the browser's own lines about the line that was cut


def test_the_session_warns_and_goes_on(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    almost_over(season, timedelta(minutes=28, seconds=30))
    with_end(visitor, timedelta(seconds=90))
    almost_over(season, timedelta(minutes=28, seconds=30))
    warning = page.locator("#notice-session")
    expect(warning).to_contain_text("还有不到 2 分钟", timeout=10_000)
    warning.get_by_role("button", name="继续使用").click()
    expect(warning).to_have_count(0)
    with season.app.app_context():
        seen = db.session.scalars(select(LoginSession.seen_at)).one()
        assert now() - seen < timedelta(seconds=30)


def almost_over(season: Season, idle: timedelta) -> None:
    """As if nothing had happened in this session for so long."""
    with season.app.app_context(), transaction() as session:
        session.execute(update(LoginSession).values(seen_at=now() - idle))


def with_end(visitor: Visitor, left: timedelta) -> None:
    """Load the page again as it looks when the session ends in `left`: the server says so in its meta element."""

    def shorten(route: Route) -> None:
        answer = route.fetch()
        ends = (now() + left).isoformat()
        body = re.sub(r'name="session-ends" content="[^"]+"', f'name="session-ends" content="{ends}"', answer.text())
        route.fulfill(response=answer, body=body)

    visitor.page.route("**/statement", shorten, times=1)
    visitor.page.reload()


def signed_out_while_writing(season: Season, person: Person, visitor: Visitor) -> Locator:
    """What the page says after 下一步 in a session that is over; its clock is the test's."""
    visitor.expected |= {401}
    visitor.page.clock.install()
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    almost_over(season, timedelta(hours=1))
    page.get_by_label("自我鉴定", exact=True).fill(build.STATEMENT + WRITTEN)
    visitor.press("下一步")
    note = page.locator("#notice-session")
    expect(note).to_contain_text("填写的内容还在这一页")
    return note


def test_after_the_session_ended_the_text_is_kept_and_sent_after_signing_in_again(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    note, page = signed_out_while_writing(season, person, visitor), visitor.page
    page.clock.fast_forward(4000)  # the next autosave finds nobody signed in
    expect(page.locator(".saved").first).to_contain_text("登录已过期，还没有保存")
    with visitor.context.expect_page() as opened:
        note.get_by_role("link", name="在新窗口登录").click()
    other = Visitor(opened.value, visitor.context, visitor.url, True)
    other.watch(opened.value)
    sign_in_by_page(other, person)
    expect(opened.value.get_by_role("navigation", name="主菜单")).to_be_visible()
    expect(note).to_have_count(0)  # the other tab tells; without a channel between tabs: 我已登录，继续
    assert page.get_by_label("自我鉴定", exact=True).input_value().endswith(WRITTEN)
    visitor.press("下一步")
    visitor.arrives("/prior-degree")
    assert stored(season, "statement", "statement").endswith(WRITTEN)
    assert other.complaints == []


def test_a_page_goes_on_by_itself_when_its_autosave_finds_the_person_signed_in_again(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    note, page = signed_out_while_writing(season, person, visitor), visitor.page
    page.clock.pause_at(now() + timedelta(seconds=1))  # the next autosave waits
    sign_in(Visitor(visitor.context.new_page(), visitor.context, visitor.url, True, visitor.app), person)
    page.clock.run_for(4000)
    expect(note).to_have_count(0)
    page.clock.resume()
    assert page.get_by_label("自我鉴定", exact=True).input_value().endswith(WRITTEN)
    expect(page.locator(".saved").first).to_contain_text("已自动保存")
    visitor.press("下一步")
    visitor.arrives("/prior-degree")
    assert stored(season, "statement", "statement").endswith(WRITTEN)


@pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])
def test_bad_pictures_are_told_and_cost_nothing(
    season: Season, person: Person, visit: Callable[..., Visitor], js: bool
) -> None:
    visitor = visit(PHONE, js)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/prior-degree")
    upload(visitor, "diploma_photo", photo())
    kept = page.locator("#drop-diploma_photo img").get_attribute("src")
    page.get_by_label("编号", exact=True).fill("998877")
    for data, name, words in (
        (b"GIF89a" + b"\0" * 400, "a.jpg", "GIF"),
        (photo()[:5000], "b.jpg", "不完整"),
        (b"", "c.png", "0 字节"),
    ):
        page.locator("input[type=file][name=diploma_photo]").set_input_files(file(name, data))
        if not js:
            page.locator("#drop-diploma_photo button.send").click()
        expect(page.locator("#drop-diploma_photo .error").first).to_contain_text(words)
        visitor.settle()
    assert page.locator("#drop-diploma_photo img").get_attribute("src") == kept
    assert page.get_by_label("编号", exact=True).input_value() == "998877"


def test_an_upload_that_was_cut_goes_on_by_itself(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/prior-degree")
    page.route("**/diploma_photo", lambda route: route.abort("connectionreset"), times=1)
    page.locator("input[type=file][name=diploma_photo]").set_input_files(file("IMG.jpg", photo()))
    block = page.locator("#drop-diploma_photo")
    expect(block.locator(".sent")).to_contain_text("自动重试")
    expect(block.locator("img")).to_be_visible()
    expect(block.locator(".tag", has_text="已上传")).to_be_visible()
    block.get_by_role("button", name=re.compile("^删除")).click()
    visitor.settle()
    expect(page.locator("#drop-diploma_photo img")).to_have_count(0)
    visitor.complaints.clear()  # the browser's own line about the upload that was cut


@pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])
def test_an_old_diploma_asks_for_the_report(
    season: Season, person: Person, visit: Callable[..., Visitor], js: bool
) -> None:
    """手册 3.1.5: before 2002 the 认证报告, since then the 备案表."""
    visitor = visit(DESK, js)
    sign_in(visitor, person)
    visitor.go("/services/graduation")
    visitor.press("立即申请")
    visitor.press("我已知晓，继续申请")
    page = visitor.page
    page.get_by_label("通讯地址").fill("上海市黄浦区某路 1 号")
    page.get_by_label("邮政编码").fill("200001")
    visitor.press("下一步")
    visitor.arrives("/scores")
    page.get_by_label("毕业专业").select_option(LITERATURE)
    if not js:
        visitor.press("查看所选专业的成绩")
    expect(page.locator("table.data")).to_be_visible()
    visitor.settle()
    if js:  # the choice renewed the page, and one goes on from where one was
        expect(page.get_by_label("毕业专业")).to_be_focused()
    visitor.press("下一步", within=page.locator("form.card > .actions"))
    visitor.arrives("/statement")
    page.get_by_label("自我鉴定", exact=True).fill(build.STATEMENT)
    visitor.press("下一步")
    visitor.arrives("/prior-degree")
    page.get_by_label("编号", exact=True).fill("9801234")
    page.get_by_label("获取凭证时间（年）").select_option("1998")
    page.get_by_label("获取凭证时间（月）").select_option("7")
    if js:  # the autosave before it must not settle the kind of paper otherwise
        for _ in range(100):  # the month goes with the year's answer or after it
            if stored(season, "prior_degree", "diploma_month") == "7":
                break
            page.wait_for_timeout(100)
        assert stored(season, "prior_degree", "diploma_month") == "7"
    visitor.press("下一步")
    expect(page.get_by_role("heading", name=re.compile("中国高等教育学历认证报告"))).to_be_visible()
    expect(page.get_by_label("报告编号", exact=True)).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_is_done_while_a_choice_is_on_its_way_is_kept(
    season: Season, person: Person, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    """The year renews the page; on a slow line the month, the number and 下一步 come before the answer."""
    visitor = visit(size)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/prior-degree")
    chosen: list[str] = []

    def slowly(route: Route) -> None:
        if "act=choose" in (route.request.post_data or "") or 'name="act"\r\n\r\nchoose' in (
            route.request.post_data or ""
        ):
            chosen.append(route.request.url)
            page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/prior-degree", slowly)
    page.get_by_label("获取凭证时间（年）").select_option("1998")
    page.get_by_label("获取凭证时间（月）").select_option("7")
    page.get_by_label("编号", exact=True).fill("9801234")
    expect(page.get_by_label("报告编号", exact=True)).to_be_visible()
    expect(page.get_by_label("获取凭证时间（月）")).to_have_value("7")
    expect(page.get_by_label("编号", exact=True)).to_have_value("9801234")
    expect(page.get_by_label("编号", exact=True)).to_be_focused()
    assert len(chosen) == 2  # the month takes the place of the year, with both; what is typed asks nothing
    page.get_by_label("获取凭证时间（年）").select_option("2010")
    page.get_by_label("获取凭证时间（月）").select_option("6")
    visitor.page.get_by_role("button", name="下一步").click()
    expect(page.locator(".errors")).to_be_visible(timeout=10_000)  # the photos are missing: 下一步 was not lost
    expect(page.get_by_label("在线验证码", exact=True)).to_be_visible()
    expect(page.get_by_label("获取凭证时间（年）")).to_have_value("2010")
    expect(page.get_by_label("获取凭证时间（月）")).to_have_value("6")
    assert len(chosen) == 4
    page.unroute_all(behavior="wait")  # the choice that 下一步 replaced
    visitor.complaints.clear()  # 422 is logged by the browser
