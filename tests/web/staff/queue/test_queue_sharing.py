"""The queue's filters, saved views, selection and assignment."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlencode

import pytest

from app.extensions import db
from app.models import Application, AuditEvent
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, missing_course, submitted

QUEUE = "/staff/applications"


def tickets(page: str) -> list[str]:
    return re.findall(r'<td class="num"><a href="[^"]*">(\d+)</a>', page)


@pytest.fixture
def lead(app, client):
    person = builders.staff("school_lead", school_code="10574", name="李组长")
    builders.sign_in(client, person=person)
    return person


def post(client, path, **form):
    token = csrf_of(client.get(QUEUE).text)
    return client.post(path, data={"csrf_token": token, **form})


def bulk(client, act, desks, **more):
    """Both pages: the preview, then the result of what it offered."""
    address = post(client, f"{QUEUE}/bulk", act=act, pick=[desk.public_id for desk in desks], **more).location
    first = client.get(address)
    assert first.status_code == 200, first.text
    picks = re.findall(r'name="pick" value="([^"]+)"', first.text)
    return first, lambda: client.get(post(client, address, pick=picks, **more).location)


def test_an_id_number_is_found_and_never_in_an_address(client, lead):
    desk, _ = submitted(), submitted(on=LATER)
    answer = post(client, f"{QUEUE}/find", q=desk.person.id_number, state="all")
    assert desk.person.id_number not in answer.location
    assert tickets(client.get(answer.location).text) == [desk.ticket.number]
    other = submitted("10002")
    answer = post(client, f"{QUEUE}/find", q=other.person.id_number, state="all")
    assert tickets(client.get(answer.location).text) == []
    assert post(client, f"{QUEUE}/find", q="欧阳", state="all").location == f"{QUEUE}?state=all&q=%E6%AC%A7%E9%98%B3"


def test_the_filters_combine(client, lead):
    plain, gap = submitted(), submitted(without=(missing_course(),), on=LATER)
    assert tickets(client.get(f"{QUEUE}?flag=missing").text) == [gap.ticket.number]
    assert tickets(client.get(f"{QUEUE}?flag=missing&level=专科").text) == []
    assert tickets(client.get(f"{QUEUE}?level=本科&major=050101").text) == [plain.ticket.number, gap.ticket.number]
    assert tickets(client.get(f"{QUEUE}?flag=again").text) == []
    assert tickets(client.get(f"{QUEUE}?age=3").text) == []
    assert tickets(client.get(f"{QUEUE}?flag=nonsense").text) == []


def test_what_waited_too_long_is_marked_and_found_by_its_age(client, lead, app):
    desk = submitted()
    assert "超期" not in client.get(QUEUE).text
    app.clock.now = NOW + timedelta(days=8)
    builders.sign_in(client, person=lead, on=app.clock.now)
    assert "超期" in client.get(QUEUE).text
    assert tickets(client.get(f"{QUEUE}?age=7").text) == [desk.ticket.number]
    assert tickets(client.get(f"{QUEUE}?age=14").text) == []


def test_every_state_has_its_counter(client, lead):
    desk = submitted()
    submitted(on=LATER)
    desk.decide("pass", builders.staff())
    page = client.get(QUEUE).text
    assert re.search(r'待初审 <span class="num">1</span>', page)
    assert re.search(r'待终审 <span class="num">1</span>', page)
    assert re.search(r'全部 <span class="num">2</span>', page)


def test_two_characters_of_a_name_are_found_on_both_databases(both):
    client = both.test_client()
    builders.sign_in(client, person=builders.staff())
    wang, other = submitted(name="王芳"), submitted(name="汪芳", on=LATER)
    longer = submitted(name="王芳菲", on=LATER + timedelta(minutes=1))
    assert tickets(client.get(f"{QUEUE}?q=王芳").text) == [wang.ticket.number, longer.ticket.number]
    assert tickets(client.get(f"{QUEUE}?q=汪").text) == [other.ticket.number]
    assert tickets(client.get(f"{QUEUE}?q={wang.ticket.number[:8]}&state=all").text)[0] == wang.ticket.number


def test_many_of_one_name_are_found_on_the_way_through_the_queue(client, lead, monkeypatch):
    from app.web.staff.queue import search as queue_search

    monkeypatch.setattr(queue_search, "WIDE", 1)
    desks = [submitted(name="王芳", on=NOW + timedelta(minutes=number)) for number in range(3)]
    submitted(name="赵云")
    assert tickets(client.get(f"{QUEUE}?q=王芳").text) == [desk.ticket.number for desk in desks]
    assert len(tickets(client.get(f"{QUEUE}?q=0101261").text)) == 4


def test_a_view_is_saved_under_a_name_shown_and_deleted_and_is_nobody_elses(client, lead, app):
    submitted()
    assert post(client, f"{QUEUE}/views", query="flag=missing&x=1", name="").status_code == 422
    long = post(client, f"{QUEUE}/views", query="flag=missing&x=1", name="长" * 31)
    assert long.status_code == 422
    assert f'value="{"长" * 31}"' in long.text
    assert post(client, f"{QUEUE}/views", query="flag=missing&x=1", name="缺课程的").location == f"{QUEUE}?flag=missing"
    page = client.get(QUEUE).text
    assert '<a href="/staff/applications?flag=missing">缺课程的</a>' in page
    ident = re.search(r'name="drop" value="(\d+)"', page)[1]
    other = app.test_client()
    builders.sign_in(other, person=builders.staff())
    assert "缺课程的" not in other.get(QUEUE).text
    assert post(other, f"{QUEUE}/views", drop=ident).status_code == 404
    assert post(client, f"{QUEUE}/views", drop=ident).location == QUEUE
    assert "缺课程的" not in client.get(QUEUE).text
    asked = {"q": "A&B=+%# 1", "reason": "改" * 80}  # nothing is cut off or read otherwise
    post(client, f"{QUEUE}/views", query=urlencode(asked), name="长的")
    kept = unescape(re.search(r'<a href="/staff/applications\?([^"]*)">长的', client.get(QUEUE).text)[1])
    assert dict(parse_qsl(kept)) == {"state": "all", **asked}


def test_a_batch_says_beforehand_and_afterwards_what_was_skipped_and_why(client, lead):
    good, gap = submitted(), submitted(without=(missing_course(),))
    done = submitted()
    done.decide("pass", builders.staff())
    first, go_on = bulk(client, "pass", [good, gap, done])
    assert "其中 1 件可以办理，2 件会跳过" in first.text
    assert "待终审" in first.text
    assert "还缺" in first.text
    answer = go_on()
    assert "办成 1 件，跳过 2 件" in answer.text
    assert (good.row.state, gap.row.state) == ("office_review", "school_review")


def test_a_file_that_changed_after_the_preview_is_skipped(client, lead):
    desk = submitted()
    _, go_on = bulk(client, "pass", [desk])
    desk.decide("pass", builders.staff())
    assert "办成 0 件，跳过 1 件" in go_on().text


@pytest.mark.parametrize("act", ["pass", "assign", "even", "ids"])
def test_one_foreign_file_refuses_the_whole_batch(client, lead, act):
    own, foreign = submitted(), submitted("10002")
    for files in ([own.public_id, foreign.public_id], [own.public_id, "0" * 32]):
        answer = post(client, f"{QUEUE}/bulk", act=act, pick=files, to=str(lead.id))
        assert answer.status_code == 404
    assert (own.row.state, own.row.assignee_id) == ("school_review", None)
    assert foreign.row.state == "school_review"


def test_files_are_assigned_found_by_it_and_given_back(client, lead, app):
    desk, other = submitted(), submitted(on=LATER)
    reviewer = builders.staff(name="周初审")
    _, go_on = bulk(client, "assign", [desk], to=str(reviewer.id))
    assert "已分给周初审" in go_on().text
    assert tickets(client.get(f"{QUEUE}?who={reviewer.id}").text) == [desk.ticket.number]
    assert tickets(client.get(f"{QUEUE}?who=none").text) == [other.ticket.number]
    own = app.test_client()
    builders.sign_in(own, person=reviewer)
    assert tickets(own.get(f"{QUEUE}?who=mine").text) == [desk.ticket.number]
    _, go_on = bulk(client, "assign", [desk], to="")
    go_on()
    assert desk.row.assignee_id is None
    acts = db.session.query(AuditEvent).filter_by(action="application.assigned").order_by(AuditEvent.id)
    assert [act.detail for act in acts] == [
        {"from": "未分配", "to": "周初审"},
        {"from": "周初审", "to": "未分配"},
    ]
    assert "由“周初审”改为“未分配”" in client.get(f"/staff/applications/{desk.public_id}").text


def test_files_are_shared_out_evenly_within_their_school(client, app):
    people = [builders.staff(name=f"初审{number}") for number in range(2)]
    elsewhere = builders.staff(school_code="10002")
    desks = [submitted(on=NOW + timedelta(minutes=number)) for number in range(4)]
    desks.append(submitted("10002"))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    _, go_on = bulk(client, "even", desks)
    assert "办成 5 件" in go_on().text
    given = [row.assignee_id for row in db.session.query(Application).order_by(Application.id)]
    assert sorted(given[:4]) == sorted([people[0].id, people[0].id, people[1].id, people[1].id])
    assert given[4] == elsewhere.id


def test_nobody_assigns_to_people_of_another_school_and_reviewers_not_at_all(client, lead, app):
    desk, stranger = submitted(), builders.staff(school_code="10002")
    assert post(client, f"{QUEUE}/bulk", act="assign", pick=desk.public_id, to=str(stranger.id)).status_code == 404
    builders.sign_in(client, person=builders.staff())
    assert post(client, f"{QUEUE}/bulk", act="assign", pick=desk.public_id, to=str(lead.id)).status_code == 403


def test_nothing_chosen_is_said(client, lead):
    submitted()
    answer = post(client, f"{QUEUE}/bulk", act="pass")
    assert (answer.status_code, "请先在列表里勾选申请" in answer.text) == (422, True)
