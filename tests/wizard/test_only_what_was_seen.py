"""Nothing is submitted but what the page showed: a page of another state of the application gets 409 and the present one."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.models import Examinee, Score, Submission
from app.models.base import transaction
from app.rules.review.seen_items import SeenItems, print_of, read_prints, write_prints
from app.rules.submission import Item
from tests import builders as build
from tests.reviewing import Desk
from tests.wizard.test_fixes_page import NUMBER, STATEMENT, returned, url
from tests.wizard.test_fixes_page import sign_in as open_fixes
from tests.wizard.test_wizard import Browser, begin, browser, fill, photo, tick

__all__ = ["browser", "tick"]  # fixtures
OTHER_PHONE = "13900000000"


def marked(page: str) -> list[str]:
    """The rows that are marked as changed, by their labels."""
    return re.findall(r'id="now-[^"]+"[^>]*><dt>([^<]*?)\s*<span class="tag warn">有改动', page)


def confirm_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page[page.index("<main") :]))


@pytest.fixture
def confirming(browser: Browser) -> str:
    """The address of an application whose confirming page is open in this browser."""
    address = begin(browser)
    fill(browser, address)
    browser.get(f"{address}/confirm")
    return address


def elsewhere(browser: Browser) -> Browser:
    """Another tab of the same browser."""
    return Browser(browser.client)


def change_phone(other: Browser, address: str) -> None:
    other.get(f"{address}/profile")
    other.post(f"{address}/profile", act="next", **{**build.answers()["profile"], "phone": OTHER_PHONE})


def submit_what_is_shown(browser: Browser, address: str, **more: Any) -> Any:
    return browser.post(f"{address}/confirm", act="next", **{**confirm_fields(browser.page), **more})


def change_picture(other: Browser, address: str) -> None:
    other.get(f"{address}/prior-degree")
    other.post(f"{address}/prior-degree/diploma_photo", diploma_photo=(io.BytesIO(photo((1300, 900))), "b.jpg"))


def a_score_is_corrected(other: Browser, address: str) -> None:
    with transaction() as session:
        session.execute(Score.__table__.delete().where(Score.course_code == "00540"))


def the_roster_is_corrected(other: Browser, address: str) -> None:
    with transaction() as session:
        session.query(Examinee).one().sex = "男"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (change_phone, ["手机号码"]),
        (change_picture, ["毕业证书照片"]),
        (a_score_is_corrected, ["学分与课程", "缺少成绩的说明"]),
        (the_roster_is_corrected, ["性别"]),
    ],
)
def test_a_stale_confirming_page_submits_nothing_and_shows_what_changed(
    browser: Browser, confirming: str, change: Any, what: list[str]
) -> None:
    change(elsewhere(browser), confirming)
    answer = submit_what_is_shown(browser, confirming)
    assert answer.status_code == 409
    assert Submission.query.count() == 0
    assert marked(browser.page) == what
    assert f"有 {len(what)} 项内容有改动" in browser.page
    assert "确认无误，提交申请" in browser.page


def test_what_the_fresh_page_shows_is_submitted(browser: Browser, confirming: str) -> None:
    change_phone(elsewhere(browser), confirming)
    assert submit_what_is_shown(browser, confirming).status_code == 409
    assert OTHER_PHONE in browser.page
    assert submit_what_is_shown(browser, confirming).status_code == 303
    assert Submission.query.one().content.values["profile.phone"] == OTHER_PHONE


@pytest.mark.parametrize(
    "given", [{"version": None}, {"version": "x"}, {"shown": None}, {"version": None, "shown": None}]
)
def test_a_form_that_does_not_say_what_its_page_showed_submits_nothing(
    browser: Browser, confirming: str, given: dict[str, str | None]
) -> None:
    assert submit_what_is_shown(browser, confirming, **given).status_code == 409
    assert Submission.query.count() == 0
    assert "确认无误，提交申请" in browser.page
    assert submit_what_is_shown(browser, confirming).status_code == 303


@pytest.mark.parametrize("change", [change_phone, change_picture])
def test_the_version_alone_tells_a_stale_page(browser: Browser, confirming: str, change: Any) -> None:
    change(elsewhere(browser), confirming)
    given = {"csrf_token": build.csrf_of(browser.page), "version": confirm_fields(browser.page)["version"]}
    answer = browser.client.post(f"{confirming}/confirm", data={**given, "act": "next"})
    assert answer.status_code == 409
    assert "还没有提交" in answer.text
    assert Submission.query.count() == 0


def test_an_application_that_was_only_looked_at_elsewhere_is_submitted(browser: Browser, confirming: str) -> None:
    other = elsewhere(browser)
    for step in ("profile", "statement", "confirm"):
        other.get(f"{confirming}/{step}")
    assert submit_what_is_shown(browser, confirming).status_code == 303


def test_withdrawn_and_changed_it_is_not_submitted_again_by_the_old_page(browser: Browser, confirming: str) -> None:
    old = browser.page
    submit_what_is_shown(browser, confirming)
    other = elsewhere(browser)
    other.get(f"{confirming}/withdraw")
    other.post(f"{confirming}/withdraw")
    change_phone(other, confirming)
    browser.page = old
    assert submit_what_is_shown(browser, confirming).status_code == 409
    assert Submission.query.count() == 1


def test_by_htmx_a_fragment_with_the_new_version_comes(browser: Browser, confirming: str) -> None:
    change_phone(elsewhere(browser), confirming)
    fields = {**confirm_fields(browser.page), "csrf_token": build.csrf_of(browser.page), "act": "next"}
    answer = browser.client.post(f"{confirming}/confirm", data=fields, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "<!doctype" not in answer.text
    assert int(confirm_fields(answer.text)["version"]) > int(fields["version"])


@pytest.fixture
def fixing(client: FlaskClient) -> tuple[Browser, Desk]:
    desk = returned(NUMBER, STATEMENT)
    return open_fixes(client, desk), desk


REPLIES = {f"reply.{NUMBER}": "核对过，没有错", f"reply.{STATEMENT}": "没有错"}


def test_a_stale_page_of_fixes_keeps_what_was_typed_and_submits_nothing(fixing: tuple[Browser, Desk]) -> None:
    browser, desk = fixing
    browser.get(url(desk))
    other = elsewhere(browser)
    other.get(f"/applications/{desk.public_id}/profile?back=fixes")
    other.post(
        f"/applications/{desk.public_id}/profile",
        act="next",
        **{**build.answers()["profile"], "phone": OTHER_PHONE, "back": "fixes"},
    )
    answer = browser.post(url(desk), act="next", **{**confirm_fields(browser.page), **REPLIES})
    assert answer.status_code == 409
    assert marked(browser.page) == ["手机号码"]
    assert "核对过，没有错" in browser.page
    assert desk.row.state == "returned"
    assert browser.post(url(desk), act="next", **{**confirm_fields(browser.page), **REPLIES}).status_code == 303
    assert desk.submission.content.values["profile.phone"] == OTHER_PHONE


@pytest.mark.parametrize("version", [None, "x"])
def test_fixes_without_a_version_are_not_submitted(fixing: tuple[Browser, Desk], version: str | None) -> None:
    browser, desk = fixing
    browser.get(url(desk))
    given = {**confirm_fields(browser.page), **REPLIES, "version": version}
    assert browser.post(url(desk), act="next", **given).status_code == 409
    assert "核对过，没有错" in browser.page
    assert desk.row.state == "returned"


def test_a_page_of_fixes_that_saved_itself_is_not_stale(fixing: tuple[Browser, Desk]) -> None:
    browser, desk = fixing
    browser.get(url(desk))
    fields = confirm_fields(browser.page)
    saved = browser.client.post(url(desk), data={**fields, **REPLIES, "act": "autosave"})
    again = {**fields, "version": str(saved.json["version"])}
    answer = browser.client.post(url(desk), data={**again, **REPLIES, "act": "next"})
    assert answer.status_code == 303
    assert desk.row.state == "school_review"


def test_the_prints_of_items_go_through_a_form_and_tell_each_difference() -> None:
    items = [Item("a.one", "一", "1"), Item("a.two", "二", "2"), Item("a.photo", "照片", "800×600", "p1", "ab")]
    prints = read_prints(write_prints(items))
    assert prints == {item.key: print_of(item) for item in items}
    now = [Item("a.one", "一", "1"), Item("a.photo", "照片", "800×600", "p2", "cd"), Item("a.new", "新", "")]
    assert SeenItems(1, prints, whole=True).differences(now) == ["a.photo", "a.new", "a.two"]
    assert SeenItems(1, prints).differences(now) == ["a.photo", "a.two"]
    assert not SeenItems(1).differs(1, now)
    assert SeenItems(1, whole=True).differs(1, now)
    assert SeenItems(None).differs(1, now)
    assert SeenItems(1).differs(2, now)
    assert read_prints("= a= =b junk") == {"a": "", "": "b"}
