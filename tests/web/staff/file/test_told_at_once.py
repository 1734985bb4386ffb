"""一次性告知: a return names everything at once, with the date to answer by; naming more later asks for a reason."""

from __future__ import annotations

import html
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.applications.submit import submit
from app.actions.review.opinions import RETURN, Opinion, Verdict
from app.extensions import db
from app.models import Review
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, Desk, fields, myself, submitted, url

NUMBER, STATEMENT, CODE = "prior_degree.diploma_number", "statement.statement", "prior_degree.record_code"
AGAIN = "再次退回的理由"


def returning(item: str, reason: str = "不合要求") -> dict[str, str]:
    return {"decision": "return", f"verdict.{item}": "return", f"reason.{item}": reason}


@pytest.fixture
def reviewer(client, app) -> Any:
    person = builders.staff(name="周明")
    builders.sign_in(client, person=person)
    return person


@pytest.fixture
def second(reviewer) -> Desk:
    """Returned once for the certificate number, handed in again with another one."""
    desk = submitted()
    desk.decide("return", reviewer, Opinion({NUMBER: Verdict(RETURN, "不符")}))
    with transaction() as session:
        row = session.merge(desk.row)
        prior = {**row.answers["prior_degree"], "diploma_number": "103311201806009999"}
        row.answers = {**row.answers, "prior_degree": prior}
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    return desk


def test_the_examinee_reads_every_finding_at_once_and_until_when(client, app, reviewer):
    desk = submitted()
    assert AGAIN not in client.get(url(desk)).text
    assert f"{moment(desk.window.closes_at)}（北京时间）前修改并重新提交" in client.get(url(desk)).text
    given = {**returning(NUMBER, "编号不符"), **returning(STATEMENT, "字数不够"), **returning(CODE, "验证码过期")}
    assert client.post(url(desk), data=fields(client, desk, **given)).status_code == 303
    examinee = app.test_client()
    builders.sign_in(examinee, tick=desk.ticket)
    page = html.unescape(examinee.get(f"/applications/{desk.public_id}").text)
    for reason in ("编号不符", "字数不够", "验证码过期"):
        assert reason in page
    assert moment(desk.window.closes_at) in page


def test_a_second_return_over_what_could_be_seen_before_asks_why(client, reviewer, second):
    assert AGAIN in client.get(url(second)).text
    answer = client.post(url(second), data=fields(client, second, **returning(STATEMENT)))
    assert answer.status_code == 422
    assert 'href="#again"' in answer.text
    assert "自我鉴定在上一次退回时已经能看到" in answer.text
    assert second.row.state == State.SCHOOL_REVIEW
    given = {**returning(STATEMENT), "again": "上次漏看"}
    assert client.post(url(second), data=fields(client, second, **given)).status_code == 303
    assert second.row.state == State.RETURNED
    assert db.session.scalars(select(Review.again).order_by(Review.id)).all() == ["", "上次漏看"]


def test_the_reason_is_for_the_staff_and_not_for_the_examinee(client, app, reviewer, second):
    client.post(url(second), data=fields(client, second, **returning(STATEMENT), again="上次漏看"))
    assert "再次退回的理由（考生看不到）：上次漏看" in client.get(url(second)).text
    examinee = app.test_client()
    builders.sign_in(examinee, tick=second.ticket)
    assert "上次漏看" not in examinee.get(f"/applications/{second.public_id}").text


def test_what_was_returned_before_may_be_returned_again_without_one(client, reviewer, second):
    assert client.post(url(second), data=fields(client, second, **returning(NUMBER))).status_code == 303
    assert second.row.state == State.RETURNED


def test_a_decision_that_can_be_taken_back_asks_as_well(client, reviewer, second):
    answer = client.post(url(second), data=fields(client, second, **returning(STATEMENT), undo="1"))
    assert answer.status_code == 422
    assert 'href="#again"' in answer.text
