"""A bulk pass ticks no box for what somebody should look at first."""

from __future__ import annotations

import re

from sqlalchemy import update

from app.models import Application
from app.models.base import transaction
from tests import builders
from tests.reviewing import Desk, fields, returning, submitted, url
from tests.web.staff.file.test_order_of_a_file import NUMBER, again
from tests.web.staff.queue.test_queue_bulk import Reviewer


def came_back(by, **answers) -> Desk:
    desk = submitted()
    desk.decide("return", by, returning(NUMBER, "profile.occupation"))
    same = [key for key in (NUMBER, "profile.occupation") if key.partition(".")[0] not in answers]
    if same:
        desk.explain(*same)
    again(desk, **answers)
    return desk


def test_a_resubmission_with_what_was_returned_as_it_was_is_never_ticked(app):
    lead = Reviewer(app)
    first, other = submitted(), builders.staff(name="吴芳")
    same = came_back(other)
    half = came_back(other, profile={"occupation": "教师"})
    whole = came_back(other, profile={"occupation": "教师"}, prior_degree={"diploma_number": "103311201806009999"})
    with transaction() as session:  # all bear the same diploma
        session.execute(update(Application).values(flags="", flagged=False))
    page = lead.get(lead.choose("pass", first, same, half, whole))
    ticked = set(re.findall(r'name="pick" value="([^"]+)" checked', page))
    assert ticked == {first.public_id, whole.public_id}
    assert "2 件再次提交而退回的内容没有改，没有替你勾选" in page
    assert page.count("再次提交，退回的内容没有改，请先打开看过") == 2
    done = lead.confirm(lead.choose("pass", first, same, half, whole))
    assert "办成 2 件，跳过 2 件" in done


def test_a_file_in_which_something_is_marked_as_returned_is_not_passed_in_bulk(app, client, desk, reviewer):
    given = {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "末四位不符"}
    client.post(url(desk), data=fields(client, desk, decision="save", **given))
    client.post(f"{url(desk)}/desk", data=fields(client, desk, act="release"))
    lead = Reviewer(app)
    assert "已有内容标为退回，须打开这一件决定" in lead.get(lead.choose("pass", desk))
