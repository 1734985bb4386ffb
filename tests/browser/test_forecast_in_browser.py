"""毕业资格预测 in a browser: what is missing is read at once, another major and 加考 swap the page, with script and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WAY_NAMES, WAYS, Live, Visitor
from tests.browser.looking import violations
from tests.browser.season import BUSINESS, COMPUTING, LITERATURE, open_season, sign_in

BROKEN = """cells => cells.filter(cell => {
  const range = document.createRange(); range.selectNodeContents(cell); return range.getClientRects().length > 1;
}).length"""  # words that take two lines


@pytest.fixture(params=WAYS, ids=WAY_NAMES)
def visitor(request: pytest.FixtureRequest, live: Live, visit: Callable[..., Visitor]) -> Visitor:
    """Somebody of whom only 外国文学史 is missing, on the forecast."""
    season = open_season(live.app)
    size, js = request.param
    found = visit(size, js)
    sign_in(found, season.examinee(without=("00540",)))
    if js:
        expect(found.page.get_by_text("汉语言文学：还差 1 门")).to_be_visible()
    found.page.get_by_role("link", name=re.compile("查看.*毕业资格预测")).click()
    found.settle()
    return found


def choose(visitor: Visitor, label: str, value: str) -> None:
    visitor.page.get_by_label(label, exact=False).first.select_option(value)
    if not visitor.js:
        visitor.press("按所选内容预测")
    visitor.settle()


def opened(visitor: Visitor) -> None:
    folded = visitor.page.locator("#choose:not([open]) > summary")
    if folded.count():
        folded.click()


def test_what_is_missing_stands_in_the_first_screen(visitor: Visitor) -> None:
    page = visitor.page
    height = page.viewport_size["height"] if page.viewport_size else 0
    for text in ("还差 1 门", "外国文学史"):
        box = page.get_by_text(text).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < height, text
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_another_major_its_options_and_a_comparison(visitor: Visitor) -> None:
    page = visitor.page
    opened(visitor)
    choose(visitor, "专业", "")  # 请选择专业: one goes on choosing
    expect(page.locator("#choose")).to_have_attribute("open", "")
    if visitor.js:
        expect(page.locator("#major")).to_be_focused()
    choose(visitor, "专业", COMPUTING)
    expect(page.get_by_role("heading", name="还差 20 门、68 学分")).to_be_visible()
    assert f"major={COMPUTING}" in page.url
    page.get_by_label("其他专业").check()
    if not visitor.js:
        visitor.press("按所选内容预测")
    visitor.settle()
    expect(page.locator("#answer")).to_have_text("还差 23 门、68 学分")
    choose(visitor, "与另一个专业或版本对照", BUSINESS)
    expect(page.get_by_role("heading", name="两个计划对照")).to_be_visible()
    page.go_back()
    visitor.settle()
    expect(page.get_by_role("heading", name="两个计划对照")).to_have_count(0)
    expect(page.locator("#answer")).to_have_text("还差 23 门、68 学分")


def test_a_missing_grade_is_reported_from_it(visitor: Visitor) -> None:
    page = visitor.page
    visitor.press("已考过但没有成绩？报告缺成绩")
    assert page.get_by_label("没有成绩的课程").input_value() == "00540"
    visitor.press("报告给主考学校")
    expect(page.locator(".errors")).to_contain_text("请填写考次")
    page.get_by_label("考次").fill("2026-04")
    page.get_by_label("在哪里考的").fill("黄浦区第三考点")
    visitor.press("报告给主考学校")
    visitor.arrives(f"/forecast?major={LITERATURE}")
    expect(page.get_by_text("待处理").first).to_be_visible()


def test_the_print_page_prints_the_answer_and_nothing_to_press(visitor: Visitor) -> None:
    page = visitor.page
    opened(visitor)
    visitor.press("打印用的页面")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="还差 1 门")).to_be_visible()
    expect(page.locator(".site, .menu, .foot, .no-print").locator("visible=true")).to_have_count(0)
    page.set_viewport_size({"width": 703, "height": 1000})  # A4 within its margins
    assert page.locator("td[data-th=要求]").evaluate_all(BROKEN) == 0


def test_the_pages_are_clean_for_assistive_technology(live: Live, visit: Callable[..., Visitor]) -> None:
    season = open_season(live.app)
    visitor = visit(PHONE)
    sign_in(visitor, season.examinee(without=("00540",)))
    for path in ("/forecast", f"/forecast?major={COMPUTING}&compare={BUSINESS}", "/forecast/missing?course=00540"):
        page = visitor.go(path)
        found = violations(page)
        assert [f"{each['id']} {each['nodes'][0]['html']}" for each in found] == [], path
