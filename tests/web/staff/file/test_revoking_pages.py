"""The page of 撤销决定, what the examinee reads of it, and a printed paper afterwards."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from app.extensions import db
from app.models import Paper
from tests import builders
from tests.reviewing import LATER, Desk, approved, returning, submitted, url

WHY = "备案表与毕业证书编号不一致，当时没有看出"


def visit(app, client, person=None, tick=None):
    app.clock.now = LATER + timedelta(days=1)
    builders.sign_in(client, person=person, tick=tick, on=app.clock.now)


def form_of(client, desk: Desk, **more: str) -> dict[str, str]:
    page = client.get(f"{url(desk)}/revoke").text
    return {**dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)), **more}


def test_the_page_says_whose_decision_it_is_and_what_follows(app, client):
    desk = approved()
    visit(app, client, builders.staff("office_reviewer", name="吴芳"))
    assert f'href="{url(desk)}/revoke"' in client.get(url(desk)).text
    page = client.get(f"{url(desk)}/revoke").text
    for words in ("终审通过", "周明", "回到“待终审”", "考生不能缴费", "考生收到一条消息", "记入操作记录"):
        assert words in page, words


def test_it_is_revoked_and_the_examinee_reads_when_and_why(app, client):
    desk = approved()
    visit(app, client, builders.staff("office_reviewer"))
    answer = client.post(f"{url(desk)}/revoke", data=form_of(client, desk, reason=WHY))
    assert (answer.status_code, answer.location) == (303, url(desk))
    assert desk.row.state == "office_review"
    again = client.get(url(desk)).text
    assert "已由 周明 撤销" in again.split('id="items"')[0]
    mine = app.test_client()
    visit(app, mine, tick=desk.ticket)
    page = mine.get(f"/applications/{desk.public_id}").text
    assert "撤销决定：考办终审通过" in page
    assert WHY in page
    assert '/pay"' not in page
    assert "原来的审核决定已撤销" in mine.get("/messages").text


def test_a_refused_reason_is_typed_back(app, client):
    desk = approved()
    visit(app, client, builders.staff("office_reviewer"))
    answer = client.post(f"{url(desk)}/revoke", data=form_of(client, desk, reason="长" * 501))
    assert answer.status_code == 422
    assert "长" * 501 in answer.text
    assert "现在是 501 字" in answer.text
    assert desk.row.state == "approved"


def test_a_changed_file_gives_back_what_was_written_and_says_why_not(app, client):
    desk = submitted()
    desk.decide("return", builders.staff(), returning("profile.phone"))
    visit(app, client, builders.staff("school_lead", school_code="10574"))
    form = form_of(client, desk, reason=WHY)
    desk.explain("profile.phone", on=app.clock.now)
    answer = client.post(f"{url(desk)}/revoke", data=form)
    assert answer.status_code == 409
    assert "考生已经开始修改" in answer.text
    assert WHY in answer.text


def test_a_returned_file_that_was_revoked_asks_the_examinee_for_nothing(app, client):
    desk = submitted()
    desk.decide("return", builders.staff(), returning("profile.phone", reason="号码不对"))
    visit(app, client, builders.staff("school_lead", school_code="10574"))
    assert client.post(f"{url(desk)}/revoke", data=form_of(client, desk, reason=WHY)).status_code == 303
    mine = app.test_client()
    visit(app, mine, tick=desk.ticket)
    page = mine.get(f"/applications/{desk.public_id}").text
    assert "重新申请" not in page
    assert "号码不对" not in page
    assert "主考学校初审：退回修改（已撤销）" in page
    assert mine.get(f"/applications/{desk.public_id}/fixes").status_code == 303


def test_a_reviewer_is_offered_no_revoking(app, client):
    desk = approved()
    visit(app, client, builders.staff())
    assert "/revoke" not in client.get(url(desk)).text
    assert client.get(f"{url(desk)}/revoke").status_code == 403


def test_a_paper_printed_before_is_no_longer_genuine(app, client):
    desk = approved()
    office = builders.staff("office_reviewer")
    visit(app, client, office)
    for name in ("opinion", "register"):
        assert client.get(f"/applications/{desk.public_id}/{name}.pdf").status_code == 200
    codes = list(db.session.scalars(select(Paper.code).order_by(Paper.id)))
    said = [client.get(f"/verify/{code}").text for code in codes]
    assert all("真实有效" in page for page in said)
    app.clock.now += timedelta(minutes=1)
    client.post(f"{url(desk)}/revoke", data=form_of(client, desk, reason=WHY))
    for code in codes:
        page = client.get(f"/verify/{code}").text
        assert "它所依据的审核决定后来已经撤销" in page
        assert "请以最新的一份为准" not in page  # there is none
    app.clock.now += timedelta(minutes=1)
    desk.decide("pass", office, on=app.clock.now)
    assert all("已被替代" in client.get(f"/verify/{code}").text for code in codes)
