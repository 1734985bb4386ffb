"""Many who submit or decide at the same moment, and the second at which a window ends (AC-20, AC-21, AC-23)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.applications.drafts import save_step
from app.actions.applications.submit import Receipt, submit
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.models import Application, AuditEvent, Submission
from app.rules.refusals import ChangedMeanwhile, Refused, WindowClosed
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import Desk, myself, picture, place, submitted
from tests.sizes import FULL

SUBMITS, DECISIONS = (50, 20) if FULL else (12, 8)


def drafted(**window: Any) -> Desk:
    """A draft that can be submitted."""
    place()
    who, opened = builders.examinee(), builders.window(**window)
    ticket = builders.ticket(who)
    builders.scores(ticket, builders.all_passed(builders.plan_of("050101/2024")))
    row = builders.application(ticket, opened, answers=builders.answers())
    for slot in ("diploma_photo", "record_photo"):
        picture(row.id, slot)
    return Desk(row.public_id, who, ticket, opened)


def at_once(app: Flask, many: int, act: Callable[[int], Any]) -> list[Any]:
    """What each got, or the refusal."""
    found, ready = [], threading.Barrier(many)

    def one(number: int) -> None:
        with app.app_context():
            ready.wait()
            try:
                found.append(act(number))
            except Refused as refusal:
                found.append(refusal)
            db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_many_submissions_at_once_one_is_made_and_all_get_its_receipt(both: Flask) -> None:
    desk = drafted()
    by = myself(desk)
    got = at_once(both, SUBMITS, lambda number: submit(desk.public_id, GRADUATION, by=by, on=builders.NOW))
    assert [type(each) for each in got] == [Receipt] * SUBMITS
    assert sum(each.first_time for each in got) == 1
    assert {each.number for each in got} == {desk.submission.receipt}
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    told = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "application.submitted")
    assert db.session.scalar(told) == 1


def test_of_many_decisions_at_once_one_is_made(both: Flask) -> None:
    desk = submitted()
    reviewers, seen = [builders.staff() for _ in range(DECISIONS)], desk.seen

    def decide(number: int) -> Any:
        word = ("pass", "reject")[number % 2]
        return desk.decide(word, reviewers[number], Opinion(message="重复申请" * (number % 2)), seen=seen)

    got = at_once(both, DECISIONS, decide)
    assert sum(isinstance(each, ChangedMeanwhile) for each in got) == DECISIONS - 1
    db.session.rollback()
    done = select(AuditEvent.action).where(AuditEvent.action.like("application.%")).order_by(AuditEvent.id)
    assert db.session.scalars(done).all()[1:] == [
        "application.pass_school" if desk.row.state == State.OFFICE_REVIEW else "application.reject_school"
    ]


@pytest.mark.parametrize("ends", [builders.NOW, datetime(2026, 12, 31, 16, tzinfo=UTC)], ids=["a day", "the year"])
def test_a_window_takes_what_comes_before_its_last_second_ends(app: Flask, ends: datetime) -> None:
    """[opens, closes): the moment of the end is outside, whatever the day in another zone."""
    desk = drafted(opens_at=ends - timedelta(days=1), closes_at=ends)
    by, given = myself(desk), {"statement": builders.STATEMENT}

    def save(on: datetime) -> None:
        save_step(desk.public_id, "statement", given, version=desk.row.version, by=by, on=on)

    save(ends - timedelta(seconds=1))
    for late in (ends, ends + timedelta(seconds=1), ends + timedelta(days=365)):
        with pytest.raises(WindowClosed):
            save(late)
        with pytest.raises(WindowClosed):
            submit(desk.public_id, GRADUATION, by=by, on=late)
    assert desk.row.state == State.DRAFT
    assert submit(desk.public_id, GRADUATION, by=by, on=ends - timedelta(seconds=1)).first_time
    assert db.session.scalar(select(Application.submitted_at)) == ends - timedelta(seconds=1)
