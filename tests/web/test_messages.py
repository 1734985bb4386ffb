"""站内消息: one for every change of state, with the state of being read; nobody reads anybody else's."""

from __future__ import annotations

import re

import pytest

from app.actions.messages import TEXTS
from app.rules.lifecycle import TRANSITIONS
from tests import builders
from tests.builders import csrf_of
from tests.desk import returning, submitted


def texts(page: str) -> list[str]:
    return re.findall(r"<p>(.*?)</p></article>", page.replace("\n", ""))


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
    assert texts(client.get("/messages").text) == [TEXTS["return_school"], TEXTS["submit"]]
    assert client.get("/messages").text.count("未读") == 2


def test_reading_is_said_by_a_button_and_counts_only_what_was_shown(client, returned):
    page = client.get("/messages").text
    shown = re.search(r'name="until" value="(\d+)"', page)[1]
    token = csrf_of(page)
    client.post("/messages", data={"csrf_token": token, "until": str(int(shown) - 1)})
    assert "1 条未读" in client.get("/").text
    client.post("/messages", data={"csrf_token": token, "until": shown})
    assert "没有未读消息" in client.get("/").text


def test_nobody_reads_or_marks_anybody_elses(client, returned, app):
    stranger = app.test_client()
    builders.sign_in(stranger, tick=builders.ticket(builders.examinee()))
    page = stranger.get("/messages").text
    assert texts(page) == []
    stranger.post("/messages", data={"csrf_token": csrf_of(page), "until": "999"})
    assert "2 条未读" in client.get("/").text


def test_a_decision_that_fails_tells_nothing(client, returned):
    before = texts(client.get("/messages").text)
    with pytest.raises(Exception, match="内容已更新"):
        returned.decide("pass", builders.staff())
    assert texts(client.get("/messages").text) == before
