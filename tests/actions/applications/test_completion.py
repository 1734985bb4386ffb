"""What is completed uses up its courses and its major, until the office takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.actions.applications.completion import complete_by_office, undo_completion
from app.actions.papers import certificates, papers
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import DUPLICATE, open_order, receive
from app.actions.records.forecast import Wanted, forecast
from app.actions.records.holdings import office_of
from app.adapters.gateways import Notice
from app.extensions import db
from app.models import AuditEvent, Certificate, Completion, Message, Order, PaymentEvent, Ticket
from app.models.base import transaction
from app.rules.calendar import today
from app.rules.case import TicketFacts
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from tests import builders
from tests.actions.applications.second_application import begun, handed_in, left_over, passed
from tests.builders import NOW
from tests.reviewing import PAYING, Desk, actor, approved, myself

AFTER = PAYING + timedelta(days=1)


def paid(**over: object) -> Desk:
    desk = approved(**over)
    record_offline(desk.public_id, f"R{desk.row.id}", by=actor(builders.staff("finance")), on=PAYING)
    return desk


def office() -> Actor:
    return actor(builders.staff("office_reviewer"))


def facts(desk: Desk) -> TicketFacts:
    db.session.rollback()
    return office_of(db.session(), desk.ticket.id, today(AFTER)).ticket


def done(desk: Desk) -> Completion:
    return db.session.get(Completion, desk.row.id, populate_existing=True)


def test_a_completion_uses_up_what_the_frozen_assessment_counted(both: Flask) -> None:
    desk = paid()
    frozen = desk.submission.content.assessment
    found = facts(desk)
    assert [(each.public_id, each.major_code) for each in found.completed_majors] == [(desk.public_id, "050101")]
    assert found.completed_majors[0].courses == set(frozen.used_up) != set()
    assert set(found.record().used) == set(frozen.used_up)
    assert found.record().graduated_majors == {"050101"}
    assert found.record().unknown_majors == ()
    own = found.record(but=desk.public_id)
    assert (own.used, own.graduated_majors) == ({}, frozenset())


def test_the_office_data_of_a_later_import_does_not_make_it_unknown(app: Flask) -> None:
    desk = paid()
    with transaction() as session:
        session.get_one(Ticket, desk.ticket.id).graduated_majors = "050101、530601"
    found = facts(desk).record()
    assert found.graduated_majors == {"050101", "530601"}
    assert found.unknown_majors == ("530601",)
    assert facts(desk).record(but=desk.public_id).graduated_majors == {"530601"}


def test_taking_it_back_frees_major_and_courses_and_tells_the_examinee(both: Flask) -> None:
    desk = paid()
    undo_completion(desk.public_id, "成绩录错，须重新核对", by=office(), on=AFTER)
    assert desk.row.state == State.APPROVED
    assert facts(desk).completed_majors == ()
    assert facts(desk).record().used == {}
    assert done(desk).undone_reason == "成绩录错，须重新核对"
    assert db.session.scalars(select(Message.text).order_by(Message.id.desc())).first() == "办结已撤销，请查看原因。"
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.detail["reason"]) == ("application.undo_completion", "成绩录错，须重新核对")
    assert db.session.scalar(select(Order.state)) == "paid"  # the payment stands


def test_it_can_be_completed_again_and_counts_again(both: Flask) -> None:
    desk = paid()
    used = facts(desk).record().used
    undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    complete_by_office(desk.public_id, by=office(), on=AFTER + timedelta(hours=1))
    assert desk.row.state == State.COMPLETED
    assert facts(desk).record().used == used
    assert done(desk).undone_at is None
    complete_by_office(desk.public_id, by=office(), on=AFTER + timedelta(hours=2))  # the second click
    assert db.session.scalars(select(AuditEvent.action)).all().count("application.completed") == 2


@pytest.mark.parametrize("role", ["school_reviewer", "finance", "auditor"])
def test_only_the_office_takes_back_and_completes_again(app: Flask, role: str) -> None:
    desk = paid()
    by = actor(builders.staff(role))
    with pytest.raises(NotAllowed):
        undo_completion(desk.public_id, "录错", by=by, on=AFTER)
    with pytest.raises(NotAllowed):
        complete_by_office(desk.public_id, by=by, on=AFTER)
    assert desk.row.state == State.COMPLETED


def test_a_reason_is_needed_and_only_what_is_completed_is_taken_back(app: Flask) -> None:
    desk = paid()
    for reason in ("", "长" * 201):
        with pytest.raises(Invalid):
            undo_completion(desk.public_id, reason, by=office(), on=AFTER)
    undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    with pytest.raises(ChangedMeanwhile):
        undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    with pytest.raises(NotFound):
        undo_completion("0" * 32, "录错", by=office(), on=AFTER)


def test_what_was_never_taken_back_is_not_completed_by_hand(app: Flask) -> None:
    desk = approved()
    with pytest.raises(ChangedMeanwhile):
        complete_by_office(desk.public_id, by=office(), on=PAYING)
    assert desk.row.state == State.APPROVED


def test_its_certificate_number_stays_reserved_for_it(both: Flask) -> None:
    certificates.save_settings("ticket", "31", "", by=Actor("staff", 1, "管理员", "admin"), on=NOW)
    desk = paid()
    before = db.session.scalars(select(Certificate.number)).all()
    assert len(before) == 1
    undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    complete_by_office(desk.public_id, by=office(), on=AFTER)
    assert db.session.scalars(select(Certificate.number).where(Certificate.voided_at.is_(None))).all() == before


def test_its_papers_are_revoked_until_it_is_completed_again(app: Flask) -> None:
    desk = paid()
    look = papers.Look("站点", "http://localhost", lambda key: b"")
    papers.issue("register", desk.public_id, look=look, by=myself(desk), on=PAYING)
    papers.issue("receipt", desk.public_id, look=look, by=myself(desk), on=PAYING)
    codes = {row.kind: row.code for row in db.session.query(papers.Paper)}

    def said(kind: str) -> str:
        db.session.rollback()
        return papers.verify(db.session(), codes[kind]).status

    assert (said("register"), said("receipt")) == ("genuine", "genuine")
    undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    assert (said("register"), said("receipt")) == ("revoked", "genuine")  # it was handed in all the same
    complete_by_office(desk.public_id, by=office(), on=AFTER)
    assert said("register") == "genuine"


def test_nobody_submits_again_in_the_major_that_the_ticket_has_finished(app: Flask) -> None:
    desk = paid()
    again = begun(desk)
    with pytest.raises(Incomplete) as refused:
        handed_in(again)
    assert any("已取得本专业" in problem.message for problem in refused.value.problems)
    undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    with pytest.raises(Incomplete) as refused:
        handed_in(again)
    assert "已审核通过" in refused.value.problems[0].message  # its own application is not ended yet


def test_of_two_applications_in_one_major_the_second_is_not_approved(both: Flask) -> None:
    first = approved()
    second = left_over(first)
    record_offline(first.public_id, "R1", by=actor(builders.staff("finance")), on=PAYING)
    with pytest.raises(NotAllowed, match="已经在本专业毕业"):
        second.decide("pass", builders.staff())
    assert second.row.state == State.SCHOOL_REVIEW


def test_a_payment_for_the_second_of_two_approved_ones_is_kept_to_be_given_back(both: Flask) -> None:
    first = approved()
    second = passed(left_over(first))
    number = open_order(second.public_id, by=myself(second), on=PAYING)
    record_offline(first.public_id, "R1", by=actor(builders.staff("finance")), on=PAYING)
    with pytest.raises(NotAllowed):
        record_offline(second.public_id, "R2", by=actor(builders.staff("finance")), on=PAYING)
    with pytest.raises(NotAllowed):
        open_order(second.public_id, by=myself(second), on=PAYING)
    verdict = receive(Notice("training", "T1", number, 5000, "{}"), title="收银台", on=PAYING).verdict
    assert verdict == DUPLICATE  # never lost
    assert db.session.scalars(select(PaymentEvent.verdict).order_by(PaymentEvent.id)).all() == ["paid", DUPLICATE]
    assert second.row.state == State.APPROVED


def test_the_database_itself_refuses_a_second_graduation_in_one_major(both: Flask) -> None:
    first = paid()
    second = begun(first)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            Completion(application_id=second.row.id, ticket_id=first.ticket.id, major_code="050101", completed_at=AFTER)
        )


def test_the_list_of_who_may_graduate_counts_no_used_course(app: Flask) -> None:
    """13000 is of both plans: with it used, the second plan lacks it."""
    desk = paid()
    builders.plan("080901/2026")
    assert "13000" in facts(desk).record().used
    plan = builders.plan_of("080901/2026")
    marks = {code: mark for code, mark in builders.all_passed(plan).items() if code != "13000"}
    builders.scores(desk.ticket, marks, session="2025-10")
    with transaction() as session:
        session.get_one(Ticket, desk.ticket.id).major_code = "080901"
    lines = list(forecast(db.session(), Wanted(short=3), today(AFTER)))
    assert [(line.major, "13000" in line.missing) for line in lines] == [("080901", True)]
    undo_completion(desk.public_id, "录错", by=office(), on=AFTER)
    lines = list(forecast(db.session(), Wanted(short=3), today(AFTER)))
    assert [(line.major, "13000" in line.missing) for line in lines] == [("080901", False)]
