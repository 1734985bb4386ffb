"""站内消息: one for every change of state, read one by one; nobody reads or marks anybody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.people.messages import TEXTS, subject
from app.extensions import db
from app.models import Message
from app.rules.review.lifecycle import TRANSITIONS
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import returning, submitted


def listed(page: str) -> list[tuple[str, str]]:
    """What the list says of each message: read or not, and its subject."""
    return re.findall(r'<span class="tag[^>]*>(已读|未读)</span>\s*<a [^>]*>([^<]*)</a>', page)


def links(page: str) -> list[str]:
    return re.findall(r'href="(/messages/\d+)"', page)


@pytest.fixture
def returned(client, app):
    desk = submitted()
    desk.decide("return", builders.staff(), returning("prior_degree.diploma_number"))
    builders.sign_in(client, tick=desk.ticket)
    return desk


def test_every_arrow_of_the_lifecycle_has_its_words():
    assert {arrow.name for arrow in TRANSITIONS} == set(TEXTS)


def test_every_change_is_told_the_latest_first_and_counted_on_the_home_page(client, returned):
    assert "2 条未读" in client.get("/").text
    assert listed(client.get("/messages").text) == [("未读", "审核未通过"), ("未读", "已提交")]
    assert subject(TEXTS["return_school"]) == "审核未通过"


def test_opening_one_marks_that_one_read_and_no_other(client, returned, app):
    first, second = links(client.get("/messages").text)
    app.clock.now = NOW + timedelta(minutes=5)
    page = client.get(first).text
    assert TEXTS["return_school"] in page
    assert f'href="/applications/{returned.public_id}"' in page
    assert listed(client.get("/messages").text) == [("已读", "审核未通过"), ("未读", "已提交")]
    assert "1 条未读" in client.get("/").text
    assert f'href="{second}"' in page  # 下一条未读
    assert "下一条未读" not in client.get(second).text
    assert "没有未读消息" in client.get("/").text


def test_the_first_opening_is_the_one_that_is_kept(client, returned, app):
    first = links(client.get("/messages").text)[0]
    client.get(first)
    app.clock.now = NOW + timedelta(minutes=9)
    client.get(first)
    assert db.session.scalars(select(Message.read_at).where(Message.read_at.is_not(None))).all() == [NOW]


def test_by_htmx_a_fragment_comes_and_the_message_is_read_all_the_same(client, returned):
    page = client.get("/messages").text
    first = links(page)[0]
    assert f'hx-get="{first}"' in page
    part = client.get(first, headers={"HX-Request": "true"}).text
    assert "<!doctype" not in part
    assert TEXTS["return_school"] in part
    assert "1 条未读" in client.get("/").text


def test_what_a_browser_fetches_ahead_is_not_read(client, returned):
    first = links(client.get("/messages").text)[0]
    assert client.get(first, headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert "2 条未读" in client.get("/").text


def test_reading_all_counts_only_what_was_shown(client, returned):
    page = client.get("/messages").text
    shown = re.search(r'name="until" value="(\d+)"', page)[1]
    token = csrf_of(page)
    client.post("/messages", data={"csrf_token": token, "until": str(int(shown) - 1)})
    assert "1 条未读" in client.get("/").text
    client.post("/messages", data={"csrf_token": token, "until": shown})
    assert "没有未读消息" in client.get("/").text
    assert "全部标为已读" not in client.get("/messages").text


def test_nobody_reads_or_marks_anybody_elses(client, returned, app):
    first = links(client.get("/messages").text)[0]
    stranger = app.test_client()
    builders.sign_in(stranger, tick=builders.ticket(builders.examinee()))
    page = stranger.get("/messages").text
    assert listed(page) == []
    assert stranger.get(first).status_code == stranger.get("/messages/99999").status_code == 404
    stranger.post("/messages", data={"csrf_token": csrf_of(page), "until": "999"})
    assert "2 条未读" in client.get("/").text


def test_a_decision_that_fails_tells_nothing(client, returned):
    before = listed(client.get("/messages").text)
    with pytest.raises(Exception, match="内容已更新"):
        returned.decide("pass", builders.staff())
    assert listed(client.get("/messages").text) == before
