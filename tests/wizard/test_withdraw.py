"""撤回申请 asks first: what follows, and until when one can submit again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.applications.leases import SPAN, hold
from app.actions.applications.submit import submit
from app.actions.windows.extensions import extend
from app.extensions import db
from app.models import AuditEvent
from app.rules.calendar import moment
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, Desk, actor, myself, returning, submitted


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Desk:
    desk = submitted()
    builders.sign_in(client, tick=desk.ticket)
    return desk


def url(desk: Desk) -> str:
    return f"/applications/{desk.public_id}/withdraw"


def withdrawals() -> int:
    return len(db.session.scalars(select(AuditEvent.id).where(AuditEvent.action == "application.withdrawn")).all())


def form(page: str) -> dict[str, str]:
    version = re.search(r'name="version" value="(\d+)"', page)
    return {"csrf_token": csrf_of(page)} | ({"version": version[1]} if version else {})


def timeline(client: FlaskClient, desk: Desk) -> list[tuple[str, str, str]]:
    """What has come to pass and what is now: how it is meant, title, number."""
    page = client.get(f"/applications/{desk.public_id}").text
    rows = re.findall(
        r'<span class="visually-hidden">([^<]*)</span><b>([^<]*)</b>(?: ?<span class="num">([^<]*)<)?',
        page[page.index('<ol class="timeline">') :],
    )
    return [(how, title, number) for how, title, number in rows]


@pytest.mark.parametrize("place", ["", "/services/graduation"])
def test_no_button_withdraws_by_one_tap(client: FlaskClient, desk: Desk, place: str) -> None:
    page = client.get(place or f"/applications/{desk.public_id}").text
    main = page[page.index("<main") : page.index("</main>")]
    assert f'<a href="{url(desk)}">撤回申请</a>' in main
    assert "<form" not in main
    assert not re.search(r'class="btn[^"]*"[^>]*>\s*撤回', main)


def test_the_page_says_what_follows_and_until_when_and_changes_nothing(client: FlaskClient, desk: Desk) -> None:
    page = client.get(url(desk)).text
    assert desk.row.state == "school_review"
    assert desk.submission.receipt in page
    assert moment(desk.window.closes_at) in page
    assert "还剩 13 天" in page
    for words in ("申请回到草稿", "重新提交", "不再有效", "视为没有申请"):
        assert words in page
    main = page[page.index("<main") :]
    assert re.findall(r'class="btn ([^"]*)"[^>]*>([^<]+)', main) == [
        ("primary big", "不撤回，返回"),
        ("bad big", "撤回申请"),
    ]


def test_somebody_with_longer_time_is_told_his_own_end(client: FlaskClient, desk: Desk) -> None:
    until = desk.window.closes_at + timedelta(days=2)
    office = actor(builders.staff("office_reviewer"))
    extend(desk.ticket.id, desk.window.id, "apply", until, "系统故障", by=office, on=NOW)
    page = client.get(url(desk)).text
    assert moment(until) in page
    assert "已为你单独延长" in page


def test_confirmed_it_is_a_draft_again(client: FlaskClient, desk: Desk) -> None:
    answer = client.post(url(desk), data=form(client.get(url(desk)).text))
    assert answer.status_code == 303
    assert desk.row.state == "draft"
    assert withdrawals() == 1
    assert timeline(client, desk) == [
        ("不再有效：", "已提交（已撤回）", desk.submission.receipt),
        ("已完成：", "已撤回申请", ""),
        ("现在：", "填写并提交", ""),
    ]
    again = submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    assert [row[:2] for row in timeline(client, desk)[:4]] == [
        ("不再有效：", "已提交（已撤回）"),
        ("已完成：", "已撤回申请"),
        ("已完成：", "第 2 次提交"),
        ("现在：", "主考学校初审"),
    ]
    assert timeline(client, desk)[2][2] == again.number
    client.post(url(desk), data=form(client.get(url(desk)).text))
    assert client.get(url(desk)).location.endswith(desk.public_id)  # nothing left to ask


def test_what_was_handed_in_again_after_a_return_says_why_it_cannot_be_withdrawn(
    client: FlaskClient, desk: Desk
) -> None:
    asked = form(client.get(url(desk)).text)
    desk.decide("return", builders.staff(), returning("statement.statement"))
    desk.explain("statement.statement")
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    why = "退回以后重新提交的申请不能撤回"
    page = client.get(f"/applications/{desk.public_id}").text
    assert why in page
    assert "审核已经开始" not in page
    assert client.get(url(desk)).status_code == 303
    assert why in client.get(f"/applications/{desk.public_id}").text
    client.post(url(desk), data={**asked, "version": str(desk.row.version)})
    assert client.get(f"/applications/{desk.public_id}").text.count(why) == 2  # as the answer, and where it stood
    assert desk.row.state == "school_review"


def test_the_page_of_an_earlier_submission_withdraws_no_later_one(client: FlaskClient, desk: Desk) -> None:
    old = form(client.get(url(desk)).text)
    client.post(url(desk), data=old)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    client.post(url(desk), data=old)
    assert desk.row.state == "school_review"
    assert "这次没有撤回" in client.get(f"/applications/{desk.public_id}").text


@pytest.mark.parametrize("version", [{}, {"version": "x"}])
def test_a_form_that_does_not_say_its_version_withdraws_nothing(client: FlaskClient, desk: Desk, version: dict) -> None:
    token = {"csrf_token": csrf_of(client.get(url(desk)).text)}
    assert client.post(url(desk), data=token | version).status_code == 303
    assert desk.row.state == "school_review"
    assert "这次没有撤回" in client.get(f"/applications/{desk.public_id}").text


def test_while_a_reviewer_holds_the_file_nothing_is_offered_that_is_refused(
    client: FlaskClient, app: Flask, desk: Desk
) -> None:
    asked = form(client.get(url(desk)).text)
    hold(desk.public_id, by=actor(builders.staff()), on=NOW)
    pages = [f"/applications/{desk.public_id}", "/services/graduation"]
    assert client.get(url(desk)).status_code == 303
    client.post(url(desk), data=asked)
    assert "审核已经开始，现在不能撤回" in client.get(pages[0]).text
    for page in map(client.get, pages):
        assert "审核已经开始，现在不能撤回" in page.text
        assert "审核开始前" not in page.text
    app.clock.now = NOW + SPAN  # nothing was decided, and nobody holds it
    builders.sign_in(client, tick=desk.ticket, on=app.clock.now)
    assert ">撤回申请<" in client.get(pages[0]).text


@pytest.mark.parametrize("why", ["review", "closed"])
def test_what_cannot_be_withdrawn_is_not_asked_about(client: FlaskClient, app: Flask, desk: Desk, why: str) -> None:
    if why == "review":
        desk.decide("pass", builders.staff())
    else:
        app.clock.now = desk.window.closes_at
        builders.sign_in(client, tick=desk.ticket, on=app.clock.now)
    answer = client.get(url(desk))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "现在不能撤回" in page
    assert ">撤回申请<" not in page


def test_nobody_asks_about_anybody_elses(app: Flask, desk: Desk) -> None:
    stranger = app.test_client()
    builders.sign_in(stranger, tick=builders.ticket(builders.examinee()), on=LATER)
    assert stranger.get(url(desk)).status_code == 404
