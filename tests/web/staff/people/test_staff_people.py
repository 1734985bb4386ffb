"""A caller is found, their record read, a lost password replaced."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.windows.extensions import extend
from app.extensions import db
from app.models import AuditEvent, Examinee, Extension
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import Desk, actor, approved, returning, submitted

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
    for typed in (
        desk.person.id_number,
        desk.person.id_number.lower(),
        desk.ticket.number,
        spaced,
        "林晓雯",
        "林 晓\u3000雯",
    ):
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
    assert "请在电话里或当面告诉本人" in answer.text
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
    from app.actions.payments.orders import open_order
    from tests.reviewing import PAYING, myself

    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff())
    assert number in client.get(f"{PEOPLE}/{desk.person.id}").text


# --- 单独延长时间


UNTIL = "2026-12-20T16:00"  # the window closes on 2026-12-07


def longer(client: FlaskClient, desk: Desk, **over: str):
    given = {
        "act": "extend",
        "case": f"{desk.ticket.id}.{desk.window.id}",
        "what": "apply",
        "until": UNTIL,
        "reason": "住院",
    }
    return act(client, f"{PEOPLE}/{desk.person.id}", **{**given, **over})


def test_a_longer_time_is_given_listed_and_ended_early(client, desk, reviewer):
    address = f"{PEOPLE}/{desk.person.id}"
    assert longer(client, desk).status_code == 303
    page = client.get(address).text
    assert "已延长，考生会收到站内消息" in page
    for words in ("2026 年 12 月 20 日 16:00", "住院", "申请和提交", "周明", "有效"):
        assert words in page
    row = db.session.scalars(select(Extension)).one()
    assert row.until == datetime(2026, 12, 20, 8, 0, tzinfo=UTC)
    assert act(client, address, act="end", extension=str(row.id)).status_code == 303
    assert "结束（周明）" in client.get(address).text
    assert act(client, address, act="end", extension=str(row.id)).status_code == 409


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"until": "明天"}, "until"),
        ({"until": "2026-12-01T10:00"}, "until"),
        ({"case": "x"}, "case"),
        ({"what": "all"}, "what"),
        ({"until": ""}, "until"),
    ],
)
def test_a_wrong_entry_comes_back_as_typed(client, desk, reviewer, over, field):
    answer = longer(client, desk, **{"reason": "住院三周", **over})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert db.session.scalar(select(Extension.id)) is None
    if field != "reason":
        assert 'value="住院三周"' in answer.text


def test_the_form_opens_for_what_the_application_waits_for(client, desk, reviewer):
    desk.decide("return", reviewer, returning("statement.statement"))
    page = client.get(f"{PEOPLE}/{desk.person.id}?extend={desk.public_id}").text
    assert re.search(r'name="what" value="fixes" checked', page)
    assert "退回后修改到 2026 年 12 月 7 日 12:00" in page


def test_somebody_elses_school_extends_nothing(client, desk, reviewer):
    other = submitted("10002")
    assert act(client, f"{PEOPLE}/{other.person.id}", act="extend").status_code == 404
    # one's own person in the address, another's ticket in the form
    assert longer(client, desk, case=f"{other.ticket.id}.{other.window.id}").status_code == 404
    assert db.session.scalar(select(Extension.id)) is None


def test_an_extension_of_another_school_is_not_ended_by_its_number(client, desk, reviewer):
    other = submitted("10002")
    office = actor(builders.staff("office_reviewer"))
    until = datetime(2026, 12, 20, 8, 0, tzinfo=UTC)
    ident = extend(other.ticket.id, other.window.id, "apply", until, "住院", by=office, on=builders.NOW)
    assert act(client, f"{PEOPLE}/{desk.person.id}", act="end", extension=str(ident)).status_code == 404
    assert db.session.get_one(Extension, ident, populate_existing=True).ended_at is None
