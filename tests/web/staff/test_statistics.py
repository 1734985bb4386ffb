"""The figures of a window: in scope, right, and as a workbook."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from python_calamine import load_workbook
from sqlalchemy import select

from app.actions.applications.cases import windows as all_windows
from app.actions.applications.submit import submit, withdraw
from app.actions.office.statistics import figures
from app.actions.review.notes import ask
from app.actions.review.opinions import Opinion, Verdict
from app.actions.review.revoking import revoke
from app.adapters.documents.lists import Sheet, write_sheets
from app.extensions import db
from app.models import Application, AuditEvent, Finding, ReturnReason, Review, Staff
from app.rules.calendar import today
from app.rules.refusals import Refused
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, actor, myself, returning, submitted

PAGE = "/staff/statistics"


def plain(page: str) -> str:
    """The page without the links of its figures."""
    return re.sub("</?a[^>]*>", "", page)


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
    page = plain(client.get(PAGE).text)
    assert "<dt>申请</dt><dd><b>2</b></dd>" in page
    assert "<dt>退回</dt><dd><b>1</b></dd>" in page
    assert "编号与照片不一致" in page
    assert "学校10002" not in page
    assert "<svg" in page


def test_the_office_sees_every_school_and_who_decided(client, season):
    builders.sign_in(client, person=builders.staff("auditor"))
    page = plain(client.get(PAGE).text)
    assert "<dt>申请</dt><dd><b>3</b></dd>" in page
    assert "学校10002" in page
    assert '<td>周初审</td><td class="r">1</td><td class="r">1</td>' in page


def test_each_day_says_where_its_applications_stand_now(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = plain(client.get(PAGE).text)
    day = re.search(r'<tr><td class="num">2026-11-24</td>(.*?)</tr>', page)[1]
    assert re.findall(r"<td class=.r.>(\d+)</td>", day) == ["3", "2", "1", "0", "0", "0"]


def test_bars_are_told_apart_by_pattern_and_read_out_in_words(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = plain(client.get(PAGE).text)
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
    page = plain(client.get(PAGE).text).split("退回最多的原因", 1)[1]
    rows = re.findall(r'<tr><td hx-disable>([^<]*)</td><td class="r">(\d+)</td></tr>', page)
    assert rows == [("证书编号与照片不一致", "2"), ("编号与照片不一致", "1")]


def test_without_a_window_in_the_address_it_is_the_last_that_has_opened(client, season):
    later = builders.window(
        name="来年上半年",
        opens_at=NOW + timedelta(days=90),
        closes_at=NOW + timedelta(days=99),
        pay_opens_at=None,
        pay_closes_at=None,
    )
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert "<dt>申请</dt><dd><b>3</b></dd>" in plain(client.get(PAGE).text)
    page = plain(client.get(f"{PAGE}?window={later.id}").text)
    assert "<dt>申请</dt><dd><b>0</b></dd>" in page
    assert "还没有开始办理" in page


def test_two_reviewers_of_one_name_stay_two(client, season):
    third = submitted()
    third.decide("pass", builders.staff(name="周初审"))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert plain(client.get(PAGE).text).count("<td>周初审</td>") == 2


def test_the_same_figures_leave_as_a_workbook_of_one_sheet_a_table_and_that_is_written_down(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer", name="冯终审"))
    answer = client.get(f"{PAGE}.xlsx?window={season.window.id}")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheet_names == ["按主考学校", "按提交日", "等待", "审核员近 7 天", "退回原因", "导出说明"]
    found = {
        name: [
            [int(cell) if isinstance(cell, float) else cell for cell in row]
            for row in book.get_sheet_by_name(name).to_python()
        ]
        for name in book.sheet_names
    }
    assert found["按主考学校"] == [
        ["主考学校", "申请", "待审", "退回", "不予通过", "待缴费", "已办结"],
        ["学校10002", 1, 1, 0, 0, 0, 0],
        ["学校10574", 2, 1, 1, 0, 0, 0],
        ["合计", 3, 2, 1, 0, 0, 0],
    ]
    assert ["2026-11-24", 3, 2, 1, 0, 0, 0] in found["按提交日"]
    assert found["审核员近 7 天"][1] == ["周初审", 1, 1, 0]
    assert found["退回原因"][1] == ["编号与照片不一致", 1]
    assert found["等待"][1][0] == "待初审"
    assert ["导出人", "冯终审"] in found["导出说明"]
    assert "export.statistics" in db.session.scalars(select(AuditEvent.action)).all()


def test_every_column_of_the_workbook_is_wide_enough_for_its_numbers_and_names(tmp_path):
    path, long = tmp_path / "a.xlsx", "某某某某某某某某某某大学继续教育学院"
    write_sheets(
        path,
        [Sheet("学校", ["主考学校", "申请"], [[long, 123456789012], ["甲", 7]]), Sheet("空", ["原因", "次数"], [])],
    )
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    widths = [float(each) for each in re.findall(r'<col min="\d+" max="\d+" width="([\d.]+)"', sheet)]
    assert widths[0] > 2 * len(long)
    assert widths[1] > 12
    assert load_workbook(path).get_sheet_by_name("空").to_python()[0] == ["原因", "次数"]


def behind(page: str) -> dict[str, tuple[str, int]]:
    """Every figure of the page: where it leads, and its number."""
    found = re.findall(r'<a href="(/staff/applications\?[^"]*)">([\d,]+)</a>', page)
    return {html.unescape(address): (address, int(number.replace(",", ""))) for address, number in found}


@pytest.mark.parametrize("role", ["office_reviewer", "school_lead", "auditor"])
def test_every_figure_leads_to_the_files_behind_it(client, season, role):
    """As many files as it counts; a reason that stands twice in one file is one file."""
    third, fourth = submitted(), submitted(window=builders.window(name="另一期"))
    person = db.session.scalars(select(Staff).where(Staff.name == "周初审")).one()
    items = ("prior_degree.diploma_number", "profile.address")
    for desk in (third, fourth):
        desk.decide("return", person, returning(*items, reason="不清楚，" * 40))
    aside, free, mistaken = submitted(), submitted(), submitted()
    lead = builders.staff("school_lead", school_code="10574")
    mistaken.decide("return", lead, returning(*items, reason="看错了"))
    revoke(mistaken.public_id, "看错了", version=mistaken.row.version, by=actor(lead), on=LATER)
    ask(aside.public_id, Opinion(), "照片背面有涂改", "lead", seen=aside.seen, by=actor(person), on=LATER)
    builders.sign_in(client, person=builders.staff(role, school_code="10574" if role == "school_lead" else ""))
    page = client.get(f"{PAGE}?window={season.window.id}").text
    figures = behind(page)
    assert len(figures) > 12
    assert lead.name not in page.split("审核员，最近 7 天", 1)[1]  # of a revoked decision nothing is counted
    assert "看错了" not in page
    waiting = re.findall(
        r'<p>(待初审|请示中) <a href="([^"]*)">(\d)</a> 件', page
    )  # apart: what is aside waits for nobody
    assert [word for word, _, _ in waiting] == ["待初审", "请示中"]
    assert free.ticket.number in client.get(html.unescape(waiting[0][1])).text
    assert aside.ticket.number not in client.get(html.unescape(waiting[0][1])).text
    assert aside.ticket.number in client.get(html.unescape(waiting[1][1])).text
    for address, (_, number) in figures.items():
        page = client.get(address).text
        files = len(re.findall("<tr data-row>", page))
        assert files == (1 if number == 2 and "reason=" in address else number), address
        assert fourth.ticket.number not in page
        assert "去掉" in page or not re.search("since=|group=|reviewed=|reason=", address)


def test_what_a_figure_led_to_stays_when_the_list_is_filtered_further_and_can_be_dropped(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = client.get(PAGE).text
    address = next(each for each in behind(page) if "group=waiting" in each and "since" in each)
    page = client.get(address).text
    assert "提交日期 2026-11-24" in page
    assert "待审（初审和终审）" in page
    form = page.split('action="/staff/applications/find"')[1].split("</form>")[0]
    given = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    moved = client.post("/staff/applications/find", data={**given, "level": "本科"}).location
    assert "group=waiting" in moved
    assert "since=2026-11-24" in moved
    dropped = [html.unescape(each) for each in re.findall(r'<a href="([^"]*)">去掉</a>', page)]
    assert any("since" not in each and "group=waiting" in each for each in dropped)
    for wrong in ("since=x", "group=x", "reviewed=x", "reviewed=1.x", "reason=没有这样的"):
        assert "<tr data-row>" not in client.get(f"/staff/applications?state=all&{wrong}").text, wrong


def test_an_unknown_window_is_absent_and_finance_has_no_figures(client, season):
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert client.get(f"{PAGE}?window=99").status_code == 404
    builders.sign_in(client, person=builders.staff("finance"))
    assert client.get(PAGE).status_code == 403


def recounted(window, by):
    """The figures from every row, one by one."""
    mine = [
        row
        for row in db.session.scalars(select(Application))
        if row.state != "draft" and row.window_id == window.id and by.school_code in ("", row.school_code)
    ]
    idents = {row.id for row in mine}
    reviews = [row for row in db.session.scalars(select(Review)) if row.application_id in idents and row.decision]
    lately = [row for row in reviews if row.decided_at >= LATER - timedelta(days=7)]
    names = {row.id: row.name for row in db.session.scalars(select(Staff))}
    kept = {row.id for row in reviews}
    findings = [row for row in db.session.scalars(select(Finding)) if row.review_id in kept and row.verdict == "return"]
    return {
        "states": Counter(row.state for row in mine),
        "schools": Counter(row.school_code for row in mine),
        "days": Counter(today(row.submitted_at) for row in mine),
        "reviewers": Counter((names[row.reviewer_id], row.decision) for row in lately),
        "reasons": Counter(row.reason for row in findings),
    }


def agree(window, by):
    db.session.rollback()
    found, wanted = figures(db.session(), window, by, LATER), recounted(window, by)
    assert found.total.applied == sum(wanted["states"].values())
    assert found.total.returned == wanted["states"]["returned"]
    assert {stage: number for stage, number, _ in found.waits} == {
        "待初审": wanted["states"]["school_review"],
        "待终审": wanted["states"]["office_review"],
    }
    assert sorted(line.applied for line in found.schools) == sorted(wanted["schools"].values())
    assert {day: line.applied for day, line in found.days if line.applied} == dict(wanted["days"])
    assert sum(line.waiting for _, line in found.days) == sum(line.waiting for line in found.schools)
    assert {
        (name, word): number
        for _, name, *numbers in found.reviewers
        for word, number in zip(("pass", "return", "reject"), numbers, strict=True)
        if number
    } == dict(wanted["reviewers"])
    assert dict(found.reasons) == dict(wanted["reasons"])


def test_after_any_sequence_of_acts_the_figures_are_those_of_a_recount(both):
    rng = Random(3)
    one, two = builders.window(), builders.window(name="另一期", stages=1)
    office = builders.staff("office_reviewer", name="考办")
    people = {code: builders.staff(name=f"初审{code}", school_code=code) for code in ("10574", "10002")}
    leads = [actor(builders.staff("school_lead", school_code=code)) for code in people]
    desks = [
        submitted(rng.choice(list(people)), window=rng.choice((one, two)), on=NOW - timedelta(days=rng.randrange(3)))
        for _ in range(7)
    ]
    for turn in range(24):
        desk = rng.choice(desks)
        with suppress(Refused):
            match rng.choice(("pass", "return", "withdraw", "submit", "reject", "pass", "return")):
                case "withdraw":
                    withdraw(desk.public_id, by=myself(desk), on=LATER)
                case "submit":
                    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
                case "pass" | "reject" as word:
                    by = people[desk.row.school_code] if desk.row.state == "school_review" else office
                    desk.decide(word, by)
                case _:
                    by = people[desk.row.school_code] if desk.row.state == "school_review" else office
                    desk.decide("return", by, returning("prior_degree.diploma_number", reason=f"原因{turn % 3}"))
        if turn % 6 == 5:
            for window in all_windows(db.session()):
                for by in (actor(office), *leads):
                    agree(window, by)
    assert len({desk.row.state for desk in desks}) > 2
