"""/admin/reasons: the administrator keeps the common lines, a lead the school's own; nobody else comes in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import ReturnReason
from app.services.graduation.reasons import SEEDS
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import place, submitted

LIST = "/admin/reasons"
FORM = {"act": "save", "label": "请到学校", "text": "课程【{course}】请到校核对", "places.scores": "scores.assessment"}


@pytest.fixture
def admin(app, client) -> Any:
    person = builders.staff("admin", name="管理员")
    builders.sign_in(client, person=person)
    return person


@pytest.fixture
def lead(app) -> FlaskClient:
    place()
    browser = app.test_client()
    builders.sign_in(browser, person=builders.staff("school_lead", school_code="10574"))
    return browser


def post(client: FlaskClient, url: str, **data: str) -> Any:
    return client.post(url, data={"csrf_token": csrf_of(client.get("/staff").text), **data})


def row(**which: Any) -> ReturnReason:
    query = select(ReturnReason).filter_by(**which).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def test_the_list_shows_every_line_in_order_with_its_places(client, admin):
    page = client.get(LIST).text
    assert re.findall(r'<a href="/admin/reasons/\d+">([^<]+)</a>', page) == [seed.label for seed in SEEDS]
    assert "毕业证书编号、毕业证书照片" in page
    assert page.count("已停用") == 1
    assert 'href="/admin/reasons"' in client.get("/admin/").text


def test_a_line_is_added_and_offered_at_once(client, admin, app):
    reviewer = app.test_client()
    builders.sign_in(reviewer, person=builders.staff())
    file = f"/staff/applications/{submitted().public_id}"
    assert "请到学校" not in reviewer.get(file).text
    answer = post(client, f"{LIST}/new", **FORM)
    assert answer.location == f"{LIST}#reason-{row(label='请到学校').id}"
    assert row(label="请到学校").places == ["scores.assessment"]
    assert "请到学校" in reviewer.get(file).text
    post(client, f"{LIST}/{row(label='请到学校').id}", act="retire")
    assert "请到学校" not in reviewer.get(file).text


def test_the_form_shows_what_is_stored_and_how_it_reads(client, admin):
    post(client, f"{LIST}/new", **FORM)
    page = client.get(f"{LIST}/{row(label='请到学校').id}").text
    assert 'value="请到学校"' in page
    assert "课程【{course}】请到校核对" in page
    assert "例如：课程【00540 外国文学史】请到校核对" in page
    assert re.search(r'value="scores.assessment" checked', page)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": ""}, "label"),
        ({"text": "{kecheng}没有成绩"}, "text"),
        ({"text": "缺{"}, "text"),
        ({"label": "材料不齐"}, "label"),
    ],
)
def test_a_wrong_field_comes_back_as_it_was_typed(client, admin, change, field):
    answer = post(client, f"{LIST}/new", **{**FORM, **change})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert re.search(r'value="scores.assessment" checked', answer.text)
    assert ({**FORM, **change})["text"] in answer.text
    assert len(db.session.scalars(select(ReturnReason)).all()) == len(SEEDS)


def test_a_stale_form_shows_both(client, admin):
    post(client, f"{LIST}/new", **FORM)
    url = f"{LIST}/{row(label='请到学校').id}"
    assert post(client, url, **{**FORM, "version": "1", "text": "甲文字"}).status_code == 303
    answer = post(client, url, **{**FORM, "version": "1", "text": "乙文字"})
    assert answer.status_code == 409
    assert "甲文字" in answer.text
    assert "乙文字" in answer.text
    again = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    assert post(client, url, **{**FORM, "version": again, "text": "乙文字"}).status_code == 303


def test_lines_are_moved_retired_and_deleted_by_their_buttons(client, admin):
    second = row(label=SEEDS[1].label)
    post(client, f"{LIST}/{second.id}", act="up")
    assert re.findall(r'<a href="/admin/reasons/\d+">([^<]+)</a>', client.get(LIST).text)[0] == SEEDS[1].label
    post(client, f"{LIST}/{second.id}", act="retire")
    assert not row(id=second.id).active
    post(client, f"{LIST}/{second.id}", act="restore")
    assert row(id=second.id).active
    assert post(client, f"{LIST}/{second.id}", act="delete").status_code == 409
    post(client, f"{LIST}/new", **FORM)
    mine = row(label="请到学校").id
    assert post(client, f"{LIST}/{mine}", act="delete").location == LIST
    assert post(client, f"{LIST}/{mine}", act="delete").status_code == 404
    assert post(client, f"{LIST}/{second.id}", act="nonsense").status_code == 400


def test_a_lead_sees_the_common_lines_and_keeps_own_ones(client, lead, admin):
    page = lead.get(LIST).text
    assert SEEDS[0].label in page
    assert "上移" not in page
    assert 'href="/admin/reasons" aria-current="page"' in page
    common = row(label=SEEDS[0].label).id
    assert lead.get(f"{LIST}/{common}").status_code == 403
    assert post(lead, f"{LIST}/{common}", act="retire").status_code == 409
    assert row(id=common).active
    assert post(lead, f"{LIST}/new", **FORM).status_code == 303
    own = row(label="请到学校")
    assert own.school_code == "10574"
    assert 'value="请到学校"' in lead.get(f"{LIST}/{own.id}").text
    assert "学校10574" in client.get(LIST).text


def test_a_lead_of_another_school_does_not_find_them(app, lead):
    post(lead, f"{LIST}/new", **FORM)
    other = app.test_client()
    builders.sign_in(other, person=builders.staff("school_lead", school_code="10002"))
    own = f"{LIST}/{row(label='请到学校').id}"
    assert "请到学校" not in other.get(LIST).text
    assert other.get(own).status_code == other.get(f"{LIST}/99999").status_code == 404
    for act in ("save", "retire", "delete", "up"):
        assert post(other, own, **{**FORM, "act": act}).status_code == 404


@pytest.mark.parametrize("role", ["school_reviewer", "office_reviewer", "finance", "auditor"])
def test_nobody_else_comes_in(client, app, role):
    builders.sign_in(client, person=builders.staff(role))
    assert client.get(LIST).status_code == 403
    assert post(client, f"{LIST}/new", **FORM).status_code == 403
    assert post(client, f"{LIST}/1", act="retire").status_code == 403
