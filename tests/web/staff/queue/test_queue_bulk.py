"""Several files as one act: chosen one by one or by the filter, previewed, done once, taken back together or alone."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.actions.applications import leases
from app.actions.applications.submit import withdraw
from app.actions.review import batches, sharing
from app.actions.review.undo import publish_due
from app.extensions import db
from app.models import Application, AuditEvent, Batch, Lease, PendingDecision, Staff
from app.models.base import transaction
from app.rules.evidence.flags import stored
from app.services.graduation import GRADUATION
from tests import builders, reviewing
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, Desk, actor, myself

QUEUE = "/staff/applications"
FIVE = timedelta(minutes=5)


class Reviewer:
    """Somebody of the staff in a browser of their own."""

    def __init__(self, app: Any, role: str = "school_lead", **over: Any) -> None:
        home = {"school_code": "10574"} if role == "school_lead" else {}
        self.app, self.person = app, builders.staff(role, **home, **over)
        self.client: FlaskClient = app.test_client()
        builders.sign_in(self.client, person=self.person)

    def get(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.status
        return str(answer.text)

    def post(self, address: str, **form: Any) -> Any:
        token = csrf_of(self.client.get(QUEUE).text)
        return self.client.post(address, data={"csrf_token": token, **form})

    def choose(self, act: str, *desks: Desk, query: str = "", **form: Any) -> str:
        """The address of the preview."""
        answer = self.post(f"{QUEUE}/bulk{query}", act=act, pick=[desk.public_id for desk in desks], **form)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def confirm(self, address: str, **form: Any) -> str:
        """办理 with the boxes as the preview ticked them; the result."""
        ticked = re.findall(r'name="pick" value="([^"]+)" checked', self.get(address))
        given = {"pick": ticked, "undo": "1", **form}
        return self.get(self.post(address, **given).location)


@pytest.fixture
def lead(app: Any) -> Reviewer:
    return Reviewer(app, name="李组长")


def submitted(*school: str, **over: Any) -> Desk:
    """A file without marks: the builders' people all state the same numbers, and here they are nobody's doubles."""
    made = reviewing.submitted(*school, **over)
    with transaction() as session:
        session.execute(update(Application).values(flags="", flagged=False))
    return made


def pending() -> int:
    return db.session.scalar(select(func.count()).select_from(PendingDecision)) or 0


def flag(desk: Desk, name: str) -> None:
    with transaction() as session:
        row = session.get_one(Application, desk.row.id)
        row.flags, row.flagged = stored([name]), True


# --- the act and its undo


def test_a_batch_waits_like_a_single_decision_and_is_taken_back_as_one_act(both: Any) -> None:
    lead = Reviewer(both)
    desks = [submitted(on=NOW + timedelta(minutes=n)) for n in range(3)]
    page = lead.confirm(lead.choose("pass", *desks))
    assert "办成 3 件" in page
    assert pending() == 3
    assert {desk.row.state for desk in desks} == {"school_review"}
    queue = lead.get(QUEUE)
    assert "批量通过的 3 件还没有生效" in queue
    batch = re.search(r'name="batch" value="(\w+)"', queue)[1]
    assert lead.post(f"{QUEUE}/undo", batch=batch).location == QUEUE
    assert pending() == 0
    assert publish_due(lambda code: GRADUATION, on=LATER + FIVE) == 0
    assert {desk.row.state for desk in desks} == {"school_review"}
    assert db.session.query(AuditEvent).filter_by(action="review.undone").count() == 3
    assert "决定已撤销，没有生效" in lead.get(f"{QUEUE}/bulk/{batch}")
    assert db.session.scalar(select(func.count()).select_from(Lease)) == 0  # nobody has them in hand for it


def test_one_of_a_batch_is_taken_back_and_the_others_take_effect(lead: Reviewer, app: Any) -> None:
    one, other = submitted(), submitted(on=LATER)
    address = lead.choose("pass", one, other)
    lead.confirm(address)
    lead.post(f"{QUEUE}/undo", undo=one.public_id, stay=address.rpartition("/")[2])
    assert pending() == 1
    assert publish_due(lambda code: GRADUATION, on=NOW + FIVE) == 1
    assert (one.row.state, other.row.state) == ("school_review", "office_review")
    app.clock.now = NOW + FIVE
    page = lead.get(address)
    assert "决定已撤销，没有生效" in page
    assert "已生效，现在是“待终审”" in page
    assert "全部撤销" not in page


def test_a_batch_is_too_late_to_take_back_and_nobody_elses(lead: Reviewer, app: Any) -> None:
    desk = submitted()
    address = lead.choose("pass", desk)
    lead.confirm(address)
    batch = address.rpartition("/")[2]
    other = Reviewer(app, name="别人")
    assert other.client.get(address).status_code == 404
    assert other.post(address, pick=desk.public_id, undo="1").status_code == 404
    other.post(f"{QUEUE}/undo", batch=batch)
    other.post(f"{QUEUE}/undo", undo=desk.public_id)
    assert pending() == 1
    app.clock.now = NOW + FIVE
    lead.post(f"{QUEUE}/undo", batch=batch)
    assert "没有可以撤销的决定" in lead.get(QUEUE)
    assert desk.row.state == "office_review"


def test_without_the_undo_time_a_batch_takes_effect_at_once(lead: Reviewer) -> None:
    desk = submitted()
    assert "已生效，现在是“待终审”" in lead.confirm(lead.choose("pass", desk), undo="")
    assert desk.row.state == "office_review"


def test_the_second_click_and_a_reload_change_nothing(lead: Reviewer) -> None:
    desk = submitted()
    address = lead.choose("pass", desk)
    first = lead.confirm(address)
    second = lead.get(lead.post(address, pick=desk.public_id, undo="1").location)
    assert "办成 1 件" in first
    assert "办成 1 件" in second
    assert "办成 1 件" in lead.get(address)
    assert pending() == 1
    assert db.session.query(AuditEvent).filter_by(action="batch.pass").count() == 1


# --- what is skipped and why


def test_the_preview_names_what_speaks_against_each_file(lead: Reviewer, app: Any) -> None:
    good, held, decided = submitted(), submitted(), submitted()
    other = builders.staff(name="周明")
    leases.hold(held.public_id, by=actor(other), on=NOW)
    reviewer = Reviewer(app, "school_reviewer")
    reviewer.confirm(reviewer.choose("pass", decided))
    page = lead.get(lead.choose("pass", good, held, decided))
    assert "其中 1 件可以办理，2 件会跳过" in page
    assert "周明正在审核，保留到 12:15" in page
    assert "已有决定，正在等待生效" in page


def test_what_was_withdrawn_decided_or_moved_since_is_skipped_and_named(both: Any) -> None:
    lead = Reviewer(both)
    good, withdrawn, decided, moved = (submitted(on=NOW + timedelta(minutes=n)) for n in range(4))
    address = lead.choose("pass", good, withdrawn, decided, moved)
    ticked = re.findall(r'name="pick" value="([^"]+)" checked', lead.get(address))
    assert len(ticked) == 4
    withdraw(withdrawn.public_id, by=myself(withdrawn), on=NOW)
    decided.decide("pass", builders.staff())
    with transaction() as session:
        session.get_one(Application, moved.row.id).school_code = "10002"
    page = lead.get(lead.post(address, pick=ticked, undo="1").location)
    assert "办成 1 件，跳过 3 件" in page
    assert page.count("不在你的查看范围") == 2
    assert "选好以后有变化，没有办理，请重新看过（现在是“待终审”）" in page
    for desk in (withdrawn, decided, moved):
        assert desk.ticket.number in page
    assert pending() == 1


def test_a_file_withdrawn_while_the_queue_was_open_does_not_refuse_the_others(lead: Reviewer) -> None:
    good, withdrawn = submitted(), submitted()
    withdraw(withdrawn.public_id, by=myself(withdrawn), on=NOW)
    page = lead.get(lead.choose("pass", good, withdrawn))
    assert "其中 1 件可以办理，1 件会跳过" in page
    assert "考生撤回" in page


def test_what_has_a_mark_is_not_ticked_beforehand(lead: Reviewer) -> None:
    plain, double = submitted(), submitted(on=LATER)
    flag(double, "double")
    address = lead.choose("pass", plain, double)
    page = lead.get(address)
    assert "1 件的凭证有标记，没有替你勾选" in page
    assert re.findall(r'name="pick" value="(\w+)" checked', page) == [plain.public_id]
    assert "没有勾选，没有办理" in lead.confirm(address)
    assert [row.application_id for row in db.session.query(PendingDecision)] == [plain.row.id]


def test_an_empty_confirmation_says_so(lead: Reviewer) -> None:
    address = lead.choose("pass", submitted())
    lead.post(address, undo="1")
    assert "没有勾选任何一件" in lead.get(address)
    assert db.session.query(Batch).one().done_at is None


# --- all that the filter finds


def test_everything_under_the_filter_is_chosen_and_nothing_else(both: Any) -> None:
    lead = Reviewer(both)
    wanted = [submitted(name="王芳", on=NOW + timedelta(minutes=n)) for n in range(3)]
    other = submitted(name="赵云")
    page = lead.get(lead.choose("pass", query="?q=王芳&state=school_review", all="1"))
    assert "所选 3 件" in page
    for desk in wanted:
        assert desk.ticket.number in page
    assert other.ticket.number not in page


def test_what_came_after_the_preview_is_told_and_left_alone(lead: Reviewer) -> None:
    submitted(), submitted(on=LATER)
    address = lead.choose("pass", query="?state=school_review", all="1")
    assert "选好时有" not in lead.get(address)
    late = submitted(on=LATER + FIVE)
    assert "选好时有 2 件符合条件，现在有 3 件；只办理下面列出的" in lead.get(address)
    assert "办成 2 件" in lead.confirm(address)
    assert db.session.get(PendingDecision, late.row.id) is None


def test_more_than_can_be_done_at_once_is_said_and_the_oldest_are_taken(lead: Reviewer, monkeypatch: Any) -> None:
    monkeypatch.setattr(sharing, "MOST", 2)
    desks = [submitted(on=NOW + timedelta(minutes=n)) for n in (2, 0, 1)]
    page = lead.get(lead.choose("ids", query="?state=school_review", all="1"))
    assert "符合条件的有 3 件，一次最多 2 件" in page
    assert desks[0].ticket.number not in page
    assert lead.post(f"{QUEUE}/bulk", act="ids", pick=[desk.public_id for desk in desks]).status_code == 404


# --- sharing out


def test_the_preview_says_who_gets_how_many_and_other_people_can_be_named(lead: Reviewer) -> None:
    first, second = builders.staff(name="周明"), builders.staff(name="吴芳")
    desks = [submitted(on=NOW + timedelta(minutes=n)) for n in range(4)]
    address = lead.choose("even", *desks, to=[str(first.id), str(second.id)])
    page = lead.get(address)
    assert "分给周明 2 件" in page
    assert "分给吴芳 2 件" in page
    assert "分给李组长" not in page
    lead.post(address, again="1", to=str(second.id))
    assert "分给吴芳 4 件" in lead.get(address)
    lead.confirm(address, to=[str(first.id), str(second.id)])
    assert sorted(desk.row.assignee_id for desk in desks) == sorted([first.id, first.id, second.id, second.id])


def test_each_school_s_files_go_to_its_own_reviewers(app: Any) -> None:
    office = Reviewer(app, "office_reviewer")
    here, there = builders.staff(), builders.staff(school_code="10002")
    own, other = submitted(), submitted("10002")
    lonely = submitted("10251")
    page = office.confirm(office.choose("even", own, other, lonely))
    assert "办成 2 件，跳过 1 件" in page or "没有勾选" in page
    assert (own.row.assignee_id, other.row.assignee_id, lonely.row.assignee_id) == (here.id, there.id, None)
    assert "所选的人里没有能审这一件的" in office.get(office.choose("even", lonely))


# --- export


def test_the_chosen_files_are_exported_and_nothing_else(lead: Reviewer, app: Any) -> None:
    one, two = submitted(), submitted(on=LATER)
    address = lead.choose("export", one)
    batch = address.rpartition("/")[2]
    assert f"/staff/exports/applications?batch={batch}" in lead.get(address)
    page = lead.get(f"/staff/exports/applications?batch={batch}")
    assert "只导出在队列里选好的 1 件" in page
    answer = lead.post("/staff/exports/applications", batch=batch, file="csv", columns=["ticket"], reason="备案")
    head, only = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert (head, only[0]) == (["准考证号", "导出说明"], one.ticket.number)
    assert db.session.query(AuditEvent).filter_by(action="export.applications").one().detail["filter"] == {
        "所选": "1 件",
        "选自": "待我审核",
    }
    assert two.ticket.number not in answer.text
    assert Reviewer(app).client.get(f"/staff/exports/applications?batch={batch}").status_code == 404


def test_an_old_choice_that_nobody_confirmed_is_forgotten(lead: Reviewer) -> None:
    desk = submitted()
    address = lead.choose("pass", desk)
    by = actor(db.session.get_one(Staff, lead.person.id))
    files = sharing.pick(db.session(), [desk.public_id], by, NOW)
    batches.make("pass", files, people=[], query="", found=None, by=by, on=NOW + timedelta(days=2))
    assert lead.client.get(address).status_code == 404
