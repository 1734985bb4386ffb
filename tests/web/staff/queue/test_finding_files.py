"""What a reviewer types is found however it is typed; who sees whose name in full; which marks; what is one's own to decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.actions.applications.asides import answer, put_aside
from app.actions.applications.whose_turn import OFF
from app.actions.payments.orders import open_order
from app.actions.review import sharing
from app.models import Application, SiteText, Staff
from app.models.base import transaction
from app.rules.site_texts import FOUR_EYES
from app.web.staff.queue import search as queue_search
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, PAYING, actor, approved, myself, submitted, url
from tests.web.staff.queue.test_staff_queue import QUEUE, many, tickets


def reviewer(client: Any, role: str = "school_reviewer", **over: Any) -> Any:
    person = builders.staff(role, **over)
    builders.sign_in(client, person=person)
    return person


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("欧阳静怡", ("静怡", "静", "怡", "阳静", "欧阳静怡", "欧 阳 静 怡", "　欧阳　静怡 ", "静\u200b怡")),
        ("王 芳", ("王芳", "王 芳", "芳")),
        (
            "阿依古丽·买买提",
            ("买买提", "阿依古丽•买买提", "阿依古丽‧买", "古丽", "古丽买买提", "阿依古丽.买买提", "古丽．买"),
        ),
        ("阿卜杜•克里木・买买提", ("阿卜杜克里木买买提", "克里木·买", "阿卜杜.克里木.买买提")),
        ("John Smith", ("john smith", "SMITH", "ｊｏｈｎ", "JohnSmith")),
        ("吴100%_", ("100%", "%_", "１００")),
    ],
)
@pytest.mark.parametrize(("role", "few"), [("school_reviewer", 500), ("office_reviewer", 500), ("office_reviewer", 0)])
def test_any_part_of_a_name_is_found_however_it_is_typed(both, monkeypatch, name, typed, role, few):
    monkeypatch.setattr(queue_search, "FEW", few)  # 0: so many have the name that the queue is walked
    client = both.test_client()
    reviewer(client, role)
    desk, _ = submitted(name=name), submitted(name="赵云", on=LATER)
    for text in typed:
        if text.isdigit() or text == "１００":
            continue  # digits alone are a 准考证号
        assert tickets(client.get(QUEUE, query_string={"q": text}).text) == [desk.ticket.number], text
    for text in ("静芳", "王云", "__", "%%", "买买买", "·", " . "):
        assert tickets(client.get(QUEUE, query_string={"q": text}).text) == [], text


def test_numbers_are_found_in_full_width_digits_and_with_spaces(both):
    client = both.test_client()
    reviewer(client)
    desk, other = submitted(name="林晓雯"), submitted(name="赵云", on=LATER)
    number, receipt = desk.ticket.number, desk.submission.receipt
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for text in (
        number.translate(wide),
        f"{number[:4]} {number[4:8]} {number[8:]}",
        receipt.translate(wide),
        receipt.lower(),
        receipt.replace("-", ""),
        receipt.replace("-", " ").lower(),
        receipt.replace("-", "－"),
    ):
        assert tickets(client.get(QUEUE, query_string={"q": text}).text) == [number], text
    token = builders.csrf_of(client.get(QUEUE).text)
    typed = f" {desk.person.id_number[:6]} {desk.person.id_number[6:]} ".translate(wide)
    found = client.post(f"{QUEUE}/find", data={"csrf_token": token, "q": typed}, follow_redirects=True).text
    assert tickets(found) == [number]
    assert tickets(client.get(QUEUE, query_string={"q": other.ticket.number[:7].translate(wide)}).text) == [
        number, other.ticket.number,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("school_reviewer", True),
        ("school_lead", True),
        ("office_reviewer", True),
        ("admin", True),
        ("auditor", False),
        ("finance", False),
    ],
)
def test_who_reviews_sees_names_in_full_and_who_only_looks_sees_them_masked(client, app, role, shown):
    reviewer(client, role, school_code="10574" if role.startswith("school") else "")
    desk, owing = approved(name="欧阳晓雯"), approved(name="欧阳晓雯")
    order = open_order(owing.public_id, by=myself(owing), on=PAYING)
    pages = (
        "/admin/audit",
        f"{QUEUE}?state=all",
        url(desk),
        f"{url(desk)}/revoke",
        f"/staff/examinees/{desk.person.id}",
    )
    money = ("/staff/orders", f"/staff/orders/{order}", "/staff/orders/due")
    answers = {address: client.get(address) for address in (*pages, *money)}
    read = {address: answer.text for address, answer in answers.items() if answer.status_code == 200}
    assert len(read) >= 3
    for address, page in read.items():
        assert ("欧**雯" in page, "欧阳晓雯" in page) == (not shown, shown), address


def test_marks_are_all_or_any_of_those_chosen_or_none(client, app):
    reviewer(client)
    desks = [
        submitted(name=name, on=NOW + timedelta(minutes=n)) for n, name in enumerate(("甲甲", "乙乙", "丙丙", "丁丁"))
    ]
    with transaction() as session:
        for desk, marks, again in zip(desks, (",code,unclear,", ",code,", "", ""), (1, 1, 2, 1), strict=True):
            row = session.get_one(Application, desk.row.id)
            row.flags, row.flagged, row.submissions, row.resubmitted = marks, bool(marks), again, again > 1
    numbers = [desk.ticket.number for desk in desks]
    for query, found, words in (
        ("flag=code,unclear", numbers[:1], "看不清且二维码不符"),
        ("flag=code,unclear&match=any", numbers[:2], "看不清或二维码不符"),
        ("flag=again,unclear&match=any", [numbers[0], numbers[2]], "重新提交或看不清"),
        ("match=none", numbers[3:], "无标记"),
        ("match=none&flag=code", numbers[3:], "无标记"),
        ("flag=code&match=any", numbers[:2], "二维码不符"),
        ("match=nonsense", numbers, "不限"),
        ("flag=nonsense", [], "没有“nonsense”这个标记"),
        ("match=any", numbers, "不限"),
    ):
        page = client.get(f"{QUEUE}?{query}").text
        assert tickets(page) == found, query
        assert f'aria-describedby="flags">{words}</summary>' in page, query


def test_a_filter_that_is_no_choice_of_the_page_is_shown_all_the_same(client, app):
    """Of an old bookmark: nothing is found, and the page says what it filters by."""
    reviewer(client)
    submitted()
    for name in ("major", "window", "level", "age", "who"):
        page = client.get(f"{QUEUE}?{name}=77x").text
        assert tickets(page) == [], name
        assert '<option value="77x" selected>不在列表里的“77x”</option>' in page, name


def decided_at_school_by(client: Any) -> tuple[Any, Any]:
    """Somebody who made the first decision and has come to the office since, and that file, now at the last stage."""
    person = reviewer(client)
    desk = submitted(name="林晓雯")
    desk.decide("pass", person)
    with transaction() as session:
        row = session.get_one(Staff, person.id)
        row.role, row.school_code = "admin", ""
    return person, desk


def test_a_file_that_needs_another_persons_eyes_is_not_in_ones_own_count(client, app):
    person, desk = decided_at_school_by(client)
    mine = submitted(name="赵云", on=LATER)
    page = client.get(QUEUE).text
    assert tickets(page) == [mine.ticket.number]
    assert '待我审核 <span class="num">1</span>' in page
    assert "待我审核 1 件" in client.get("/staff").text
    assert client.get(f"{QUEUE}/next").location == url(mine)
    everything = client.get(f"{QUEUE}?state=office_review").text
    assert tickets(everything) == [desk.ticket.number]
    assert "初审是你作的决定，终审须另一人" in everything
    with transaction() as session:  # back at the school, whose final decision it never is
        row = session.get_one(Staff, person.id)
        row.role, row.school_code = "school_reviewer", "10574"
    assert tickets(client.get(f"{QUEUE}?state=office_review").text) == [desk.ticket.number]
    for page in (client.get(f"{QUEUE}?state=office_review").text, client.get(url(desk)).text):
        assert "终审须" not in page
    other = app.test_client()
    reviewer(other, "office_reviewer")
    page = other.get(QUEUE).text
    assert tickets(page) == [desk.ticket.number]
    assert "终审须另一人" not in page


def test_where_the_site_asks_for_no_other_person_the_file_is_ones_own(client, app):
    person, desk = decided_at_school_by(client)
    with transaction() as session:
        session.add(SiteText(key=FOUR_EYES, value=OFF))
    page = client.get(QUEUE).text
    assert tickets(page) == [desk.ticket.number]
    assert "终审须另一人" not in page
    assert (
        sharing.pick(app.extensions["sqlalchemy"].session(), [desk.public_id], actor(person), LATER)[0].barred is False
    )


@pytest.mark.sqlite
def test_a_given_name_among_more_than_a_page_of_files_is_found(client, app):
    reviewer(client)
    many(60)
    wanted = submitted(name="欧阳静怡", on=NOW + timedelta(days=9))
    assert tickets(client.get(f"{QUEUE}?q=静怡").text) == [wanted.ticket.number]
    assert len(tickets(client.get(f"{QUEUE}?q=考生").text)) == 50


@pytest.mark.parametrize(
    ("then", "leads"),
    [
        ("applications", "/staff/exports/applications?state=school_review&level="),
        ("graduates", "/staff/exports/graduates?state=school_review&level="),
        ("next", "/staff/applications/next?state=school_review&level="),
        ("//evil.example", "/staff/applications?state=school_review&level="),
    ],
)
def test_the_filters_as_they_stand_lead_on_to_what_was_asked_for(client, then, leads):
    builders.sign_in(client, person=builders.staff())
    data = {"csrf_token": builders.csrf_of(client.get("/staff/applications").text), "then": then}
    answer = client.post("/staff/applications/find", data={**data, "state": "school_review", "level": "专科"})
    assert answer.location.startswith(leads)


def test_every_mark_that_is_shown_can_be_filtered_by_and_is_not_without_mark(client, app):
    """Also those that are found beside the file: an answered question, another application of the ticket."""
    person, office = reviewer(client), builders.staff("admin")
    desks = [submitted(name=name) for name in ("甲甲", "乙乙", "丙丙")]
    builders.application(
        builders.ticket_of(desks[0].row), builders.window(), submitted_at=NOW, state="approved", major_code="050101"
    )
    with transaction() as session:
        for desk in desks:
            row = session.get_one(Application, desk.row.id)
            row.flags, row.flagged = "", False
    with transaction() as session:
        given = {"version": desks[1].row.version, "by": actor(person), "on": NOW}
        put_aside(session, desks[1].public_id, "怎么办？", "office", **given)
    answer(desks[1].public_id, "照办", by=actor(office), on=NOW)
    for query, found, mark in (
        ("flag=clash", desks[:1], "本专业另有申请"),
        ("flag=answered", desks[1:2], "请示已答复"),
        ("flag=clash,answered&match=any", desks[:2], "本专业另有申请"),
        ("match=none", desks[2:], ""),
    ):
        page = client.get(f"{QUEUE}?{query}").text
        assert tickets(page) == [desk.ticket.number for desk in found], query
        assert mark in page
