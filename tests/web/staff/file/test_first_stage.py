"""The second stage reads what the first found: each item with who said it and when, the waivers, and can send it back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.actions.applications.submit import submit
from app.actions.review.opinions import OK, RETURN, Opinion, Verdict
from app.models.base import transaction
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, Desk, fields, missing_course, myself, submitted, url
from tests.web.staff.file.test_order_of_a_file import again, sections
from tests.web.staff.file.test_order_of_a_file import row_of as markup_of

NUMBER, PHONE, CODE = "prior_degree.diploma_number", "profile.phone", "prior_degree.record_code"


def row_of(page: str, item: str) -> str:
    """The words beside one item."""
    found = re.search(rf'data-item="{re.escape(item)}".*?<div class="said" hx-disable>(.*?)</div>', page, re.S)
    assert found, item
    return re.sub(r"<[^>]+>", " ", found[1])


@pytest.fixture
def office(client, app) -> Any:
    person = builders.staff("office_reviewer", name="冯终审")
    builders.sign_in(client, person=person)
    return person


def passed(desk: Desk, name: str = "周初审", **over: Any) -> Desk:
    opinion = Opinion({NUMBER: Verdict(OK), PHONE: Verdict(OK)}, "原件已核对", **over)
    desk.decide("pass", builders.staff(name=name), opinion, on=NOW)
    return desk


def test_the_office_reads_each_mark_of_the_school_with_who_and_when(client, office):
    page = client.get(url(passed(submitted()))).text
    assert re.search(r"初审：周初审 11 月 24 日 12:00 通过。逐项 ✓ 2 项，没有逐项标记 \d+ 项。", page)
    assert "原件已核对" in page
    assert "初审 ✓" in row_of(page, NUMBER)
    assert "周初审 11 月 24 日 12:00" in row_of(page, NUMBER)
    assert "初审" not in row_of(page, CODE)


def test_the_schools_reasons_for_missing_courses_stand_beside_them(client, office):
    course = missing_course()
    desk = passed(submitted(without=(course,)), waivers={course: "纸质成绩单已核对"})
    page = client.get(url(desk)).text
    assert "准予缺课 1 门" in page
    assert re.search(r"初审准予通过的理由（周初审，11 月 24 日 12:00）：<span hx-disable>纸质成绩单已核对", page)


def test_what_was_changed_since_the_school_looked_says_so(client, office):
    desk = passed(submitted())
    desk.decide("return", office, Opinion({NUMBER: Verdict(RETURN, "不符")}))
    with transaction() as session:
        row = session.merge(desk.row)
        prior = {**row.answers["prior_degree"], "diploma_number": "103311201806009999"}
        row.answers = {**row.answers, "prior_degree": prior}
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    page = client.get(url(desk)).text
    assert "（之后有修改）" in row_of(page, NUMBER)
    assert "（之后有修改）" not in row_of(page, PHONE)
    assert "逐项 ✓ 1 项" in page


def test_an_earlier_reviewers_mark_is_told_apart_from_the_last_ones(client, office):
    desk = passed(submitted())
    desk.decide("back", office, Opinion(to_school="请再核对验证码"))
    desk.decide("pass", builders.staff(name="吴初审"), Opinion({CODE: Verdict(OK)}))
    page = client.get(url(desk)).text
    assert "初审：吴初审" in page
    visible = re.sub(r'<span class="visually-hidden">[^<]*</span>', "", page)
    assert "周初审 11 月 24 日 12:00" in row_of(visible, NUMBER)
    assert "吴初审" not in row_of(visible, CODE)


def test_the_schools_mark_and_what_the_examinee_says_stand_on_lines_of_their_own(client, office):
    desk = passed(submitted())
    desk.decide("return", office, Opinion({NUMBER: Verdict(RETURN, "不符"), PHONE: Verdict(RETURN, "停机")}))
    desk.explain(NUMBER)
    again(desk, profile={"phone": "13877775678"})
    page = client.get(url(desk)).text
    for item, words in ((NUMBER, "没有修改，考生说明"), (PHONE, "按要求修改")):
        found = re.findall(
            r'<(?:span|p) class="([^"]*)">\s*(初审 ✓|没有修改，考生说明|按要求修改)', markup_of(page, item)
        )
        assert [said for _, said in found] == ["初审 ✓", words]
        assert all("line" in classes.split() for classes, _ in found)


def test_a_mark_from_before_the_offices_doubt_counts_no_longer(client, office):
    desk = passed(submitted())
    desk.decide("back", office, Opinion({NUMBER: Verdict(RETURN, "少一位")}, to_school="请核对编号"))
    desk.decide("pass", builders.staff(name="吴初审"), Opinion({PHONE: Verdict(OK)}))
    page = client.get(url(desk)).text
    assert re.search(r"逐项 ✓ 1 项，<b>考办有疑问而没有重新核验 1 项</b>，没有逐项标记 \d+ 项。", page)
    assert sections(page)[0] == ("要先看的", [NUMBER])
    row = row_of(page, NUMBER)
    for words in ("（在考办提出疑问以前）", "考办有疑问：少一位", "初审没有重新核验这一项"):
        assert words in row, words
    assert "（在考办提出疑问以前）" not in row_of(page, PHONE)
    desk.decide("back", office, Opinion({NUMBER: Verdict(RETURN, "少一位")}, to_school="还没有核对编号"))
    desk.decide("pass", builders.staff(name="郑初审"), Opinion({NUMBER: Verdict(OK)}))
    page = client.get(url(desk)).text
    assert "逐项 ✓ 2 项，没有逐项标记" in page
    assert sections(page)[0] == ("要先看的", [NUMBER])  # what the office doubted, with what became of it
    row = row_of(page, NUMBER)
    assert "考办提出疑问以前" not in row
    assert "初审没有" not in row


def test_the_school_itself_and_a_window_of_one_stage_show_no_first_stage(client, app):
    window = builders.window(stages=1)
    desk = passed(submitted(window=window))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert "初审：" not in client.get(url(desk)).text
    other = submitted()
    builders.sign_in(client, person=builders.staff())
    assert "初审：" not in client.get(url(other)).text


@pytest.mark.parametrize(
    ("decision", "given", "state"),
    [
        ("return", {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "不符"}, State.RETURNED),
        ("back", {"to_school": "请核对"}, State.SCHOOL_REVIEW),
    ],
)
def test_the_office_returns_to_the_examinee_or_to_the_school(client, office, decision, given, state):
    desk = passed(submitted())
    assert client.post(url(desk), data=fields(client, desk, decision=decision)).status_code == 422
    assert client.post(url(desk), data=fields(client, desk, decision=decision, **given)).status_code == 303
    assert desk.row.state == state


def test_the_school_does_not_send_a_file_back_to_itself(client, app):
    desk = submitted()
    builders.sign_in(client, person=builders.staff())
    assert client.post(url(desk), data=fields(client, desk, decision="back", to_school="请核对")).status_code == 403
    assert desk.row.state == State.SCHOOL_REVIEW


def test_what_goes_back_to_the_school_without_marks_is_looked_at_again_item_by_item(client, app, office):
    desk = passed(submitted())
    desk.decide("back", office, Opinion(to_school="请再核对"))
    builders.sign_in(client, person=builders.staff(name="吴初审"))
    page = client.get(url(desk)).text
    assert "请再核对" in page
    assert not re.search(r'value="ok" checked', page)
