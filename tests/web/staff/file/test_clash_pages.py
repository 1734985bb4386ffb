"""What another application of the ticket does to one is said wherever staff meet it, and 待核 is named before every pass."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.applications.completion import undo_completion
from app.actions.payments.on_the_spot import record_offline
from app.extensions import db
from app.models import Application, PendingDecision, Ticket
from app.models.base import transaction
from app.rules.review.clashes import MARKS
from app.rules.review.lifecycle import State
from tests import builders
from tests.actions.applications.second_application import OTHER, begun, handed_in, left_over, passed
from tests.reviewing import PAYING, Desk, actor, approved, fields, submitted, url
from tests.web.staff.file.test_asked_once_more import hidden, unsure
from tests.web.staff.queue.test_queue_bulk import Reviewer

QUEUE = "/staff/applications"


def pay(desk: Desk) -> None:
    record_offline(desk.public_id, f"R{desk.row.id}", by=actor(builders.staff("finance")), on=PAYING)


def finished_elsewhere(desk: Desk) -> None:
    """The roster names a graduation after the submission."""
    with transaction() as session:
        session.execute(update(Ticket).where(Ticket.id == desk.ticket.id).values(graduated_majors="530601"))
        session.execute(update(Application).values(flags="", flagged=False))  # the builders' people share a diploma


def plain(desk: Desk) -> Desk:
    with transaction() as session:
        session.execute(update(Application).values(flags="", flagged=False))
    return desk


@pytest.mark.parametrize("case", ["graduated", "used"])
def test_what_another_completion_bars_is_marked_and_cannot_be_passed(app: Flask, client, case: str) -> None:
    first = approved()
    second = plain(left_over(first) if case == "graduated" else handed_in(begun(first, OTHER)))
    pay(first)
    lead = Reviewer(app, name="李组长")
    assert MARKS[case] in lead.get(f"{QUEUE}?state=all")
    page = lead.get(url(second))
    assert "data-against" in page
    assert "不能通过，也不收费" in page
    assert f"{QUEUE}/{first.public_id}" in page
    assert ("尚缺" in page) == (case == "used")  # as a change of the courses
    assert "data-gap" not in page  # no reasons are asked for: it cannot be passed with them
    answer = lead.client.post(url(second), data=fields(lead.client, second, decision="pass", message="已看"))
    assert answer.status_code == 409
    assert "已看" in answer.text  # nothing typed is lost
    assert second.row.state == State.SCHOOL_REVIEW
    preview = lead.get(lead.choose("pass", second))
    assert "不能通过，也不收费" in preview
    assert "checked" not in preview.split("<tbody>")[1]


@pytest.mark.parametrize("case", ["twin", "shared", "roster"])
def test_what_is_to_check_is_unticked_and_named_before_a_pass(app: Flask, case: str) -> None:
    lead = Reviewer(app, name="李组长")
    if case == "roster":
        desk, words = submitted(), "考籍登记已取得 530601 专业毕业"
        finished_elsewhere(desk)
    else:
        first = approved()
        desk = plain(left_over(first) if case == "twin" else handed_in(begun(first, OTHER)))
        words = "另有一项申请" if case == "twin" else "同一门课程不能用于两个毕业"
        assert MARKS[case] in lead.get(QUEUE)
    page = lead.get(url(desk))
    assert words in re.findall(r'data-to-check="([^"]+)"', page)[0]
    preview = lead.get(lead.choose("pass", desk))
    assert f"可以办理；待核：{words}" in preview or words in preview
    assert "1 件有待核的情况，没有替你勾选" in preview
    assert "checked" not in preview.split("<tbody>")[1].split("</tbody>")[0]
    asked = lead.client.post(url(desk), data=unsure(lead.client, desk, decision="pass", undo="1"))  # without script
    assert asked.status_code == 200
    assert words in asked.text
    assert "分钟可撤销" in asked.text
    assert db.session.scalars(select(PendingDecision)).all() == []
    answer = lead.client.post(url(desk), data=hidden(asked.text) | {"decision": "pass"})
    assert answer.status_code == 303
    assert len(db.session.scalars(select(PendingDecision)).all()) == 1


def test_a_plan_with_a_last_day_of_registration_and_no_day_on_record_is_to_check(app: Flask) -> None:
    lead = Reviewer(app, name="李组长")
    desk = plain(submitted())
    assert "待核" not in lead.get(lead.choose("pass", desk))
    with transaction() as session:
        session.execute(update(Ticket).values(registered_on=None))
    assert "待核" not in lead.get(lead.choose("pass", desk))  # this plan has no last day


def test_a_school_is_led_to_no_file_of_another_school(app: Flask) -> None:
    first = approved()
    with transaction() as session:
        session.execute(update(Application).where(Application.id == first.row.id).values(school_code="10575"))
    second = left_over(first)
    lead = Reviewer(app)
    page = lead.get(url(second))
    assert "data-to-check" in page
    assert f"{QUEUE}/{first.public_id}" not in page


def test_what_was_approved_and_is_barred_awaits_no_fee_and_offers_no_register(app: Flask, client) -> None:
    first = approved()
    second = passed(left_over(first))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    page = client.get(url(second)).text
    assert "等考生缴费" in page
    assert "register.pdf" in page
    pay(first)
    page = client.get(url(second)).text
    assert "本专业已毕业" in page
    assert "等考生缴费" not in page
    assert "待缴费" not in page
    assert "缴费未开始" not in page
    assert "register.pdf" not in page
    assert client.get(f"/applications/{second.public_id}/register.pdf").status_code == 404
    assert client.get(f"/applications/{first.public_id}/register.pdf").status_code == 200
    undo_completion(first.public_id, "录错", by=actor(builders.staff("office_reviewer")), on=PAYING)
    page = client.get(url(first)).text
    assert "重新办结" in page
    assert "等考生缴费" not in page  # it is paid
    pay(second)
    page = client.get(url(first)).text
    assert "重新办结" not in page
    token = fields(client, first, act="again")
    assert client.post(f"{url(first)}/completion", data=token).status_code == 409
    assert first.row.state == State.APPROVED


def test_two_that_were_both_completed_before_are_named_on_both_files(app: Flask, client) -> None:
    """As sites of before have them."""
    first = approved()
    second = handed_in(begun(first, OTHER))
    with transaction() as session:
        session.execute(update(Application).values(counted=""))
    passed(second)
    pay(first)
    pay(second)
    with transaction() as session:
        session.execute(update(Application).values(counted="13000"))
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    for desk, other in ((first, second), (second, first)):
        page = client.get(url(desk)).text
        assert "同一门课程不能用于两个毕业：请核对，撤销其中一项的办结" in page
        assert f"{QUEUE}/{other.public_id}" in page
