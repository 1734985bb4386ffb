"""Without a line: on one's own device what is typed stays there until the server has it; nowhere else anything is kept; 提交 says what became of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import Application, LoginSession, Submission, Window
from app.models.base import transaction
from tests import builders as build
from tests.browser.conftest import CAPTCHA, DESK, PHONE, Live, Visitor
from tests.browser.season import Person, Season, now, open_season, sign_in
from tests.browser.test_accessibility import complete, decided, draft, submitted
from tests.browser.test_behaviour import almost_over
from tests.browser.test_behaviour import stored as on_server

KEPT = "Object.entries(localStorage).filter(([key]) => key.startsWith('kaoji.kept/'))"
ALL = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"
TEXT = "断网时写的一句话。"


@pytest.fixture
def season(live: Live) -> Season:
    return open_season(live.app)


@pytest.fixture
def person(season: Season) -> Person:
    return season.examinee()


def enter(visitor: Visitor, person: Person, own: bool, to: str = "/login") -> Page:
    """Sign in by the page, with or without 这是我自己的设备."""
    page = visitor.go(to)
    box = page.get_by_label("这是我自己的设备")
    expect(box).not_to_be_checked()
    page.get_by_label("证件号码").fill(person.id_number)
    page.get_by_label("密码", exact=True).fill(person.password)
    page.get_by_label("验证码", exact=True).fill(CAPTCHA)
    box.set_checked(own)
    visitor.press("登录")
    return page


def write_offline(visitor: Visitor, url: str, text: str = TEXT) -> Page:
    page = visitor.go(url)
    visitor.context.set_offline(True)
    page.get_by_label("自我鉴定", exact=True).fill(text)
    expect(page.locator("#notice-unsaved")).to_contain_text("暂时没有保存上")
    return page


def kept(page: Page) -> list[Any]:
    """Key and entry of what this device keeps."""
    return [(key, json.loads(value)) for key, value in page.evaluate(KEPT)]


def close(page: Page) -> None:
    """As when a phone needs the memory. The browser cuts the line of an open page only: what it sends on the way out would arrive."""
    page.wait_for_timeout(300)  # the browser takes what a page stored from its process a moment later
    page.evaluate("void (window.fetch = () => new Promise(() => {}))")
    page.close(run_before_unload=False)


def come_back(visitor: Visitor) -> Page:
    """The tab is gone; another one is opened with the line back."""
    close(visitor.page)
    visitor.context.set_offline(False)
    visitor.page = visitor.context.new_page()
    visitor.watch(visitor.page)
    visitor.complaints.clear()
    return visitor.page


TOUCHED = """() => {
  const touched = [];
  for (const name of ['setItem', 'removeItem']) {
    const before = Storage.prototype[name];
    Storage.prototype[name] = function (key, value) { if (key.startsWith('kaoji.kept/')) touched.push(name); return before.call(this, key, value); };
  }
  window.dispatchEvent(new Event('pagehide'));
  const area = document.querySelector('textarea'), text = area.value;
  for (area.value of [text + text, text]) area.dispatchEvent(new Event('input', { bubbles: true }));
  return touched; }"""


def test_what_was_typed_without_a_line_is_offered_again_with_both_texts(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    url = f"/applications/{draft(season, person)}/statement"
    enter(visitor, person, own=True)
    page = write_offline(visitor, url)
    expect(page.locator("#notice-unsaved")).to_contain_text("先留在这台设备上")
    [(key, entry)] = kept(page)
    assert re.fullmatch(rf"kaoji\.kept/[0-9a-f]{{24}}/{url.split('/')[2]}/statement/\d+/[0-9a-z]+", key)
    assert entry["fields"] == {"statement": [TEXT]}
    assert person.id_number not in page.evaluate(ALL)
    # a page that goes may get one of two writings through: none takes away what is kept
    assert page.evaluate(TOUCHED) == ["setItem", "setItem"]
    page = come_back(visitor)
    visitor.go("/")
    page.locator("#notice-kept").get_by_role("button", name="去看").click()
    offer = page.get_by_role("region", name="这台设备上的内容")
    expect(offer).to_contain_text("平台上保存的：" + build.STATEMENT[:20])
    expect(offer).to_contain_text("这台设备上的：" + TEXT)
    expect(page.get_by_label("自我鉴定", exact=True)).to_have_value(build.STATEMENT)
    offer.get_by_role("button", name="用这台设备上的").click()
    expect(page.get_by_label("自我鉴定", exact=True)).to_have_value(TEXT)
    assert len(kept(page)) == 1  # until the server has it
    expect(page.locator(".saved")).to_contain_text("已自动保存", timeout=10_000)
    assert on_server(season, "statement", "statement") == TEXT
    assert kept(page) == []


def arrived(season: Season, text: str) -> None:
    """What was sent on the way out, which no page is told of."""
    with season.app.app_context(), transaction() as session:
        row = session.scalars(select(Application)).one()
        row.answers, row.version = {**row.answers, "statement": {"statement": text}}, row.version + 1


def test_what_the_platform_has_after_all_is_not_said_to_be_missing(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    public_id = draft(season, person)
    enter(visitor, person, own=True)
    url = f"/applications/{public_id}/statement"
    write_offline(visitor, url)
    page = come_back(visitor)
    offer = page.get_by_role("region", name="这台设备上的内容")
    visitor.go(f"/applications/{public_id}")  # the step is open, so it can be looked at there
    expect(offer).to_contain_text("平台上保存的：" + build.STATEMENT[:20])
    offer.get_by_role("button", name="去看").click()
    visitor.arrives(url)
    expect(offer).to_be_visible()
    [(key, entry)] = kept(page)
    page.route(  # it arrives when the page has been made
        "**/statement",
        lambda route: ("x-look" in route.request.headers and arrived(season, TEXT), route.continue_()),
    )
    page.reload()
    expect(page.get_by_label("自我鉴定", exact=True)).to_have_value(TEXT)
    expect(offer).to_have_count(0)
    assert kept(page) == []
    page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, json.dumps(entry)])
    visitor.go("/")
    page.wait_for_function(f"!{KEPT}.length")
    expect(page.locator("#notice-kept")).to_have_count(0)


def test_a_link_takes_along_what_was_just_typed_and_asks_nothing(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    enter(visitor, person, own=True)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    page.on("dialog", lambda dialog: visitor.complaints.append(dialog.type))
    page.get_by_label("自我鉴定", exact=True).fill(build.STATEMENT + TEXT)
    page.get_by_role("link", name="确认提交").click()
    visitor.arrives("/confirm")
    expect(page.get_by_text(TEXT)).to_be_visible()  # and not the text of before
    assert kept(page) == []


def test_the_other_text_can_be_chosen_too(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    enter(visitor, person, own=True)
    url = f"/applications/{draft(season, person)}/statement"
    write_offline(visitor, url)
    page = come_back(visitor)
    visitor.go(url)
    page.get_by_role("button", name="用平台上的，删掉这一份").click()
    expect(page.get_by_role("region", name="这台设备上的内容")).to_have_count(0)
    assert kept(page) == []
    assert on_server(season, "statement", "statement") == build.STATEMENT


def test_two_pages_without_a_line_keep_a_text_each(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    enter(visitor, person, own=True)
    url = f"/applications/{draft(season, person)}/statement"
    first = visitor.go(url)
    visitor.page = second = visitor.context.new_page()
    visitor.watch(second)
    visitor.go(url)
    visitor.context.set_offline(True)
    for page, text in ((first, "第一页写的。"), (second, "第二页写的。")):
        page.get_by_label("自我鉴定", exact=True).fill(text)
        expect(page.locator("#notice-unsaved")).to_contain_text("先留在这台设备上")
    second.wait_for_function(f"{KEPT}.length === 2")
    close(first)
    page = come_back(visitor)
    visitor.go(url)
    offers = page.get_by_role("region", name="这台设备上的内容")
    expect(offers).to_have_count(2)
    offers.filter(has_text="第一页写的。").get_by_role("button", name="用这台设备上的").click()
    expect(page.get_by_label("自我鉴定", exact=True)).to_have_value("第一页写的。")
    expect(offers).to_have_count(1)
    expect(offers).to_contain_text("第二页写的。")
    expect(page.locator(".saved")).to_contain_text("已自动保存", timeout=10_000)
    assert [entry["fields"]["statement"] for _, entry in kept(page)] == [["第二页写的。"]]
    offers.get_by_role("button", name="用平台上的，删掉这一份").click()
    assert kept(page) == []
    assert on_server(season, "statement", "statement") == "第一页写的。"


def test_nothing_is_kept_where_nobody_ticked_it(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    enter(visitor, person, own=False)
    page = write_offline(visitor, f"/applications/{draft(season, person)}/statement")
    expect(page.locator("#notice-unsaved")).to_contain_text("请不要关闭")
    assert page.evaluate(ALL) == "[[],[]]"
    visitor.context.set_offline(False)  # it is saved as soon as the line is back
    expect(page.locator("#notice-unsaved")).to_have_count(0, timeout=10_000)
    assert on_server(season, "statement", "statement") == TEXT
    visitor.complaints.clear()


def test_it_survives_an_idle_end_and_goes_at_sign_out(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    visitor.expected |= {401}
    enter(visitor, person, own=True)
    url = f"/applications/{draft(season, person)}/statement"
    write_offline(visitor, url)
    with season.app.app_context():
        almost_over(season, timedelta(hours=1))
    page = come_back(visitor)
    visitor.go(url)
    assert "/login" in page.url
    assert len(kept(page)) == 1
    enter(visitor, person, own=True, to=page.url.removeprefix(visitor.url))
    expect(page.get_by_role("region", name="这台设备上的内容")).to_be_visible()
    visitor.go("/")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    visitor.press("安全退出")
    expect(page.get_by_role("button", name="安全退出")).to_be_visible()
    assert len(kept(page)) == 1
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    visitor.press("安全退出")
    visitor.arrives("/login")
    assert ["还没有保存到平台" in words for words in asked] == [True, True]
    assert page.evaluate(ALL) == "[[],[]]"


def test_after_the_end_of_the_time_for_fixes_the_text_stands_where_the_bar_leads(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    enter(visitor, person, own=True)
    public_id = submitted(season, person)
    decided(season, public_id, "return", "school_reviewer", "statement.statement")
    write_offline(visitor, f"/applications/{public_id}/fixes")
    page = come_back(visitor)
    with season.app.app_context(), transaction() as session:
        over = {
            "opens_at": now() - timedelta(days=9),
            "closes_at": now() - timedelta(minutes=2),
            "fixes_close_at": now() - timedelta(minutes=1),
        }
        session.execute(update(Window).values(**over))
    visitor.go("/")
    page.locator("#notice-kept").get_by_role("button", name="去看").click()
    page.wait_for_url("**/fixes")
    expect(page.get_by_role("region", name="这台设备上的内容")).to_contain_text(TEXT)
    expect(page.locator("#notice-kept")).to_have_count(0)


def test_it_goes_when_somebody_else_signs_in(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    enter(visitor, person, own=True)
    write_offline(visitor, f"/applications/{draft(season, person)}/statement")
    page = come_back(visitor)
    other = season.examinee(name="王别人")
    with season.app.app_context(), transaction() as session:
        session.execute(update(LoginSession).values(seen_at=now() - timedelta(hours=1)))
    enter(visitor, other, own=False)
    assert kept(page) == []


def test_it_goes_after_seven_days(season: Season, person: Person, visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK)
    enter(visitor, person, own=True)
    write_offline(visitor, f"/applications/{draft(season, person)}/statement")
    page = come_back(visitor)
    [(key, entry)] = kept(visitor.go("/browsers"))
    day = 24 * 3600 * 1000
    for days, left in ((6.9, 1), (7.1, 0)):
        old = json.dumps({**entry, "at": entry["at"] - days * day})
        page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, old])
        visitor.go("/browsers")
        assert len(kept(page)) == left


@pytest.mark.parametrize(
    ("step", "button", "then"), [("confirm", "确认无误，提交申请", "待初审"), ("discard", "舍弃草稿", "已开放")]
)
def test_it_goes_after_the_application_was_handed_in_or_discarded(
    season: Season, person: Person, visit: Callable[..., Visitor], step: str, button: str, then: str
) -> None:
    visitor = visit(DESK)
    enter(visitor, person, own=True)
    public_id = complete(season, person)
    write_offline(visitor, f"/applications/{public_id}/statement")
    page = come_back(visitor)
    visitor.go(f"/applications/{public_id}/{step}")
    assert len(kept(page)) == 1
    visitor.press(button)
    expect(page.locator(".tag", has_text=then).first).to_be_visible()
    assert kept(page) == []


def test_what_the_form_has_no_field_for_is_shown_and_used_when_it_has(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE)
    enter(visitor, person, own=True)
    url = f"/applications/{draft(season, person)}/prior-degree"
    page = visitor.go(url)
    page.get_by_label("获取凭证时间（年）").select_option("1998")
    expect(page.get_by_label("报告编号", exact=True)).to_be_visible()
    visitor.settle()
    visitor.context.set_offline(True)
    page.get_by_label("报告编号", exact=True).fill("RB1234567")
    page.get_by_label("获取凭证时间（月）").select_option("7")
    assert len(kept(page)) == 1
    page = come_back(visitor)
    with season.app.app_context(), transaction() as session:  # meanwhile on another device
        row = session.scalars(select(Application)).one()
        row.answers = {
            **row.answers,
            "prior_degree": {**row.answers["prior_degree"], "diploma_year": "2018", "proof_kind": "record"},
        }
    visitor.go(url)
    offer = page.get_by_role("region", name="这台设备上的内容")
    expect(offer).to_contain_text("RB1234567")
    offer.get_by_role("button", name="用这台设备上的").click()
    expect(page.get_by_label("获取凭证时间（月）")).to_have_value("7")
    page.get_by_label("获取凭证时间（年）").select_option("1998")
    expect(page.get_by_label("报告编号", exact=True)).to_be_visible()
    page.get_by_role("region", name="这台设备上的内容").get_by_role("button", name="用这台设备上的").click()
    expect(page.get_by_label("报告编号", exact=True)).to_have_value("RB1234567")
    expect(page.locator(".saved").last).to_contain_text("已自动保存", timeout=10_000)
    assert on_server(season, "prior_degree", "report_number") == "RB1234567"
    assert kept(page) == []


def submissions(season: Season) -> int:
    with season.app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(Submission)) or 0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_submission_without_a_line_says_that_nothing_was_handed_in(
    season: Season, person: Person, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    visitor = visit(size)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/confirm")
    visitor.context.set_offline(True)
    page.get_by_role("button", name="确认无误，提交申请", exact=True).click()
    note = page.locator("#notice-net")
    expect(note).to_contain_text("申请没有提交，什么也没有发出去")
    expect(note).to_contain_text("多点几次也只会提交一份")
    expect(note).to_contain_text("连上以后")
    visitor.context.set_offline(False)
    expect(note).not_to_contain_text("连上以后")
    expect(note).to_contain_text("申请没有提交，什么也没有发出去")
    note.get_by_role("button", name="重试").click()
    expect(page.locator(".tag", has_text="待初审")).to_be_visible()
    assert submissions(season) == 1
    visitor.complaints.clear()


def test_a_submission_whose_answer_got_lost_does_not_claim_that_it_was_not_handed_in(
    season: Season, person: Person, visit: Callable[..., Visitor], live: Live
) -> None:
    visitor = visit(PHONE)
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{complete(season, person)}/confirm")
    page.evaluate(  # as when the line breaks after the question went out
        "document.addEventListener('htmx:beforeSend', e => { e.detail.xhr.upload.dispatchEvent(new Event('load')); }, { once: true })"
    )

    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    page.route("**/confirm", lose, times=1)
    page.get_by_role("button", name="确认无误，提交申请", exact=True).click()
    note = page.locator("#notice-net")
    expect(note).to_contain_text("还不知道申请有没有提交上")
    note.get_by_role("button", name="重试").click()
    expect(page.locator(".tag", has_text="待初审")).to_be_visible()
    assert submissions(season) == 1
    visitor.complaints.clear()


@pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])
def test_next_with_an_old_token_loses_nothing(
    season: Season, person: Person, visit: Callable[..., Visitor], js: bool
) -> None:
    visitor = visit(PHONE, js)
    visitor.expected |= {400}
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    words = build.STATEMENT + TEXT
    page.get_by_label("自我鉴定", exact=True).fill(words)
    again = Visitor(visitor.context.new_page(), visitor.context, visitor.url, js, visitor.app)
    sign_in(again, person)  # a new session: the token of the page is of the old one
    page.bring_to_front()
    page.get_by_role("button", name="下一步", exact=True).click()
    if not js:
        expect(page.get_by_text("填写的内容都在下面")).to_be_visible()
        page.get_by_role("button", name="用刚才的内容再提交一次").click()
    visitor.arrives("/prior-degree")
    assert on_server(season, "statement", "statement") == words


def test_a_save_with_an_old_token_is_sent_again_by_itself(
    season: Season, person: Person, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(DESK)
    visitor.expected |= {400}
    sign_in(visitor, person)
    page = visitor.go(f"/applications/{draft(season, person)}/statement")
    sign_in(Visitor(visitor.context.new_page(), visitor.context, visitor.url, True, visitor.app), person)
    page.get_by_label("自我鉴定", exact=True).fill(TEXT)
    expect(page.locator(".saved")).to_contain_text("已自动保存", timeout=10_000)
    assert on_server(season, "statement", "statement") == TEXT
