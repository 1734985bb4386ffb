"""What staff print shows no more than their pages do: receipts and opinions masked, an official paper counted as 显示 is."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import AuditEvent, LoginSession, Paper, Throttle
from app.models.base import transaction
from app.rules.people.privacy import mask_id, mask_phone, with_masks
from app.security.principal import FRESH
from tests import builders as build
from tests import reviewing
from tests.web.papers.test_paper_pages import code_in, paper, text_of
from tests.web.walks.numbers_shown import watched


def count(action: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


@pytest.fixture
def case(app: Any) -> reviewing.Desk:
    return reviewing.approved()


@pytest.fixture
def reviewer(app: Any, case: reviewing.Desk) -> FlaskClient:
    client = app.test_client()
    build.sign_in(client, person=build.staff())
    return client


def test_receipt_and_opinion_are_masked_for_staff_and_whole_for_their_owner(
    app: Any, client: FlaskClient, case: reviewing.Desk, reviewer: FlaskClient
) -> None:
    build.sign_in(client, tick=case.ticket)
    address, number = f"/applications/{case.public_id}/receipt.pdf", case.person.id_number
    theirs, own = paper(reviewer, address), paper(client, address)
    assert number in text_of(own)
    assert "已遮住" not in text_of(own)
    assert number not in text_of(theirs)
    assert mask_id(number) in text_of(theirs)
    assert mask_phone("13812345678") in text_of(theirs)
    assert "工作人员打印，号码已遮住" in text_of(theirs)
    assert code_in(theirs) == code_in(own)  # it is the same paper
    assert len(Paper.query.all()) == 1
    assert number not in text_of(paper(reviewer, f"/applications/{case.public_id}/opinion.pdf"))
    assert count("examinee.revealed") == 0


def test_a_number_is_masked_wherever_it_was_typed() -> None:
    hidden = {"11010119900101123X": "110***X"}
    words = {"items": [["自我鉴定", "我的号码是 11010119900101123x。"]], "who": "甲"}
    assert with_masks(words, hidden) == {"items": [["自我鉴定", "我的号码是 110***X。"]], "who": "甲"}


def test_the_register_is_recorded_each_time_and_asks_and_stops_as_showing_does(
    app: Any, case: reviewing.Desk, reviewer: FlaskClient
) -> None:
    address = f"/applications/{case.public_id}/register.pdf"
    for number in (1, 2, 3):
        assert case.person.id_number in text_of(paper(reviewer, address))
        assert count("examinee.revealed") == number
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.revealed")).first()
    assert event is not None
    assert (event.subject_id, event.detail["kind"]) == (case.person.id, "register")
    assert case.person.id_number not in str(event.detail)
    app.clock.now += FRESH * 2
    reach(20)
    asked = reviewer.get(address)
    assert asked.status_code == 303
    assert "/staff/confirm?next=" in asked.location
    assert "register.pdf" in asked.location
    assert count("examinee.revealed") == 3
    form = {"next": address, "csrf_token": build.csrf_of(reviewer.get(asked.location).text)}
    assert reviewer.post("/staff/confirm", data={**form, "password": "x"}).status_code == 422
    reach(200)
    confirmed(app.clock.now)
    assert reviewer.get(address).status_code == 429
    assert (count("examinee.revealed"), count("alarm.many_reveals")) == (3, 1)


def confirmed(on: Any) -> None:
    """身份确认, just now."""
    with transaction() as session:
        session.execute(update(LoginSession).where(LoginSession.staff_id.is_not(None)).values(proved_at=on))


def reach(number: int) -> None:
    """So many numbers were shown to them today."""
    with transaction() as session:
        session.execute(update(Throttle).where(Throttle.key.like("reveal:%")).values(hits=number))


def test_the_examinees_own_register_is_no_look_of_staff(app: Any, client: FlaskClient, case: reviewing.Desk) -> None:
    build.sign_in(client, tick=case.ticket)
    assert case.person.id_number in text_of(paper(client, f"/applications/{case.public_id}/register.pdf"))
    assert count("examinee.revealed") == 0


def test_a_number_shown_without_a_row_of_the_audit_is_named(
    app: Any, case: reviewing.Desk, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard of the walk through all pages, with what it guards taken out."""
    for _ in range(6):
        build.examinee()
    page = f"/staff/applications/{case.public_id}"
    addresses = [page, f"/applications/{case.public_id}/receipt.pdf", f"/applications/{case.public_id}/register.pdf"]
    with watched(reviewer) as faults:
        for address in addresses:
            reviewer.get(address)
        assert faults == []
        monkeypatch.setattr("app.web.staff.file.query.mask_id", str)
        monkeypatch.setattr("app.actions.papers.facts.mask_id", str)
        monkeypatch.setattr("app.actions.papers.papers.reveal_id", lambda *args, **given: None)
        for address in addresses:
            reviewer.get(address)
    assert [fault.split()[1].rstrip(":") for fault in faults] == addresses
