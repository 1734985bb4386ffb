"""Words of the desk in a real browser: a chosen reason is written and can be changed; messages are opened one by one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from app.actions.records.missing_scores import ask
from app.extensions import db
from app.models import Finding, ReturnReason, Score
from app.models.base import transaction
from app.rules.plans.missing_scores import Claim
from tests import builders as build
from tests.browser.test_accessibility import Inspector
from tests.reviewing import Desk, missing_course, myself, ok, returning, submitted
from tests.sizes import FULL

NUMBER, ASSESSMENT = "prior_degree.diploma_number", "scores.assessment"
SIZES = [(1366, 768), (390, 844)]


def signed_in(live: Any, visit: Any, *, person: Any = None, tick: Any = None, **more: Any) -> Any:
    """A browser with a session of that person."""
    with live.app.app_context():
        client = live.app.test_client()
        build.sign_in(client, person=person, tick=tick, on=live.app.extensions["kaoji.clock"].now())
        cookie = client.get_cookie("session") or next(iter(client._cookies.values()))
    visitor = visit(**more)
    visitor.expected |= {404}  # the seeded pictures have no files
    visitor.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live.url}])
    return visitor


def desk_of(live: Any, **over: Any) -> tuple[Desk, Any]:
    with live.app.app_context():
        window = build.window(stages=1)
        return submitted(window=window, **over), build.staff()


def place(page: Any, item: str) -> Any:
    return page.locator(f'[data-item="{item}"]')


@pytest.mark.parametrize("size", SIZES)
def test_a_chosen_reason_is_written_into_the_field_and_may_be_changed_before_it_is_sent(live, visit, size):
    desk, person = desk_of(live)
    visitor = signed_in(live, visit, person=person, size=size)
    page = visitor.go(f"/staff/applications/{desk.public_id}?undo=0")
    row = place(page, NUMBER)
    row.locator("label.no").click()
    row.locator("select").select_option(label="1 证书编号与照片不一致")
    field = row.locator("[data-reason]")
    assert field.input_value() == "证书编号与证书照片不一致"
    row.locator("select").select_option(label="2 学信网查询不到")
    assert field.input_value() == "前置学历在学信网查询不到"  # another choice takes the place of the first
    field.fill("请核对")
    row.locator("select").select_option(label="1 证书编号与照片不一致")
    assert field.input_value() == "请核对；证书编号与证书照片不一致"  # one's own words stay
    page.locator("[name=undo]").uncheck()
    before = page.url
    page.locator("[data-decision=return]").click()
    page.locator("[data-ask] [data-yes]").click()  # without undo it is asked once more
    page.wait_for_url(lambda url: url != before)
    with live.app.app_context():
        found = db.session.scalars(select(Finding).where(Finding.item == NUMBER)).one()
        cause = db.session.get_one(ReturnReason, found.cause_id)
        assert (found.reason, cause.code) == ("请核对；证书编号与证书照片不一致", "R08")


def test_a_blank_waits_under_the_cursor_and_a_course_is_filled_in(live, visit):
    desk, person = desk_of(live)
    visitor = signed_in(live, visit, person=person)
    page = visitor.go(f"/staff/applications/{desk.public_id}?undo=0")
    row = place(page, ASSESSMENT)
    row.focus()
    page.keyboard.press("x")
    page.keyboard.press("1")  # 课程没有合格成绩, and nothing is missing
    page.keyboard.type("00540 外国文学史")
    assert row.locator("[data-reason]").input_value() == "课程【00540 外国文学史】未取得合格成绩"
    course = missing_course()
    with live.app.app_context():
        short = submitted(without=(course,))
    page = visitor.go(f"/staff/applications/{short.public_id}?undo=0")
    place(page, ASSESSMENT).focus()
    page.keyboard.press("x")
    page.keyboard.press("1")
    assert place(page, ASSESSMENT).locator("[data-reason]").input_value().startswith(f"课程【{course} ")
    assert "here" not in (place(page, ASSESSMENT).get_attribute("class") or "")  # nothing to fill in: on to the next


def test_without_script_the_server_writes_the_chosen_reason(live, visit):
    desk, person = desk_of(live)
    visitor = signed_in(live, visit, person=person, js=False)
    page = visitor.go(f"/staff/applications/{desk.public_id}?undo=0")
    row = place(page, NUMBER)
    row.locator("label.no").click()
    row.locator("select").select_option(label="1 证书编号与照片不一致")
    page.get_by_role("button", name="暂存", exact=True).click()
    page.wait_for_load_state()
    assert place(page, NUMBER).locator("[data-reason]").input_value() == "证书编号与证书照片不一致"


@pytest.mark.parametrize(("size", "js"), [(SIZES[0], True), (SIZES[1], True), (SIZES[1], False)])
def test_messages_are_opened_one_by_one(live, visit, size, js):
    desk, person = desk_of(live)
    with live.app.app_context():
        desk.decide("return", person, returning(NUMBER))
    visitor = signed_in(live, visit, tick=desk.ticket, size=size, js=js)
    page = visitor.go("/messages")
    assert page.locator(".letters .unread").count() == 2
    assert page.locator("main").evaluate("e => e.scrollWidth <= innerWidth")
    visitor.press("审核未通过")
    expect(page).to_have_url(re.compile(r"/messages/\d+$"))
    expect(page).to_have_title(re.compile("审核未通过"))
    assert "修改后重新提交" in page.locator("main").inner_text()
    page.go_back()
    expect(page.locator(".letters .unread")).to_have_count(1)
    visitor.press("已提交")
    visitor.press("返回站内消息")
    expect(page.locator(".letters .unread")).to_have_count(0)
    assert page.get_by_role("button", name="全部标为已读").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_the_catalogue_is_kept_by_hand_and_by_keyboard(live, visit, size):
    with live.app.app_context():
        person = build.staff("admin")
    visitor = signed_in(live, visit, person=person, size=size)
    page = visitor.go("/admin/reasons/new")
    page.fill("#label", "请到学校")
    page.fill("#text", "请到{where}核对")
    page.locator("input[value=prior_degree]").check()
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_load_state()
    assert "不认识 {where}" in page.locator(".errors").inner_text()
    assert page.evaluate("document.activeElement.className") == "errors"
    page.fill("#text", "请到校核对，缺【{course}】")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(r"/admin/reasons#reason-\d+$"))
    row = page.locator("tr", has_text="请到学校")
    row.get_by_role("button", name="上移").click()
    page.wait_for_load_state()
    page.locator("tr", has_text="请到学校").get_by_role("button", name="停用").click()
    page.wait_for_load_state()
    assert "已停用" in page.locator("tr", has_text="请到学校").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


APART = """() => [...document.querySelectorAll('#items .note, #items .plan:has(+ .note)')].map(one => {
  const after = one.nextElementSibling, next = after.matches('.note, .group') ? after : after.firstElementChild;
  return [next.innerText.slice(0, 8), Math.round(next.getBoundingClientRect().top - one.getBoundingClientRect().bottom)];
})"""


@pytest.mark.parametrize("size", SIZES)
def test_what_follows_a_note_on_a_file_does_not_touch_it(live, visit, size):
    _, person = desk_of(live)
    with live.app.app_context():
        office = build.staff("office_reviewer")
        desks = [submitted(window=build.window(stages=2)) for _ in range(2)]
        for each in desks:
            each.decide("pass", person, ok(NUMBER, message="原件已核对"))
            claim = Claim("00540", "外国文学史", "2026-04", "某某考点", "")
            ask(each.ticket.number, "10574", "050101", claim, by=myself(each), on=build.NOW)
        desks[0].decide("back", office, replace(returning(NUMBER), to_school="请核对编号"))
        with transaction() as session:
            ticket = desks[1].ticket.id
            course = session.scalars(select(Score.id).where(Score.ticket_id == ticket).limit(1)).one()
            session.execute(update(Score).where(Score.id == course).values(mark="12"))
    for each, reader, wanted in ((desks[0], person, 1), (desks[1], office, 5)):
        visitor = signed_in(live, visit, person=reader, size=size)
        found = visitor.go(f"/staff/applications/{each.public_id}").evaluate(APART)
        assert len(found) == wanted, found
        assert [words for words, gap in found if not 8 <= gap <= 16] == []


@pytest.mark.parametrize("size", SIZES if FULL else SIZES[:1])
def test_axe_finds_nothing_on_the_new_pages(live, visit, size):
    desk, person = desk_of(live)
    with live.app.app_context():
        desk.decide("return", person, returning(NUMBER))
        passed = submitted(window=build.window(stages=2))
        passed.decide("pass", person, ok(NUMBER, message="原件已核对"))
        people = [build.staff("admin"), build.staff("auditor"), build.staff("office_reviewer")]
    examinee = signed_in(live, visit, tick=desk.ticket, size=size)
    admin, auditor, office = (signed_in(live, visit, person=each, size=size) for each in people)
    wrong = []
    for visitor, pages in (
        (examinee, ("/messages", "/messages/1")),
        (admin, ("/admin/reasons", "/admin/reasons/new", "/admin/reasons/1", "/staff/statistics") if FULL else ()),
        (auditor, (f"/staff/applications/{passed.public_id}",)),
        (office, (f"/staff/applications/{passed.public_id}",)),
    ):
        inspect = Inspector(visitor)
        for number, address in enumerate(pages):
            visitor.go(address)
            inspect.look(f"desk-{number}")
        wrong += inspect.wrong
    assert wrong == []
