"""Reviewing: scope, what was seen, what is asked before a decision, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions.applications.submit import submit, withdraw
from app.actions.review.decide import save_opinion
from app.actions.review.opinions import MAX_REASON, OK, Opinion, Seen, Verdict
from app.extensions import db
from app.models import Application, AuditEvent, Finding, Review
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, Desk, actor, approved, missing_course, myself, ok, returning, submitted

DIPLOMA = "prior_degree.diploma_number"


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


def acts(desk: Desk) -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.subject == "application", AuditEvent.subject_id == desk.row.id)
    return list(db.session.scalars(query.order_by(AuditEvent.id)))


def fields(error: Incomplete) -> list[str]:
    return [problem.field for problem in error.problems]


def test_two_stages_lead_to_approval_and_a_fee_keeps_it_open(app):
    desk = submitted()
    desk.decide("pass", builders.staff(), ok(DIPLOMA))
    assert desk.row.state == State.OFFICE_REVIEW
    done = desk.decide("pass", builders.staff("office_reviewer"))
    assert done.state is State.APPROVED
    assert (desk.row.state, desk.row.decided_at) == (State.APPROVED, LATER)
    assert acts(desk)[-3:] == ["application.pass_school", "review.begun", "application.approve"]


def test_without_a_fee_approval_completes_at_once(app):
    desk = approved(window=builders.window(fee=0, pay_opens_at=None, pay_closes_at=None))
    assert desk.row.state == State.COMPLETED
    assert acts(desk)[-1] == "application.completed"


def test_in_a_window_of_one_stage_the_school_approves(app):
    desk = submitted(window=builders.window(stages=1))
    assert desk.decide("pass", builders.staff()).state is State.APPROVED


def test_another_schools_file_is_not_there(app):
    desk = submitted()
    stranger = builders.staff(school_code="10002")
    with pytest.raises(NotFound):
        desk.decide("pass", stranger)
    with pytest.raises(NotFound):
        save_opinion(desk.public_id, Opinion(), by=actor(stranger), on=LATER, seen=desk.seen)
    assert desk.row.state == State.SCHOOL_REVIEW
    assert count(Review) == 0


def test_finance_reviews_nothing(app):
    desk = submitted()
    with pytest.raises(NotAllowed):
        desk.decide("pass", builders.staff("finance"))


def test_the_office_does_not_decide_for_the_school(app):
    desk = submitted()
    with pytest.raises(NotAllowed):
        desk.decide("pass", builders.staff("office_reviewer"))
    assert count(Review) == 0


def test_a_decision_on_another_content_or_version_is_refused(app):
    desk, reviewer = submitted(), builders.staff()
    seen = desk.seen
    for stale in (Seen("0" * 64, seen.version), Seen(seen.sha256, seen.version - 1), Seen("", 0)):
        with pytest.raises(ChangedMeanwhile):
            desk.decide("pass", reviewer, seen=stale)
    assert desk.row.state == State.SCHOOL_REVIEW
    assert acts(desk) == ["application.submitted"]


def test_of_two_reviewers_one_decides(both):
    desk = submitted()
    seen = desk.seen
    desk.decide("pass", builders.staff(), seen=seen)
    with pytest.raises(ChangedMeanwhile):
        desk.decide("reject", builders.staff(), Opinion(message="重复申请"), seen=seen)
    assert desk.row.state == State.OFFICE_REVIEW


def test_a_page_opened_before_the_resubmission_decides_nothing(app):
    desk, reviewer = submitted(), builders.staff()
    seen = desk.seen
    desk.decide("return", reviewer, returning(DIPLOMA))
    desk.explain(DIPLOMA)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    with pytest.raises(ChangedMeanwhile):
        desk.decide("pass", reviewer, seen=seen)
    assert desk.row.state == State.SCHOOL_REVIEW


def test_a_return_opens_the_returned_items_and_what_depends_on_them_only(app):
    desk = submitted()
    desk.decide("return", builders.staff(), returning("prior_degree.diploma_year"))
    row = desk.row
    assert (row.state, row.returned_stage) == (State.RETURNED, State.SCHOOL_REVIEW)
    assert {"prior_degree.diploma_year", "prior_degree.diploma_month", "prior_degree.record_code"} <= set(
        row.open_items
    )
    assert "statement.statement" not in row.open_items
    assert "prior_degree.diploma_number" not in row.open_items
    assert "profile.phone" in row.open_items  # always open


def test_the_office_returns_and_gets_it_back(app):
    desk = submitted()
    desk.decide("pass", builders.staff())
    desk.decide("return", builders.staff("office_reviewer"), returning(DIPLOMA))
    desk.explain(DIPLOMA)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    assert desk.row.state == State.OFFICE_REVIEW
    assert desk.row.open_items is None


def test_a_return_needs_an_item_and_its_reason(app):
    desk, reviewer = submitted(), builders.staff()
    with pytest.raises(Incomplete) as none:
        desk.decide("return", reviewer, ok(DIPLOMA))
    with pytest.raises(Incomplete) as bare:
        desk.decide("return", reviewer, returning(DIPLOMA, reason=""))
    assert fields(none.value) == [""]
    assert fields(bare.value) == [f"reason.{DIPLOMA}"]
    assert count(Review) == 0


def test_a_returned_item_cannot_be_passed_over(app):
    desk = submitted()
    with pytest.raises(Incomplete) as error:
        desk.decide("pass", builders.staff(), returning(DIPLOMA))
    assert fields(error.value) == [f"verdict.{DIPLOMA}"]


def test_an_item_that_was_not_submitted_is_refused(app):
    desk = submitted()
    with pytest.raises(Incomplete):
        desk.decide("return", builders.staff(), returning("profile.salary"))


def test_a_rejection_needs_a_reason(app):
    desk, reviewer = submitted(), builders.staff()
    with pytest.raises(Incomplete) as error:
        desk.decide("reject", reviewer)
    assert fields(error.value) == ["message"]
    desk.decide("reject", reviewer, Opinion(message="已在外省毕业"))
    assert desk.row.state == State.REJECTED


def test_what_is_printed_on_the_opinion_can_be_printed(app):
    desk, reviewer = submitted(), builders.staff()
    with pytest.raises(Incomplete) as error:
        desk.decide("reject", reviewer, Opinion(message="已在外省毕业😀"))
    assert fields(error.value) == ["message"]


def test_the_office_sends_a_file_back_to_the_school_where_it_is_read_again(app):
    desk, school, office = submitted(), builders.staff(), builders.staff("office_reviewer")
    desk.decide("pass", school)
    with pytest.raises(Incomplete):
        desk.decide("back", office)
    desk.decide("back", office, Opinion(to_school="请核对加考"))
    assert desk.row.state == State.SCHOOL_REVIEW
    desk.decide("pass", school)
    rounds = db.session.execute(select(Review.stage, Review.round).order_by(Review.id)).all()
    assert [tuple(row) for row in rounds] == [("school_review", 1), ("office_review", 1), ("school_review", 2)]


def test_a_missing_course_needs_a_waiver_with_a_reason_at_each_stage(app):
    course = missing_course()
    desk = submitted(without=(course,))
    for reviewer in (builders.staff(), builders.staff("office_reviewer")):
        for waivers in ({}, {course: "  "}, {"00000": "另一门"}):
            with pytest.raises(Incomplete) as error:
                desk.decide("pass", reviewer, Opinion(waivers=waivers))
            assert fields(error.value) == [f"waiver.{course}"]
        desk.decide("pass", reviewer, Opinion(waivers={course: "成绩已复核，十月合格"}))
    assert desk.row.state == State.APPROVED
    assert db.session.scalars(select(Review.waivers)).all() == [{course: "成绩已复核，十月合格"}] * 2


def test_every_text_of_a_review_has_the_same_limit(app):
    course = missing_course()
    desk, reviewer = submitted(without=(course,)), builders.staff()
    long, fits = "理" * (MAX_REASON + 1), "理" * MAX_REASON
    texts = {
        "message": Opinion(message=long, waivers={course: fits}),
        f"waiver.{course}": Opinion(message=fits, waivers={course: long}),
        "to_school": Opinion(to_school=long, waivers={course: fits}),
        "again": Opinion(again=long, waivers={course: fits}),
        "reason.profile.phone": Opinion({"profile.phone": Verdict(OK, long)}, waivers={course: fits}),
    }
    for field, opinion in texts.items():
        with pytest.raises(Incomplete) as error:
            desk.decide("pass", reviewer, opinion)
        assert fields(error.value) == [field]
    desk.decide("pass", reviewer, Opinion(message=fits, waivers={course: fits}))
    assert desk.row.state == State.OFFICE_REVIEW


def test_a_score_that_came_in_meanwhile_needs_no_waiver(app):
    course = missing_course()
    desk = submitted(without=(course,))
    builders.scores(desk.ticket, {course: "75"}, session="2026-10")
    desk.decide("pass", builders.staff())
    assert desk.row.state == State.OFFICE_REVIEW


def test_a_score_that_was_cancelled_meanwhile_needs_one(app):
    course = missing_course()
    desk = submitted()
    for score in db.session.scalars(select(builders.Score).where(builders.Score.course_code == course)):
        score.mark = "+0"
    db.session.commit()
    with pytest.raises(Incomplete) as error:
        desk.decide("pass", builders.staff())
    assert fields(error.value) == [f"waiver.{course}"]


def test_once_a_review_has_begun_the_examinee_cannot_withdraw(app):
    desk = submitted()
    save_opinion(desk.public_id, Opinion(), by=actor(builders.staff()), on=LATER, seen=desk.seen)
    with pytest.raises(NotAllowed):
        withdraw(desk.public_id, by=myself(desk), on=LATER)


def test_a_withdrawn_file_cannot_be_decided(app):
    desk = submitted()
    seen = desk.seen
    withdraw(desk.public_id, by=myself(desk), on=LATER)
    with pytest.raises(NotFound):
        desk.decide("pass", builders.staff(), seen=seen)


def test_what_was_noted_is_kept_and_taken_back(app):
    desk, by = submitted(), actor(builders.staff())
    save_opinion(desk.public_id, returning(DIPLOMA, "statement.statement"), by=by, on=LATER, seen=desk.seen)
    save_opinion(desk.public_id, returning(DIPLOMA, reason="看不清"), by=by, on=LATER, seen=desk.seen)
    stored = db.session.execute(select(Finding.item, Finding.reason)).all()
    assert [tuple(row) for row in stored] == [(DIPLOMA, "看不清")]
    assert count(Review) == 1
    assert acts(desk).count("review.begun") == 1


def test_an_administrator_reads_and_does_not_begin(app):
    desk = submitted()
    with pytest.raises(NotAllowed):
        save_opinion(desk.public_id, Opinion(), by=actor(builders.staff("admin")), on=LATER, seen=desk.seen)


def test_a_refused_decision_leaves_no_trace(app):
    desk = submitted(without=(missing_course(),))
    before = (count(AuditEvent), count(Review), count(Finding), db.session.scalar(select(Application.version)))
    with pytest.raises(Incomplete):
        desk.decide("pass", builders.staff(), ok(DIPLOMA))
    assert (count(AuditEvent), count(Review), count(Finding), db.session.scalar(select(Application.version))) == before


def test_the_plan_is_that_of_the_day_of_submission(app):
    """A course row that ended between submission and decision still counts."""
    desk = submitted()
    assert desk.decide("pass", builders.staff(), on=NOW + timedelta(days=300)).state is State.OFFICE_REVIEW
