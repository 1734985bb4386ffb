"""A form of staff that arrives twice is one act, and its second answer is the first one's: no red message after a success."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import AuditEvent, Batch, DoneForm, Note, PendingDecision, Review, Revocation, ScoreQuestion
from app.rules.review.lifecycle import State
from tests import builders
from tests.reviewing import LATER, fields, submitted, url
from tests.web.staff.sending_twice import count, hidden, twice

NUMBER = "prior_degree.diploma_number"
QUEUE = "/staff/applications"
RETURNING = {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "末四位不符"}
DECISIONS = {
    "pass": {},
    "return": RETURNING,
    "reject": {"message": "材料不实"},
    "back": {"to_school": "请核对编号"},
}


@pytest.mark.parametrize("undo", ["1", ""], ids=["undo", "at once"])
@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_sent_twice_is_made_once_and_leads_to_the_same_file(client, app, desk, decision, undo):
    reviewer = builders.staff("office_reviewer" if decision == "back" else "school_reviewer", name="冯审")
    second = submitted(on=LATER)
    if decision == "back":
        for each in (desk, second):
            each.decide("pass", builders.staff())
    builders.sign_in(client, person=reviewer)
    client.get(url(desk))
    data = fields(client, desk, decision=decision, undo=undo, note="请看第二页", **DECISIONS[decision])
    first, again = twice(client, url(desk), data)
    assert first == again
    assert (first[0], first[1].split("?")[0]) == (303, url(second))
    assert re.match(r'ok" role="status" hx-disable>欧阳晓雯', first[2][0])
    assert count(Review, Review.stage == State.OFFICE_REVIEW if decision == "back" else Review.id > 0) == 1
    assert count(PendingDecision) == (1 if undo else 0)
    assert count(Note) == 1
    assert count(AuditEvent, AuditEvent.action.in_(["review.decided", "application.noted"])) == (2 if undo else 1)


def test_another_decision_or_other_words_with_the_same_token_are_not_the_same_act(client, desk, reviewer):
    submitted(on=LATER)
    data = fields(client, desk, decision="return", undo="1", **RETURNING)
    assert client.post(url(desk), data=data).status_code == 303
    for other in ({f"reason.{NUMBER}": "看不清"}, {"decision": "pass", f"verdict.{NUMBER}": "ok"}):
        answer = client.post(url(desk), data=data | other)
        assert answer.status_code == 409
        assert "已有决定" in answer.text
    assert "看不清" in client.post(url(desk), data=data | {f"reason.{NUMBER}": "看不清"}).text  # not lost


def test_what_was_taken_back_is_not_decided_by_a_late_repeat_and_not_called_decided(client, desk, reviewer):
    data = fields(client, desk, decision="pass", undo="1")
    client.post(url(desk), data=data)
    undo = hidden(client.get(url(desk)).text, "data-waiting") | {"act": "undo"}
    assert [each[:2] for each in twice(client, f"{url(desk)}/desk", undo)] == [(303, url(desk))] * 2
    answer = client.post(url(desk), data=data)
    assert (answer.status_code, count(PendingDecision)) == (409, 0)
    assert "后来又撤销，现在没有生效" in answer.text


def test_the_page_that_asks_once_more_carries_the_token_of_the_form(client, desk, reviewer):
    data = fields(client, desk, decision="pass") | {"sure": ""}
    assert hidden(client.post(url(desk), data=data).text, "确认")["form_token"] == data["form_token"]


def test_another_person_s_form_is_no_repeat(client, app, desk, reviewer):
    data = fields(client, desk, decision="pass")
    assert client.post(url(desk), data=data).status_code == 303
    other = app.test_client()
    builders.sign_in(other, person=builders.staff(name="吴芳"))
    data["csrf_token"] = builders.csrf_of(other.get(QUEUE).text)
    assert other.post(url(desk), data=data).status_code == 409


def test_a_form_without_a_token_is_judged_by_what_holds_now(client, desk, reviewer):
    data = fields(client, desk, decision="pass")
    for token, status in (("", 303), ("", 409), ("x" * 32, 409), ("0" * 31, 409)):
        assert client.post(url(desk), data=data | {"form_token": token}).status_code == status
    assert count(DoneForm) == 0


@pytest.mark.parametrize("act", ["undo", "publish", "take_over"])
def test_the_buttons_beside_a_decision_can_be_pressed_twice(client, app, desk, reviewer, act):
    if act == "take_over":
        other = app.test_client()
        builders.sign_in(other, person=builders.staff(name="吴芳"))
        other.get(url(desk))
        data = hidden(client.get(url(desk)).text, "由我接手")
    else:
        client.post(url(desk), data=fields(client, desk, decision="pass", undo="1"))
        data = hidden(client.get(url(desk)).text, "data-waiting") | {"act": act}
    first, again = twice(client, f"{url(desk)}/desk", data)
    assert first == again
    assert first[2][0].startswith("ok")
    assert (
        count(AuditEvent, AuditEvent.action.in_(["review.undone", "application.pass_school", "review.taken_over"])) == 1
    )


def test_publishing_what_was_taken_back_is_not_called_done(client, desk, reviewer):
    client.post(url(desk), data=fields(client, desk, decision="pass", undo="1"))
    data = hidden(client.get(url(desk)).text, "data-waiting")
    client.post(f"{url(desk)}/desk", data=data | {"act": "undo"})
    client.post(f"{url(desk)}/desk", data=data | {"act": "publish"})
    page = client.get(url(desk)).text
    assert "没有等待生效的决定" in page
    assert "决定已生效" not in page


def test_taking_back_in_the_queue_twice_says_the_same(client, desk, reviewer):
    client.post(url(desk), data=fields(client, desk, decision="pass", undo="1"))
    page = client.get(f"{QUEUE}?state=decided").text
    data = hidden(page, f'value="{desk.public_id}"') | {"undo": desk.public_id}
    first, again = twice(client, f"{QUEUE}/undo", data)
    assert first == again
    assert "已撤销决定" in first[2][0]


def test_many_files_chosen_twice_are_one_batch_done_once(client, app, desk):
    builders.sign_in(client, person=builders.staff("school_lead", school_code="10574"))
    second = submitted(on=LATER)
    page = client.get(QUEUE).text
    data = hidden(page, "data-queue") | {"act": "pass", "pick": [desk.public_id, second.public_id]}
    first, again = twice(client, f"{QUEUE}/bulk", data)
    assert first == again
    assert count(Batch) == 1
    done = hidden(client.get(first[1]).text, "data-queue") | {"pick": data["pick"], "undo": "1"}
    results = [client.get(client.post(first[1], data=done).location).text for _ in range(2)]
    tables = [re.search(r"<table.*</table>", page, re.S)[0] for page in results]
    assert tables[0] == tables[1]
    assert "办成 2 件" in results[1]
    assert count(PendingDecision) == 2
    back = hidden(results[0], "全部撤销")
    first, again = twice(client, f"{QUEUE}/undo", back)
    assert first == again
    assert "已撤销 2 件决定" in first[2][0]


def test_a_batch_that_is_still_being_done_says_so_and_shows_its_result_by_itself(client, app, desk):
    person = builders.staff("school_lead", school_code="10574")
    builders.sign_in(client, person=person)
    data = hidden(client.get(QUEUE).text, "data-queue") | {"act": "pass", "pick": [desk.public_id]}
    address = client.post(f"{QUEUE}/bulk", data=data).location
    row = db.session.scalars(select(Batch)).one()
    row.done_at = app.clock.now  # another request has begun it
    db.session.commit()
    answer = client.get(address)
    assert "正在办理 1 件" in answer.text
    assert answer.headers["Refresh"] == "2"
    app.clock.now += timedelta(minutes=6)
    assert "没有办到这一件" in client.get(address).text


def test_an_answer_to_a_missing_score_can_be_sent_twice(client, desk, reviewer):
    row = builders.store(
        ScoreQuestion(
            ticket_id=desk.ticket.id,
            school_code="10574",
            major_code="050101",
            course_code="00540",
            session="2026-04",
            place="某考点",
            asked_at=builders.NOW,
        )
    )
    address = f"/staff/questions/{row.id}"
    data = hidden(client.get(address).text, "答复") | {"state": "refused", "answer": "没有查到考试记录"}
    first, again = twice(client, address, data)
    assert first == again
    assert first[0] == 303


def test_two_that_arrive_at_the_same_moment_are_one(both: Flask) -> None:
    desk, person = submitted(), builders.staff(name="周明")
    clients = []
    for _ in range(2):
        client = both.test_client()
        builders.sign_in(client, person=person)
        clients.append(client)
    submitted(on=LATER)
    data = fields(clients[0], desk, decision="pass", undo="1")
    tokens = [builders.csrf_of(client.get(QUEUE).text) for client in clients]
    db.session.remove()
    start, answers = Barrier(2), []

    def send(client: FlaskClient, token: str) -> None:
        start.wait()
        answer = client.post(url(desk), data=data | {"csrf_token": token})
        answers.append((answer.status_code, answer.location))

    threads = [Thread(target=send, args=each) for each in zip(clients, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert count(PendingDecision) == 1


def test_a_decision_can_be_revoked_with_two_clicks_once(client, app, desk):
    desk.decide("reject", builders.staff(), Opinion(message="材料不实"))
    builders.sign_in(client, person=builders.staff("admin"))
    address = f"{url(desk)}/revoke"
    data = hidden(client.get(address).text, "撤销以后") | {"reason": "看错了人"}
    first, again = twice(client, address, data)
    assert first == again
    assert "已撤销决定，考生已收到消息" in first[2][0]
    assert count(Revocation) == 1
