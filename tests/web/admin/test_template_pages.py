"""/admin/templates: what an import takes, and the empty workbook of each kind."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import load_workbook

from app.actions.imports import KINDS
from app.actions.imports.columns import TABLES
from app.rules.plans.marks import WRITINGS
from app.web.downloads import as_download
from tests.builders import sign_in, staff


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> FlaskClient:
    sign_in(client, person=staff("admin"))
    return client


def test_the_page_explains_every_column_and_mark(admin: FlaskClient) -> None:
    page = admin.get("/admin/templates").text
    for columns in TABLES.values():
        for column in columns:
            assert column.title in page
    for writing in WRITINGS:
        assert "、".join(writing.words) in page
    assert "没有表格模板" in page
    assert "/admin/templates" in admin.get("/admin/").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_downloaded_for_each_kind(admin: FlaskClient, kind: str) -> None:
    answer = admin.get(f"/admin/templates/{kind}")
    assert answer.status_code == 200
    assert "filename" in answer.headers["Content-Disposition"]
    assert "填写说明" in load_workbook(io.BytesIO(answer.data)).sheet_names
    assert admin.get("/admin/templates/portraits").status_code == 404


def test_the_ascii_name_of_a_download_is_a_name(admin: FlaskClient) -> None:
    said = admin.get("/admin/templates/plans").headers["Content-Disposition"]
    assert "filename=kaoji.xlsx;" in said
    assert "filename*=UTF-8''%E4" in said
    with admin.application.test_request_context():
        other = as_download(io.BytesIO(b""), "text/csv", "订单 2026-11-30.csv").headers["Content-Disposition"]
    assert "filename=kaoji-2026-11-30.csv;" in other


def test_who_reviews_in_the_office_sees_the_table_of_marks_and_is_led_to_it(app: Flask, client: FlaskClient) -> None:
    sign_in(client, person=staff("office_reviewer"))
    assert 'href="/admin/templates#marks"' in client.get("/staff/questions").text
    page = client.get("/admin/templates")
    assert (page.status_code, 'id="marks"' in page.text) == (200, True)
    assert 'href="/staff/questions">返回' in page.text


def test_who_reviews_at_a_school_is_not_led_where_he_may_not_go(app: Flask, client: FlaskClient) -> None:
    sign_in(client, person=staff("school_reviewer"))
    assert "/admin/templates" not in client.get("/staff/questions").text
    assert client.get("/admin/templates").status_code == 403
