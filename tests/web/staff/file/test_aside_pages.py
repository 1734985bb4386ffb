"""请示 on the pages: asked from the file with everything typed kept, answered on the file, read by no examinee."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Aside, Finding
from tests import builders
from tests.reviewing import Desk, fields, submitted, url

ASKS, SAYS = "照片背面有涂改，是否认可？", "请考生补交原件照片，先退回。"


@pytest.fixture
def lead(app):
    return builders.staff("school_lead", school_code="10574", name="郑负责")


def reviewer(client, **over):
    person = builders.staff(**{"name": "周明", **over})
    builders.sign_in(client, person=person)
    return person


def ask(client, desk: Desk, **more: str):
    form = {"decision": "ask", "asked": "lead", "question": ASKS, **more}
    return client.post(url(desk), data=fields(client, desk, **form))


def test_asking_keeps_what_was_typed_and_opens_the_next(app, client, lead):
    desk, other = submitted(), submitted()
    reviewer(client)
    typed = {"verdict.profile.phone": "return", "reason.profile.phone": "号码不对"}
    answer = ask(client, desk, **typed)
    assert (answer.status_code, answer.location) == (303, url(other))
    assert db.session.scalars(select(Finding.reason)).one() == "号码不对"
    page = client.get(url(desk)).text
    assert "周明（你）请示主考学校负责人" in page
    assert ASKS in page
    assert 'value="pass"' not in page
    assert "收回请示" in page
    row = client.get("/staff/applications?state=aside").text
    assert f"周明请示主考学校负责人：{ASKS}" in row


def test_the_lead_sees_it_on_the_overview_answers_on_the_file_and_the_reviewer_has_it_back(app, client, lead):
    desk = submitted()
    reviewer(client)
    ask(client, desk)
    theirs = app.test_client()
    builders.sign_in(theirs, person=lead)
    assert "待我答复 1 件" in theirs.get("/staff").text
    assert desk.ticket.number in theirs.get("/staff/applications?state=asked").text
    form = fields(theirs, desk, decision="answer", answer=SAYS)
    assert theirs.post(url(desk), data=form).status_code == 303
    assert "待我答复" not in theirs.get("/staff").text
    row = client.get("/staff/applications").text
    assert "请示已答复" in row
    page = client.get(url(desk)).text
    assert "郑负责答复了请示" in page
    assert SAYS in page
    assert 'value="pass"' in page


def test_a_question_without_words_comes_back_with_everything(app, client, lead):
    desk = submitted()
    reviewer(client)
    answer = ask(client, desk, question="", asked="", message="已核对")
    assert answer.status_code == 422
    for field, words in (("asked", "请选择请示谁"), ("question", "请写明请示的问题")):  # all at once, each at its field
        assert f'id="{field}-error">{words}' in answer.text
        assert f'<a href="#{field}">{words}' in answer.text
    answer = ask(client, desk, question="", message="已核对")
    assert "已核对" in answer.text
    assert 'value="lead" selected' in answer.text
    assert "data-put-aside open" in answer.text
    assert db.session.scalar(select(Aside.id)) is None


def test_an_answer_without_words_comes_back(app, client, lead):
    desk = submitted()
    reviewer(client)
    ask(client, desk)
    builders.sign_in(client, person=lead)
    answer = client.post(url(desk), data=fields(client, desk, decision="answer", answer="长" * 501))
    assert answer.status_code == 422
    assert "现在是 501 字" in answer.text
    assert answer.text.count("长" * 501) == 1


def test_taking_back_is_one_button(app, client, lead):
    desk = submitted()
    reviewer(client)
    ask(client, desk)
    assert client.post(url(desk), data=fields(client, desk, decision="take_back")).status_code == 303
    assert 'value="pass"' in client.get(url(desk)).text


def test_neither_question_nor_answer_reaches_the_examinee(app, client, lead):
    desk = submitted()
    reviewer(client)
    ask(client, desk)
    builders.sign_in(client, person=lead)
    client.post(url(desk), data=fields(client, desk, decision="answer", answer=SAYS))
    mine = app.test_client()
    builders.sign_in(mine, tick=desk.ticket)
    for address in ("/", "/messages", "/services/graduation", f"/applications/{desk.public_id}"):
        page = mine.get(address).text
        assert ASKS not in page
        assert SAYS not in page
        assert "请示" not in page


def test_an_auditor_only_reads(app, client, lead):
    desk = submitted()
    reviewer(client)
    ask(client, desk)
    builders.sign_in(client, person=builders.staff("auditor"))
    assert ASKS in client.get(url(desk)).text
    assert client.post(url(desk), data=fields(client, desk, decision="answer", answer=SAYS)).status_code == 403
