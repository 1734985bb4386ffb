"""The administrator's pages: windows, announcements, staff, the site's words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.review.decision_settings import decision_settings
from app.extensions import db
from app.models import Announcement, AuditEvent, Staff, Window
from app.rules.calendar import local, moment
from tests import builders
from tests.builders import NOW, csrf_of

WINDOWS, NOTICES, STAFF, SETTINGS = "/admin/windows", "/admin/announcements", "/admin/staff", "/admin/settings"
FORM = {
    "service": "graduation", "name": "2027 年上半年毕业", "opens_at": "2027-05-01T09:00", "closes_at": "2027-05-20T16:00",
    "fixes_close_at": "", "fee": "50", "pay_opens_at": "2027-06-01T09:00", "pay_closes_at": "2027-06-10T16:00",
    "stages": "2", "statement_min": "300", "statement_max": "800", "strict_files": "1", "notice": "请仔细阅读。",
}  # fmt: skip


@pytest.fixture
def admin(app, client) -> Any:
    person = builders.staff("admin", name="管理员")
    builders.sign_in(client, person=person)
    return person


def post(client: FlaskClient, url: str, **data: str) -> Any:
    return client.post(url, data={"csrf_token": csrf_of(client.get("/admin/").text), **data})


def only(table: Any) -> Any:
    return db.session.scalars(select(table).execution_options(populate_existing=True)).one()


def answer(client: FlaskClient, asked: Any, **more: str) -> Any:
    """Confirm a question: all that its form holds, and its first button."""
    held = unescape(asked.text.split("<main", 1)[1].split('<form class="card"', 1)[1].split("</form>", 1)[0])
    act = re.search(r'<button[^>]*name="act" value="(\w*)"', held)
    sent = {**values(held), "act": act[1] if act else "", **more}
    return client.post(asked.request.path, data=sent)


def values(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', page))


def test_a_window_is_made_in_the_offices_time(client, admin):
    answer = post(client, f"{WINDOWS}/new", **FORM)
    assert (answer.status_code, answer.location) == (303, WINDOWS)
    row = only(Window)
    assert row.opens_at == datetime(2027, 5, 1, 1, 0, tzinfo=UTC)
    assert (row.fee, row.stages, row.strict_files, row.options["refuse_missing"]) == (5000, 2, True, False)
    assert "2027 年上半年毕业" in client.get(WINDOWS).text
    shown = values(client.get(f"{WINDOWS}/{row.id}").text)
    assert (shown["opens_at"], shown["fee"], shown["pay_closes_at"]) == (
        "2027-05-01T09:00",
        "50.00",
        "2027-06-10T16:00",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("opens_at", ""), ("opens_at", "明天"), ("closes_at", "2027-04-01T09:00"), ("fee", "五十"),
        ("fee", "-1"), ("fixes_close_at", "2027-05-02T09:00"), ("statement_min", "x"), ("statement_max", "100"),
        ("stages", "3"), ("service", "nonsense"), ("pay_closes_at", ""),
    ],
)  # fmt: skip
def test_a_wrong_field_comes_back_as_it_was_typed(client, admin, field, value):
    answer = post(client, f"{WINDOWS}/new", **{**FORM, field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "2027-05-20T16:00" in answer.text or field == "closes_at"
    assert db.session.scalars(select(Window)).all() == []


def test_a_stale_form_does_not_overwrite(client, admin):
    row = builders.window()
    stale = {**FORM, "version": "1"}
    assert post(client, f"{WINDOWS}/{row.id}", **{**stale, "name": "甲"}).status_code == 303
    answer = post(client, f"{WINDOWS}/{row.id}", **{**stale, "name": "乙"})
    assert answer.status_code == 409
    assert "甲" in answer.text
    assert 'value="乙"' in answer.text
    assert "没有保存" in answer.text
    assert "刷新" not in answer.text
    assert only(Window).name == "甲"
    again = values(answer.text)["version"]
    assert post(client, f"{WINDOWS}/{row.id}", **{**stale, "version": again, "name": "乙"}).status_code == 303


def test_a_window_is_closed_and_opened_by_a_button(client, admin):
    row = builders.window()
    planned = row.closes_at
    asked = post(client, f"{WINDOWS}/{row.id}", act="close")
    assert asked.status_code == 200
    assert only(Window).closes_at == planned  # nothing yet
    answer(client, asked)
    assert (only(Window).closes_at, only(Window).planned_closes_at) == (NOW, planned)
    page = client.get(WINDOWS).text
    assert "已截止" in page
    assert f"原定截止时间 {moment(planned)}" in page
    asked = post(client, f"{WINDOWS}/{row.id}", act="open")
    assert f'value="{local(planned):%Y-%m-%dT%H:%M}"' in asked.text
    assert answer(client, asked, until="昨天").status_code == 422
    assert answer(client, asked, until="2020-01-01T09:00").status_code == 422
    assert answer(client, asked).status_code == 303
    assert (only(Window).closes_at, only(Window).planned_closes_at) == (planned, None)
    acts = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == ["window.closed", "window.opened"]


def test_an_announcement_is_written_published_and_withdrawn(client, admin):
    assert post(client, f"{NOTICES}/new", title="", body="x").status_code == 422
    assert post(client, f"{NOTICES}/new", title="停机通知", body="周六维护").status_code == 303
    row = only(Announcement)
    assert row.published_at is None
    post(client, f"{NOTICES}/{row.id}", act="publish")
    assert only(Announcement).published_at == NOW
    post(client, f"{NOTICES}/{row.id}", title="停机通知（改）", body="周日维护", pinned="1", act="save")
    assert (only(Announcement).title, only(Announcement).pinned) == ("停机通知（改）", True)
    assert only(Announcement).published_at == NOW
    post(client, f"{NOTICES}/{row.id}", act="withdraw")
    assert only(Announcement).published_at is None
    assert client.get(f"{NOTICES}/99").status_code == 404


def test_an_announcement_can_be_written_and_published_at_once(client, admin):
    post(client, f"{NOTICES}/new", title="通知", body="内容", act="publish")
    assert only(Announcement).published_at == NOW


def test_an_account_is_made_with_a_code_that_is_shown_once(client, admin):
    builders.school()
    given = {"username": "zhouming", "name": "周明", "role": "school_reviewer", "school_code": "10574"}
    answer = post(client, STAFF, **given)
    code = re.search(r'class="code">([^<]+)<', answer.text)[1]
    assert answer.status_code == 200
    assert code not in client.get(STAFF).text
    assert "zhouming" in client.get(STAFF).text
    assert post(client, STAFF, **given).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": ""}, "role"),
        ({"school_code": ""}, "school_code"),
        ({"username": "周"}, "username"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_account_comes_back(client, admin, change, field):
    builders.school()
    given = {"username": "zhouming", "name": "周明", "role": "school_reviewer", "school_code": "10574", **change}
    answer = post(client, STAFF, **given)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_an_account_is_reset_disabled_and_enabled(client, admin):
    person = builders.staff("finance", name="吴梅", password_hash="x")
    code = re.search(r'class="code">([^<]+)<', post(client, f"{STAFF}/{person.id}", act="reset").text)
    assert code
    assert db.session.get(Staff, person.id, populate_existing=True).password_hash is None
    post(client, f"{STAFF}/{person.id}", act="disable")
    assert db.session.get(Staff, person.id, populate_existing=True).active is False
    post(client, f"{STAFF}/{person.id}", act="enable")
    assert db.session.get(Staff, person.id, populate_existing=True).active is True
    assert post(client, f"{STAFF}/{person.id}", act="nonsense").status_code == 400
    assert post(client, f"{STAFF}/999", act="reset").status_code == 404


def test_nobody_disables_oneself(client, admin):
    answer = post(client, f"{STAFF}/{admin.id}", act="disable")
    assert answer.status_code == 409
    assert "不能停用自己" in answer.text


def test_the_sites_words_are_shown_at_once(client, admin):
    assert post(client, SETTINGS, name="某省考籍平台", contact_phone="021-1234 5678").status_code == 303
    page = client.get(SETTINGS).text
    assert 'value="某省考籍平台"' in page
    assert "某省考籍平台</title>" in page
    assert post(client, SETTINGS, name="长" * 81).status_code == 422
    assert post(client, SETTINGS, four_eyes="关闭").status_code == 303
    assert re.search(r'<option value="关闭" selected>', client.get(SETTINGS).text)
    assert post(client, SETTINGS, four_eyes="也许").status_code == 422


def test_full_width_digits_are_read_wherever_a_number_is_typed(client, admin):
    given = {"undo_minutes": "０", "local_minimum_associate": " １０ ", "local_minimum_bachelor": ""}
    assert post(client, SETTINGS, **given).status_code == 303
    shown = values(client.get(SETTINGS).text)
    assert (shown["undo_minutes"], shown["local_minimum_associate"]) == ("0", "10")
    assert decision_settings(db.session()).undo == timedelta(0)
    for wrong in ("-5", "百", "１００"):
        assert post(client, SETTINGS, undo_minutes=wrong).status_code == 422
    assert post(client, "/admin/certificates", rule="ticket", province="３１", area="", act="save").status_code == 303
    assert client.get("/admin/forecast?show=1&short=１").status_code == 200


@pytest.mark.parametrize("role", ["school_reviewer", "office_reviewer", "finance"])
def test_only_an_administrator_may_enter(client, app, role):
    row = builders.window()
    builders.sign_in(client, person=builders.staff(role))
    token = csrf_of(client.get("/staff").text)
    for url in (
        "/admin/",
        WINDOWS,
        f"{WINDOWS}/new",
        f"{WINDOWS}/{row.id}",
        NOTICES,
        f"{NOTICES}/new",
        STAFF,
        SETTINGS,
    ):
        assert client.get(url).status_code == 403
    for url in (f"{WINDOWS}/new", f"{WINDOWS}/{row.id}", f"{NOTICES}/new", STAFF, SETTINGS):
        assert client.post(url, data={"csrf_token": token, **FORM}).status_code == 403
    assert only(Window).name == row.name
