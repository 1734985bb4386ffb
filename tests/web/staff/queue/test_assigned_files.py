"""What is assigned to somebody is theirs: not in another's 待我审核, not opened by 开始审核; the file names them; they are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.actions.applications.submit import submit, withdraw
from app.actions.people.staff_access import disable_staff, enable_staff
from app.actions.review import assigning, sharing
from app.extensions import db
from app.models import Application, Assignment, Staff, Ticket
from app.models.base import transaction
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, Desk, actor, myself, submitted, url
from tests.web.staff.queue.test_staff_queue import QUEUE, tickets


def assign(desks: list[Desk], to: Any, by: Any) -> None:
    files = sharing.pick(db.session(), [desk.public_id for desk in desks], actor(by), LATER)
    done = assigning.assign_many(files, [to.id] if to else [], by=actor(by), on=LATER)
    assert all(outcome.done for outcome in done), done


@pytest.fixture
def team(client, app):
    """A lead, two reviewers (the first signed in), and three files: for nobody, for the first, for the second."""
    lead = builders.staff("school_lead", school_code="10574", name="李组长")
    one, two = builders.staff(name="周明"), builders.staff(name="王丽")
    desks = [submitted(on=NOW + timedelta(minutes=number)) for number in range(3)]
    assign(desks[1:2], one, lead)
    assign(desks[2:], two, lead)
    builders.sign_in(client, person=one)
    return lead, one, two, desks


def test_what_is_assigned_to_somebody_else_is_not_in_my_queue_until_asked_for(client, team):
    desks = team[3]
    page = client.get(QUEUE).text
    assert tickets(page) == [desk.ticket.number for desk in desks[:2]]
    assert '待我审核 <span class="num">2</span>' in page
    assert "另有 1 件分给了别人" in page
    overview = client.get("/staff").text
    assert "待我审核 2 件" in overview
    assert "另有 1 件分给了别人" in overview
    page = client.get(f"{QUEUE}?who=all").text
    assert tickets(page) == [desk.ticket.number for desk in desks]
    assert "不看分给别人的" in page
    assert tickets(client.get(f"{QUEUE}?state=school_review").text) == [desk.ticket.number for desk in desks]


@pytest.mark.parametrize("state", ["", "state=school_review", "state=all"])
def test_neither_start_nor_next_opens_what_is_assigned_to_somebody_else(client, team, state):
    desks, asked = team[3], f"?{state}" if state else ""
    address, seen = f"{QUEUE}/next{asked}", []
    for _ in range(3):
        where = client.get(address).location
        seen.append(where.partition("?")[0])
        row = next(desk for desk in desks if desk.public_id in where).row
        at = f"{int(row.submitted_at.timestamp()) * 1_000_000}.{row.id}"
        address = f"{QUEUE}/next{asked}{'&' if asked else '?'}after={at}"
    assert set(seen) == {url(desks[0]), url(desks[1])}
    last = client.get(f"{QUEUE}/next?who=all&after={at}")  # a key has shown them all
    assert last.status_code == 303


def test_everybodys_files_follow_one_another_once_they_are_shown(client, team):
    desks = team[3]
    row = desks[1].row
    after = f"{int(row.submitted_at.timestamp()) * 1_000_000}.{row.id}"
    assert client.get(f"{QUEUE}/next?who=all&after={after}").location.startswith(url(desks[2]))


def test_an_assignment_at_school_hides_nothing_from_the_office(client, app, team):
    _, one, two, desks = team
    desks[2].decide("pass", two)
    other = app.test_client()
    office = builders.staff("office_reviewer", name="吴芳")
    builders.sign_in(other, person=office)
    assert tickets(other.get(QUEUE).text) == [desks[2].ticket.number]
    assert other.get(f"{QUEUE}/next").location == url(desks[2])
    assign(desks[1:2], office, builders.staff("admin"))  # for the last stage, before the first is done
    assert desks[1].ticket.number in client.get(QUEUE).text
    desks[1].decide("pass", one)
    assert tickets(other.get(QUEUE).text) == [desks[1].ticket.number, desks[2].ticket.number]


@pytest.mark.parametrize("how", ["disabled", "disabled in an earlier version", "the file went to another school"])
def test_what_is_assigned_to_somebody_who_cannot_review_it_any_more_is_everybodys(client, app, team, how):
    _, _, two, desks = team
    builders.school("10999")
    if how == "disabled":
        disable_staff(two.id, by=actor(builders.staff("admin")), on=LATER)
    with transaction() as session:
        person = session.get_one(Staff, two.id)
        if how == "disabled in an earlier version":
            person.active = False
        elif how != "disabled":  # handed in at 10999, withdrawn, handed in here
            person.school_code = "10999"
    page, row = client.get(QUEUE).text, desks[1].row
    assert tickets(page) == [desk.ticket.number for desk in desks]
    assert "分给了别人" not in page + client.get("/staff").text
    after = f"{int(row.submitted_at.timestamp()) * 1_000_000}.{row.id}"
    assert client.get(f"{QUEUE}/next?after={after}").location.startswith(url(desks[2]))
    assert client.get(url(desks[2])).text.count("分给王丽（已停用）") == (how == "disabled in an earlier version")
    other = app.test_client()
    builders.sign_in(other, person=two)
    assert "新分给你" not in other.get(QUEUE).text  # of the other school, or signed out


def test_disabling_an_account_gives_back_what_was_assigned_to_it(client, team):
    lead, _, two, desks = team
    admin = actor(builders.staff("admin"))
    disable_staff(two.id, by=admin, on=LATER)
    builders.sign_in(client, person=lead)
    assert tickets(client.get(f"{QUEUE}?who=none").text) == [desks[0].ticket.number, desks[2].ticket.number]
    enable_staff(two.id, by=admin, on=LATER)
    assert {row.staff_id for row in Assignment.query} == {team[1].id}  # nobody is told of what is theirs no longer
    assert {row.assignee_id for row in Application.query} == {None, team[1].id}


def test_a_file_handed_in_again_at_another_school_is_assigned_to_nobody_there(client, team):
    desk, person = team[3][2], actor(builders.staff("school_lead", school_code="10999"))
    builders.school("10999")
    withdraw(desk.public_id, by=myself(desk), on=LATER)
    with transaction() as session:
        session.get_one(Ticket, desk.ticket.id).school_code = "10999"  # the roster says so meanwhile
        row = session.get_one(Application, desk.row.id)
        row.answers = {**row.answers, "scores": {**row.answers["scores"], "major": "050101.10999.2024"}}
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    assert (desk.row.school_code, desk.row.assignee_id) == ("10999", None)
    assert sharing.pick(db.session(), [desk.public_id], person, LATER)[0].assignee_id is None


def test_the_file_names_its_assignee(client, team):
    _, _, _, desks = team
    assert "分给" not in client.get(url(desks[0])).text.partition("</h1>")[2].partition("返回队列")[0]
    assert "分给你" in client.get(url(desks[1])).text
    assert "分给王丽" in client.get(url(desks[2])).text


def test_who_is_assigned_something_is_told_until_they_have_said_so(client, app, team):
    lead, one, _, desks = team
    assign(desks[:1], one, lead)
    for page in (QUEUE, "/staff"):
        assert "李组长新分给你 2 件" in client.get(page).text, page
    desks[0].decide("pass", one)
    assert "李组长新分给你 1 件" in client.get(QUEUE).text  # what is done needs no telling
    assign(desks[1:2], None, lead)
    assert "新分给你" not in client.get(QUEUE).text
    assign(desks[1:2], one, lead)
    page = client.get(QUEUE).text
    assert "李组长新分给你 1 件" in page
    answer = client.post(f"{QUEUE}/told", data={"csrf_token": csrf_of(page)})
    assert answer.status_code == 303
    assert "新分给你" not in client.get(QUEUE).text
    other = app.test_client()
    builders.sign_in(other, person=lead)
    assign(desks[1:2], lead, lead)
    assert "新分给你" not in other.get(QUEUE).text  # oneself needs no telling
    assert {row.staff_id for row in Assignment.query} == {team[2].id}
