"""撤销决定: a decision found wrong after it took effect goes back to the stage that decided, with a message and an audit row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.applications import leases
from app.actions.applications.asides import answer, put_aside
from app.actions.applications.cases import windows
from app.actions.applications.submit import submit
from app.actions.office.statistics import figures
from app.actions.papers import facts as paper_facts
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from app.actions.review.decide import save_opinion
from app.actions.review.opinions import Opinion
from app.actions.review.revoking import revoke
from app.extensions import db
from app.models import Application, AuditEvent, Message, Order, Review, Revocation, Staff
from app.models.base import transaction
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from app.web.staff.queue import query as queue
from app.web.staff.queue.filters import Filters
from tests import builders
from tests.reviewing import LATER, PAYING, Desk, actor, approved, myself, ok, returning, submitted

AFTER = LATER + timedelta(days=1)
WHY = "备案表与毕业证书编号不一致，当时没有看出"
DIPLOMA = "prior_degree.diploma_number"


def lead(code: str = "10574"):
    return builders.staff("school_lead", school_code=code)


def office():
    return builders.staff("office_reviewer")


def take_back(desk: Desk, by, reason: str = WHY, **over) -> State:
    return revoke(desk.public_id, reason, **{"version": desk.row.version, "by": actor(by), "on": AFTER, **over})


def first_stage(decision: str, opinion: Opinion | None = None, **over) -> Desk:
    desk = submitted(**over)
    desk.decide(decision, builders.staff(school_code=desk.row.school_code), opinion)
    return desk


def second_stage(decision: str, opinion: Opinion | None = None) -> Desk:
    desk = first_stage("pass")
    desk.decide(decision, office(), opinion)
    return desk


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (lambda: second_stage("pass"), State.OFFICE_REVIEW),
        (lambda: second_stage("return", returning(DIPLOMA)), State.OFFICE_REVIEW),
        (lambda: second_stage("reject", ok(message="证书不实")), State.OFFICE_REVIEW),
        (lambda: first_stage("return", returning(DIPLOMA)), State.SCHOOL_REVIEW),
        (lambda: first_stage("reject", ok(message="证书不实")), State.SCHOOL_REVIEW),
        (lambda: first_stage("pass"), State.SCHOOL_REVIEW),
    ],
    ids=[
        "approved",
        "returned",
        "rejected",
        "returned by the school",
        "rejected by the school",
        "passed by the school",
    ],
)
def test_the_file_goes_back_to_the_stage_that_decided(both, make, state):
    desk = make()
    assert take_back(desk, office()) is state
    row = desk.row
    assert (row.state, row.decided_at, row.open_items, row.returned_stage) == (state, None, None, None)


def test_it_is_told_and_written_down_never_silently(app):
    desk, by = second_stage("pass"), office()
    take_back(desk, by)
    told = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert told.state == "office_review"
    assert told.text.startswith("原来的审核决定已撤销，由考办重新审核")
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "application.revoke_to_office"
    assert event.actor_id == by.id
    assert event.detail == {"decision": "pass", "from": "approved", "to": "office_review", "why": WHY}


def test_the_review_stays_as_it_was_and_a_new_one_is_made(app):
    desk = second_stage("return", returning(DIPLOMA))
    take_back(desk, office())
    desk.decide("pass", office(), on=AFTER)
    rounds = db.session.scalars(select(Review).where(Review.stage == "office_review").order_by(Review.id)).all()
    assert [(each.round, each.decision) for each in rounds] == [(1, "return"), (2, "pass")]
    kept = db.session.scalars(select(Revocation)).one()
    assert (kept.review_id, kept.reason, kept.state) == (rounds[0].id, WHY, "returned")
    assert desk.row.state == "approved"


def test_a_lead_revokes_what_his_stage_decided_and_nothing_else(app):
    for desk in (first_stage("return", returning(DIPLOMA)), first_stage("pass")):
        assert take_back(desk, lead()) is State.SCHOOL_REVIEW
    decided_by_the_office = second_stage("reject", ok(message="证书不实"))
    with pytest.raises(NotAllowed, match="负责人可以撤销本校初审的决定"):
        take_back(decided_by_the_office, lead())
    assert decided_by_the_office.row.state == "rejected"


def test_a_lead_of_another_school_and_a_reviewer_cannot(app):
    desk = first_stage("return", returning(DIPLOMA))
    with pytest.raises(NotFound):
        take_back(desk, lead("10002"))
    with pytest.raises(NotAllowed):
        take_back(desk, builders.staff())
    assert desk.row.state == "returned"


def test_it_needs_a_reason(app):
    desk = second_stage("pass")
    for reason in ("", "长" * 501):
        with pytest.raises(Invalid) as refused:
            take_back(desk, office(), reason)
        assert refused.value.field == "reason"
    assert desk.row.state == "approved"


# --- before the examinee has acted or paid


def test_not_after_the_examinee_began_to_change(app):
    desk = second_stage("return", returning(DIPLOMA))
    desk.explain(DIPLOMA, on=AFTER - timedelta(hours=1))
    with pytest.raises(NotAllowed, match="已经开始修改"):
        take_back(desk, office())
    assert desk.row.state == "returned"


def test_not_while_a_payment_may_be_under_way_nor_after_it(app):
    desk = second_stage("pass")
    open_order(desk.public_id, by=myself(desk), on=PAYING)
    with pytest.raises(NotAllowed, match="可能正在付款"):
        take_back(desk, office(), on=PAYING)
    record_offline(desk.public_id, "S-1", by=actor(builders.staff("finance")), on=PAYING)
    with pytest.raises(NotAllowed, match="已经办结"):
        take_back(desk, office(), on=PAYING)
    assert desk.row.state == "completed"


def test_nobody_pays_for_what_was_revoked(app):
    desk = second_stage("pass")
    take_back(desk, office())
    with pytest.raises(NotAllowed):
        open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert db.session.scalar(select(Order.id)) is None


def test_not_once_a_rejected_person_applied_again(app):
    desk = second_stage("reject", ok(message="证书不实"))
    builders.application(desk.ticket, builders.window(name="下一次"), created_at=AFTER - timedelta(hours=1))
    with pytest.raises(NotAllowed, match="已经另外申请"):
        take_back(desk, office())


def test_a_pass_of_the_school_only_until_the_office_begins(app):
    looked_at, begun = first_stage("pass"), first_stage("pass")
    leases.hold(looked_at.public_id, by=actor(office()), on=AFTER)
    save_opinion(begun.public_id, ok(DIPLOMA), by=actor(office()), on=LATER, seen=begun.seen)
    for desk in (looked_at, begun):
        with pytest.raises(NotAllowed, match="考办已经开始终审"):
            take_back(desk, lead())
        assert desk.row.state == "office_review"


def test_what_came_before_a_resubmission_is_no_decision_in_effect(app):
    desk = second_stage("return", returning(DIPLOMA))
    desk.explain(DIPLOMA, on=AFTER)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=AFTER)
    with pytest.raises(NotAllowed, match="没有可以撤销的决定"):
        take_back(desk, office(), on=AFTER + timedelta(hours=1))


def test_a_page_that_is_out_of_date_revokes_nothing(both):
    desk = second_stage("pass")
    version = desk.row.version
    take_back(desk, office())
    with pytest.raises(ChangedMeanwhile):
        take_back(desk, office(), version=version)


# --- it counts no more


def test_a_revoked_decision_is_on_no_paper_and_is_nobodys_first_look(app):
    desk, first = submitted(), builders.staff()
    desk.decide("pass", first)
    take_back(desk, lead())
    with transaction() as session:  # who decided first works for the office now
        person = session.get_one(Staff, first.id)
        person.role, person.school_code = "office_reviewer", ""
    with pytest.raises(NotFound):
        paper_facts.opinion(db.session(), db.session.get(Application, desk.row.id))
    desk.decide("pass", builders.staff(), on=AFTER)
    desk.decide("pass", builders.refresh(first), on=AFTER)
    assert desk.row.state == "approved"


def test_nothing_is_verified_by_a_revoked_decision(app, client):
    desk = first_stage("return", Opinion({**ok(DIPLOMA).findings, **returning("profile.phone").findings}))
    take_back(desk, lead())
    builders.sign_in(client, person=builders.staff(), on=app.clock.now)
    page = client.get(f"/staff/applications/{desk.public_id}").text
    assert "已核验，未变" not in page
    assert "（已撤销）" in page
    assert WHY in page


def test_approved_needs_one_stage_only_where_there_is_one(app):
    desk = submitted(window=builders.window(stages=1, fee=0))
    desk.decide("pass", builders.staff())
    with pytest.raises(NotAllowed, match="先撤销办结"):
        take_back(desk, lead())
    fee = approved(window=builders.window(stages=1, name="收费的"))
    assert take_back(fee, lead()) is State.SCHOOL_REVIEW


def ages(by, on) -> tuple[list[timedelta], int, timedelta, str]:
    """Of the office's list: how long each has waited, how many for 7 days and more, the longest, and the median told."""
    reader, rounds = actor(by), windows(db.session())
    rows = queue.page(reader, Filters(), rounds, None, on).rows
    old = queue.page(reader, Filters(age="7"), rounds, None, on).rows
    longest = queue.waits_longest(reader, Filters(), rounds, on)
    told = {word: age for word, _, age in figures(db.session(), rounds[0], reader, on).waits}
    return [on - (row.waits_since or row.submitted_at) for row in rows], len(old), on - longest, told["待终审"]


