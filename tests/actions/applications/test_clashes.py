"""Of two applications of a ticket for one major, or on the same courses, one graduates, and the other owes nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.applications.completion import complete, complete_by_office, undo_completion
from app.actions.applications.drafts import save_parts
from app.actions.applications.submit import submit, withdraw
from app.actions.clashes import clash_of, stop_of
from app.actions.payments.on_the_spot import correct, record_offline
from app.actions.payments.orders import DUPLICATE, PAID, open_order, receive
from app.actions.review.revoking import revoke
from app.adapters.gateways import Notice
from app.extensions import db
from app.models import Application, Completion, Message, Order, PaymentEvent, Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed
from app.rules.review.clashes import FREED, GRADUATED, MESSAGES, TWIN, USED
from app.rules.review.clashes import SHARED as COUNTED_TOO
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.actions.applications.second_application import OTHER, SHARED, begun, handed_in, left_over, passed
from tests.builders import NOW
from tests.reviewing import LATER, PAYING, Desk, actor, approved, myself, ok, returning, submitted

AFTER = PAYING + timedelta(days=1)


def pay(desk: Desk, receipt: str = "") -> None:
    record_offline(desk.public_id, receipt or f"R{desk.row.id}", by=actor(builders.staff("finance")), on=PAYING)


def office() -> Actor:
    return actor(builders.staff("office_reviewer"))


def told(desk: Desk) -> list[str]:
    return list(db.session.scalars(select(Message.text).where(Message.application_id == desk.row.id)))


def rejected(desk: Desk) -> None:
    desk.decide("reject", builders.staff(), ok(message="不符合"))


def returned(desk: Desk) -> None:
    desk.decide("return", builders.staff(), returning("statement.statement"))


def to_office(desk: Desk) -> None:
    desk.decide("pass", builders.staff())


def lapsed(desk: Desk) -> None:
    """Returned, and its time of fixes is over."""
    returned(desk)
    with transaction() as session:
        session.execute(update(Window).where(Window.id == desk.window.id).values(closes_at=NOW - timedelta(hours=1)))


def taken_back(desk: Desk) -> None:
    withdraw(desk.public_id, by=myself(desk), on=NOW)


BARS = {
    "submitted": (lambda desk: None, "正在审核"),
    "with the office": (to_office, "正在审核"),
    "returned": (returned, "退回"),
    "approved": (passed, "已审核通过"),
    "withdrawn": (taken_back, ""),
    "rejected": (rejected, ""),
    "returned, too late to correct": (lapsed, ""),
}


@pytest.mark.parametrize("case", BARS)
def test_a_major_is_taken_while_another_application_for_it_is_not_ended(app: Flask, case: str) -> None:
    first = submitted()
    act, why = BARS[case]
    act(first)
    second = begun(first)
    if not why:
        assert handed_in(second).row.state == State.SCHOOL_REVIEW
        return
    with pytest.raises(Incomplete) as refused:
        handed_in(second)
    assert [(each.step, each.field) for each in refused.value.problems] == [("scores", "major")]
    assert why in refused.value.problems[0].message
    handed_in(begun(first, OTHER, name="另一个专业"))  # another major is free


def test_of_two_that_were_returned_the_first_to_come_back_bars_the_other(app: Flask) -> None:
    first = submitted()
    second = left_over(first)
    for each in (first, second):
        returned(each)
        each.explain("statement.statement")
    submit(second.public_id, GRADUATION, by=myself(second), on=LATER)
    with pytest.raises(Incomplete, match="还有内容没有填好") as refused:  # its major is locked, and asked all the same
        submit(first.public_id, GRADUATION, by=myself(first), on=LATER)
    assert "正在审核" in refused.value.problems[0].message


def test_two_of_one_major_are_named_before_a_pass_and_the_first_paid_ends_the_other(both: Flask) -> None:
    first = approved()
    second = left_over(first)
    found = clash_of(db.session(), second.row.id)
    assert found == (TWIN, first.public_id)
    assert not found.stops
    pay(first)
    assert stop_of(db.session(), second.row.id) == (GRADUATED, first.public_id)
    assert stop_of(db.session(), first.row.id) is None
    assert told(second)[-1] == MESSAGES[GRADUATED]
    undo_completion(first.public_id, "录错", by=office(), on=AFTER)
    assert stop_of(db.session(), second.row.id) is None
    assert told(second)[-1] == FREED


def test_the_major_alone_is_enough_also_under_review_and_on_other_courses(both: Flask) -> None:
    first = submitted()
    second = left_over(first)
    assert clash_of(db.session(), second.row.id) == (TWIN, first.public_id)
    with transaction() as session:  # as if it counted none of the other's courses
        session.execute(update(Application).where(Application.public_id == second.public_id).values(counted="99999"))
    pay(passed(first))
    assert stop_of(db.session(), second.row.id) == (GRADUATED, first.public_id)


def test_two_that_count_one_course_are_named_before_a_pass_and_only_one_graduates(both: Flask) -> None:
    first = approved()
    second = handed_in(begun(first, OTHER))
    assert SHARED in second.row.counted.split("、")
    assert clash_of(db.session(), second.row.id) == (COUNTED_TOO, first.public_id)
    passed(second)
    number = open_order(second.public_id, by=myself(second), on=PAYING)
    pay(first)
    assert stop_of(db.session(), second.row.id) == (USED, first.public_id)
    assert told(second)[-1] == MESSAGES[USED]
    with pytest.raises(NotAllowed, match="已用于另一毕业"):
        pay(second)
    with pytest.raises(NotAllowed, match="已用于另一毕业"):
        open_order(second.public_id, by=myself(second), on=PAYING)
    assert receive(Notice("training", "T1", number, 5000, "{}"), title="收银台", on=PAYING).verdict == DUPLICATE
    row = second.row
    with transaction() as session, pytest.raises(NotAllowed, match="已用于另一毕业"):
        complete(session, row.id, row.service, version=row.version, on=PAYING, why="")
    assert second.row.state == State.APPROVED
    assert db.session.scalars(select(PaymentEvent.verdict).order_by(PaymentEvent.id)).all() == [PAID, DUPLICATE]
    assert db.session.query(Completion).count() == 1


def test_what_was_undone_is_not_completed_again_on_courses_that_were_used_meanwhile(both: Flask) -> None:
    first = approved()
    pay(first)
    undo_completion(first.public_id, "录错", by=office(), on=AFTER)
    second = passed(handed_in(begun(first, OTHER)))
    pay(second)
    with pytest.raises(NotAllowed, match="已用于另一毕业"):
        complete_by_office(first.public_id, by=office(), on=AFTER)
    assert first.row.state == State.APPROVED
    undo_completion(second.public_id, "录错", by=office(), on=AFTER)
    complete_by_office(first.public_id, by=office(), on=AFTER)
    assert first.row.state == State.COMPLETED


def test_what_counts_used_courses_is_not_passed_until_it_is_submitted_anew(app: Flask) -> None:
    first = approved()
    second = handed_in(begun(first, OTHER))
    pay(first)
    with pytest.raises(NotAllowed, match="已用于另一毕业"):
        to_office(second)
    second.decide("return", builders.staff(), returning("scores.assessment"))
    plan = builders.plan_of(f"{OTHER}/2026")
    assert SHARED in {row.code for row in plan.courses if row.requirement == "必考"}  # now it is missing
    answers = {**second.row.answers["scores"], "missing_reason": "已用于另一毕业，正在申请免考"}
    save_parts(second.public_id, {"scores": answers}, version=second.row.version, by=myself(second), on=LATER)
    second.explain("scores.assessment")
    submit(second.public_id, GRADUATION, by=myself(second), on=LATER)
    assert SHARED not in second.row.counted.split("、")
    assert stop_of(db.session(), second.row.id) is None


def test_the_office_settles_it_although_an_order_was_begun(both: Flask) -> None:
    """It could be paid by nobody: a payment that is under way all the same is kept to be given back."""
    first = approved()
    second = passed(handed_in(begun(first, OTHER)))
    number = open_order(second.public_id, by=myself(second), on=PAYING)
    with pytest.raises(NotAllowed, match="正在付款"):
        revoke(second.public_id, "看错了", version=second.row.version, by=office(), on=PAYING)
    pay(first)
    revoke(second.public_id, "课程重复", version=second.row.version, by=office(), on=PAYING)
    assert second.row.state == State.OFFICE_REVIEW
    assert db.session.scalar(select(Order.state).where(Order.number == number)) == "closed"
    assert receive(Notice("training", "T1", number, 5000, "{}"), title="收银台", on=PAYING).verdict == DUPLICATE
    assert db.session.scalar(select(Order.state).where(Order.number == number)) == "closed"


def test_money_that_came_for_what_was_barred_never_completes_it_by_a_correction(app: Flask) -> None:
    first = approved()
    second = passed(handed_in(begun(first, OTHER)))
    number = open_order(second.public_id, by=myself(second), on=PAYING)
    pay(second, "R2")
    receive(Notice("training", "T1", number, 5000, "{}"), title="收银台", on=PAYING)  # it came twice
    undo_completion(second.public_id, "录错", by=office(), on=PAYING)
    pay(first, "R1")
    correct(number, "看错一位", by=actor(builders.staff("finance")), on=PAYING)
    assert second.row.state == State.APPROVED
    assert db.session.scalars(select(PaymentEvent.verdict).order_by(PaymentEvent.id)).all() == [
        "corrected",
        DUPLICATE,
        PAID,
    ]


def test_payments_of_both_at_the_same_moment_finish_one(both: Flask) -> None:
    first = approved()
    second = passed(handed_in(begun(first, OTHER)))
    numbers = [open_order(each.public_id, by=myself(each), on=PAYING) for each in (first, second)]
    found, ready = [], threading.Barrier(2)

    def tell(number: str) -> None:
        with both.app_context():
            ready.wait()
            found.append(receive(Notice("training", number, number, 5000, "{}"), title="收银台", on=PAYING).verdict)
            db.session.remove()

    threads = [threading.Thread(target=tell, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [DUPLICATE, PAID]
    assert sorted(db.session.scalars(select(Application.state))) == [State.APPROVED, State.COMPLETED]


def test_without_a_fee_the_second_is_not_approved_at_all(app: Flask) -> None:
    window = builders.window(fee=0, name="不收费")
    first = submitted(window=window)
    second = handed_in(begun(first, OTHER, fee=0))
    to_office(second)
    passed(first)
    with pytest.raises(NotAllowed, match="已用于另一毕业"):
        second.decide("pass", builders.staff("office_reviewer"))
    with pytest.raises(ChangedMeanwhile):
        complete_by_office(second.public_id, by=office(), on=AFTER)
