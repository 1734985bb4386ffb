"""The page of a second look: in the order of the file, with 显示, and still blind."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.people import reveals
from app.actions.review.opinions import Opinion
from app.actions.spot_checks.drawing import Rule
from app.actions.spot_checks.drawing import draw as draw_files
from app.extensions import db
from app.models import Application, AuditEvent, Review, SpotCheckFile
from tests import builders
from tests.reviewing import LATER, Desk, actor, missing_course, returning, submitted
from tests.web.staff.file.test_order_of_a_file import again

LABEL = re.compile(r'<(h2|summary) class="group">([^<]*)<|id="label-([^"]*)"')
FIRST = ("周初审", "第一次的意见", "第一次退回的原因", "原来的决定", "以前的审核", "本次改动", "准予")


@pytest.fixture
def desk(app, client) -> Desk:
    """One passed after a return, with a missing course; another shares its pictures. The lead is signed in."""
    first = builders.staff(name="周初审")
    found, other = submitted(name="林晓雯", without=(missing_course(),)), submitted()
    found.decide("return", first, returning("profile.phone", reason="第一次退回的原因"))
    again(found, profile={"phone": "13900000002"})
    waived = Opinion(message="第一次的意见", waivers={missing_course(): "准予缺课的理由"})
    found.decide("pass", first, waived)
    other.decide("pass", first)
    app.clock.now = LATER + timedelta(days=1)
    lead = builders.staff("school_lead", school_code="10574")
    draw_files(Rule(found.window.id, "school_review", "percent", 100), by=actor(lead), on=app.clock.now)
    builders.sign_in(client, person=lead, on=app.clock.now)
    return found


def address_of(public_id: str) -> str:
    of = Review.id == SpotCheckFile.review_id
    mine = Application.public_id == public_id
    query = (
        select(SpotCheckFile).join(Review, of).join(Application, Application.id == Review.application_id).where(mine)
    )
    found = db.session.scalars(query).one()
    return f"/staff/spot-checks/{found.spot_check_id}/{found.place}"


def order_of(page: str) -> list[str]:
    """Headings and keys of items, as they follow each other."""
    return [title or key for _, title, key in LABEL.findall(page)]


def test_it_is_in_the_order_of_the_file_and_tells_nothing_of_the_first_look(client, desk):
    """That of a first submission: what was changed or returned before would tell what somebody found."""
    page = client.get(address_of(desk.public_id)).text
    assert [told for told in FIRST if told in page] == []
    assert (
        "原来的结论、以前的退回和考生对退回的说明，在复核以后才显示" in page
    )  # an explanation tells what was returned
    found = order_of(page)
    headings = [each for each in found if "." not in each]
    wanted = ["要先看的", "前置学历凭证", "登记成绩", "尚缺课程", "核实个人信息", "自我鉴定", "考办已有的内容"]
    assert headings == wanted
    assert (
        0
        < page.index('class="plan"') - page.index("登记成绩</h2>")
        < page.index("尚缺课程") - page.index("登记成绩</h2>")
    )
    assert re.search(r'<details class="fold"><summary class="group">考办已有的内容', page)
    assert page.index("专业计划与成绩") > page.index("考办已有的内容")
    # a first submission's page is in the same order, item by item
    other = db.session.scalars(select(Application.public_id).where(Application.id != desk.row.id)).one()
    assert "原来的结论在复核以后才显示" in client.get(address_of(other)).text
    blind, own = client.get(address_of(other)).text, client.get(f"/staff/applications/{other}?opened=1").text
    assert order_of(blind) == order_of(own)[: len(order_of(blind))]


def test_what_another_found_is_told_to_nobody_who_may_still_look_at_it_in_another_draw(app, client, desk):
    first = address_of(desk.public_id)
    office = builders.staff("office_reviewer", name="考办一")
    draw_files(Rule(desk.window.id, "school_review", "percent", 100), by=actor(office), on=app.clock.now)
    form = {"csrf_token": builders.csrf_of(client.get(first).text), "result": "disagree"}
    form |= {"verdict.profile.phone": "return", "reason.profile.phone": "抽查时写的原因"}
    assert client.post(first, data=form).status_code == 303
    builders.sign_in(client, person=office, on=app.clock.now)
    own = re.search(
        r'href="(/staff/spot-checks/2/\d+)">' + desk.ticket.number, client.get("/staff/spot-checks/2").text
    )[1]
    for address in (first, first.rpartition("/")[0]):
        page = client.get(address).text
        for told in ("周初审", "第一次的意见", "抽查时写的原因"):
            assert told not in page.split("怎么抽的")[-1], (address, told)
    assert "你在另一次抽查里还可以看这一件" in client.get(first).text
    assert "100%" not in client.get("/staff/spot-checks").text
    form = {"csrf_token": builders.csrf_of(client.get(own).text), "result": "agree"}
    assert client.post(own, data=form).status_code == 303
    assert "第一次的意见" in client.get(first).text  # nothing is kept from who has looked


def test_who_was_shown_what_another_found_does_not_look_at_it_in_a_later_draw(app, client, desk):
    first = address_of(desk.public_id)
    form = {"csrf_token": builders.csrf_of(client.get(first).text), "result": "agree"}
    assert client.post(first, data=form).status_code == 303
    office = builders.staff("office_reviewer", name="考办一")
    builders.sign_in(client, person=office, on=app.clock.now)
    for _ in range(2):
        assert "周初审" in client.get(first.rpartition("/")[0]).text
    written = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "spot_check.told")).all()
    assert [each.subject_id for each in written] == [desk.row.id]  # once
    draw_files(Rule(desk.window.id, "school_review", "percent", 100), by=actor(office), on=app.clock.now)
    page = client.get("/staff/spot-checks/2").text
    assert page.count("须由另一位复核") == 1


def test_every_other_page_that_tells_the_first_verdict_asks_first_or_is_written_down(client, desk):
    address, file = address_of(desk.public_id), f"/staff/applications/{desk.public_id}"
    answer = client.get(f"/applications/{desk.public_id}/opinion.pdf")
    assert (answer.status_code, answer.location) == (303, file)
    assert "还没有复核" in client.get(answer.location).text
    assert 'value="agree"' in client.get(address).text
    token = builders.csrf_of(client.get(address).text)
    assert "第一次的意见" in client.post(file, data={"csrf_token": token, "decision": "save"}).text
    assert 'value="agree"' not in client.get(address).text
    seen = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "spot_check.opened")).one()
    assert seen.subject_id == desk.row.id


def test_a_usual_reason_with_a_gap_is_not_written_down(client, desk):
    address = address_of(desk.public_id)
    form = {"csrf_token": builders.csrf_of(client.get(address).text), "result": "disagree"}
    form |= {"verdict.profile.phone": "return", "reason.profile.phone": "课程【＿＿】未取得合格成绩"}
    answer = client.post(address, data=form)
    assert answer.status_code == 422
    assert "还有没填的地方" in answer.text


def show(client, address: str, **typed: str):
    page = client.get(address).text
    buttons = re.findall(r'<button[^>]*name="result" value="reveal"', page)
    assert len(buttons) == 2  # ID number and phone
    form = {"csrf_token": builders.csrf_of(page), "result": "reveal", **typed}
    return client.post(address, data=form)


def test_numbers_are_shown_and_audited_and_it_stays_blind(client, desk):
    address = address_of(desk.public_id)
    person = desk.person
    assert person.id_number not in client.get(address).text
    typed = {"verdict.profile.phone": "return", "reason.profile.phone": "号码少一位", "note": "看了两遍"}
    page = show(client, address, **typed).text
    assert person.id_number in page
    assert '<details class="fold" open>' in page  # where the ID number stands
    assert "13900000002" in page
    for each in ("号码少一位", "看了两遍", 'value="return" checked'):
        assert each in page, each
    assert [told for told in FIRST if told in page] == []
    seen = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.revealed")).one()
    assert (seen.subject_id, seen.detail) == (person.id, {"application": desk.row.id})
    assert db.session.scalar(select(SpotCheckFile.verdict).where(SpotCheckFile.verdict != "")) is None
    answer = client.post(address, data={"csrf_token": builders.csrf_of(page), "result": "disagree", **typed})
    assert answer.status_code == 303  # nobody has seen the first verdict by it


def test_after_many_the_identity_is_confirmed_first_and_nothing_typed_is_lost(app, client, desk, monkeypatch):
    monkeypatch.setattr(reveals, "UNASKED", 0)
    app.clock.now += timedelta(minutes=11)
    answer = show(client, address_of(desk.public_id), note="看了两遍")
    assert answer.status_code == 403
    assert desk.person.id_number not in answer.text
    assert "看了两遍" in answer.text
    assert re.search(r'href="/staff/confirm\?next=%2Fstaff%2Fspot-checks%2F[^"]+" target="_blank"', answer.text)
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.revealed")).all() == []
