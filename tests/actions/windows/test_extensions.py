"""One person's longer time: who may give it, what it opens, and that it ends."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.applications.drafts import save_step, start
from app.actions.applications.submit import submit, withdraw
from app.actions.evidence.pictures import writable
from app.actions.payments.orders import open_order
from app.actions.windows.extensions import end, extend
from app.extensions import db
from app.models import AuditEvent, Extension, Message, Order
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound, WindowClosed
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, Desk, actor, approved, myself, returning, submitted

DAY = timedelta(days=1)
CLOSED = NOW + 14 * DAY  # the window closed a day ago; its corrections too
UNTIL = NOW + 18 * DAY
STATEMENT = "statement.statement"


def give(desk: Any, what: str, by: Any = None, **over: Any) -> int:
    given = {"until": UNTIL, "reason": "住院，有医院证明", "on": CLOSED, "window_id": desk.window.id, **over}
    by = by or builders.staff("office_reviewer")
    return extend(desk.ticket.id, given.pop("window_id"), what, by=actor(by), **given)


def count(table: type) -> int:
    return int(db.session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.fixture
def returned(app: Flask) -> Desk:
    desk = submitted()
    desk.decide("return", builders.staff(), returning(STATEMENT, reason="请写到学习收获"))
    return desk


def correct(desk: Desk, on: Any) -> None:
    save_step(
        desk.public_id,
        "statement",
        {"statement": builders.STATEMENT + "收获很大。"},
        version=desk.row.version,
        by=myself(desk),
        on=on,
    )


def test_a_returned_application_is_saved_and_submitted_again_in_the_longer_time(returned: Desk) -> None:
    with pytest.raises(WindowClosed):
        correct(returned, CLOSED)
    give(returned, "fixes")
    correct(returned, CLOSED)
    submit(returned.public_id, GRADUATION, by=myself(returned), on=UNTIL - timedelta(seconds=1))
    assert returned.row.state == "school_review"


def test_the_longer_time_ends_at_its_very_moment(returned: Desk) -> None:
    give(returned, "fixes")
    for act in (
        lambda: correct(returned, UNTIL),
        lambda: submit(returned.public_id, GRADUATION, by=myself(returned), on=UNTIL),
    ):
        with pytest.raises(WindowClosed):
            act()


def test_pictures_follow_the_longer_time_too(returned: Desk) -> None:
    with transaction() as session, pytest.raises(WindowClosed):
        writable(session, returned.public_id, STATEMENT, by=myself(returned), on=CLOSED)
    give(returned, "fixes")
    with transaction() as session:
        assert writable(session, returned.public_id, STATEMENT, by=myself(returned), on=CLOSED).id == returned.row.id


def test_it_is_for_one_ticket_only(returned: Desk) -> None:
    other = submitted(on=NOW)
    other.decide("return", builders.staff(), returning(STATEMENT))
    give(returned, "fixes")
    with pytest.raises(WindowClosed):
        correct(other, CLOSED)


def test_somebody_may_begin_and_submit_after_the_closing(both: Flask) -> None:
    first = submitted()  # school, plan and window
    person = builders.examinee()
    late = Desk("", person, builders.ticket(person), first.window)
    who = Actor("examinee", person.id, person.name)
    with pytest.raises(WindowClosed):
        start("graduation", first.window.id, late.ticket.number, by=who, on=CLOSED)
    give(late, "fixes")
    with pytest.raises(WindowClosed):  # corrections are not a new application
        start("graduation", first.window.id, late.ticket.number, by=who, on=CLOSED)
    give(late, "apply")
    public_id = start("graduation", first.window.id, late.ticket.number, by=who, on=CLOSED)
    save_step(public_id, "notice", {"read_at": NOW.isoformat()}, version=1, by=who, on=CLOSED)
    with pytest.raises(Incomplete):  # in time, but not filled in
        submit(public_id, GRADUATION, by=who, on=CLOSED)
    with pytest.raises(WindowClosed):
        submit(public_id, GRADUATION, by=who, on=UNTIL)


def test_somebody_with_a_longer_time_may_still_take_the_application_back(app: Flask) -> None:
    desk = submitted()
    with pytest.raises(WindowClosed):
        withdraw(desk.public_id, by=myself(desk), on=CLOSED)
    give(desk, "apply")
    withdraw(desk.public_id, by=myself(desk), on=CLOSED)
    assert desk.row.state == "draft"


def test_an_approved_application_is_paid_in_the_longer_time(app: Flask) -> None:
    desk = approved()
    late = NOW + 31 * DAY
    with pytest.raises(WindowClosed):
        open_order(desk.public_id, by=myself(desk), on=late)
    give(desk, "pay", until=late + DAY, on=late)
    open_order(desk.public_id, by=myself(desk), on=late)
    assert count(Order) == 1
    with pytest.raises(WindowClosed):
        open_order(desk.public_id, by=myself(desk), on=late + DAY)


def test_it_can_be_ended_early_and_then_everybodys_deadline_holds(returned: Desk) -> None:
    ident = give(returned, "fixes")
    person = builders.staff("office_reviewer")
    end(ident, by=actor(person), on=CLOSED)
    with pytest.raises(WindowClosed):
        correct(returned, CLOSED)
    with pytest.raises(ChangedMeanwhile):
        end(ident, by=actor(person), on=CLOSED)
    row = db.session.get_one(Extension, ident, populate_existing=True)
    assert (row.ended_at, row.ended_by) == (CLOSED, person.id)


def test_a_second_one_takes_the_place_of_the_first(returned: Desk) -> None:
    give(returned, "fixes")
    give(returned, "fixes", until=UNTIL + DAY, reason="继续住院")
    live = db.session.scalars(select(Extension).where(Extension.ended_at.is_(None))).all()
    assert [(row.until, row.reason) for row in live] == [(UNTIL + DAY, "继续住院")]
    assert count(Extension) == 2


def test_both_acts_are_written_down_and_told(returned: Desk) -> None:
    ident = give(returned, "fixes")
    end(ident, by=actor(builders.staff("admin")), on=CLOSED)
    query = select(AuditEvent).where(AuditEvent.action.startswith("extension.")).order_by(AuditEvent.id)
    granted, ended = db.session.scalars(query).all()
    assert (granted.action, ended.action) == ("extension.granted", "extension.ended")
    assert (granted.subject, granted.subject_id) == ("application", returned.row.id)
    assert granted.detail["reason"] == "住院，有医院证明"
    assert granted.detail["until"] == UNTIL.isoformat()
    told = db.session.scalars(select(Message.text).order_by(Message.id.desc()).limit(2)).all()
    assert "提前结束" in told[0]
    assert "2026 年 12 月 12 日 12:00" in told[1]


@pytest.mark.parametrize(
    ("what", "over", "field"),
    [
        ("fixes", {"reason": ""}, "reason"),
        ("fixes", {"reason": "长" * 201}, "reason"),
        ("fixes", {"until": CLOSED}, "until"),
        ("fixes", {"until": NOW + 13 * DAY, "on": NOW}, "until"),  # everybody has that already
        ("fixes", {"until": CLOSED + 401 * DAY}, "until"),
        ("nothing", {}, "what"),
        ("pay", {"until": NOW + 25 * DAY}, "until"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    returned: Desk, what: str, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        give(returned, what, **over)
    assert refused.value.field == field
    assert count(Extension) == 0


def test_a_window_without_payment_or_not_begun_has_nothing_to_extend(app: Flask) -> None:
    desk = submitted()
    free = builders.window(fee=0, pay_opens_at=None, pay_closes_at=None)
    coming = builders.window(opens_at=NOW + 20 * DAY, closes_at=NOW + 30 * DAY, pay_opens_at=None, pay_closes_at=None)
    for what, window in (("pay", free), ("apply", coming)):
        with pytest.raises(Invalid) as refused:
            give(desk, what, window_id=window.id, until=NOW + 40 * DAY)
        assert refused.value.field == "what"
    with pytest.raises(NotFound):
        give(desk, "apply", window_id=99999)


def test_only_who_has_the_ticket_in_scope_gives_or_ends_it(returned: Desk) -> None:
    foreign = builders.staff(school_code="10002")
    with pytest.raises(NotFound):
        give(returned, "fixes", foreign)
    ident = give(returned, "fixes", builders.staff("school_lead", school_code="10574"))
    with pytest.raises(NotFound):
        end(ident, by=actor(foreign), on=CLOSED)
    for role in ("auditor", "finance"):
        with pytest.raises(NotAllowed):
            give(returned, "fixes", builders.staff(role))
        with pytest.raises(NotAllowed):
            end(ident, by=actor(builders.staff(role)), on=CLOSED)


def test_an_application_that_went_to_another_school_is_not_the_declared_schools_to_extend(app: Flask) -> None:
    builders.school("10002", name="学校10002")
    desk = submitted()
    with transaction() as session:  # declared at 10002, handed in at 10574
        session.merge(desk.ticket).school_code = "10002"
    with pytest.raises(NotFound):
        give(desk, "fixes", builders.staff(school_code="10002"))
    ident = give(desk, "fixes", builders.staff(school_code="10574"))
    with pytest.raises(NotFound):
        end(ident, by=actor(builders.staff(school_code="10002")), on=CLOSED)


def test_two_at_once_leave_one_live(both: Flask) -> None:
    desk = submitted()
    people = [actor(builders.staff("office_reviewer")) for _ in range(4)]
    gate, outcomes = Barrier(4), []

    def one(by: Actor) -> None:
        with both.app_context():
            gate.wait()
            try:
                extend(desk.ticket.id, desk.window.id, "apply", UNTIL, "住院", by=by, on=LATER)
                outcomes.append("done")
            except ChangedMeanwhile:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [Thread(target=one, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert db.session.scalar(select(func.count()).where(Extension.ended_at.is_(None))) == 1
