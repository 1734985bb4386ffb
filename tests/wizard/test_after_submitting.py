"""After submitting: what was sent can be read with its pictures, and what comes next with its usual time."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from app.models import Application, SiteText, Window
from app.models.base import transaction
from tests import builders as build
from tests.builders import NOW
from tests.reviewing import submitted
from tests.wizard.test_wizard import Browser, begin, browser, fill, tick

__all__ = ["browser", "tick"]


def sent(browser: Browser) -> str:
    url = begin(browser)
    fill(browser, url)
    browser.post(f"{url}/confirm", act="next")
    assert Application.query.one().state == "school_review"
    return url


def test_the_content_can_be_read_with_its_pictures(browser: Browser) -> None:
    url = sent(browser)
    page = browser.get(url)
    content = page[page.index('id="submitted"') :]
    for text in ("13812345678", build.STATEMENT, "103311201806001234", "A1B2C3D4E5F6G7H8", "核实个人信息"):
        assert text in content
    assert "310101199503" not in content  # the ID number is masked
    assert "证件号码在这里遮住一部分；逐门课程和成绩随申请提交，这里只列合计。" in content
    pictures = re.findall(r'<img src="(/evidence/\w+)"', content)
    assert len(pictures) == 2
    for picture in pictures:
        assert browser.client.get(picture).status_code == 200


def test_it_shows_what_was_submitted_not_what_is_typed_now(app: Flask, client: FlaskClient) -> None:
    desk = submitted()
    with transaction() as session:
        row = session.merge(desk.row)
        row.answers = {**row.answers, "statement": {"statement": "后来改的"}}
    build.sign_in(client, tick=desk.ticket, on=app.clock.now)  # type: ignore[attr-defined]
    page = client.get(f"/applications/{desk.public_id}").text
    assert build.STATEMENT in page
    assert "后来改的" not in page


def test_a_draft_has_nothing_to_show_and_neither_has_one_that_was_taken_back(browser: Browser) -> None:
    url = begin(browser)
    assert 'id="submitted"' not in browser.get(url)


def test_what_comes_next_and_how_long_it_usually_takes(browser: Browser) -> None:
    with transaction() as session:
        session.merge(Window.query.one()).review_days = 12
    page = browser.get(sent(browser))
    ahead = re.search(r"<b>接下来：</b>([^<]+)", page)
    assert ahead
    assert ahead[1].strip().startswith("主考学校初审 → 考办终审 → 支付毕业审定费（")
    assert "→ 办结。" in ahead[1]
    assert "从提交（2026 年 11 月 24 日）算起，审核通常需要 <b>12 个工作日</b>" in page
    assert "由 华东某大学 审核" in page


def test_at_the_office_it_does_not_name_the_school_as_who_reviews(app: Flask, client: FlaskClient) -> None:
    build.store(SiteText(key="contact_phone", value="021-5555 0000"))
    app.extensions.pop("kaoji.site", None)
    desk = submitted()
    desk.decide("pass", build.staff())
    build.sign_in(client, tick=desk.ticket, on=app.clock.now)  # type: ignore[attr-defined]
    page = client.get(f"/applications/{desk.public_id}").text
    assert "由考办审核，电话 021-5555 0000" in page
    assert not re.search(r"由 \S+ 审核", page)


def test_a_round_that_says_no_time_promises_none(browser: Browser) -> None:
    page = browser.get(sent(browser))
    assert "接下来" in page
    assert "个工作日" not in page


def test_a_time_out_of_reach_is_refused() -> None:
    from dataclasses import replace

    from app.actions.windows.own import window_facts

    facts = window_facts(
        Window(
            service="graduation",
            name="甲",
            opens_at=NOW,
            closes_at=NOW.replace(month=12),
            fee=0,
            stages=2,
            strict_files=False,
            notice="",
            options={},
            review_days=0,
            version=1,
        )
    )
    assert replace(facts, review_days=250).problems() == []
    assert [name for name, _ in replace(facts, review_days=251).problems()] == ["review_days"]
