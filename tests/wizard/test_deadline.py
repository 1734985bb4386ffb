"""Every step says until when; after it every way to write says the same: when it ended, what becomes of the draft, whom to call."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.actions.windows.own import window_facts
from app.models import Application, SiteText
from app.rules.closing import closed_words
from app.services.graduation import GRADUATION
from tests import builders as build
from tests.builders import NOW
from tests.wizard.test_discard import KEPT
from tests.wizard.test_wizard import Browser, browser, photo, tick

__all__ = ["browser", "tick"]
PAGES = ("/", "/services", "/services/graduation")
HURRY = "还剩 25 分钟</time><span data-hurry>，请尽快提交</span>"
STEPS = [step.slug for step in GRADUATION.steps]


@pytest.fixture
def draft(app: Flask, tick: Any) -> Any:
    build.store(SiteText(key="contact_phone", value="021-6400 0000"))
    window = build.window(
        name="2027 年", opens_at=NOW - timedelta(days=1), closes_at=NOW + timedelta(hours=2, minutes=5)
    )
    made = build.application(tick, window, answers=build.answers(), reached="confirm", at_step="confirm")
    return f"/applications/{made.public_id}"


def later(browser: Browser, app: Flask, by: timedelta) -> None:
    """So much later, signed in again."""
    app.clock.now = NOW + by  # type: ignore[attr-defined]
    build.sign_in(browser.client, tick=build.ticket_of(Application.query.one()), on=NOW + by)
    browser.get("/services/graduation")


def test_a_draft_that_came_too_late_stands_once_among_all_services_and_its_progress_has_ended(
    browser: Browser, draft: str, app: Flask
) -> None:
    later(browser, app, timedelta(hours=3))
    assert browser.get("/services").count(f'href="{draft}"') == 1
    page = browser.get(draft)
    assert "填写并提交" not in page
    assert "<b>已截止，未提交</b>" in page


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_until_when_and_how_long(browser: Browser, draft: str, step: str) -> None:
    page = browser.get(f"{draft}/{step}")
    found = re.search(
        r'<p class="deadline">办理截止：<b>([^<]+)</b>（北京时间），<time [^>]*data-warn="办理截止"[^>]*>还剩 2 小时 5 分钟',
        page,
    )
    assert found, page[:3000]


def test_the_drafts_cards_say_so_too(browser: Browser, draft: str) -> None:
    for url in ("/", "/services", draft):
        assert "还剩 2 小时 5 分钟</time>" in browser.get(url), url


def test_every_page_has_the_closing_words_ready_for_when_it_is_left_open(
    browser: Browser, draft: str, app: Flask
) -> None:
    shown = {}
    for url in (*PAGES, draft, f"{draft}/statement"):
        page = browser.get(url)
        waits = re.findall(r'data-until="[^"]+"(?: data-over="([^"]*)")?', page)
        notes = dict(re.findall(r'<div class="note bad" id="([^"]+)" tabindex="-1" hidden>(.*?)</div>', page, re.S))
        assert set(waits) == set(notes) != set(), url
        shown[url] = {re.sub(r"\s+", "", note) for note in notes.values()}
    assert len(set().union(*shown.values())) == 1  # the same words on all of them
    later(browser, app, timedelta(hours=3))
    for url in (*PAGES, draft):
        page = browser.get(url)
        assert shown[url] == {
            re.sub(r"\s+", "", note)
            for note in re.findall(r'<div class="note bad" data-closed="[^"]+">(.*?)</div>', page, re.S)
        }  # marked: script asks now and then whether it still holds
        assert "请尽快提交" not in page
    later(browser, app, timedelta(days=40))
    assert "草稿都还在" not in browser.get("/")


def test_in_the_last_half_hour_a_page_without_script_asks_to_hurry(browser: Browser, draft: str, app: Flask) -> None:
    later(browser, app, timedelta(hours=1, minutes=40))
    for url in (f"{draft}/statement", *PAGES, draft):
        page = browser.get(url)
        assert HURRY in page, url
        assert "请尽快提交" not in page.replace(HURRY, ""), url  # script takes it away when the time is over


def test_in_the_last_minute_the_words_have_no_blank(browser: Browser, draft: str, app: Flask) -> None:
    later(browser, app, timedelta(hours=2, minutes=4, seconds=30))
    for url in (*PAGES, draft, f"{draft}/statement"):
        page = browser.get(url)
        assert "还剩不到 1 分钟</time>" in page, url
        assert "还剩 不到" not in page, url


def test_after_closing_save_upload_and_submit_say_the_same(browser: Browser, draft: str, app: Flask) -> None:
    said = []
    later(browser, app, timedelta(hours=3))
    token = {"csrf_token": build.csrf_of(browser.page), "version": "1"}
    post = browser.client.post
    typed = {**token, "statement": "我写的"}
    script = {"HX-Request": "true", "X-Autosave": "1"}
    said.append(post(f"{draft}/statement", data={**typed, "act": "autosave"}, headers=script).get_json())
    file = {"diploma_photo": (io.BytesIO(photo()), "a.jpg")}
    upload = {"HX-Request": "true", "X-Upload": "1"}
    said.append(post(f"{draft}/prior-degree/diploma_photo", data={**token, **file}, headers=upload).get_json())
    words = said[0]["message"]
    assert said == [{"message": words, "closed": True, "both": False}] * 2
    for part in (
        "办理时间已于 ",
        "（北京时间）截止",
        "草稿都还在",
        "021-6400 0000",
        "电话 ",
        "工作人员可以为你单独延长",
    ):
        assert part in words
    head, rest = words[: words.index("。") + 1], words[words.index("。") + 1 :]
    for url, fields in ((f"{draft}/statement", typed), (f"{draft}/confirm", {**token, "act": "next"})):
        answer = post(url, data=fields)
        assert answer.status_code == 409
        assert head in answer.text
        assert rest in build.plain_phones(answer.text)
    refused = post(f"{draft}/statement", data=typed).text
    assert "我写的" in refused
    assert "回去后粘贴" not in refused  # there is no place to go back to
    assert "延长以后，再粘贴到草稿里" in refused
    page = browser.get(f"{draft}/statement")  # leads to the application
    assert head in page
    assert rest in build.plain_phones(page)
    assert "内容已在别处更新" not in page + words


def test_a_late_save_gives_back_only_what_is_not_stored(browser: Browser, draft: str, app: Flask) -> None:
    later(browser, app, timedelta(hours=3))
    token = {"csrf_token": build.csrf_of(browser.page), "version": "1"}
    for step, changed in (
        ("prior-degree", {"diploma_remark": "写在截止以后"}),
        ("profile", {"address": "上海市黄浦区某路 2 号"}),
        ("statement", {}),
    ):
        stored = build.answers()[step.replace("-", "_")]
        sent = {**stored, "statement": f"  {build.STATEMENT}\r\n"} if step == "statement" else {**stored, **changed}
        page = browser.client.post(f"{draft}/{step}", data={**token, **sent})
        assert page.status_code == 409
        assert [text for _, text in KEPT.findall(page.text)] == list(changed.values()), step


def test_a_window_that_was_put_off_is_not_called_closed(app: Flask) -> None:
    window = build.window(opens_at=NOW + timedelta(days=1), closes_at=NOW + timedelta(days=2))
    assert str(closed_words(window_facts(window), False, NOW, "主考学校", {})).startswith("办理时间从 ")
