"""A one-time code for an examinee: fresh proof, a limit and an alarm for who gives it, told to the person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from app.actions.people import resets
from app.actions.people.accounts import issue_reset_code
from app.extensions import db
from app.models import AuditEvent, LoginSession
from app.models.base import transaction
from app.rules.calendar import local, wait_in_words
from app.rules.people.roles import Actor
from app.security import throttle
from app.security.throttle import Limit
from tests import builders
from tests.builders import NOW, csrf_of, refresh
from tests.reviewing import submitted

PEOPLE = "/staff/examinees"
KEY = b"k" * 32


@pytest.fixture
def desk(app):
    return submitted(name="林晓雯")


@pytest.fixture
def reviewer(client, desk):
    person = builders.staff(name="周明")
    builders.sign_in(client, person=person)
    return person


def reset(client, person: Any, **more: str) -> Any:
    form = {"csrf_token": csrf_of(client.get(PEOPLE).text), "act": "reset", "checked": "1", **more}
    return client.post(f"{PEOPLE}/{person.id}", data=form)


def test_a_code_wants_fresh_proof_and_the_tick_is_back(client, desk, reviewer):
    with transaction() as session:
        old = NOW - timedelta(minutes=6)
        session.execute(update(LoginSession).where(LoginSession.staff_id == reviewer.id).values(proved_at=old))
    answer = reset(client, desk.person)
    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/staff/confirm")
    assert refresh(desk.person).reset_hash is None
    page = client.get(parse_qs(urlsplit(answer.location).query)["next"][0]).text
    assert 'name="checked" value="1" checked' in page
    assert 'class="code"' not in page


def test_the_examinee_is_told_at_home_and_in_the_messages(client, app, desk, reviewer):
    reset(client, desk.person)
    own = app.test_client()
    builders.sign_in(own, tick=desk.ticket)
    page = own.get("/").text
    assert "你的密码由学校10574在" in page
    assert "重置，原来的密码已作废" in page
    assert "周明" not in page
    link = page.split("重置，原来的密码已作废")[1].split('href="')[1].split('"')[0]
    assert own.get("/messages").status_code == 200
    read = own.get(link)
    assert (read.status_code, "重置，原来的密码已作废" in read.text) == (200, True)
    assert "/applications/" not in read.text.split("<article")[1].split("</article")[0]
    assert "重置，原来的密码已作废" not in own.get("/").text  # known; it stays in the list
    assert "你的密码由" in own.get("/messages").text


def test_codes_have_a_limit_a_day_and_an_alarm_for_who_gives_them(client, app, desk, reviewer, monkeypatch):
    monkeypatch.setattr(resets, "EXAMINEES", resets.Kind("examinees", "考生密码", Limit(3, timedelta(days=1)), 2))
    people = [desk.person, *(submitted().person for _ in range(3))]
    assert [reset(client, each).status_code for each in people] == [200, 200, 200, 429]
    assert refresh(people[-1]).reset_hash is None
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "alarm.many_resets")).one()
    assert event.actor_id == reviewer.id
    admin = app.test_client()
    builders.sign_in(admin, person=builders.staff("admin"))
    assert "一天重置密码过多：周明，种类 考生密码；次数 3" in admin.get("/staff").text
    assert issue_reset_code(people[-1].id, by=Actor("system", None, "命令行"), secret=KEY, on=NOW)


def test_a_second_click_is_one_reset_and_its_code_the_valid_one(client, desk, reviewer):
    token = {"form_token": "b" * 32}
    codes = [reset(client, desk.person, **token).text.split('class="code">')[1].split("<")[0] for _ in range(2)]
    assert codes[0] != codes[1]
    made = db.session.scalars(select(AuditEvent.id).where(AuditEvent.action == "examinee.reset_code")).all()
    assert len(made) == 1


def test_the_page_of_a_daily_limit_says_what_is_used_up_and_when_it_is_not(client, desk, reviewer, monkeypatch):
    """Not that one was too quick and may come back in some minutes: the day's number is used up, until midnight."""
    monkeypatch.setattr(throttle, "REVEALS", Limit(1, timedelta(days=1)))
    monkeypatch.setattr(resets, "EXAMINEES", resets.Kind("examinees", "考生密码", Limit(1, timedelta(days=1)), 9))
    people = [submitted().person for _ in range(2)]
    here = [f"{PEOPLE}/{each.id}" for each in people]
    shown = [client.post(each, data={"csrf_token": csrf_of(client.get(each).text), "act": "reveal"}) for each in here]
    given = [reset(client, each) for each in people]
    midnight = local(NOW).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    seconds = int((midnight - NOW).total_seconds())
    assert seconds % 3600 == 0
    for answers, words in ((shown, "今天查看的证件号码已达 200 个"), (given, "你今天已重置 1 次考生密码")):
        assert [each.status_code for each in answers] == [200, 429]
        refused = answers[1]
        assert refused.headers["Retry-After"] == str(seconds)
        assert words in refused.text
        assert f"大约 {seconds // 3600} 小时以后可以再试" in refused.text
        assert "短时间" not in refused.text
        assert "几分钟" not in refused.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 秒"), (60, "60 秒"), (90, "90 秒"), (91, "2 分钟"), (900, "15 分钟"), (5400, "90 分钟"), (5401, "2 小时"), (86400, "24 小时")],
)  # fmt: skip
def test_a_time_of_waiting_is_rounded_up(seconds, words):
    assert wait_in_words(seconds) == words
