"""Who has a file in hand, decisions that can be taken back, four eyes, and what a second return must say."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from app.actions.applications import leases
from app.actions.applications.submit import submit, withdraw
from app.actions.applications.whose_turn import OTHER_EYES
from app.actions.review import assigning, sharing, undo
from app.actions.review.decide import save_opinion
from app.actions.review.notes import ask
from app.actions.review.opinions import Opinion, Verdict
from app.extensions import db
from app.models import AuditEvent, Lease, PendingDecision, Review, SiteText, Staff
from app.models.base import transaction
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, Desk, actor, myself, ok, returning, submitted

DIPLOMA, STATEMENT = "prior_degree.diploma_number", "statement.statement"
FIVE = timedelta(minutes=5)


def later(desk: Desk, decision: str, by: Staff, opinion: Opinion | None = None, **over):
    given = {"service": GRADUATION, "by": actor(by), "on": LATER, "seen": desk.seen, "after": FIVE, **over}
    return undo.decide_later(desk.public_id, decision, opinion or Opinion(), **given)


def publish(on=LATER + FIVE) -> int:
    return undo.publish_due(lambda code: GRADUATION, on=on)


def acts(desk: Desk) -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.subject == "application", AuditEvent.subject_id == desk.row.id)
    return list(db.session.scalars(query.order_by(AuditEvent.id)))


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


# --- leases


def test_the_first_who_opens_a_file_has_it_and_the_second_sees_who(both):
    desk, first, second = submitted(), builders.staff(name="周明"), builders.staff(name="吴芳")
    leases.hold(desk.public_id, by=actor(first), on=LATER)
    seen = leases.hold(desk.public_id, by=actor(second), on=LATER + timedelta(minutes=1))
    assert (seen.staff_id, seen.name, seen.until) == (first.id, "周明", LATER + timedelta(minutes=15))


def test_a_lease_is_renewed_while_in_use_and_free_when_it_is_over(app):
    desk, first, second = submitted(), builders.staff(), builders.staff()
    leases.hold(desk.public_id, by=actor(first), on=LATER)
    leases.hold(desk.public_id, by=actor(first), on=LATER + timedelta(minutes=10))
    assert leases.hold(desk.public_id, by=actor(second), on=LATER + timedelta(minutes=24)).staff_id == first.id
    assert leases.hold(desk.public_id, by=actor(second), on=LATER + timedelta(minutes=25)).staff_id == second.id


def test_deciding_without_the_lease_is_refused_and_names_who_has_it(app):
    desk, first, second = submitted(), builders.staff(name="周明"), builders.staff()
    leases.hold(desk.public_id, by=actor(first), on=LATER)
    with pytest.raises(ChangedMeanwhile, match="周明"):
        desk.decide("pass", second)
    assert desk.row.state == State.SCHOOL_REVIEW
    desk.decide("pass", first)
    assert desk.row.state == State.OFFICE_REVIEW
    assert count(Lease) == 0


def test_taking_over_is_written_down_and_the_first_can_no_longer_decide(both):
    desk, first, second = submitted(), builders.staff(name="周明"), builders.staff()
    leases.hold(desk.public_id, by=actor(first), on=LATER)
    leases.take_over(desk.public_id, by=actor(second), on=LATER)
    with pytest.raises(ChangedMeanwhile):
        desk.decide("pass", first)
    desk.decide("pass", second)
    assert [act for act in acts(desk) if act == "review.taken_over"] == ["review.taken_over"]


def test_a_file_given_back_is_free_at_once(app):
    desk, first, second = submitted(), builders.staff(), builders.staff()
    leases.hold(desk.public_id, by=actor(first), on=LATER)
    leases.release(desk.public_id, by=actor(second))  # not theirs
    assert leases.holder(db.session(), desk.row.id, LATER).staff_id == first.id
    leases.release(desk.public_id, by=actor(first))
    assert leases.hold(desk.public_id, by=actor(second), on=LATER).staff_id == second.id


def test_a_live_lease_stops_the_examinees_withdrawal(app):
    desk = submitted()
    leases.hold(desk.public_id, by=actor(builders.staff()), on=LATER)
    with pytest.raises(NotAllowed):
        withdraw(desk.public_id, by=myself(desk), on=LATER + timedelta(minutes=14))
    withdraw(desk.public_id, by=myself(desk), on=LATER + timedelta(minutes=15))
    assert desk.row.state == State.DRAFT


@pytest.mark.parametrize("role", ["office_reviewer", "admin"])
def test_who_only_looks_at_a_file_of_the_other_stage_takes_it_from_nobody(app, role):
    desk, school, visitor = submitted(), builders.staff(), builders.staff(role=role)
    leases.open_for_review(desk.public_id, by=actor(visitor), on=LATER)
    assert leases.hold(desk.public_id, by=actor(visitor), on=LATER) is None
    with pytest.raises(ChangedMeanwhile, match="没有可以接手"):
        leases.take_over(desk.public_id, by=actor(visitor), on=LATER)
    assert count(Lease) == 0
    desk.decide("pass", school)
    leases.open_for_review(desk.public_id, by=actor(school), on=LATER)
    assert count(Lease) == 0, "the school's stage is over: the office is not kept waiting"


def test_in_a_window_of_one_stage_school_and_office_both_take_files(app):
    desk, school, office = (
        submitted(window=builders.window(stages=1)),
        builders.staff(),
        builders.staff(role="office_reviewer"),
    )
    leases.open_for_review(desk.public_id, by=actor(office), on=LATER)
    assert leases.hold(desk.public_id, by=actor(school), on=LATER).staff_id == office.id


def test_nobody_takes_a_file_of_another_school_or_one_that_waits_for_nobody(app):
    desk = submitted()
    with pytest.raises(NotFound):
        leases.hold(desk.public_id, by=actor(builders.staff(school_code="10002")), on=LATER)
    reviewer = builders.staff()
    desk.decide("return", reviewer, returning(DIPLOMA))
    assert leases.hold(desk.public_id, by=actor(reviewer), on=LATER) is None
    assert count(Lease) == 0


# --- taking back


def test_a_decision_under_undo_has_no_effect_until_its_time(app):
    desk, reviewer = submitted(), builders.staff()
    assert later(desk, "return", reviewer, returning(DIPLOMA)) == LATER + FIVE
    assert publish(LATER + FIVE - timedelta(seconds=1)) == 0
    assert (desk.row.state, desk.row.open_items) == (State.SCHOOL_REVIEW, None)
    assert db.session.scalars(select(Review.decision)).all() == [""]
    assert publish() == 1
    assert desk.row.state == State.RETURNED
    assert publish() == 0
    assert acts(desk).count("application.return_school") == 1


def test_a_decision_taken_back_never_was_and_its_notes_stay(both):
    desk, reviewer = submitted(), builders.staff()
    later(desk, "return", reviewer, returning(DIPLOMA))
    undo.undo(desk.public_id, by=actor(reviewer), on=LATER + FIVE - timedelta(seconds=1))
    assert publish() == 0
    assert desk.row.state == State.SCHOOL_REVIEW
    assert acts(desk)[-1] == "review.undone"
    desk.decide("pass", reviewer, ok(DIPLOMA))
    assert desk.row.state == State.OFFICE_REVIEW


def test_it_is_too_late_once_the_time_is_over_and_nobody_elses_to_take_back(app):
    desk, reviewer = submitted(), builders.staff()
    later(desk, "pass", reviewer)
    with pytest.raises(NotAllowed):
        undo.undo(desk.public_id, by=actor(builders.staff()), on=LATER)
    with pytest.raises(ChangedMeanwhile):
        undo.undo(desk.public_id, by=actor(reviewer), on=LATER + FIVE)
    assert publish() == 1


def test_who_does_not_want_to_wait_makes_it_effective_at_once(app):
    desk, reviewer = submitted(), builders.staff()
    later(desk, "pass", reviewer)
    with pytest.raises(NotAllowed):
        undo.publish_now(desk.public_id, lambda code: GRADUATION, by=actor(builders.staff()), on=LATER)
    undo.publish_now(desk.public_id, lambda code: GRADUATION, by=actor(reviewer), on=LATER)
    assert desk.row.state == State.OFFICE_REVIEW
    undo.publish_now(desk.public_id, lambda code: GRADUATION, by=actor(reviewer), on=LATER)  # the second click


def test_while_a_decision_waits_nobody_decides_opens_or_withdraws(app):
    desk, reviewer = submitted(), builders.staff()
    later(desk, "pass", reviewer)
    with pytest.raises(ChangedMeanwhile):
        desk.decide("return", builders.staff(), returning(DIPLOMA))
    with pytest.raises(ChangedMeanwhile):
        later(desk, "pass", reviewer)
    with pytest.raises(NotAllowed):
        withdraw(desk.public_id, by=myself(desk), on=LATER)
    assert leases.hold(desk.public_id, by=actor(reviewer), on=LATER) is None
    assert count(PendingDecision) == 1


def test_a_decision_that_is_no_longer_theirs_to_make_lapses_and_the_file_is_back(app):
    desk, reviewer = submitted(), builders.staff()
    later(desk, "return", reviewer, returning(DIPLOMA))
    with transaction() as session:
        session.get_one(Staff, reviewer.id).school_code = "10002"
    assert publish() == 0
    assert (desk.row.state, count(PendingDecision)) == (State.SCHOOL_REVIEW, 0)
    assert acts(desk)[-1] == "review.lapsed"


def test_of_many_who_publish_at_once_one_does(both):
    desk = submitted()
    later(desk, "pass", builders.staff())
    start, done = Barrier(6), []

    def run() -> None:
        with both.app_context():
            start.wait()
            done.append(publish())
            db.session.remove()

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sum(done) == 1
    assert acts(desk).count("application.pass_school") == 1


# --- four eyes


def promoted(desk: Desk, decision: str = "pass", opinion: Opinion | None = None) -> Staff:
    """Somebody who decided the file for the school and is with the office now."""
    person = builders.staff()
    desk.decide(decision, person, opinion)
    with transaction() as session:
        row = session.get_one(Staff, person.id)
        row.role, row.school_code = "office_reviewer", ""
        session.flush()
        session.expunge(row)
    return row


@pytest.mark.parametrize("decision", ["pass", "return", "reject", "back"])
def test_nobody_decides_a_file_that_they_passed_in_the_first_stage(app, decision):
    desk = submitted()
    person = promoted(desk)
    opinion = Opinion(
        {DIPLOMA: Verdict("return", "不符")} if decision == "return" else {},
        "" if decision == "back" else "说明",
        to_school="说明",
    )
    with pytest.raises(NotAllowed, match="初审你作过决定"):
        desk.decide(decision, person, opinion)
    assert desk.row.state == State.OFFICE_REVIEW
    desk.decide(decision, builders.staff("office_reviewer"), opinion)
    assert desk.row.state != State.OFFICE_REVIEW


def test_nobody_decides_a_file_that_they_returned_in_the_first_stage(app):
    desk = submitted()
    person = promoted(desk, "return", returning(DIPLOMA))
    resubmitted(desk)
    desk.decide("pass", builders.staff())
    with pytest.raises(NotAllowed, match="初审你作过决定"):
        desk.decide("pass", person)
    chosen = sharing.pick(db.session(), [desk.public_id], actor(person), LATER)
    assert sharing.why_not_passed(chosen[0], actor(person)) == OTHER_EYES


@pytest.mark.parametrize("why", ["first eyes", "aside", "decided"])
def test_who_cannot_decide_takes_no_lease_and_saves_no_opinion(both, why):
    """Whatever bars them, nobody else is told that they are at it."""
    desk = submitted()
    if why == "first eyes":
        person, said = promoted(desk), "初审你作过决定"
    else:
        person, said = builders.staff(), {"aside": "正在请示", "decided": "正在等待生效"}[why]
        builders.staff("school_lead", school_code="10574")
    if why == "aside":
        ask(desk.public_id, Opinion(), "是否认可？", "lead", seen=desk.seen, by=actor(person), on=LATER)
    elif why == "decided":
        later(desk, "pass", person)
    leases.open_for_review(desk.public_id, by=actor(person), on=LATER)
    assert leases.hold(desk.public_id, by=actor(person), on=LATER) is None
    with pytest.raises(ChangedMeanwhile, match="没有可以接手"):
        leases.take_over(desk.public_id, by=actor(person), on=LATER)
    with pytest.raises((NotAllowed, ChangedMeanwhile), match=said):
        save_opinion(desk.public_id, ok(DIPLOMA), by=actor(person), on=LATER, seen=desk.seen)
    assert count(Lease) == 0


def test_nobody_is_assigned_a_file_that_needs_other_eyes(app):
    desk, lead = submitted(), builders.staff("office_reviewer")
    person, other = promoted(desk), builders.staff("office_reviewer")
    chosen = sharing.pick(db.session(), [desk.public_id], actor(lead), LATER)
    alone = assigning.assign_many(chosen, [person.id], by=actor(lead), on=LATER)
    assert (alone[0].done, alone[0].words, desk.row.assignee_id) == (False, assigning.NO_REVIEWER, None)
    assigning.assign_many(chosen, [person.id, other.id], by=actor(lead), on=LATER)
    assert desk.row.assignee_id == other.id


def test_a_site_with_one_reviewer_switches_four_eyes_off(app):
    desk = submitted()
    person = promoted(desk)
    builders.store(SiteText(key="four_eyes", value="关闭"))
    desk.decide("pass", person)
    assert desk.row.state == State.APPROVED


# --- 一次性告知


def resubmitted(desk: Desk) -> None:
    """Handed in again with another certificate number."""
    with transaction() as session:
        row = session.merge(desk.row)
        prior = {**row.answers["prior_degree"], "diploma_number": "103311201806009999"}
        row.answers = {**row.answers, "prior_degree": prior}
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)


def test_a_second_return_over_what_the_first_could_have_named_asks_why(app):
    desk, reviewer = submitted(), builders.staff()
    desk.decide("return", reviewer, returning(DIPLOMA))
    resubmitted(desk)
    again = Opinion({STATEMENT: Verdict("return", "内容不合要求")})
    with pytest.raises(Incomplete) as error:
        desk.decide("return", reviewer, again)
    assert [problem.field for problem in error.value.problems] == ["again"]
    desk.decide("return", reviewer, Opinion(again.findings, again="上次漏看"))
    assert db.session.scalars(select(Review.again).order_by(Review.id)).all() == ["", "上次漏看"]


def test_what_was_returned_before_or_has_changed_may_be_returned_again_without_a_reason(app):
    desk, reviewer = submitted(), builders.staff()
    desk.decide("return", reviewer, returning(DIPLOMA))
    resubmitted(desk)
    desk.decide("return", reviewer, returning(DIPLOMA))
    assert desk.row.state == State.RETURNED
