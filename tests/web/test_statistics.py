"""The figures of a window: in scope, right, and as a workbook."""

from __future__ import annotations

import io

import pytest
from python_calamine import load_workbook

from tests import builders
from tests.desk import returning, submitted

PAGE = "/staff/statistics"


@pytest.fixture
def season(app):
    first, second = submitted(), submitted()
    submitted("10002")
    person = builders.staff(name="周初审")
    first.decide("pass", person)
    second.decide("return", person, returning("prior_degree.diploma_number", reason="编号与照片不一致"))
    return first


def test_the_figures_are_those_of_the_school(client, season):
    builders.sign_in(client, person=builders.staff("school_lead", school_code="10574"))
    page = client.get(PAGE).text
    assert "<dt>申请</dt><dd><b>2</b></dd>" in page
    assert "<dt>退回</dt><dd><b>1</b></dd>" in page
    assert "编号与照片不一致" in page
    assert "学校10002" not in page
    assert "<svg" in page


def test_the_office_sees_every_school_and_who_decided(client, season):
    builders.sign_in(client, person=builders.staff("auditor"))
    page = client.get(PAGE).text
    assert "<dt>申请</dt><dd><b>3</b></dd>" in page
    assert "学校10002" in page
    assert '<td>周初审</td><td class="r">1</td><td class="r">1</td>' in page


def test_the_same_figures_leave_as_a_workbook_and_that_is_written_down(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    answer = client.get(f"{PAGE}.xlsx?window={season.window.id}")
    rows = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert ["按主考学校", "合计", "申请", 3] in [
        [*row[:3], int(row[3]) if isinstance(row[3], float) else row[3]] for row in rows
    ]


def test_an_unknown_window_is_absent_and_finance_has_no_figures(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert client.get(f"{PAGE}?window=99").status_code == 404
    builders.sign_in(client, person=builders.staff("finance"))
    assert client.get(PAGE).status_code == 403
