"""挂起/请示: a file waits aside with a question, and comes back with the answer; the time aside counts in no age."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.applications import asides
from app.actions.applications.cases import windows
from app.actions.applications.submit import submit, withdraw
from app.actions.office.statistics import figures
from app.actions.review import sharing
from app.actions.review.decide import save_opinion
from app.actions.review.notes import ask as ask_
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import Aside, AuditEvent, Lease
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.windows import time_waited
from app.services.graduation import GRADUATION
from app.web.staff.queue import query as queue
from app.web.staff.queue.filters import ASIDE, ASKED, Filters
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, Desk, actor, myself, returning, submitted

ASKS, SAYS = "照片背面有涂改，是否认可？", "请考生补交原件照片，先退回。"
DAY = timedelta(days=1)


@pytest.fixture
def people(app):
    class People:
        reviewer = builders.staff(name="周明")
        colleague = builders.staff(name="吴芳")
        lead = builders.staff("school_lead", school_code="10574", name="郑负责")
        office = builders.staff("office_reviewer", name="冯终审")

    return People


def ask(desk: Desk, by, asked: str = "lead", question: str = ASKS, **over) -> None:
    given = {"seen": desk.seen, "by": actor(by), "on": LATER, **over}
    ask_(desk.public_id, Opinion(), question, asked, **given)


def answer(desk: Desk, by, text: str = SAYS, on=LATER + DAY) -> None:
    asides.answer(desk.public_id, text, by=actor(by), on=on)


def listed(by, on=LATER, **filters: str) -> list[str]:
    found = queue.page(actor(by), Filters(**filters), windows(db.session()), None, on)
    return [row.public_id for row in found.rows]


def test_a_file_put_aside_is_in_nobodys_list_until_it_is_answered(people):
    desk, other = submitted(), submitted()
    ask(desk, people.reviewer)
    assert listed(people.reviewer) == listed(people.colleague) == [other.public_id]
    assert listed(people.reviewer, state=ASIDE) == [desk.public_id]
    following = queue.following(actor(people.reviewer), Filters(), windows(db.session()), None, LATER)
    assert following == other.public_id
    answer(desk, people.lead)
    assert set(listed(people.reviewer)) == {desk.public_id, other.public_id}
    assert listed(people.reviewer, state=ASIDE) == []


def test_who_is_asked_finds_it_in_a_list_of_his_own(people):
    to_lead, to_office = submitted(), submitted()
    ask(to_lead, people.reviewer)
    ask(to_office, people.reviewer, "office")
    assert listed(people.lead, state=ASKED) == [to_lead.public_id]
    assert set(listed(people.office, state=ASKED)) == {to_lead.public_id, to_office.public_id}
    assert listed(people.reviewer, state=ASKED) == []
    elsewhere = builders.staff("school_lead", school_code="10002")
    assert listed(elsewhere, state=ASKED) == listed(elsewhere, state=ASIDE) == []


def test_it_is_stored_with_who_when_and_how_long(both):
    desk, by, lead = submitted(), builders.staff(), builders.staff("school_lead", school_code="10574")
    ask(desk, by)
    answer(desk, lead)
    row = db.session.scalars(select(Aside)).one()
    assert (row.staff_id, row.asked, row.question, row.stage) == (by.id, "lead", ASKS, "school_review")
    assert (row.answer, row.answered_by, row.ended_at, row.waits_since) == (SAYS, lead.id, LATER + DAY, NOW + DAY)
    assert row.waited == (LATER - NOW).total_seconds()
    acts = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts[-2:] == ["application.put_aside", "application.aside_answered"]


def test_nobody_decides_while_the_question_is_open(people):
    desk = submitted()
    ask(desk, people.reviewer)
    for decision, opinion in (("pass", Opinion()), ("return", returning("profile.phone"))):
        with pytest.raises(ChangedMeanwhile, match="正在请示"):
            desk.decide(decision, people.colleague, opinion)
    picked = sharing.pick(db.session(), [desk.public_id], actor(people.colleague), LATER)
    assert sharing.why_not_passed(picked[0], actor(people.colleague)) == "正在请示，还没有答复"
    answer(desk, people.lead)
    desk.decide("pass", people.reviewer)
    assert desk.row.state == "office_review"


def test_the_lease_is_given_back_and_the_opinion_stays(people):
    desk = submitted()
    save_opinion(desk.public_id, returning("profile.phone"), by=actor(people.reviewer), on=LATER, seen=desk.seen)
    ask(desk, people.reviewer)
    assert db.session.scalar(select(Lease.staff_id)) is None
    with pytest.raises(NotAllowed):  # the review has begun
        withdraw(desk.public_id, by=myself(desk), on=LATER)


def test_who_asked_takes_it_back_and_nobody_else(people):
    desk = submitted()
    ask(desk, people.reviewer)
    with pytest.raises(NotAllowed):
        asides.take_back(desk.public_id, by=actor(people.colleague), on=LATER)
    asides.take_back(desk.public_id, by=actor(people.reviewer), on=LATER)
    assert listed(people.reviewer) == [desk.public_id]
    with pytest.raises(ChangedMeanwhile, match="已经收回"):
        answer(desk, people.lead)


def test_only_who_is_asked_answers(people):
    desk = submitted()
    ask(desk, people.reviewer, "office")
    for by in (people.reviewer, people.colleague, people.lead):
        with pytest.raises(NotAllowed, match="由考办答复"):
            answer(desk, by)
    with pytest.raises(NotFound):
        answer(desk, builders.staff("school_lead", school_code="10002"))
    answer(desk, people.office)
    with pytest.raises(ChangedMeanwhile):
        answer(desk, people.office)


def test_a_question_needs_words_and_somebody_to_answer(people):
    desk = submitted()
    for question, asked, field in (("", "lead", "question"), ("长" * 501, "lead", "question"), (ASKS, "", "asked")):
        with pytest.raises(Invalid) as refused:
            ask(desk, people.reviewer, asked, question)
        assert refused.value.field == field
    alone = submitted("10002")
    with pytest.raises(Invalid, match="没有人能答复，请改为请示考办"):
        ask(alone, builders.staff(school_code="10002"))
    ask(desk, people.reviewer)
    with pytest.raises(Invalid, match="1 至 500 字"):
        answer(desk, people.lead, "")


def test_only_a_reviewer_of_the_stage_asks_and_once(people):
    desk = submitted()
    with pytest.raises(NotAllowed):
        ask(desk, people.office)
    ask(desk, people.reviewer)
    with pytest.raises(ChangedMeanwhile):
        ask(desk, people.colleague)
    stale = submitted()
    with pytest.raises(ChangedMeanwhile):
        ask(stale, people.reviewer, seen=replace(stale.seen, version=stale.row.version - 1))


def test_the_office_asks_in_its_own_stage(people):
    desk = submitted()
    desk.decide("pass", people.reviewer)
    ask(desk, people.office, "lead")
    assert listed(people.office) == []
    answer(desk, people.lead)
    assert listed(people.office) == [desk.public_id]


# --- the time aside counts apart


def test_the_time_aside_counts_in_no_age(people):
    desk, other = submitted(), submitted()
    ask(desk, people.reviewer, on=NOW + 2 * DAY)
    answer(desk, people.lead, on=NOW + 7 * DAY)
    at = NOW + 8 * DAY  # 3 days for one, 8 for the other
    assert set(listed(people.reviewer, at, age="3")) == {desk.public_id, other.public_id}
    assert listed(people.reviewer, at, age="7") == [other.public_id]


def test_an_open_question_keeps_the_age_that_the_file_had(people):
    desk = submitted()
    ask(desk, people.reviewer, on=NOW + 4 * DAY)
    at = NOW + 20 * DAY
    assert listed(people.reviewer, at, state=ASIDE, age="3") == [desk.public_id]
    assert listed(people.reviewer, at, state=ASIDE, age="7") == []


def test_statistics_count_it_apart(people):
    desk, others = submitted(), [submitted() for _ in range(2)]
    ask(desk, people.reviewer, on=NOW + DAY)
    window = windows(db.session())[0]

    def waits(on):
        return figures(db.session(), window, actor(people.lead), on).waits

    assert waits(NOW + 3 * DAY) == [
        ("待初审", 2, "3 天"), ("待终审", 0, ""), ("请示中", 1, "2 天")
    ]  # fmt: skip
    answer(desk, people.lead, on=NOW + 4 * DAY)
    assert waits(NOW + 6 * DAY)[0] == ("待初审", 3, "6 天")
    for other in others:
        other.decide("pass", people.reviewer)
    assert waits(NOW + 6 * DAY) == [
        ("待初审", 1, "3 天"), ("待终审", 2, "6 天"), ("请示已答复", 1, "3 天")
    ]  # fmt: skip


@pytest.mark.parametrize("aside", range(6))
def test_the_median_is_that_of_all_files_however_many_were_aside(people, aside):
    desks = [submitted(on=NOW + number * timedelta(hours=5)) for number in range(5)]
    for place, desk in enumerate(desks[:aside]):
        ask(desk, people.reviewer, on=NOW + 2 * DAY)
        answer(desk, people.lead, on=NOW + 2 * DAY + (place + 1) * timedelta(hours=9))
    rows = queue.page(actor(people.reviewer), Filters(), windows(db.session()), None, NOW + 5 * DAY).rows
    since = sorted(row.waits_since or row.submitted_at for row in rows)
    window, at = windows(db.session())[0], NOW + 5 * DAY
    assert figures(db.session(), window, actor(people.lead), at).waits[0] == ("待初审", 5, time_waited(since[2], at))


def test_a_resubmission_begins_its_age_anew(people):
    desk = submitted()
    ask(desk, people.reviewer)
    answer(desk, people.lead)
    desk.decide("return", people.reviewer, returning("profile.phone"), on=LATER + DAY)
    desk.explain("profile.phone", on=LATER + 2 * DAY)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER + 2 * DAY)
    assert listed(people.reviewer, LATER + 4 * DAY, age="3") == []
    assert listed(people.reviewer, LATER + 5 * DAY, age="3") == [desk.public_id]
