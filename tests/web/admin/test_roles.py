"""Roles: the school's lead, the auditor, changes of a role, accounts that nobody uses, and the list of what was done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import builders
from tests.builders import NOW, csrf_of, refresh
from tests.reviewing import ok, submitted
from tests.signing import acts


def test_a_lead_decides_as_the_school_does_and_sees_no_other_school(client, app):
    desk, other = submitted(), submitted("10002")
    lead = builders.staff("school_lead", school_code="10574")
    desk.decide("pass", lead, ok("profile.phone"))
    assert desk.row.state == "office_review"
    builders.sign_in(client, person=lead)
    assert client.get(f"/staff/applications/{other.public_id}").status_code == 404


def test_the_auditor_reads_the_list_the_files_and_the_acts_and_looks_up_nobody(client, app):
    desk = submitted()
    builders.sign_in(client, person=builders.staff("auditor"))
    assert desk.ticket.number in client.get("/staff/applications").text
    file = f"/staff/applications/{desk.public_id}"
    for page in ("/admin/audit", "/staff", "/staff/orders", "/staff/exports/audit", file):
        assert client.get(page).status_code == 200, page
    for page in ("/staff/examinees", "/admin/", "/admin/staff"):
        assert client.get(page).status_code == 403, page
    assert client.get("/staff/exports/applications").status_code == 403


def test_a_changed_role_bites_at_once_and_is_written_down(client, app):
    admin, person = builders.staff("admin"), builders.staff("office_reviewer")
    other = app.test_client()
    builders.sign_in(other, person=person)
    assert other.get("/staff/applications").status_code == 200
    builders.school()
    builders.sign_in(client, person=admin)
    page = f"/admin/staff/{person.id}/role"
    token = csrf_of(client.get(page).text)
    wrong = client.post(page, data={"csrf_token": token, "role": "school_lead", "school_code": ""})
    assert wrong.status_code == 422
    done = client.post(page, data={"csrf_token": token, "role": "school_lead", "school_code": "10574"})
    assert done.location == "/admin/staff"
    assert (refresh(person).role, refresh(person).school_code) == ("school_lead", "10574")
    sent = other.get("/staff/applications").location
    assert sent.startswith("/staff/login")
    assert "管理员改了角色" in other.get(sent).text
    assert acts(app).count("staff.role_changed") == 1


def test_the_form_of_a_role_names_whose_it_is_and_goes_to_that_account(client, app):
    admin, person = builders.staff("admin", name="褚管理"), builders.staff("finance", name="陈财务")
    builders.sign_in(client, person=admin)
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get(f"/admin/staff/{person.id}/role", headers=headers).text
        assert "<h1>修改 陈财务 的角色</h1>" in page
        assert f'action="/admin/staff/{person.id}/role"' in page
    form = {"csrf_token": csrf_of(page), "role": "finance", "school_code": ""}
    client.post(f"/admin/staff/{person.id}/role", data=form)
    assert "没有改动" in client.get("/admin/staff").text


@pytest.mark.parametrize("whose", ["own", "last"])
def test_nobody_changes_their_own_role(client, app, whose):
    admin = builders.staff("admin")
    builders.sign_in(client, person=admin)
    page = f"/admin/staff/{admin.id}/role"
    token = csrf_of(client.get(page).text)
    assert client.post(page, data={"csrf_token": token, "role": "auditor"}).status_code == 409
    assert refresh(admin).role == "admin"


def test_an_account_that_nobody_used_for_ninety_days_is_marked(client, app):
    builders.staff(
        "finance", name="久未登录", created_at=NOW - timedelta(days=200), last_sign_in_at=NOW - timedelta(days=91)
    )
    builders.staff(
        "finance", name="常来", created_at=NOW - timedelta(days=200), last_sign_in_at=NOW - timedelta(days=89)
    )
    builders.sign_in(client, person=builders.staff("admin"))
    assert client.get("/admin/staff").text.count("90 天未用") == 1


def test_the_list_of_acts_narrows_by_person_kind_and_day_and_pages_by_keyset(client, app):
    person = builders.staff("school_lead", school_code="10574")
    for _ in range(60):
        submitted()
    submitted().decide("pass", person, ok("profile.phone"))
    builders.sign_in(client, person=builders.staff("auditor"))
    page = client.get("/admin/audit").text
    assert "application.pass_school" in page
    assert page.count("<tr>") == 51
    nxt = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "application.pass_school" not in client.get(nxt).text
    own = client.get(f"/admin/audit?actor={person.id}").text
    assert own.count("<tr>") == 3  # the head, the beginning, the decision
    assert client.get("/admin/audit?action=sign_in.").text.count("<tr>") == 0
    assert client.get(f"/admin/audit?since={(NOW + timedelta(days=2)):%Y-%m-%d}").text.count("<tr>") == 0
    assert "日期应写成" in client.get("/admin/audit?since=x").text
