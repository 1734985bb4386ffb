"""The figures of a window: in scope, right, and as a workbook."""

from __future__ import annotations

import io
import re

import pytest
from python_calamine import load_workbook
from sqlalchemy import select

from app.actions.opinions import Opinion, Verdict
from app.extensions import db
from app.models import AuditEvent, ReturnReason
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


def test_each_day_says_where_its_applications_stand_now(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = client.get(PAGE).text
    day = re.search(r'<tr><td class="num">2026-11-24</td>(.*?)</tr>', page)[1]
    assert re.findall(r"<td class=.r.>(\d+)</td>", day) == ["3", "2", "1", "0", "0", "0"]


def test_bars_are_told_apart_by_pattern_and_read_out_in_words(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = client.get(PAGE).text
    assert 'aria-label="审核通过 0，待审 2，退回或不予通过 1"' in page
    assert page.count('<pattern id="hatched"') == 1
    waiting = re.findall(r'<rect class="waiting"[^>]*>', page)
    assert waiting
    assert all('fill="url(#hatched)"' in each for each in waiting)
    assert "<title>2026-11-24：提交 3 件，通过 0，待审 2，退回或不予通过 1</title>" in page


def test_a_chosen_reason_counts_as_one_however_its_words_were_changed(client, season):
    cause = db.session.scalars(select(ReturnReason).where(ReturnReason.code == "R08")).one()
    person = builders.staff(name="吴初审")
    for words in ("编号与照片不一致，末四位应为 1243", "编号少一位"):
        opinion = Opinion({"prior_degree.diploma_number": Verdict("return", words, cause.id)})
        submitted().decide("return", person, opinion)
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = client.get(PAGE).text.split("退回最多的原因", 1)[1]
    rows = re.findall(r'<tr><td hx-disable>([^<]*)</td><td class="r">(\d+)</td></tr>', page)
    assert rows == [("证书编号与照片不一致", "2"), ("编号与照片不一致", "1")]


def test_two_reviewers_of_one_name_stay_two(client, season):
    third = submitted()
    third.decide("pass", builders.staff(name="周初审"))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert client.get(PAGE).text.count("<td>周初审</td>") == 2


def test_the_same_figures_leave_as_a_workbook_and_that_is_written_down(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    answer = client.get(f"{PAGE}.xlsx?window={season.window.id}")
    rows = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    found = [[*row[:3], int(row[3]) if isinstance(row[3], float) else row[3]] for row in rows]
    assert ["按主考学校", "合计", "申请", 3] in found
    assert ["按提交日", "2026-11-24", "退回", 1] in found
    assert ["审核员近 7 天", "周初审", "通过", 1] in found
    assert ["退回原因", "编号与照片不一致", "次数", 1] in found
    assert any(row[:3] == ["等待", "待初审", "等待时间中位数"] for row in found)
    assert "export.statistics" in db.session.scalars(select(AuditEvent.action)).all()


def test_an_unknown_window_is_absent_and_finance_has_no_figures(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert client.get(f"{PAGE}?window=99").status_code == 404
    builders.sign_in(client, person=builders.staff("finance"))
    assert client.get(PAGE).status_code == 403
