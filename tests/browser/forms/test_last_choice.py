"""The last choice wins, whatever is still under way: another photo, another year, 下一步; nothing waits in line for what is out of date."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from app.extensions import db
from app.models import Evidence
from tests.browser.conftest import DESK, PHONE, Live, Visitor
from tests.browser.season import Season, file, open_season, photo
from tests.browser.test_behaviour import stored as answer
from tests.browser.test_upload import at_evidence, slowed, stored


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


def test_another_photo_cancels_the_one_that_goes_up(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    page = visitor.page
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    slow = slowed(visitor)
    slow(uploadThroughput=20_000)
    chooser = page.locator("input[type=file][name=diploma_photo]")
    chooser.set_input_files(file("A.jpg", photo(1600, 1200)))
    block = page.locator("#drop-diploma_photo")
    expect(block.locator(".sent")).to_contain_text(re.compile(r"正在上传 [1-9]"))
    chooser.set_input_files(file("B.jpg", photo(900, 1300, shade=60)))
    slow(uploadThroughput=-1, downloadThroughput=-1, latency=0)
    expect(block.locator(".tag", has_text="已上传")).to_be_visible()
    expect(block.locator(".error")).to_have_count(0)
    assert len(failed) == 1  # A
    row, _ = stored(season)
    assert (row.width, row.height) == (900, 1300)
    assert row.label == "B.jpg"
    with season.app.app_context():
        assert db.session.query(Evidence).count() == 1
    visitor.complaints.clear()


def test_a_photo_goes_on_while_a_choice_renews_the_page(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor)
    page = visitor.page
    held: list[Route] = []
    page.route("**/prior-degree/diploma_photo", lambda route: held.append(route))
    page.locator("input[type=file][name=diploma_photo]").set_input_files(file("A.jpg", photo()))
    block = page.locator("#drop-diploma_photo")
    expect(block.locator(".sending")).to_be_visible()
    page.get_by_label("获取凭证时间（年）").select_option("1998")
    expect(page.get_by_label("报告编号", exact=True)).to_be_visible(timeout=15_000)  # it did not wait
    expect(block.locator(".sending")).to_be_visible()
    page.get_by_role("button", name="下一步").click()  # but this does
    expect(page.locator("#notice-waiting")).to_contain_text("传完就继续")
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/prior-degree")
    ) as pressed:
        held[0].continue_()
    assert pressed.value.status == 422
    expect(page.locator(".errors")).to_contain_text("请上传认证报告照片")
    expect(page.locator(".errors")).not_to_contain_text("请上传毕业证书照片")
    expect(block.locator(".tag", has_text="已上传")).to_be_visible()
    expect(page.locator("#notice-waiting")).to_have_count(0)

    moved: list[str] = []
    page.on("request", lambda request: moved.append(request.url) if request.url.endswith("/prior-degree") else None)
    page.locator("input[type=file][name=diploma_photo]").set_input_files(file("B.jpg", b"no picture"))
    expect(block.locator(".sending")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("#notice-waiting")).to_contain_text("传完就继续")
    page.evaluate("scrollTo(0, 0)")
    held[1].continue_()
    expect(page.locator("#notice-waiting")).to_have_count(0)
    expect(block.locator(".error[id]")).to_be_in_viewport()  # it stays, and shows why
    expect(block.locator("input[type=file]")).to_be_focused()
    expect(block.locator(".tag", has_text="已上传")).to_be_visible()
    assert moved == []
    visitor.complaints.clear()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_last_year_wins_at_once(season: Season, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    at_evidence(season, visitor)
    page = visitor.page
    held: list[Route] = []

    def first_is_slow(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/prior-degree", first_is_slow)
    year = page.get_by_label("获取凭证时间（年）")
    year.select_option("2011")
    for _ in range(50):
        if held:
            break
        page.wait_for_timeout(20)
    year.select_option("1998")
    expect(page.get_by_label("报告编号", exact=True)).to_be_visible()
    expect(year).to_have_value("1998")
    visitor.settle()
    assert answer(season, "prior_degree", "diploma_year") == "1998"
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate(  # as soon as the new page is there
        """document.addEventListener('htmx:afterSwap', () => setTimeout(() => {
            const year = document.getElementById('diploma_year');
            year.value = '2011';
            year.dispatchEvent(new Event('change', { bubbles: true }));
        }, 0), { once: true })"""
    )
    page.get_by_label("获取凭证时间（月）").select_option("7")
    expect(page.get_by_label("在线验证码", exact=True)).to_be_visible()
    visitor.settle()
    assert answer(season, "prior_degree", "diploma_year") == "2011"
    visitor.complaints.clear()


def test_a_save_whose_answer_got_lost_makes_no_conflict(season: Season, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    at_evidence(season, visitor, "statement")
    page = visitor.page

    def lose(route: Route) -> None:
        route.fetch()  # the server has it
        route.abort("connectionreset")

    page.route("**/statement", lose, times=1)
    area = page.get_by_label("自我鉴定", exact=True)
    area.fill("第一句。")
    expect(page.locator("#notice-unsaved")).to_contain_text("暂时没有保存上", timeout=10_000)
    area.fill("第一句。第二句。")
    expect(page.locator("#notice-unsaved")).to_have_count(0, timeout=10_000)
    expect(page.locator(".saved")).to_contain_text("已自动保存")
    assert answer(season, "statement", "statement") == "第一句。第二句。"
    visitor.complaints.clear()
