"""What takes an account over asks first, wants fresh proof, is counted and told to its person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from app.actions.people.second_factor import reset_totp
from app.actions.people.staff_access import disable_staff, reset_staff
from app.actions.review import kept_work
from app.extensions import db
from app.models import AuditEvent, KeptWork, Lease, LoginSession, Staff
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.security import throttle
from app.security.throttle import Limit
from tests import builders
from tests.builders import NOW, csrf_of, refresh
from tests.reviewing import LATER, actor, submitted

KEY = b"k" * 32
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def admin(client, app):
    person = builders.staff("admin", name="褚管理")
    builders.sign_in(client, person=person)
    return person


def stale(person: Any) -> None:
    """The last proof of this person is older than five minutes."""
    with transaction() as session:
        old = NOW - timedelta(minutes=6)
        session.execute(update(LoginSession).where(LoginSession.staff_id == person.id).values(proved_at=old))


def asked(client, person: Any, act: str) -> str:
    return client.get(f"/admin/staff/{person.id}?act={act}").text


def do(client, person: Any, act: str, **more: str) -> Any:
    token = csrf_of(client.get("/admin/windows").text)
    return client.post(f"/admin/staff/{person.id}", data={"csrf_token": token, "act": act, **more})


@pytest.mark.parametrize("act", ["reset", "totp", "disable", "enable"])
def test_an_act_asks_first_and_names_the_account(client, admin, act):
    person = builders.staff("finance", name="陈财务", username="chen.caiwu", totp_secret=SECRET, active=act != "enable")
    listed = client.get("/admin/staff").text
    assert f'href="/admin/staff/{person.id}?act={act}"' in listed
    page = asked(client, person, act)
    for told in ("陈财务", "chen.caiwu", "财务"):
        assert told in page
    found = refresh(person)
    assert (found.code_hash, found.totp_secret, found.active) == (None, SECRET, act != "enable")


@pytest.mark.parametrize("act", ["reset", "totp", "disable", "enable"])
def test_an_act_wants_fresh_proof_and_the_page_is_back_with_it(client, admin, act):
    person = builders.staff("finance", totp_secret=SECRET, active=act != "enable")
    stale(admin)
    answer = do(client, person, act)
    place = urlsplit(answer.location)
    assert (answer.status_code, place.path) == (303, "/staff/confirm")
    assert parse_qs(place.query)["next"] == [f"/admin/staff/{person.id}?act={act}"]
    found = refresh(person)
    assert (found.code_hash, found.totp_secret, found.active) == (None, SECRET, act != "enable")


def test_a_new_account_wants_fresh_proof_and_what_was_typed_is_back(client, admin):
    stale(admin)
    given = {"username": "xinlai", "name": "新来", "role": "auditor", "school_code": ""}
    answer = client.post("/admin/staff", data={"csrf_token": csrf_of(client.get("/admin/staff").text), **given})
    assert urlsplit(answer.location).path == "/staff/confirm"
    assert db.session.scalar(select(Staff.id).where(Staff.username == "xinlai")) is None
    page = client.get(parse_qs(urlsplit(answer.location).query)["next"][0]).text
    assert 'value="xinlai"' in page
    assert 'value="新来"' in page


def test_the_colleague_is_told_on_the_overview_until_it_is_known(client, app, admin):
    person = builders.staff("finance")
    do(client, person, "reset")
    theirs = app.test_client()
    builders.sign_in(theirs, person=person)
    page = theirs.get("/staff").text
    assert "你的密码由管理员褚管理在" in page
    last = page.split('name="until" value="')[1].split('"')[0]
    client.post("/staff/told", data={"csrf_token": csrf_of(client.get("/staff").text), "until": last})
    assert "你的密码由管理员褚管理在" in theirs.get("/staff").text  # nobody knows it for somebody else
    theirs.post("/staff/told", data={"csrf_token": csrf_of(page), "until": last})
    assert "你的密码由管理员" not in theirs.get("/staff").text


def test_what_the_command_line_did_is_told_too(app, client):
    person = builders.staff("admin", totp_secret=SECRET)
    assert reset_totp(person.id, by=Actor("system", None, "命令行 root"), on=NOW)
    assert not reset_totp(person.id, by=Actor("system", None, "命令行 root"), on=NOW)
    builders.sign_in(client, person=person)
    assert "你的两步验证由系统管理员（命令行）在" in client.get("/staff").text


def test_a_second_click_counts_once_and_shows_the_code_that_is_valid(client, admin):
    person = builders.staff("finance")
    token = {"form_token": "a" * 32}
    first, second = (do(client, person, "reset", **token).text for _ in range(2))
    assert first != second
    made = db.session.scalars(select(AuditEvent.id).where(AuditEvent.action == "staff.reset")).all()
    assert len(made) == 1


def test_resets_have_a_limit_a_day_and_an_alarm_that_administrators_see(client, app, admin, monkeypatch, caplog):
    monkeypatch.setattr("app.actions.people.resets.STAFF", _kind(2, 3))
    people = [builders.staff("finance") for _ in range(4)]
    answers = [do(client, person, "reset").status_code for person in people]
    assert answers == [200, 200, 200, 429]
    assert refresh(people[-1]).code_hash is None
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "alarm.many_resets")).one()
    assert (event.actor_id, event.detail["times"]) == (admin.id, 3)
    assert [record for record in caplog.records if "alarm" in record.getMessage()]
    other = app.test_client()
    builders.sign_in(other, person=builders.staff("admin", name="另一位"))
    assert "一天重置密码过多：褚管理" in other.get("/staff").text
    reviewer = app.test_client()
    builders.sign_in(reviewer, person=builders.staff("office_reviewer"))
    assert "警报" not in reviewer.get("/staff").text
    assert reset_staff(people[-1].id, by=Actor("system", None, "命令行"), on=NOW, secret=KEY)  # the operator has none


def _kind(alarm: int, most: int) -> Any:
    from app.actions.people.resets import Kind

    return Kind("staff", "工作人员的密码或两步验证", Limit(most, throttle.STAFF_RESETS.span), alarm)


@pytest.mark.parametrize("how", ["disabled", "another school"])
def test_who_is_out_holds_no_file(client, app, admin, how):
    desk, person = submitted(), builders.staff(name="周明")
    builders.school("10002")
    with transaction() as session:
        session.add(Lease(application_id=desk.row.id, staff_id=person.id, until=LATER + timedelta(minutes=15)))
    assert kept_work.keep(desk.public_id, {"message": "写了一半"}, desk.seen.sha256, by=actor(person), on=LATER)
    if how == "disabled":
        disable_staff(person.id, by=actor(admin), on=LATER)
    else:
        form = {
            "csrf_token": csrf_of(client.get("/admin/staff").text),
            "role": "school_reviewer",
            "school_code": "10002",
        }
        assert client.post(f"/admin/staff/{person.id}/role", data=form).status_code == 303
    for table in (Lease, KeptWork):
        assert db.session.scalars(select(table)).all() == []
