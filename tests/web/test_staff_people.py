"""A caller is found, their record read, a lost password replaced."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, Examinee
from tests import builders
from tests.builders import csrf_of
from tests.desk import Desk, approved, submitted

PEOPLE = "/staff/examinees"


@pytest.fixture
def desk(app) -> Desk:
    return submitted(name="林晓雯")


@pytest.fixture
def reviewer(client, desk):
    person = builders.staff()
    builders.sign_in(client, person=person)
    return person


def search(client: FlaskClient, q: str):
    return client.post(PEOPLE, data={"csrf_token": csrf_of(client.get(PEOPLE).text), "q": q})


def act(client: FlaskClient, url: str, **data: str):
    return client.post(url, data={"csrf_token": csrf_of(client.get(PEOPLE).text), **data})


def test_a_caller_is_found_by_number_ticket_or_name(client, desk, reviewer):
    spaced = desk.ticket.number[:6] + " " + desk.ticket.number[6:]
    for typed in (desk.person.id_number, desk.person.id_number.lower(), desk.ticket.number, spaced, "林晓雯"):
        answer = search(client, typed)
        assert (answer.status_code, answer.location) == (303, f"{PEOPLE}/{desk.person.id}"), typed


def test_a_part_of_a_number_finds_nobody(client, desk, reviewer):
    for typed in (desk.person.id_number[:17], desk.ticket.number[:11], "林晓", "%"):
        assert "没有找到" in search(client, typed).text


def test_an_empty_search_asks_for_something(client, reviewer):
    assert search(client, "  ").status_code == 422


def test_people_of_one_name_are_listed_masked(client, desk, reviewer):
    other = submitted(name="林晓雯")
    page = search(client, "林晓雯").text
    assert f"{PEOPLE}/{other.person.id}" in page
    assert f"{PEOPLE}/{desk.person.id}" in page
    assert desk.person.id_number not in page


def test_who_is_not_in_scope_is_not_there(client, desk):
    builders.sign_in(client, person=builders.staff(school_code="10002"))
    assert "没有找到" in search(client, desk.person.id_number).text
    url = f"{PEOPLE}/{desk.person.id}"
    assert client.get(url).status_code == 404
    for given in ({"act": "reveal"}, {"act": "reset", "checked": "1"}):
        assert act(client, url, **given).status_code == 404
    assert db.session.get(Examinee, desk.person.id).reset_hash is None


def test_the_declared_school_sees_somebody_who_never_applied(client, reviewer):
    person = builders.examinee()
    builders.ticket(person, school_code=reviewer.school_code)
    assert client.get(f"{PEOPLE}/{person.id}").status_code == 200


def test_the_record_shows_scores_and_applications_and_masks_the_number(client, desk, reviewer):
    page = client.get(f"{PEOPLE}/{desk.person.id}").text
    assert desk.ticket.number in page
    assert f"/staff/applications/{desk.public_id}" in page
    assert "80" in page
    assert desk.person.id_number not in page
    shown = act(client, f"{PEOPLE}/{desk.person.id}", act="reveal").text
    assert desk.person.id_number in shown
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.revealed")).one()


def test_a_ticket_of_another_school_is_not_shown_to_a_school(client, desk, reviewer):
    foreign = builders.ticket(desk.person, school_code="10002")
    assert foreign.number not in client.get(f"{PEOPLE}/{desk.person.id}").text
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert foreign.number in client.get(f"{PEOPLE}/{desk.person.id}").text


def test_a_reset_asks_for_the_check_and_shows_the_code_once(client, desk, reviewer):
    url = f"{PEOPLE}/{desk.person.id}"
    assert act(client, url, act="reset").status_code == 422
    answer = act(client, url, act="reset", checked="1")
    code = re.search(r'class="code">([^<]+)<', answer.text)[1]
    assert answer.status_code == 200
    assert len(code) >= 10
    assert code not in client.get(url).text
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.reset_code")).one()
    assert event.actor_id == reviewer.id
    assert code not in str(event.detail)


def test_finance_finds_nobody(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}/{desk.person.id}").status_code == 403


def test_an_order_is_listed_on_the_record(client, app):
    from app.actions.payments import open_order
    from tests.desk import PAYING, myself

    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff())
    assert number in client.get(f"{PEOPLE}/{desk.person.id}").text
