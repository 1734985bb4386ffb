"""Nothing is decided unseen, twice or by accident: double presses, keys before the file is painted, what is asked before a decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from app.actions.applications.submit import submit
from app.extensions import db
from app.models import Application, AuditEvent, Finding, PendingDecision, Review, Staff, Submission, Ticket
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.services.graduation import GRADUATION
from tests.browser.conftest import Visitor, seen
from tests.browser.looking import shoot
from tests.browser.season import Season, now, staff_sign_in
from tests.browser.staff.test_file import files, reviewer, season, settled
from tests.browser.test_accessibility import complete, submitted
from tests.reviewing import missing_course

__all__ = ["season"]


def short(season: Season, course: str) -> str:
    """A file that lacks one course."""
    person = season.examinee(name="林一", without=(course,))
    public_id = complete(season, person)
    with season.app.app_context(), transaction() as session:
        row = session.query(Application).filter_by(public_id=public_id).one()
        row.answers = {**row.answers, "scores": {**row.answers["scores"], "missing_reason": "成绩正在复核"}}
    with season.app.app_context():
        by = Actor("examinee", person.ticket_rows[0].examinee_id, person.name)
        submit(public_id, GRADUATION, by=by, on=now())
    return public_id


def doubted(season: Season, public_id: str, *items: str, words: str = "请核对") -> None:
    """The office sent the file back and doubts these items."""
    with season.app.app_context(), transaction() as session:
        row = session.query(Application).filter_by(public_id=public_id).one()
        row.sent_back = True
        given = {
            "stage": "office_review",
            "decision": "back",
            "to_school": words,
            "begun_at": now(),
            "decided_at": now(),
        }
        last = session.query(Submission).filter_by(application_id=row.id).one()
        staff = session.query(Staff).first()
        assert staff
        back = Review(application_id=row.id, submission_id=last.id, reviewer_id=staff.id, **given)
        session.add(back)
        session.flush()
        for item in items:
            session.add(Finding(review_id=back.id, item=item, verdict="return", reason=words[:60]))


def decided(season: Season) -> int:
    """How many decisions were made, in effect or not."""
    with season.app.app_context():
        at_once = AuditEvent.action.in_(("application.approve_at_once", "application.return_school"))
        made = len(db.session.scalars(select(AuditEvent.id).where(at_once)).all())
        return made + len(db.session.scalars(select(PendingDecision.decision)).all())


def red(page: Page) -> int:
    return page.locator("main .errors, main .flash.warn, main .flash.bad").count()


def test_a_second_enter_shows_what_the_first_did(season: Season, visit: Callable[..., Visitor]) -> None:
    ids = files(season, 3)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}")
    before = page.url
    page.keyboard.press("a")
    for _ in range(3):
        page.keyboard.press("Enter")
    settled(page, before)
    assert ids[1] in page.url
    assert "生效，之前可以撤销" in page.locator(".flash").inner_text()
    assert (red(page), decided(season)) == (0, 1)


def test_a_double_click_decides_one_file(season: Season, visit: Callable[..., Visitor]) -> None:
    ids = files(season, 3)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}")
    page.wait_for_timeout(500)
    before = page.url
    box = page.locator("[data-decision=pass]").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 9, box["y"] + 9)
    settled(page, before)
    page.mouse.click(box["x"] + 9, box["y"] + 9)  # as fast as a hand: the next file is hardly there
    page.wait_for_timeout(300)
    assert ids[1] in page.url
    assert (red(page), decided(season)) == (0, 1)


def test_keys_before_the_next_file_is_painted_do_nothing(season: Season, visit: Callable[..., Visitor]) -> None:
    """Its picture is slow; without one the rest counts after two seconds."""
    ids = files(season, 3)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}")
    page.add_init_script("HTMLImageElement.prototype.decode = () => new Promise(() => {});")
    before = page.url
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    for _ in range(4):
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        page.keyboard.press("d")
    assert page.locator("[data-ask]").is_hidden()
    assert page.locator("#message:focus").count() == 0
    assert (ids[1] in page.url, decided(season)) == (True, 1)
    seen(page)
    page.keyboard.press("a")
    expect(page.locator("[data-ask]")).to_be_visible()


def test_a_key_that_is_held_down_acts_once(season: Season, visit: Callable[..., Visitor]) -> None:
    ids = files(season, 1)
    page = reviewer(season, visit).go(f"/staff/applications/{ids[0]}")
    page.keyboard.press("j")
    for _ in range(5):
        page.keyboard.down(" ")
    page.keyboard.up(" ")
    assert page.locator("input[value=ok]:checked").count() == 1


@pytest.mark.parametrize("way", ["key", "mouse"])
def test_without_undo_a_decision_is_asked_about_and_named(
    season: Season, visit: Callable[..., Visitor], way: str
) -> None:
    course = missing_course()
    file = short(season, course)
    visitor = reviewer(season, visit)
    doubted(season, file, "prior_degree.diploma_year")
    with season.app.app_context(), transaction() as session:  # graduated elsewhere, by the roster: 待核
        session.execute(update(Ticket).values(graduated_majors="530601"))
    page = visitor.go(f"/staff/applications/{file}")
    page.wait_for_timeout(500)
    ask = page.locator("[data-ask]")
    page.locator("[data-gap] input").fill("纸质成绩单已核对")
    assert page.locator("[name=undo]").is_checked()  # the demonstration leaves it on
    page.locator("[data-decision=pass]").click()  # what the office doubts is asked about though it can be undone
    assert "考办有疑问、还没有逐项标记：毕业证书获取时间" in ask.locator("li").nth(1).inner_text()  # after what is 待核
    expect(ask).to_contain_text("待核：考籍登记已取得 530601 专业毕业")
    page.keyboard.press("Escape")
    page.locator('[for="verdict.prior_degree.diploma_year"]').click()
    page.locator("[name=undo]").uncheck()

    def press(decision: str, key: str) -> None:
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press(key) if way == "key" else page.locator(f"[data-decision={decision}]").click()
        expect(ask).to_be_visible()

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("d") if way == "key" else page.locator("[data-decision=reject]").click()
    assert page.locator("#message-error").inner_text() == "不予通过须写明原因"
    page.keyboard.type("材")  # the focus is in the field
    assert page.locator("#message-error").count() == 0
    page.locator("#message").fill("")
    press("pass", "a")
    words = ask.inner_text()
    assert ask.locator("li").nth(1).inner_text().startswith("没有打开的照片")  # in sight however long the rest is
    assert "逐项标记" not in words
    for each in (
        "审核通过？",
        "林",
        "待核：考籍登记已取得 530601 专业毕业",
        course,
        "纸质成绩单已核对",
        "没有打开的照片：备案表照片",
        "确认后立即生效，不能撤销",
    ):
        assert each in words, each
    shoot(page, f"decide-sure-{way}")
    page.keyboard.press("Escape")
    page.keyboard.press("]")  # the other picture
    page.locator("figure.shown img").evaluate("picture => picture.decode()")
    page.locator('[for="return.prior_degree.diploma_number"]').click()
    page.locator('[id="reason.prior_degree.diploma_number"]').fill("末四位不符")
    press("return", "b")
    words = ask.inner_text()
    for each in ("退回修改（1 项）？", "退回 毕业证书编号：末四位不符", f"缺 {course}", "前修改并重新提交", "不能撤销"):
        assert each in words, each
    assert "没有打开" not in words
    assert decided(season) == 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/applications*")
    assert decided(season) == 1


@pytest.mark.parametrize("way", ["key", "mouse"])
def test_a_pass_cannot_be_confirmed_while_something_is_returned_or_not_reasoned(
    season: Season, visit: Callable[..., Visitor], way: str
) -> None:
    course = missing_course()
    file = short(season, course)
    visitor = reviewer(season, visit)
    visitor.expected = set()  # no 422
    page = visitor.go(f"/staff/applications/{file}")
    page.wait_for_timeout(500)
    ask, button = page.locator("[data-ask]"), page.locator("[data-decision=pass]")

    def press() -> None:
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("a") if way == "key" else button.click(force=True)
        expect(ask).to_be_visible()

    page.locator('[for="return.prior_degree.diploma_number"]').click()
    page.keyboard.type("末四位不符")
    assert button.get_attribute("aria-disabled") == "true"
    press()
    for each in ("还不能审核通过", "“毕业证书编号”标为退回", f"缺 {course}", "还没有写准予通过的理由"):
        assert each in ask.inner_text(), each
    assert ask.locator("[data-yes]").is_hidden()
    shoot(page, f"decide-not-yet-{way}")
    page.keyboard.press("Enter")
    expect(ask).to_be_hidden()
    # where to go on; the browser closes the dialog first
    expect(page.locator('[data-item="prior_degree.diploma_number"]')).to_be_focused()
    page.locator('[for="verdict.prior_degree.diploma_number"]').click()
    press()
    assert "标为退回" not in ask.inner_text()
    page.keyboard.press("Escape")
    expect(page.locator("[data-gap] input")).to_be_focused()  # the empty reason
    page.keyboard.insert_text("\u200b\u3000")  # nothing that can be seen
    assert button.get_attribute("aria-disabled") == "true"
    page.keyboard.press("Control+a")
    page.keyboard.type("纸质成绩单已核对")
    assert button.get_attribute("aria-disabled") == "false"
    assert decided(season) == 0
    page.keyboard.press("Enter" if way == "key" else "Escape")  # written: out of the field, and nothing is sent
    page.keyboard.press("a")
    expect(ask).to_contain_text("审核通过？")
    assert page.locator("[data-gap] input").input_value() == "纸质成绩单已核对"
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/applications*")
    assert decided(season) == 1


def test_without_script_and_undo_the_server_asks(season: Season, visit: Callable[..., Visitor]) -> None:
    file = submitted(season, season.examinee(name="林一"))
    visitor = visit((390, 844), js=False)
    staff_sign_in(visitor, season.staff())
    page = visitor.go(f"/staff/applications/{file}")
    page.locator("[name=undo]").uncheck()
    page.locator("#message").fill("材料不实")
    page.locator("[data-decision=reject]").click()
    for each in ("不予通过", "林", "材料不实", "毕业证书照片、备案表照片", "不能撤销"):
        assert each in page.locator("main").inner_text()
    shoot(page, "decide-sure-no-script")
    page.get_by_role("button", name="返回（填写的内容会暂存）").click()
    assert page.locator("#message").input_value() == "材料不实"
    page.locator("[name=undo]").uncheck()
    page.locator("[data-decision=reject]").click()
    page.get_by_role("button", name="确认不予通过").click()
    page.wait_for_url("**/staff/applications*")
    with season.app.app_context():
        assert db.session.scalars(select(AuditEvent.id).where(AuditEvent.action == "application.reject_school")).all()
