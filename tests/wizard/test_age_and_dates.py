"""What looks wrong is asked about, and a time says its day when that is not today's."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Application
from app.models.base import transaction
from app.rules.calendar import lately
from app.rules.evidence.kinds import diploma_age_question
from tests import builders as build
from tests.builders import NOW
from tests.wizard.test_changing_from_confirm import confirmed, given
from tests.wizard.test_wizard import Browser, begin, browser, fill, tick

__all__ = ["browser", "tick"]
ASKED = "你还不满 14 岁"


@pytest.mark.parametrize(
    ("year", "month", "asked"),
    [(2009, 2, True), (2009, 3, False), (2009, None, False), (2008, None, True), (2018, 6, False), (None, None, False)],
)
def test_a_diploma_before_one_was_fourteen_is_asked_about(year: int | None, month: int | None, asked: bool) -> None:
    assert bool(diploma_age_question(year, month, date(1995, 3, 2))) is asked
    assert diploma_age_question(year, month, None) is None


def test_the_question_stands_on_the_step_and_on_the_confirm_page_and_stops_nothing(browser: Browser) -> None:
    url = confirmed(browser)
    assert ASKED not in browser.get(f"{url}/prior-degree")
    early = given("prior_degree", diploma_year="2005", proof_kind="record")
    assert browser.post(f"{url}/prior-degree", act="choose", **early).status_code == 303
    assert f"2005 年 6 月{ASKED}（1995 年 3 月出生）" in browser.page
    for name in ("diploma_year", "diploma_month"):  # either asks the server anew
        assert re.search(rf'<select id="{name}"[^>]* hx-post="{url}/prior-degree"', browser.page), name
    browser.post(f"{url}/prior-degree", act="choose", **early | {"diploma_year": "2009", "diploma_month": "3"})
    assert ASKED not in browser.page
    browser.post(f"{url}/prior-degree", act="choose", **early | {"diploma_year": "2009", "diploma_month": "2"})
    assert f"2009 年 2 月{ASKED}" in browser.page
    assert browser.post(f"{url}/prior-degree", act="next", **early).location == f"{url}/confirm"
    assert f'<span class="doubt">2005 年 6 月{ASKED}' in browser.page
    assert "需要修改" not in browser.page


def test_a_time_has_its_day_unless_it_is_today() -> None:
    assert lately(NOW, NOW + timedelta(hours=11)) == "12:00"
    assert lately(NOW, NOW + timedelta(hours=12)) == "11 月 24 日 12:00"
    assert lately(NOW, NOW + timedelta(days=40)) == "2026 年 11 月 24 日 12:00"


def test_a_draft_of_yesterday_says_so(browser: Browser, app: Flask) -> None:
    url = begin(browser)
    fill(browser, url)
    assert "已保存 12:00" in browser.get(f"{url}/statement")
    with transaction() as session:
        session.merge(Application.query.one()).saved_at = NOW - timedelta(days=1)
    assert "已保存 11 月 23 日 12:00" in browser.get(f"{url}/statement")


def test_wrong_scores_lead_to_the_school_and_its_phone(client: FlaskClient) -> None:
    build.school()
    tick = build.ticket(build.examinee())
    build.scores(tick, {"00540": "55"}, session="2026-10")
    build.scores(tick, {"00541": "75"}, session="2026-04")
    build.sign_in(client, tick=tick)
    for page in ("/scores/latest", "/scores/history"):
        said = client.get(page).text
        assert '成绩有误，请联系主考学校 <b>华东某大学</b>，电话 <b class="nowrap">021-0000 0001</b>' in said, page


def test_wrong_scores_of_a_ticket_without_a_school_lead_to_somebody_too(client: FlaskClient) -> None:
    tick = build.ticket(build.examinee(), school_code="")
    build.scores(tick, {"00540": "55"})
    build.sign_in(client, tick=tick)
    assert "成绩有误，请联系主考学校" in client.get("/scores/latest").text


def test_an_ended_sign_in_is_explained_and_a_first_one_is_not_called_ended(app: Flask, client: FlaskClient) -> None:
    fresh = app.test_client()
    assert "登录已过期" not in fresh.get("/orders", follow_redirects=True).text
    assert "这一页要登录后才能看" in fresh.get("/orders", follow_redirects=True).text
    assert "登录后就会打开" not in fresh.get("/", follow_redirects=True).text
    build.sign_in(client, tick=build.ticket(build.examinee()))
    assert client.get("/orders").status_code == 200
    app.clock.now = NOW + timedelta(minutes=31)  # type: ignore[attr-defined]
    page = client.get("/orders", follow_redirects=True).text
    assert "登录已过期，请重新登录。" in page
    assert "30 分钟没有操作" in page
    assert 'name="next" value="/orders"' in page
    build.sign_in(client, person=build.staff(), on=app.clock.now)  # type: ignore[attr-defined]
    app.clock.now += timedelta(minutes=16)  # type: ignore[attr-defined]
    assert "15 分钟没有操作" in client.get("/staff/applications", follow_redirects=True).text
