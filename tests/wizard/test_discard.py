"""舍弃草稿: asked first, audited; files do not stay behind, and what was submitted is never deleted."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.evidence.sweep import sweep
from app.extensions import db
from app.models import Application, AuditEvent, Evidence, Submission, Window
from app.models.base import transaction
from app.rules.calendar import moment
from tests import builders as build
from tests.builders import NOW
from tests.wizard.test_wizard import Browser, begin, browser, fill, photo, tick

__all__ = ["browser", "tick"]  # fixtures
KEPT = re.compile(
    r'<label for="kept-\d+">([^<]*)</label>\s*<button[^>]*data-copy.*?<textarea[^>]*>\n?([^<]*)<', re.DOTALL
)
"""Label and text of what is given back, each with its 复制."""


def row() -> Application:
    return db.session.scalars(select(Application).execution_options(populate_existing=True)).one()


def files(app: Flask) -> int:
    return sum(path.is_file() for path in (app.extensions["kaoji"].instance / "evidence").rglob("*"))


def acts() -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.action.like("application.%")).order_by(AuditEvent.id)
    return list(db.session.scalars(query))


@pytest.fixture
def draft(browser: Browser) -> str:
    """The address of a complete draft with two pictures."""
    address = begin(browser)
    fill(browser, address)
    return address


def discard(browser: Browser, address: str) -> Any:
    browser.get(f"{address}/discard")
    return browser.post(f"{address}/discard")


@pytest.mark.parametrize("place", ["", "/statement", "/confirm", "/services/graduation"])
def test_it_can_be_found_and_asks_first(browser: Browser, draft: str, place: str) -> None:
    page = browser.get(place if place.startswith("/services") else draft + place)
    assert f'<a href="{draft}/discard">舍弃草稿</a>' in page
    asked = browser.get(f"{draft}/discard")
    for words in ("不能恢复", "2 张照片", moment(NOW + timedelta(days=13)), "重新点“立即申请”"):
        assert words in asked
    main = asked[asked.index("<main") :]
    assert re.findall(r'class="btn ([^"]*)"[^>]*>([^<]+)', main) == [
        ("primary big", "不舍弃，继续填写"),
        ("bad big", "舍弃草稿"),
    ]
    assert row().answers["statement"]
    assert Evidence.query.count() == 2


@pytest.mark.parametrize(("closed", "words"), [(False, "或想从头填起"), (True, "这份草稿不再需要")])
def test_a_fresh_start_is_offered_only_while_there_can_be_one(
    browser: Browser, draft: str, closed: bool, words: str
) -> None:
    if closed:
        with transaction() as session:
            session.merge(Window.query.one()).closes_at = NOW - timedelta(seconds=1)
    for place in (draft, f"{draft}/statement"):
        page = browser.get(place)
        offered = [text for text in ("或想从头填起", "这份草稿不再需要") if text in page]
        assert offered == [words], place


def test_nothing_of_it_stays_and_no_file_is_orphaned(browser: Browser, draft: str, app: Flask) -> None:
    assert files(app) == 2
    assert discard(browser, draft).location == "/"
    assert "草稿已舍弃" in browser.page
    assert "还没有提交" not in browser.page
    assert "已开放" in browser.page
    assert Evidence.query.count() == 0
    assert files(app) == 0
    assert sweep(app.extensions["kaoji.store"], on=NOW + timedelta(days=1)) == (0, 0)
    assert build.STATEMENT not in str(row().answers)
    assert acts() == ["application.started", "application.discarded"]


def test_the_second_click_is_the_same_act(browser: Browser, draft: str) -> None:
    asked = browser.get(f"{draft}/discard")
    for _ in range(2):
        browser.page = asked
        assert browser.post(f"{draft}/discard").status_code in (303, 409)
    assert acts().count("application.discarded") == 1


def test_one_begins_anew_with_nothing_filled_in(browser: Browser, draft: str) -> None:
    discard(browser, draft)
    browser.get("/services/graduation")
    assert "立即申请" in browser.page
    assert browser.post("/services/graduation").location == f"{draft}/notice"
    browser.post(f"{draft}/notice", act="next")
    assert 'id="address"' in browser.page
    assert build.answers()["profile"]["address"] not in browser.page
    assert build.STATEMENT not in str(row().answers)
    fill(browser, draft)
    browser.get(f"{draft}/confirm")
    assert browser.post(f"{draft}/confirm", act="next").status_code == 303
    assert Submission.query.count() == 1
    assert acts().count("application.started") == 2


def test_its_pages_lead_to_the_business(browser: Browser, draft: str) -> None:
    discard(browser, draft)
    for place in ("", "/statement", "/discard", "/withdraw", "/fixes"):
        answer = browser.client.get(draft + place)
        assert (answer.status_code, answer.location) == (303, "/services/graduation"), place


def test_what_was_typed_comes_back_as_the_page_words_it_and_says_where_to_begin_anew(
    browser: Browser, draft: str, app: Flask
) -> None:
    old = browser.get(f"{draft}/prior-degree")
    discard(browser, draft)
    browser.page = old
    sent = {"proof_kind": "report", "diploma_month": "7", "report_number": "RB12345"}
    assert browser.post(f"{draft}/prior-degree", act="next", **sent).status_code == 409
    kept = KEPT.findall(browser.page)
    assert dict(kept) == {
        "获取凭证时间（月）": "7 月",
        "第二种凭证": "中国高等教育学历认证报告",
        "报告编号": "RB12345",
    }
    ended = app.test_client().post(f"{draft}/prior-degree", data=sent).text  # signed out: no case is at hand
    assert KEPT.findall(ended)[0] == kept[1]
    assert "草稿已经舍弃" in browser.page
    assert 'href="/services/graduation">去申请毕业' in browser.page
    assert moment(NOW + timedelta(days=13)) in browser.page
    assert "现在的内容" not in browser.page
    app.clock.now = NOW + timedelta(days=20)
    build.sign_in(browser.client, tick=build.ticket_of(row()), on=app.clock.now)
    sent["csrf_token"] = build.csrf_of(browser.client.get("/").text)
    late = browser.client.post(f"{draft}/prior-degree", data=sent).text
    assert "这一次不能再办理" in late
    assert "RB12345" in late
    assert 'href="/services/graduation">去' not in late


@pytest.mark.parametrize("act", ["next", "autosave", "back"])
def test_a_page_left_open_gets_its_text_back_and_stores_nothing(browser: Browser, draft: str, act: str) -> None:
    old = browser.get(f"{draft}/statement")
    discard(browser, draft)
    browser.page = old
    answer = browser.post(f"{draft}/statement", act=act, statement="在另一个窗口里写的")
    assert answer.status_code == 409
    assert "这份草稿已经舍弃" in answer.text
    assert "在另一个窗口里写的" in answer.text
    assert "在另一个窗口里写的" not in str(row().answers)


def test_neither_picture_nor_submission_comes_to_a_discarded_draft(browser: Browser, draft: str, app: Flask) -> None:
    old = browser.get(f"{draft}/confirm")
    discard(browser, draft)
    browser.page = old
    assert browser.post(f"{draft}/confirm", act="next").status_code == 409
    browser.page = old
    sent = {"diploma_photo": (io.BytesIO(photo()), "a.jpg")}
    assert browser.post(f"{draft}/prior-degree/diploma_photo", **sent).status_code == 409
    assert files(app) == 0
    assert Submission.query.count() == 0


def test_a_draft_changed_elsewhere_is_not_discarded_unseen(browser: Browser, draft: str) -> None:
    asked = browser.get(f"{draft}/discard")
    other = Browser(browser.client)
    other.get(f"{draft}/statement")
    other.post(f"{draft}/statement", act="next", statement=build.STATEMENT + "又写了一段。")
    browser.page = asked
    browser.post(f"{draft}/discard")
    assert "没有舍弃" in browser.page
    assert row().discarded_at is None
    assert row().answers["statement"]["statement"].endswith("又写了一段。")


@pytest.mark.parametrize("version", [{"version": "abc"}, {"version": ""}, {}])
@pytest.mark.parametrize("act", ["discard", "withdraw"])
def test_a_form_that_does_not_say_what_it_showed_does_nothing(
    browser: Browser, draft: str, act: str, version: dict[str, str]
) -> None:
    if act == "withdraw":
        browser.get(f"{draft}/confirm")
        browser.post(f"{draft}/confirm", act="next")
    before = row().state
    token = {"csrf_token": build.csrf_of(browser.get(f"{draft}/{act}"))}
    answer = browser.client.post(f"{draft}/{act}", data={**token, **version}, follow_redirects=True)
    assert "没有舍弃" in answer.text or "这次没有撤回" in answer.text
    assert (row().state, row().discarded_at) == (before, None)


@pytest.fixture
def withdrawn(browser: Browser, draft: str) -> str:
    """Handed in, withdrawn, and one picture replaced since."""
    browser.get(f"{draft}/confirm")
    browser.post(f"{draft}/confirm", act="next")
    browser.get(f"{draft}/withdraw")
    browser.post(f"{draft}/withdraw")
    browser.get(f"{draft}/prior-degree")
    sent = {"diploma_photo": (io.BytesIO(photo((1300, 900))), "b.jpg")}
    assert browser.post(f"{draft}/prior-degree/diploma_photo", **sent).status_code == 303
    return draft


def test_what_was_submitted_stays_with_its_pictures(browser: Browser, withdrawn: str, app: Flask) -> None:
    before = Submission.query.one().document
    submitted = {one.sha256 for one in Evidence.query.filter_by(submitted=True)}
    asked = browser.get(f"{withdrawn}/discard")
    assert Submission.query.one().receipt in asked
    assert "1 张照片" in asked
    assert "不会删除" in asked
    discard(browser, withdrawn)
    assert Submission.query.one().document == before
    left = Evidence.query.all()
    assert {one.sha256 for one in left} == submitted
    assert not any(one.current for one in left)
    assert files(app) == 2
    assert sweep(app.extensions["kaoji.store"], on=NOW + timedelta(days=1)) == (0, 0)
    assert "已开放" in browser.get("/")


def test_handed_in_again_after_that_it_is_the_second_submission(browser: Browser, withdrawn: str) -> None:
    discard(browser, withdrawn)
    browser.get("/services/graduation")
    browser.post("/services/graduation")
    page = browser.get(withdrawn)
    told = [page.index(words) for words in ("已提交（已撤回）", "已撤回申请", "已舍弃草稿", "填写并提交")]
    assert told == sorted(told)
    assert "已完成：</span><b>已提交" not in page
    fill(browser, withdrawn)
    browser.get(f"{withdrawn}/confirm")
    assert browser.post(f"{withdrawn}/confirm", act="next").status_code == 303
    assert [one.number for one in Submission.query.order_by(Submission.id)] == [1, 2]


def test_after_the_closing_a_draft_can_still_be_discarded(browser: Browser, draft: str, app: Flask) -> None:
    app.clock.now = NOW + timedelta(days=20)
    build.sign_in(browser.client, tick=build.ticket_of(row()), on=app.clock.now)
    assert "这一次不能再办理" in browser.get(f"{draft}/discard")
    assert discard(browser, draft).status_code == 303
    assert Evidence.query.count() == 0
    assert draft not in browser.get("/")


def test_what_was_handed_in_cannot_be_discarded(browser: Browser, draft: str) -> None:
    asked = browser.get(f"{draft}/discard")
    form = {"csrf_token": build.csrf_of(asked)}
    browser.get(f"{draft}/confirm")
    browser.post(f"{draft}/confirm", act="next")
    assert browser.client.get(f"{draft}/discard").location == draft
    browser.client.post(f"{draft}/discard", data=form)
    assert row().state == "school_review"
    assert row().discarded_at is None


def test_nobody_discards_anybody_elses(browser: Browser, draft: str, app: Flask) -> None:
    stranger = app.test_client()
    build.sign_in(stranger, tick=build.ticket(build.examinee(name="别人")))
    form = {"csrf_token": build.csrf_of(stranger.get("/services/graduation").text)}
    assert stranger.get(f"{draft}/discard").status_code == 404
    assert stranger.post(f"{draft}/discard", data=form).status_code == 404
    assert row().discarded_at is None
