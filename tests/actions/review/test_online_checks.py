"""已在学信网核对 stays with the evidence: the same code and picture keep it over a resubmission, another one does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.actions.applications.drafts import save_step
from app.actions.applications.submit import submit
from app.actions.review.online_checks import stamp, take_off
from app.extensions import db
from app.models import AuditEvent, Evidence, OnlineCheck, Review
from app.models.base import random_id, transaction
from app.rules.refusals import ChangedMeanwhile, NotFound
from app.rules.review.online_checks import proofs_of
from app.rules.submission import Item
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, Desk, actor, myself, picture, returning, submitted
from tests.reviewing import url as page_of

CODE, DIPLOMA = "prior_degree.record_code", "prior_degree.diploma_number"
AFTER = LATER + timedelta(days=1)


def checked(desk: Desk, by, item: str = CODE, **over) -> None:
    stamp(desk.public_id, item, **{"sha256": desk.submission.sha256, "by": actor(by), "on": LATER, **over})


def resubmitted(desk: Desk, **changed: str) -> None:
    """Returned for the diploma's number, and handed in again with what changed."""
    desk.decide("return", builders.staff(), returning(DIPLOMA, "prior_degree.record_code", "prior_degree.record_photo"))
    desk.explain(DIPLOMA, CODE, "prior_degree.record_photo", on=AFTER)
    if changed:
        values = {**desk.row.answers["prior_degree"], **changed}
        save_step(desk.public_id, "prior_degree", values, version=desk.row.version, by=myself(desk), on=AFTER)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=AFTER)


def shown(app, client, desk: Desk) -> str:
    app.clock.now = AFTER + timedelta(hours=1)
    builders.sign_in(client, person=builders.staff(name="吴芳"), on=app.clock.now)
    return client.get(page_of(desk)).text


def test_it_says_who_and_when_and_is_written_down(both):
    desk, by = submitted(), builders.staff()
    checked(desk, by)
    checked(desk, by, on=AFTER)  # the same key again
    row = db.session.scalars(select(OnlineCheck)).one()
    assert (row.item, row.staff_id, row.checked_at) == (CODE, by.id, LATER)
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.detail) == ("evidence.checked_online", {"item": CODE})
    assert db.session.scalar(select(Review.id)) is None  # no opinion is begun by it


def test_a_resubmission_with_the_same_evidence_keeps_it(app, client):
    desk = submitted()
    checked(desk, builders.staff(name="周明"))
    resubmitted(desk, diploma_number="103311201806001299")
    assert "✓ 已在学信网核对：周明" in shown(app, client, desk)


def test_another_code_is_to_be_checked_again(app, client):
    desk = submitted()
    checked(desk, builders.staff(name="周明"))
    resubmitted(desk, record_code="ZZZZ2222YYYY1111")
    page = shown(app, client, desk)
    assert "✓ 已在学信网核对" not in page
    assert "编号或照片改过，要重新在学信网核对" in page


def test_another_picture_is_to_be_checked_again(app, client):
    desk = submitted()
    checked(desk, builders.staff(name="周明"))
    desk.decide("return", builders.staff(), returning("prior_degree.record_photo"))
    with transaction() as session:
        session.execute(update(Evidence).where(Evidence.slot == "record_photo").values(current=False))
    picture(desk.row.id, "record_photo")
    submit(desk.public_id, GRADUATION, by=myself(desk), on=AFTER)
    assert "编号或照片改过，要重新在学信网核对" in shown(app, client, desk)


def test_several_people_may_check_and_each_takes_off_his_own(app, client):
    desk, first, second = submitted(), builders.staff(name="周明"), builders.staff(name="吴芳")
    checked(desk, first)
    checked(desk, second)
    take_off(desk.public_id, CODE, sha256=desk.submission.sha256, by=actor(first), on=LATER)
    assert db.session.scalars(select(OnlineCheck.staff_id)).all() == [second.id]


@pytest.mark.parametrize("item", [DIPLOMA, "prior_degree.report_number", "no.such_item", ""])
def test_only_a_code_that_a_page_knows_can_be_checked(app, item):
    desk = submitted()
    with pytest.raises(NotFound):
        checked(desk, builders.staff(), item)


def test_what_was_not_on_the_page_is_not_checked(app):
    desk = submitted()
    with pytest.raises(ChangedMeanwhile):
        checked(desk, builders.staff(), sha256=random_id() * 2)


def test_not_in_another_school(app):
    desk = submitted()
    with pytest.raises(NotFound):
        checked(desk, builders.staff(school_code="10002"))


def test_code_and_picture_both_count():
    items = [Item(key="a.code", label="", value="X1"), Item(key="a.photo", label="", value="", evidence="p1")]
    other = [Item(key="a.code", label="", value="X2"), items[1]]
    known = {"p1": "aa", "p2": "bb"}

    def proof(items, pictures):
        return proofs_of(items, ("a.code",), {"a.code": "a.photo"}, pictures)["a.code"]

    first = proof(items, known)
    assert proof(items, known) == first
    assert proof(other, known) != first
    assert proof(items, {"p1": "bb"}) != first
