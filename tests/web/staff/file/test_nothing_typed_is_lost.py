"""What a reviewer typed on a file survives whatever they press beside it: a note, 显示 with 身份确认 before it, a decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Lease, Note, Review, Staff
from app.models.base import transaction
from tests import builders
from tests.builders import NOW
from tests.reviewing import Desk, fields, url

NUMBER = "prior_degree.diploma_number"
TYPED = {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "末四位看不清"}


def post(client: FlaskClient, desk: Desk, decision: str, **typed: str) -> Any:
    return client.post(url(desk), data=fields(client, desk, decision=decision, **typed))


def notes() -> list[str]:
    return list(db.session.scalars(select(Note.text)))


def test_a_note_takes_along_what_was_filled_in(client, desk, reviewer):
    answer = post(client, desk, "note", note="电话未接", **TYPED)
    page = client.get(answer.location).text
    assert notes() == ["电话未接"]
    assert "电话未接" in page
    assert "末四位看不清</textarea>" in page


@pytest.mark.parametrize("decision", ["save", "save_next", "return"])
def test_a_note_in_its_field_is_written_down_with_any_act(client, desk, reviewer, decision):
    assert post(client, desk, decision, note="电话未接", **TYPED).status_code == 303
    assert notes() == ["电话未接"]


def test_a_note_that_was_refused_with_a_decision_stands_in_its_field(client, desk, reviewer):
    answer = post(client, desk, "return", note="电话未接", **{f"verdict.{NUMBER}": "return"})
    assert answer.status_code == 422
    assert 'name="note" value="电话未接"' in answer.text
    assert notes() == []


def test_a_note_alone_begins_no_review_and_an_empty_one_is_asked_for(client, desk, reviewer):
    answer = post(client, desk, "note", note=" ", **TYPED)
    assert answer.status_code == 422
    assert "内部备注应为 1 至 500 字" in answer.text
    assert "末四位看不清</textarea>" in answer.text
    post(client, desk, "note", note="只是备注")
    assert db.session.scalars(select(Review)).all() == []


def test_the_office_writes_a_note_on_a_file_that_the_school_has(app, desk):
    client = app.test_client()
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert post(client, desk, "note", note="终审时再看").status_code == 303
    assert notes() == ["终审时再看"]


def test_confirming_who_one_is_keeps_what_was_filled_in(app, desk):
    client = app.test_client()
    builders.sign_in(client, person=builders.staff(), on=NOW - timedelta(minutes=10))
    for _ in range(20):
        post(client, desk, "reveal")
    answer = post(client, desk, "reveal", **TYPED)
    assert answer.location.startswith("/staff/confirm")
    assert "末四位看不清</textarea>" in client.get(f"/staff/applications/{desk.public_id}").text


def test_a_button_that_the_page_does_not_have_does_nothing(client, desk, reviewer):
    assert post(client, desk, "approve", **TYPED).status_code == 400
    assert db.session.scalars(select(Review)).all() == []


def promoted_after_the_first_stage(client: FlaskClient, desk: Desk) -> None:
    """The signed-in reviewer passed the file for the school, and is with the office now."""
    person = builders.staff()
    desk.decide("pass", person)
    with transaction() as session:
        row = session.get_one(Staff, person.id)
        row.role, row.school_code = "office_reviewer", ""
    builders.sign_in(client, person=row)


def test_who_passed_it_before_is_offered_no_decision_and_told_why(client, desk):
    promoted_after_the_first_stage(client, desk)
    page = client.get(url(desk)).text
    assert "终审须由另一位审核员作决定" in page
    assert not [word for word in ('value="pass"', 'value="return"', 'name="message"', "data-mine") if word in page]
    assert db.session.scalars(select(Lease)).all() == []
    assert "下一件" in page


@pytest.mark.parametrize("decision", ["pass", "return", "save", "ask", "save_next"])
def test_an_act_that_is_not_allowed_says_why_on_the_page_and_gives_back_what_was_typed(client, desk, decision):
    promoted_after_the_first_stage(client, desk)
    more = {"message": "已与考生电话核对", "question": "能否认可？", "asked": "office"}
    answer = post(client, desk, decision, undo="1", **TYPED, **more)
    assert answer.status_code == 403
    for words in ("初审你作过决定，终审须由另一位", "末四位看不清", "已与考生电话核对", "能否认可？"):
        assert words in answer.text, words


def test_a_refusal_without_a_page_of_its_own_says_why_and_gives_back_what_was_typed(client, desk):
    """Whatever the page: the reason comes from the act, and no text is lost with it."""
    builders.sign_in(client, person=builders.staff("auditor", school_code=""))
    answer = post(client, desk, "note", note="电话未接")
    assert answer.status_code == 403
    assert "审计员只查看，不审核。" in answer.text
    assert "电话未接</textarea>" in answer.text
    assert "你的账号不能打开这一页" not in answer.text
