"""The manual, section by section, with its literal words: with script and without, on a phone and at a desk."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import builders as build
from tests.browser.conftest import DESK, WAY_NAMES, WAYS, Live, Visitor
from tests.browser.season import (
    COMPUTING,
    EXPLANATION,
    Person,
    fill_diploma,
    fill_profile,
    open_season,
    photo,
    sign_in_by_page,
    staff_sign_in_by_page,
    upload,
)

NEW_PASSWORD = "chunjiang-Hua8-yue"


@pytest.fixture(
    params=WAYS,
    ids=WAY_NAMES,
)
def visitor(request: pytest.FixtureRequest, visit: Callable[..., Visitor]) -> Visitor:
    size, js = request.param
    return visit(size, js)


def test_the_manual_from_signing_in_to_done(live: Live, visit: Callable[..., Visitor], visitor: Visitor) -> None:
    season = open_season(live.app)
    missing = missing_course()
    person = season.examinee("080901", without=(missing,), tickets=2, active=False)
    chapter_1_activate(visitor, person)
    chapter_2_home(visitor, person)
    url = section_3_1_1_apply(visitor)
    section_3_1_2_profile(visitor)
    section_3_1_3_scores(visitor, missing)
    section_3_1_4_statement(visitor)
    section_3_1_5_prior_degree(visitor)
    section_3_1_6_submit(visitor)
    school, office = visit(DESK, visitor.js), visit(DESK, visitor.js)
    staff_sign_in_by_page(school, season.staff())
    returned_by_the_school(school, person)
    section_3_1_7_to_9_reapply(visitor, url)
    passed_by(school, person, "初审通过", missing)
    staff_sign_in_by_page(office, season.staff("office_reviewer"))
    passed_by(office, person, "终审通过", missing)
    section_3_1_10_approved(visitor, url)
    section_3_1_11_pay(visitor, url)


def missing_course() -> str:
    """A course of the computing plan that everybody needs."""
    plan = build.plan_of("080901")
    paired = {c.theory for c in plan.courses}
    return next(
        c.code
        for c in plan.courses
        if c.requirement == "必考" and not c.groups and not c.theory and c.code not in paired
    )


def label(page: Page, text: str) -> Locator:
    return page.get_by_label(text, exact=True)


def chapter_1_activate(visitor: Visitor, person: Person) -> None:
    page = visitor.go("/login")
    expect(page.get_by_text("初始密码为身份证号码后 6 位，字母须大写")).to_be_visible()
    sign_in_by_page(visitor, person)
    visitor.arrives("/activate")
    assert person.name not in page.inner_text("body")
    label(page, "准考证号").fill(person.tickets[0])
    label(page, "新密码").fill(NEW_PASSWORD)
    label(page, "再填写一次新密码").fill(NEW_PASSWORD)
    visitor.press("设置密码并登录")
    assert page.url == visitor.url + "/"


def chapter_2_home(visitor: Visitor, person: Person) -> None:
    page = visitor.page
    menu = page.get_by_role("navigation", name="主菜单")
    for word in ("首页", "成绩查询", "申办项目", "我的订单"):
        expect(menu.get_by_role("link", name=word)).to_be_visible()
    quick = page.get_by_role("navigation", name="常用功能")
    for word in ("当次成绩", "历次成绩", "我的订单"):
        expect(quick.get_by_role("link", name=re.compile(word))).to_be_visible()
    expect(page.get_by_role("heading", name="近期可办理的业务")).to_be_visible()
    expect(page.get_by_role("heading", name="未开放办理的业务")).to_be_visible()
    expect(page.get_by_text("若错过本次办理时间，请在下一次按时办理。")).to_be_visible()
    expect(page.get_by_text("2026 年 10 月，没有你的成绩")).to_be_visible()
    switch_ticket(visitor, person.tickets[1])
    visitor.press("成绩查询", within=menu)
    assert visitor.heading() == "当次成绩"
    expect(page.locator("tbody tr")).to_have_count(1)
    visitor.press("历次成绩")
    expect(page.get_by_text("除当次成绩外，没有其他成绩。")).to_be_visible()
    switch_ticket(visitor, person.tickets[0])
    visitor.go("/scores/history")
    label(page, "查找课程").fill("英语")
    visitor.press("查找")
    rows = page.locator("tbody tr").all_inner_texts()
    assert rows
    assert all("英语" in row for row in rows)
    visitor.go("/orders")
    expect(page.get_by_text("还没有订单。")).to_be_visible()


def switch_ticket(visitor: Visitor, number: str) -> None:
    page = visitor.page
    page.locator("details.tickets summary").click()
    page.locator("details.tickets").get_by_label(number).check()
    visitor.press("切换准考证号")
    expect(page.get_by_text(f"已切换到准考证号 {number}。").first).to_be_visible()


def section_3_1_1_apply(visitor: Visitor) -> str:
    page = visitor.page
    visitor.press("申办项目", within=page.get_by_role("navigation", name="主菜单"))
    visitor.press("申请毕业")
    visitor.press("立即申请")
    expect(page.get_by_text("二、请如实填写。")).to_be_visible()
    visitor.press("我已知晓，继续申请")
    visitor.arrives("/profile")
    return page.url.removesuffix("/profile").removeprefix(visitor.url)


def section_3_1_2_profile(visitor: Visitor) -> None:
    page = visitor.page
    expect(page.get_by_role("heading", name="核实个人信息")).to_be_visible()
    fill_profile(visitor)
    label(page, "手机号码").fill("1381234")
    visitor.press("下一步")
    expect(page.locator(".errors")).to_contain_text("11 位")
    assert page.title().startswith("错误：")
    assert label(page, "手机号码").input_value() == "1381234"
    label(page, "手机号码").fill("13812345678")
    visitor.press("下一步")
    visitor.arrives("/scores")


def section_3_1_3_scores(visitor: Visitor, missing: str) -> None:
    page = visitor.page
    assert label(page, "毕业专业").input_value()  # the roster's declared plan
    label(page, "毕业专业").select_option("")
    if not visitor.js:
        visitor.press("查看所选专业的成绩")
    expect(page.get_by_text("请选择专业后在此查看成绩")).to_be_visible()
    label(page, "毕业专业").select_option(COMPUTING)
    if not visitor.js:
        visitor.press("查看所选专业的成绩")
    page.get_by_role("group", name="前置学历专业").wait_for()
    visitor.settle()
    expect(page.get_by_text("请选择专业后在此查看成绩")).to_have_count(0)
    for group, case in (("前置学历专业", "计算机类"), ("考生身份", "内地考生")):
        page.get_by_role("group", name=group).get_by_role("radio", name=re.compile(f"^{case}")).check()
        visitor.settle()
    if not visitor.js:
        visitor.press("按所选情形更新成绩表")
    expect(page.locator("tr.miss", has_text=missing)).to_be_visible()
    expect(page.get_by_text("021-0000 0001").locator("visible=true").first).to_be_visible()
    visitor.press("下一步", within=page.locator("form.card > .actions"))
    reason = label(page, "情况说明")
    expect(reason).to_be_visible()
    assert page.locator("dialog[open]").count() == (1 if visitor.js else 0)
    reason.fill(EXPLANATION)
    visitor.press("下一步", within=page.locator("#missing"))
    visitor.arrives("/statement")


def section_3_1_4_statement(visitor: Visitor) -> None:
    page = visitor.page
    text = label(page, "自我鉴定")
    text.fill("太短了。")
    if visitor.js:
        expect(page.locator(".counter")).to_contain_text("已写 4 字，还差 296 字")
    visitor.press("下一步")
    expect(page.locator(".errors")).to_contain_text("自我鉴定应为 300 至 800 字，现在是 4 字，还差 296 字")
    text.fill(build.STATEMENT)
    visitor.press("下一步")
    visitor.arrives("/prior-degree")


def section_3_1_5_prior_degree(visitor: Visitor) -> None:
    page = visitor.page
    for words in ("毕业证书", "学历证书电子注册备案表"):
        expect(page.get_by_role("heading", name=re.compile(words))).to_be_visible()
    for word, first in (
        ("获取凭证省份", "请选择省市"),
        ("获取凭证时间（年）", "请选择年"),
        ("获取凭证时间（月）", "请选择月"),
    ):
        assert label(page, word).locator("option").first.inner_text() == first
    fill_diploma(visitor)
    label(page, "在线验证码").fill("A1B2C3D4E5F6G7H8")
    upload(visitor, "record_photo", photo(420, 560, "PNG"), "备案表.png")
    visitor.press("下一步")
    visitor.arrives("/confirm")
    visitor.press("上一步")
    page.get_by_label(re.compile("^中国高等教育学历认证报告")).check()
    if not visitor.js:
        visitor.press("按所选凭证更新这一页")
    expect(page.get_by_role("heading", name=re.compile("中国高等教育学历认证报告"))).to_be_visible()
    label(page, "报告编号").fill("20180601123456")
    upload(visitor, "report_photo", photo(1000, 1400))
    assert label(page, "报告编号").input_value() == "20180601123456"
    assert label(page, "编号").input_value() == "103311201806001234"
    visitor.press("下一步")
    visitor.arrives("/confirm")


def section_3_1_6_submit(visitor: Visitor) -> None:
    page = visitor.page
    expect(
        page.get_by_text("310101********", exact=False).or_(page.get_by_text(re.compile(r"^\d{3}\*+")))
    ).to_be_visible()
    expect(page.get_by_text(EXPLANATION)).to_be_visible()
    expect(page.locator("dl img")).to_have_count(2)
    assert page.get_by_role("link", name=re.compile("^修改")).count() > 10
    visitor.press("确认无误，提交申请")
    assert re.search(r"回执编号 BY\d\d-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", page.inner_text("main"))
    expect(page.locator("#main .tag", has_text="待初审")).to_be_visible()
    page.go_back()
    visitor.settle()
    visitor.go(page.url.removeprefix(visitor.url))
    assert "待初审" in page.inner_text("main")


def open_file(staff: Visitor, person: Person) -> None:
    staff.go("/staff/applications")
    staff.press(person.tickets[0])
    expect(staff.page.locator("form.review")).to_be_visible()
    assert person.tickets[0] in staff.page.inner_text("main")


def returned_by_the_school(school: Visitor, person: Person) -> None:
    open_file(school, person)
    page = school.page
    for item, reason in (
        ("prior_degree.diploma_number", "编号与照片不一致"),
        ("statement.statement", "请写到学习收获"),
    ):
        page.locator(f"label.no[for='return.{item}']").click()
        page.locator(f"[id='reason.{item}']").fill(reason)
    decide(school, "退回修改")
    expect(page.get_by_text("已退回修改")).to_be_visible()


def decide(staff: Visitor, word: str) -> None:
    """Without the minutes to take it back, so it is asked once more."""
    page = staff.page
    page.locator("[name=undo]").uncheck()
    page.get_by_role("button", name=re.compile(f"^{word}")).click()
    if staff.js:
        page.locator("[data-ask] [data-yes]").click()
    else:
        page.get_by_role("button", name=re.compile("^确认")).click()
    staff.settle()


def section_3_1_7_to_9_reapply(visitor: Visitor, url: str) -> None:
    page = visitor.go("/")
    expect(page.locator("#main .tag", has_text="审核未通过，请修改")).to_be_visible()
    visitor.press("点击查看原因")
    fixes = page.locator("ul.fixes > li")
    expect(fixes).to_have_count(2)
    expect(fixes.filter(has_text="编号与照片不一致")).to_be_visible()
    expect(fixes.filter(has_text="请写到学习收获")).to_be_visible()
    visitor.press("重新申请")
    assert page.url.endswith("/fixes")
    assert set(page.locator("form.fixing .field label[for]").all_text_contents()) == {
        "自我鉴定",
        "编号",
        "毕业证书备注（选填）",
        "我的说明：自我鉴定（选填）",
        "我的说明：毕业证书编号（选填）",
    }
    for step, open_fields in (
        ("statement", {"自我鉴定"}),
        ("prior-degree", {"编号", "备注（选填）"}),
        ("scores", set()),
    ):
        visitor.go(f"{url}/{step}")
        assert open_labels(page) == open_fields, step
    visitor.go(f"{url}/fixes")
    label(page, "自我鉴定").fill(build.STATEMENT + "学习使我收获很多。")
    assert page.locator("input[type=file]").count() == 0
    label(page, "编号").fill("103311201806004321")
    visitor.press("确认无误，提交申请")
    expect(page.get_by_text("第 2 次提交", exact=True)).to_be_visible()


def open_labels(page: Page) -> set[str]:
    """The fields that can be changed on this step."""
    return set(page.locator("form.card .field label[for]").all_inner_texts())


def passed_by(staff: Visitor, person: Person, words: str, missing: str) -> None:
    """The school says why a missing course is waived; the office may rest on it."""
    open_file(staff, person)
    page = staff.page
    if words == "初审通过":
        page.get_by_role("button", name=re.compile(f"^{words}")).click(force=True)  # says why not
        expect(page.locator("[data-ask]" if staff.js else ".errors")).to_contain_text(missing)
        if staff.js:
            page.keyboard.press("Escape")
        page.get_by_label(re.compile(missing)).fill("复核成绩已核实")
    decide(staff, words)
    expect(page.locator(".flash").first).to_have_text(re.compile("初审通过，等待终审|审核通过，等待缴费"))


def section_3_1_10_approved(visitor: Visitor, url: str) -> None:
    page = visitor.go("/services/graduation")
    green = page.locator("a.approved")
    expect(green).to_contain_text("审核通过")
    expect(green).to_contain_text("查看详情")
    green.click()
    visitor.settle()
    assert page.url.startswith(visitor.url + url)
    expect(page.get_by_role("heading", name="后续事宜")).to_be_visible()


def section_3_1_11_pay(visitor: Visitor, url: str) -> None:
    page = visitor.go("/")
    expect(page.locator("#main .tag", has_text="待缴费").first).to_be_visible()
    visitor.press("支付毕业审定费")
    assert "/orders/" in page.url
    page.get_by_role("link", name=re.compile("^去支付")).click()
    visitor.settle()
    visitor.press("确认支付 ¥ 50.00")
    visitor.go("/orders")
    expect(page.locator("#main .tag", has_text="已支付")).to_be_visible()
    visitor.go(url)
    expect(page.locator("#main .tag", has_text="已办结")).to_be_visible()
