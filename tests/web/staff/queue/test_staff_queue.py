"""The queue: what is in it, in which order, how far one can page, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.extensions import db
from app.models import Application, Aside, Examinee, Ticket
from app.models.base import random_id, transaction
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue import query as queue_query
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, place, returning, submitted
from tests.traced import by_core

QUEUE = "/staff/applications"


def many(number: int, *, school: str = "10574", state: str = "school_review", same_moment: bool = False) -> list[str]:
    """Ticket numbers of that many files, in the order of their submission."""
    place()
    window = db.session.query(builders.Window).first() or builders.window()
    numbers = []
    with transaction() as session:
        for index in range(number):
            ident = 1000 + index
            ticket = f"{school[-2:]}{ident:010}"
            numbers.append(ticket)
            session.execute(
                insert(Examinee).values(id=ident, id_number=f"X{school}{ident}", name=f"考生{index}", created_at=NOW)
            )
            session.execute(insert(Ticket).values(id=ident, examinee_id=ident, number=ticket, status="在籍"))
            session.execute(
                insert(Application).values(
                    examinee_id=ident,
                    ticket_id=ident,
                    service="graduation",
                    window_id=window.id,
                    state=state,
                    public_id=random_id(),
                    school_code=school,
                    major_code="050101",
                    submissions=1,
                    missing=False,
                    answers={},
                    version=1,
                    created_at=NOW,
                    saved_at=NOW,
                    submitted_at=NOW + timedelta(0 if same_moment else index),
                )
            )
    return numbers


@pytest.fixture
def school(app: Flask, client: FlaskClient) -> Any:
    person = builders.staff()
    builders.sign_in(client, person=person)
    return person


def tickets(page: str) -> list[str]:
    return re.findall(r'<td class="num"><a href="[^"]*">(\d+)</a>', page)


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'href="([^"]*)" rel="{rel}"', page)
    return found[1].replace("&amp;", "&") if found else None


def test_an_empty_queue_says_so(client, school):
    page = client.get(QUEUE).text
    assert "这里没有申请" in page
    assert "没有符合筛选条件的申请" in client.get(f"{QUEUE}?q=010101").text


def test_the_oldest_comes_first_and_people_are_named_in_full(client, school):
    second, first = submitted(name="林晓雯", on=LATER), submitted(name="赵云", on=NOW)
    page = client.get(QUEUE).text
    assert tickets(page) == [first.ticket.number, second.ticket.number]
    assert "林晓雯" in page
    assert "林*雯" not in page


def test_each_role_waits_for_its_own_stage(client, app):
    at_school, at_office = submitted(), submitted(on=LATER)
    reviewer = builders.staff()
    at_office.decide("pass", reviewer)
    builders.sign_in(client, person=reviewer)
    assert tickets(client.get(QUEUE).text) == [at_school.ticket.number]
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert tickets(client.get(QUEUE).text) == [at_office.ticket.number]
    builders.sign_in(client, person=builders.staff("admin"))
    assert len(tickets(client.get(QUEUE).text)) == 2


def test_in_a_window_of_one_stage_the_file_waits_for_the_office_too(client, app):
    desk = submitted(window=builders.window(stages=1))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert tickets(client.get(QUEUE).text) == [desk.ticket.number]


def test_no_filter_search_or_counter_shows_another_school(client, school):
    other = submitted("10002", name="孙明明")
    other.decide("return", builders.staff(school_code="10002"), returning("prior_degree.diploma_number"))
    queries = ("", "?state=all", "?state=returned", "?school=10002&state=all", f"?q={other.ticket.number}&state=all")
    for query in (*queries, f"?q={other.submission.receipt}&state=all", "?q=孙明明&state=all"):
        page = client.get(QUEUE + query).text
        assert tickets(page) == []
        assert '<span class="muted">0</span>' in page
    assert client.get(f"{QUEUE}/next?state=all").location == f"{QUEUE}?state=all"


def test_the_filters_find_what_they_say(client, school):
    desk, other = submitted(name="欧阳晓"), submitted(name="王芳", on=LATER)
    other.decide("return", school, returning("prior_degree.diploma_number"))
    number = desk.ticket.number
    for query, found in {
        "q=欧阳": [number],
        "q=阳": [number],
        "q=阳晓": [number],
        "q=晓阳": [],
        f"q={number}": [number],
        f"q={number[:7]}": [number, other.ticket.number],
        "q=王芳": [other.ticket.number],  # whoever looks for a person wants the file wherever it stands
        "q=王芳&state=school_review": [],
        f"q={desk.submission.receipt.lower()}": [number],
        "q=%25": [],
        "q=_": [],
        "major=050101": [number],
        "major=999999": [],
        f"window={desk.window.id}": [number],
        "window=99": [],
        "window=x": [],
        "state=returned": [other.ticket.number],
        "state=all": [number, other.ticket.number],
        "state=draft": [number],
        "state=nonsense": [number],
    }.items():
        assert tickets(client.get(f"{QUEUE}?{query}").text) == found, query


def test_drafts_are_nobody_elses(client, school):
    desk = submitted()
    builders.application(builders.ticket(builders.examinee()), desk.window, school_code="10574")
    assert len(tickets(client.get(f"{QUEUE}?state=all").text)) == 1


@pytest.mark.parametrize("same_moment", [False, True])
@pytest.mark.parametrize("state", ["school_review", "all"])
def test_every_file_is_on_one_page_going_forward_and_back(client, school, same_moment, state):
    numbers = many(120, same_moment=same_moment)
    page, seen = client.get(f"{QUEUE}?state={state}").text, []
    assert link(page, "prev") is None
    while True:
        seen.append(tickets(page))
        if not (address := link(page, "next")):
            break
        assert f"state={state}" in address
        page = client.get(address).text
    assert [number for rows in seen for number in rows] == numbers
    assert [len(rows) for rows in seen] == [50, 50, 20]
    page = client.get(link(page, "prev")).text
    assert tickets(page) == seen[1]
    page = client.get(link(page, "prev")).text
    assert tickets(page) == seen[0]


def test_paging_stays_right_while_files_leave_the_queue(client, school):
    numbers = many(120)
    second = link(client.get(QUEUE).text, "next")
    with transaction() as session:
        for row in session.query(Application).order_by(Application.id).limit(30):
            row.state = "office_review"
    page = client.get(second).text
    assert tickets(page) == numbers[50:100]
    page = client.get(link(page, "prev")).text  # 20 files are left before: a whole first page, not a torn one
    assert tickets(page) == numbers[30:80]


def test_a_place_behind_the_last_file_shows_the_last_page(client, school):
    numbers = many(60)
    place_after = queue_query.place(NOW + timedelta(days=900), 1)
    assert tickets(client.get(f"{QUEUE}?after={place_after}").text) == numbers[-50:]


@pytest.mark.parametrize("place_in_url", ["x", "1.", ".1", "9" * 40 + ".1", "-1.1", "1.1.1", "１.1"])
def test_a_place_that_is_none_is_the_first_page(client, school, place_in_url):
    numbers = many(3)
    assert tickets(client.get(QUEUE, query_string={"after": place_in_url}).text) == numbers


def test_counters_stop_counting(client, school, monkeypatch):
    many(12)
    monkeypatch.setattr(queue_counts, "CAP", 10)
    assert '<span class="muted">10+</span>' in client.get(QUEUE).text
    assert '<span class="muted">10+</span>' in client.get(f"{QUEUE}?state=all").text


def test_the_queue_page_costs_six_statements_at_most(client, app):
    many(60)
    submitted(on=LATER)
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    client.get(QUEUE)
    with by_core() as asked:
        assert client.get(f"{QUEUE}?state=all").status_code == 200
    assert len(asked) <= 6, asked


def test_skipping_goes_on_and_starts_again_at_the_end(client, school):
    first, second = submitted(), submitted(on=LATER)
    page = client.get(f"{QUEUE}/{second.public_id}").text
    skip = re.search(r'href="(/staff/applications/next[^"]*)"', page)[1].replace("&amp;", "&")
    assert client.get(skip).location == f"{QUEUE}/{first.public_id}"
    assert client.get(f"{QUEUE}/next").location == f"{QUEUE}/{first.public_id}"


def test_the_overview_counts_what_is_in_scope(client, school):
    submitted()
    submitted("10002")
    page = client.get("/staff").text
    assert "待我审核 1 件" in page
    assert "<b>1</b><span>待初审</span>" in page


def test_the_overview_names_the_longest_wait_whatever_stands_first(client, school):
    old, young, _ = (submitted(on=NOW - timedelta(hours=hours)) for hours in (60, 30, 2))
    with transaction() as session:
        session.get_one(Application, young.row.id).sent_back = True  # stands first in the school's list
    assert "等得最久的一件已等 2 天" in client.get("/staff").text
    began = {
        "asked_at": NOW - timedelta(hours=59),
        "ended_at": NOW - timedelta(hours=9),
        "asked": "lead",
        "question": "？",
    }
    asked = {"application_id": old.row.id, "stage": "school_review", "staff_id": school.id, **began}
    for hours, days in ((10, 1), (50, 2)):  # of the old one, the time aside apart
        with transaction() as session:
            session.query(Aside).delete()
            since = NOW - timedelta(hours=hours)
            session.add(Aside(**asked, answer="可以", answered_by=school.id, waits_since=since))
        assert f"等得最久的一件已等 {days} 天" in client.get("/staff").text
