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
