"""What the office sent back stands out for the school: on the file, in the queue, and without old ticks where it was doubted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app.actions.review.opinions import OK, RETURN, Opinion, Verdict
from app.actions.review.revoking import revoke
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, Desk, actor, fields, returning, submitted, url
from tests.web.staff.file.test_order_of_a_file import again, row_of, sections
from tests.web.staff.queue.test_staff_queue import tickets

NUMBER, PHONE, BIRTH = "prior_degree.diploma_number", "profile.phone", "profile.birth_date"
PHOTO = "prior_degree.record_photo"
WORDS = "备案表和证书编号对不上"
QUEUE = "/staff/applications"


@pytest.fixture
def school(client: Any) -> Any:
    person = builders.staff(name="周初审")
    builders.sign_in(client, person=person)
    return person


def sent_back(school: Any, findings: dict[str, Verdict] | None = None, *, on: Any = NOW, **over: Any) -> Desk:
    desk = submitted(on=on, **over)
    desk.decide("pass", school, Opinion({NUMBER: Verdict(OK), PHONE: Verdict(OK)}), on=on)
    office = builders.staff("office_reviewer", name="冯终审")
    desk.decide("back", office, Opinion(findings or {}, to_school=WORDS), on=LATER)
    return desk


def ticked(page: str, item: str) -> bool:
    at = page.index(f'name="verdict.{item}"')
    return "checked" in page[at : page.index(">", at)]


def test_the_offices_words_stand_on_top_until_the_school_decides(client, school):
    desk = sent_back(school, {NUMBER: Verdict(RETURN, "少一位")})
    top = client.get(url(desk)).text.split('id="items"')[0]
    assert "考办退回初审" in top
    assert WORDS in top
    assert "少一位" in top
    desk.decide("pass", school, Opinion(), on=LATER + timedelta(hours=1))
    assert WORDS not in client.get(url(desk)).text.split('id="items"')[0]


def test_only_the_items_that_the_office_doubted_lose_their_tick(client, school):
    page = client.get(url(sent_back(school, {NUMBER: Verdict(RETURN, "少一位")}))).text
    assert (ticked(page, NUMBER), ticked(page, PHONE)) == (False, True)


def test_where_the_office_named_no_item_none_keeps_its_tick(client, school):
    page = client.get(url(sent_back(school))).text
    assert (ticked(page, NUMBER), ticked(page, PHONE)) == (False, False)


def test_what_the_office_doubts_comes_first_even_where_it_holds_it_itself(client, school):
    page = client.get(
        url(sent_back(school, {BIRTH: Verdict(RETURN, "和身份证不符"), PHOTO: Verdict(RETURN, "看不清")}))
    ).text
    assert sections(page)[0] == ("要先看的", [BIRTH, PHOTO])
    assert re.findall(r'data-name="([^"]+)"', page)[0] == "备案表照片"
    row = row_of(page, BIRTH)
    assert "考办有疑问：和身份证不符" in row
    assert "data-doubted" in row
    assert "次退回" not in page  # nothing was returned to the examinee
    assert "有疑问 出生日期：和身份证不符" in page


def test_where_the_office_named_no_item_nothing_is_folded_away(client, school):
    page = client.get(url(sent_back(school))).text
    assert re.search(r'data-fold open><summary class="group">考办已有的内容', page)
    assert "要先看的" not in page


def test_what_the_office_doubted_was_not_asked_of_the_examinee(client, school):
    desk = sent_back(school, {NUMBER: Verdict(RETURN, "少一位")})
    desk.decide("return", school, returning(PHONE))
    again(desk, profile={"phone": "13877775678"}, prior_degree={"diploma_number": "103311201806009999"})
    page = client.get(url(desk)).text
    assert "未要求修改，也改了" in row_of(page, NUMBER)
    assert "按要求修改" in row_of(page, PHONE)


@pytest.mark.parametrize("undo", ["", "1"], ids=["at once", "with undo"])
def test_a_pass_over_a_doubt_is_asked_about_without_script(client, school, undo):
    desk = sent_back(school, {NUMBER: Verdict(RETURN, "少一位")})
    given = {"decision": "pass", "sure": "", "undo": undo}
    answer = client.post(url(desk), data=fields(client, desk, **given))
    assert "还没有逐项标记：毕业证书编号" in answer.text
    assert ("不能撤销" in answer.text) is (not undo)
    again_asked = client.post(url(desk), data=fields(client, desk, **given, **{f"verdict.{NUMBER}": "ok"}))
    assert (again_asked.status_code == 303) is bool(undo)
    assert "还没有逐项标记" not in again_asked.text


def test_it_is_marked_found_by_its_mark_and_first_in_the_schools_list(client, school):
    early = [submitted(on=NOW + timedelta(minutes=number)) for number in range(3)]
    back = [sent_back(school, on=NOW + timedelta(hours=number)) for number in (1, 2)]
    page = client.get(QUEUE).text
    assert tickets(page) == [desk.ticket.number for desk in (*back, *early)]
    assert page.count('class="tag bad">考办退回') == 2
    assert tickets(client.get(f"{QUEUE}?flag=back").text) == [desk.ticket.number for desk in back]
    assert tickets(client.get(f"{QUEUE}?order=new").text)[0] == back[1].ticket.number


def test_pages_and_the_next_file_go_on_from_what_was_sent_back(client, school, app):
    from app.actions.applications.cases import windows
    from app.extensions import db
    from app.web.staff.queue.filters import Filters
    from app.web.staff.queue.query import Cursor, following, page, position

    early = [submitted(on=NOW + timedelta(minutes=number)) for number in range(3)]
    back = [sent_back(school, on=NOW + timedelta(hours=number)) for number in (1, 2)]
    order = [desk.row.id for desk in (*back, *early)]
    given = actor(school), Filters(), windows(db.session())

    def turn(way: str, at: str) -> Any:
        found = page(*given, Cursor.read({way: at}) if at else None, LATER, size=2)
        return [row.id for row in found.rows], found.previous, found.next

    first, _, after = turn("after", "")
    second, before, after = turn("after", after)
    third, last_before, _ = turn("after", after)
    assert first + second + third == order
    assert turn("before", last_before)[0] == second
    assert turn("before", before)[0] == first
    found = [following(*given, position(desk.row, LATER), LATER) for desk in (*back, *early[:2])]
    assert found == [desk.public_id for desk in (back[1], *early)]


def test_a_school_decision_that_is_revoked_is_sent_back_again(client, school):
    desk = sent_back(school)
    desk.decide("pass", school, Opinion(), on=LATER + timedelta(hours=1))
    assert not desk.row.sent_back
    lead = builders.staff("school_lead", name="负责人", school_code=desk.row.school_code)
    revoke(desk.public_id, "还没有核对", version=desk.row.version, by=actor(lead), on=LATER + timedelta(hours=2))
    assert desk.row.sent_back
