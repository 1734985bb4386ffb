"""A bulk pass ticks no box for what somebody should look at first."""

from __future__ import annotations

import re

from sqlalchemy import update

from app.actions.applications import asides
from app.actions.review.notes import ask
from app.actions.review.opinions import Opinion
from app.actions.review.revoking import revoke
from app.models import Application
from app.models.base import transaction
from tests import builders
from tests.reviewing import LATER, Desk, actor, fields, returning, submitted, url
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


def unmarked() -> None:
    """All bear the same diploma."""
    with transaction() as session:
        session.execute(update(Application).values(flags="", flagged=False))


def test_a_resubmission_with_what_was_returned_as_it_was_is_never_ticked(app):
    lead = Reviewer(app)
    first, other = submitted(), builders.staff(name="吴芳")
    same = came_back(other)
    half = came_back(other, profile={"occupation": "教师"})
    whole = came_back(other, profile={"occupation": "教师"}, prior_degree={"diploma_number": "103311201806009999"})
    unmarked()
    page = lead.get(lead.choose("pass", first, same, half, whole))
    ticked = set(re.findall(r'name="pick" value="([^"]+)" checked', page))
    assert ticked == {first.public_id, whole.public_id}
    assert "2 件再次提交而退回的内容没有改，没有替你勾选" in page
    assert page.count("再次提交，退回的内容没有改，请先打开看过") == 2
    done = lead.confirm(lead.choose("pass", first, same, half, whole))
    assert "办成 2 件，跳过 2 件" in done


def test_what_somebody_doubted_revoked_or_answered_is_not_ticked(app, client):
    lead, office = Reviewer(app, name="李组长"), Reviewer(app, "office_reviewer", name="冯终审")
    other, asker = builders.staff(name="吴芳"), builders.staff(name="周明")
    first, doubted, revoked, asked = (submitted() for _ in range(4))
    doubted.decide("pass", other)
    doubted.decide("back", office.person, Opinion(to_school="请核对"))
    revoked.decide("pass", other)
    taken_back = {"version": revoked.row.version, "by": actor(lead.person), "on": LATER}
    revoke(revoked.public_id, "还没有核对", **taken_back)
    ask(asked.public_id, Opinion(), "可以吗？", "lead", seen=asked.seen, by=actor(asker), on=LATER)
    asides.answer(asked.public_id, "可以。", by=actor(lead.person), on=LATER)
    submitted().decide("pass", other)  # a later decision on another file is none on these
    unmarked()
    address = lead.choose("pass", first, doubted, revoked, asked)
    page = lead.get(address)
    assert set(re.findall(r'name="pick" value="([^"]+)" checked', page)) == {first.public_id}
    for words in ("考办退回过初审", "原来的决定已撤销", "请示已答复"):
        assert f"1 件{words}，没有替你勾选，请先打开看过" in page
        assert f"可以办理；{words}，请先打开看过" in page
    assert 'class="tag bad">考办退回' in page
    assert "办成 1 件，跳过 3 件" in lead.confirm(address)
    doubted.decide("pass", other)  # without a look at what was doubted
    page = office.get(office.choose("pass", doubted))
    assert "1 件考办退回过初审，没有替你勾选" in page
    assert "checked aria-label" not in page


def test_a_file_in_which_something_is_marked_as_returned_is_not_passed_in_bulk(app, client, desk, reviewer):
    given = {f"verdict.{NUMBER}": "return", f"reason.{NUMBER}": "末四位不符"}
    client.post(url(desk), data=fields(client, desk, decision="save", **given))
    client.post(f"{url(desk)}/desk", data=fields(client, desk, act="release"))
    lead = Reviewer(app)
    assert "已有内容标为退回，须打开这一件决定" in lead.get(lead.choose("pass", desk))
