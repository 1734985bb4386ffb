"""批量通过 asks for the code or password again when the last one is older than five minutes (security.md SR-11)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.extensions import db
from app.models import LoginSession, SiteText
from app.models.base import transaction
from app.rules.site_texts import UNDO_MINUTES
from tests import builders
from tests.web.staff.queue.test_queue_bulk import Reviewer, pending, submitted

SIX = timedelta(minutes=6)
CONFIRM = "/staff/confirm?next=%2Fstaff%2Fapplications%2Fbulk%2F"


@pytest.fixture
def lead(app: Any) -> Reviewer:
    return Reviewer(app, name="李组长")


def confirmed(app: Any) -> None:
    """As after 身份确认."""
    with transaction() as session:
        session.execute(update(LoginSession).values(proved_at=app.clock.now))
    db.session.rollback()


def ticked(page: str) -> list[str]:
    return re.findall(r'name="pick" value="([^"]+)" checked', page)


def test_the_preview_of_many_decisions_asks_first_and_that_of_sharing_does_not(app, lead):
    passing, sharing = lead.choose("pass", submitted()), lead.choose("assign", submitted())
    app.clock.now += SIX
    assert lead.client.get(passing).location.startswith(CONFIRM)
    assert lead.client.get(sharing).status_code == 200


def test_a_confirmation_that_came_late_asks_first_and_the_boxes_stay_as_they_were(app, lead):
    one, two = submitted(), submitted(name="第二人")
    address = lead.choose("pass", one, two)
    assert len(ticked(lead.get(address))) == 2
    app.clock.now += SIX
    answer = lead.post(address, pick=[two.public_id])
    assert answer.location.startswith(CONFIRM)
    assert pending() == 0
    assert one.row.state == two.row.state == "school_review"
    confirmed(app)
    assert ticked(lead.get(address)) == [two.public_id]
    lead.post(address, pick=[two.public_id], undo="1")
    assert pending() == 1
    app.clock.now += SIX
    assert lead.client.get(address).status_code == 200  # what became of it is no secret


def test_where_nothing_can_be_taken_back_the_preview_says_so_before(lead):
    one, said = submitted(), "确认后立即生效，不能撤销"
    assert said not in lead.get(lead.choose("pass", one))  # its box says when
    builders.store(SiteText(key=UNDO_MINUTES, value="0"))
    page = lead.get(lead.choose("pass", one))
    assert said in page
    assert "可撤销" not in page
    assert said not in lead.get(lead.choose("assign", one))
