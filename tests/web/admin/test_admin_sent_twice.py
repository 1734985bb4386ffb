"""What the administrator makes, changes and deletes is done once for a form that arrives twice, with the same answer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app.extensions import db
from app.models import Announcement, AuditEvent, ReturnReason, Staff, Window
from tests import builders
from tests.web.staff.sending_twice import count, hidden, twice


@pytest.fixture(autouse=True)
def admin(client: Any, app: Any) -> Any:
    builders.sign_in(client, person=builders.staff("admin", name="管理员"))


def same(client: Any, address: str, data: dict[str, Any], words: str, to: str = "") -> None:
    first, again = twice(client, to or address, data)
    assert first == again
    assert first[0] == 303
    assert words in first[2][0]
    assert first[2][0].startswith("ok")


def test_an_announcement(client):
    address = "/admin/announcements/new"
    typed = {"title": "放假", "body": "放假三天", "act": "publish"}
    same(client, address, hidden(client.get(address).text, "保存") | typed, "已保存")
    assert count(Announcement) == 1
    assert count(AuditEvent, AuditEvent.action.in_(["announcement.created", "announcement.published"])) == 2


def test_a_reason_made_changed_moved_and_deleted(client):
    address = "/admin/reasons/new"
    for label in ("甲", "乙", "丙"):
        typed = {"label": label, "text": "请补交原件照片", "act": "save"}
        same(client, address, hidden(client.get(address).text, "保存") | typed, "已保存")
    assert count(ReturnReason, ReturnReason.label.in_(["甲", "乙", "丙"])) == 3
    row = db.session.query(ReturnReason).filter_by(label="丙").one()
    here = f"/admin/reasons/{row.id}"
    changed = hidden(client.get(here).text, "保存") | {"label": "丙", "text": "请改正编号", "act": "save"}
    same(client, here, changed, "已保存")
    listed = client.get("/admin/reasons").text
    forms = [each for each in re.findall(r"<form.*?</form>", listed, re.S) if f'action="{here}"' in each]
    buttons = {data["act"]: data for data in (hidden(form, "act") for form in forms)}
    for _ in range(2):
        assert client.post(here, data=buttons["up"]).status_code == 303
    order = re.findall(r">(甲|乙|丙)</a>", client.get("/admin/reasons").text)
    assert order == ["甲", "丙", "乙"]
    same(client, here, buttons["delete"], "已删除")


def test_a_round_made_changed_and_opened(client, app):
    builders.school()
    address = "/admin/windows/new"
    page = client.get(address).text
    times = {"opens_at": "2027-01-05T09:00", "closes_at": "2027-01-20T16:00"}
    chosen = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    typed = (
        chosen
        | hidden(page, "保存")
        | times
        | {"service": "graduation", "name": "下半年", "notice": "须知的内容", "act": "save"}
    )
    typed.update(dict(re.findall(r'<input type="radio"[^>]*name="(\w+)" value="(\w+)" checked', page)))
    same(client, address, typed, "已新建")
    row = db.session.query(Window).one()
    here = f"/admin/windows/{row.id}"
    same(client, here, typed | hidden(client.get(here).text, "保存") | {"name": "改了名字"}, "已保存")
    for act, words in (("open", "已开放"), ("close", "已截止"), ("delete", "已删除")):
        asked = client.post(here, data={"csrf_token": typed["csrf_token"], "act": act}).text
        until = {"until": "2027-01-20T16:00"} if act == "open" else {}
        app.clock.now += timedelta(minutes=1)
        same(client, here, {**hidden(asked, 'name="sure"'), "act": act, **until}, words)
    for action in ("window.created", "window.edited", "window.opened", "window.closed", "window.deleted"):
        assert count(AuditEvent, AuditEvent.action == action) == 1, action


def test_an_account_shows_a_code_that_is_valid_with_both_answers(client, app):
    data = hidden(client.get("/admin/staff").text, "新建账号")
    data |= {"username": "zhoumin", "name": "周敏", "role": "office_reviewer", "school_code": ""}
    codes = []
    for _ in range(2):
        answer = client.post("/admin/staff", data=data)
        assert answer.status_code == 200
        codes.append(re.search(r'class="code">([^<]+)<', answer.text)[1])
    assert count(Staff, Staff.username == "zhoumin") == 1
    assert count(AuditEvent, AuditEvent.action == "staff.created") == 1
    visitor = app.test_client()
    token = builders.csrf_of(visitor.get("/staff/login").text)
    signed = {"csrf_token": token, "username": "zhoumin", "password": codes[1]}
    assert visitor.post("/staff/login", data=signed).location == "/staff/password"
    db.session.rollback()
    row = db.session.query(Staff).filter_by(username="zhoumin").one()
    row.password_hash = "x"
    db.session.commit()
    late = client.post("/admin/staff", data=data)
    assert late.status_code == 422
    assert "已经有人使用" in late.text


def test_a_role(client):
    person = builders.staff("office_reviewer", name="周敏")
    address = f"/admin/staff/{person.id}/role"
    data = hidden(client.get(address).text, "role") | {"role": "finance", "school_code": ""}
    same(client, address, data, "角色已修改")
    db.session.rollback()
    db.session.get(Staff, person.id).role = "auditor"
    db.session.commit()
    assert client.post(address, data=data).status_code == 409