def test_the_time_a_decision_was_in_force_counts_in_no_age(both):
    day, person, reader = timedelta(days=1), builders.staff("admin"), office()
    desk = second_stage("pass")
    waited = LATER - desk.row.submitted_at
    assert waited < day
    take_back(desk, person, on=LATER + 100 * day)
    assert ages(reader, LATER + 103 * day) == ([waited + 3 * day], 0, waited + 3 * day, "3 天")
    with transaction() as session:  # aside in between: neither time counts
        put_aside(
            session,
            desk.public_id,
            "怎么办？",
            "office",
            version=desk.row.version,
            by=actor(reader),
            on=LATER + 103 * day,
        )
    answer(desk.public_id, "照办", by=actor(person), on=LATER + 110 * day)
    assert ages(reader, LATER + 111 * day) == ([waited + 4 * day], 0, waited + 4 * day, "4 天")
    desk.decide("pass", reader, on=LATER + 111 * day)
    take_back(desk, person, on=LATER + 150 * day)
    assert ages(reader, LATER + 153 * day) == ([waited + 7 * day], 1, waited + 7 * day, "7 天")


def test_what_waited_for_the_office_all_the_time_has_its_age_when_the_school_takes_it_back(app):
    desk = first_stage("pass")
    take_back(desk, lead(), on=LATER + timedelta(days=3))
    assert db.session.scalars(select(Revocation.waits_since)).all() == [None]
