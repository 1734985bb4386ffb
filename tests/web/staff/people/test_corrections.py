"""更正 by the office: asked with a reason, looked at, confirmed with fresh proof; audited masked; submissions stay as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from app.actions.corrections import asking
from app.actions.corrections.asking import Act
from app.actions.people import resets
from app.actions.people.accounts import issue_reset_code
from app.actions.upkeep.expired import delete_expired
from app.extensions import db
from app.models import (
    Application,
    AuditEvent,
    Correction,
    Examinee,
    LoginSession,
    Message,
    Order,
    RosterPortrait,
    Score,
    Submission,
    Ticket,
)
from app.models.base import transaction
from app.rules.people.privacy import mask_id
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.security import passwords
from app.security.throttle import Limit, TooOften
from tests import builders
from tests.builders import NOW, csrf_of, id_number, refresh
from tests.reviewing import LATER, actor, approved, submitted

PEOPLE = "/staff/examinees"
KEY = b"k" * 32
WHY = {"reason": "身份证复印件核对"}


@pytest.fixture
def office(client, app):
    person = builders.staff("office_reviewer", name="考办王")
    builders.sign_in(client, person=person)
    return person


def ask(client, person: Any, **given: Any):
    form = {"csrf_token": csrf_of(client.get(PEOPLE).text), **WHY, **given}
    return client.post(f"{PEOPLE}/{person.id}/correct", data=form)


def confirm(client, page: str, **more: str):
    text = client.get(page).text
    shown = text.split('name="shown" value="')[1].split('"')[0]
    return client.post(page, data={"csrf_token": csrf_of(text), "shown": shown, **more})


def person_form(person: Any, **given: str) -> dict[str, str]:
    return {"name": person.name, "id_type": person.id_type, "id_number": "", **given}


def do(subject: str, ident: int, by: Any, sure: bool = True, **fields: str) -> int:
    """Ask and confirm what is shown, without pages."""
    given = asking.present(db.session(), subject, ident) | WHY | fields
    key = asking.ask(subject, ident, given, by=actor(by), on=LATER)
    shown = asking.asked(db.session(), key, by=actor(by), on=LATER).plan.print
    return asking.confirm(key, Act(actor(by), LATER, KEY, shown, sure))


def acts(action: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def test_a_wrong_number_is_put_right_from_the_persons_page(client, app, office):
    desk = submitted(name="林晓雯")
    before = db.session.scalars(select(Submission.document)).all()
    page = client.get(f"{PEOPLE}/{desk.person.id}").text
    assert f'href="{PEOPLE}/{desk.person.id}/correct"' in page
    assert desk.person.id_number not in client.get(f"{PEOPLE}/{desk.person.id}/correct").text
    new, old = id_number(), desk.person.id_number
    asked = ask(client, desk.person, **person_form(desk.person, id_number=new))
    assert asked.status_code == 303
    shown = client.get(asked.location).text
    for words in (mask_id(old), new, "提交过的内容不变", "正在登录的退出", "身份证复印件核对"):
        assert words in shown
    assert old not in shown
    assert refresh(desk.person).id_number == old, "nothing before it is confirmed"
    theirs = app.test_client()
    builders.sign_in(theirs, tick=desk.ticket)
    done = confirm(client, asked.location)
    assert (done.status_code, done.location) == (303, f"{PEOPLE}/{desk.person.id}")
    assert refresh(desk.person).id_number == new
    assert theirs.get("/").status_code == 303  # signed out
    assert db.session.scalars(select(Submission.document)).all() == before
    (event,) = acts("examinee.corrected")
    assert event.detail["before"]["证件号码"] == mask_id(old)
    assert event.detail["reason"] == "身份证复印件核对"
    assert new not in str(event.detail) + str(db.session.scalars(select(Correction.asked)).all())
    builders.sign_in(theirs, tick=desk.ticket)
    assert "考办更正了你的资料" in theirs.get("/").text
    assert confirm_again(client, asked.location).status_code == 303
    assert len(acts("examinee.corrected")) == 1


def confirm_again(client, page: str):
    return client.post(page, data={"csrf_token": csrf_of(client.get(PEOPLE).text), "shown": "x"})


def test_it_wants_fresh_proof_a_reason_and_the_office(client, app, office):
    desk = submitted()
    wrong = ask(client, desk.person, **person_form(desk.person, name="改名", reason=" "))
    assert (wrong.status_code, "请写明更正的原因" in wrong.text) == (422, True)
    assert "没有要更正的" in ask(client, desk.person, **person_form(desk.person)).text
    asked = ask(client, desk.person, **person_form(desk.person, name="改名"))
    with transaction() as session:
        old = NOW - timedelta(minutes=6)
        session.execute(update(LoginSession).where(LoginSession.staff_id == office.id).values(proved_at=old))
    for answer in (client.get(asked.location), confirm_again(client, asked.location)):
        assert urlsplit(answer.location).path == "/staff/confirm"
    school = app.test_client()
    builders.sign_in(school, person=builders.staff())
    assert school.get(f"{PEOPLE}/{desk.person.id}/correct").status_code == 403
    assert "/correct" not in school.get(f"{PEOPLE}/{desk.person.id}").text
    other = app.test_client()
    builders.sign_in(other, person=builders.staff("admin"))
    assert other.get(asked.location).status_code == 404, "another's"
    with pytest.raises(NotAllowed):
        asking.ask("person", desk.person.id, {}, by=actor(builders.staff()), on=LATER)


def test_a_wrong_check_digit_is_refused(client, app, office):
    desk = submitted()
    number = id_number()
    bad = number[:17] + ("1" if number[17] != "1" else "2")
    assert "校验不符" in ask(client, desk.person, **person_form(desk.person, id_number=bad)).text


def test_another_persons_number_is_a_merge_only_of_one_name(both):
    office = builders.staff("admin")
    desk = approved(name="林晓雯")
    right = builders.examinee(name="林晓雯", password_hash="x")
    tick = builders.ticket(right)
    stranger = builders.examinee(name="别人")
    with pytest.raises(Invalid, match="登记的姓名是“别人”"):
        do("person", desk.person.id, office, id_number=stranger.id_number)
    with pytest.raises(Invalid, match="请核实后勾选"):
        do("person", desk.person.id, office, sure=False, id_number=right.id_number)
    assert do("person", desk.person.id, office, id_number=right.id_number) == right.id
    db.session.expire_all()
    assert db.session.get(Examinee, desk.person.id) is None
    owners = {row.number: row.examinee_id for row in db.session.scalars(select(Ticket))}
    assert owners == {desk.ticket.number: right.id, tick.number: right.id}
    for table in (Application, Message, Order):
        assert {row.examinee_id for row in db.session.scalars(select(table))} <= {right.id}
    assert acts("examinee.merged")[0].subject_id == right.id


def test_initial_passwords_and_one_time_codes_follow_the_number(both):
    office = builders.staff("admin")
    plain = builders.examinee()
    named = builders.examinee(initial_mac="0" * 64)
    for person in (plain, named):
        do("person", person.id, office, id_number=id_number())
    plain, named = refresh(plain), refresh(named)
    assert passwords.initial_matches(KEY, plain.id_number, plain.initial_mac, plain.id_number[-6:])
    assert not passwords.initial_matches(KEY, named.id_number, named.initial_mac, named.id_number[-6:])
    assert issue_reset_code(named.id, by=actor(office), secret=KEY, on=LATER)


def test_a_ticket_goes_to_its_right_person_with_its_applications_if_clearly_asked(both):
    office = builders.staff("admin")
    desk = submitted(name="张三")
    right = builders.examinee(name="李四")
    to = {"to_number": right.id_number, "to_name": "李四"}
    with pytest.raises(Invalid, match="姓名与填写的不同"):
        do("ticket", desk.ticket.id, office, to_number=right.id_number, to_name="李五")
    with pytest.raises(Invalid, match="请核实后勾选"):
        do("ticket", desk.ticket.id, office, sure=False, **to)
    builders.store(
        RosterPortrait(
            examinee_id=desk.person.id, size=1, width=1, height=1, sha256="0", storage_key="p", imported_at=NOW
        )
    )
    given = asking.present(db.session(), "ticket", desk.ticket.id) | WHY | to
    touched = asking.planned(db.session(), "ticket", desk.ticket.id, given, LATER).touched
    assert "考籍照片按人存放，仍在原来的考生名下：是这个准考证号的人的，给两个人都重新导入" in touched
    assert do("ticket", desk.ticket.id, office, **to) == right.id
    db.session.expire_all()
    assert refresh(desk.ticket).examinee_id == right.id
    row = db.session.scalars(select(Application)).one()
    assert (row.examinee_id, row.holder_name) == (right.id, "李四")
    assert {
        each.examinee_id for each in db.session.scalars(select(Message).where(Message.application_id.is_not(None)))
    } == {right.id}
    assert "张三" in db.session.scalars(select(Submission.document)).one()


def test_a_ticket_without_applications_goes_without_a_question_to_a_new_person(both):
    office = builders.staff("admin")
    builders.school()
    tick = builders.ticket(builders.examinee())
    number = id_number()
    owner = do("ticket", tick.id, office, sure=False, to_number=number, to_name="新来的")
    found = db.session.get(Examinee, owner)
    assert (found.id_number, found.name, found.sex in ("男", "女")) == (number, "新来的", True)


def test_school_and_major_of_a_ticket_leave_applications_where_they_are(client, app, office):
    desk = submitted()
    builders.school("10002", name="另一所")
    form = {"ticket": desk.ticket.id, "school_code": "10002", "major_code": "050101", "plan_version": "1999"}
    wrong = ask(client, desk.person, **{**form, "school_code": "77777"})
    assert "没有代码为 77777 的学校" in wrong.text
    asked = ask(client, desk.person, **form)
    text = client.get(asked.location).text
    for words in ("10574", "10002", "仍由提交时的主考学校审核", "没有专业 050101 的 1999 版计划", "待初审"):
        assert words in text
    confirm(client, asked.location)
    assert (refresh(desk.ticket).school_code, refresh(desk.row).school_code) == ("10002", "10574")
    assert ask(client, builders.examinee(), **form).status_code == 404, "another person's ticket"


def test_a_wrong_score_says_what_it_touches_and_is_put_right(client, app, office):
    desk = submitted()
    row = db.session.scalars(select(Score).where(Score.ticket_id == desk.ticket.id).order_by(Score.id)).first()
    assert f"/correct?score={row.id}" in client.get(f"{PEOPLE}/{desk.person.id}").text
    present = {name: getattr(row, name) for name in ("course_code", "course_name", "session", "origin")}
    asked = ask(client, desk.person, score=row.id, **present, mark="12")
    text = client.get(asked.location).text
    for words in ("不再合格", "计入了这门课程", "待初审", "12"):
        assert words in text
    confirm(client, asked.location)
    assert refresh(row).mark == "12"
    (event,) = acts("score.corrected")
    assert (event.detail["after"], event.detail["course"]) == ({"成绩": "12"}, row.course_code)
    assert acts("score.fell")[0].subject == "application"
    assert "考办更正了你的一条成绩" in db.session.scalars(select(Message.text).order_by(Message.id.desc())).first()


def test_a_score_is_withdrawn_and_one_key_is_not_taken_twice(both):
    office = builders.staff("admin")
    desk = submitted()
    one, two = db.session.scalars(select(Score).where(Score.ticket_id == desk.ticket.id).limit(2)).all()
    ident, course = one.id, two.course_code
    with pytest.raises(Invalid, match="另一条成绩"):
        do("score", ident, office, course_code=course, session=two.session)
    do("score", ident, office, withdraw="1")
    assert db.session.scalar(select(Score.id).where(Score.id == ident)) is None
    assert acts("score.withdrawn")[0].subject_id == desk.ticket.id


@pytest.mark.parametrize("mark", ["85%", "0.85"])
def test_a_percentage_is_no_mark_in_a_correction_either(both, mark):
    desk = submitted()
    ident = db.session.scalar(select(Score.id).where(Score.ticket_id == desk.ticket.id).limit(1))
    with pytest.raises(Invalid, match="按百分制填"):
        do("score", ident, builders.staff("admin"), mark=mark)


def test_what_changed_since_it_was_shown_is_shown_again_and_not_done(client, app, office):
    desk = submitted(name="林晓雯")
    asked = ask(client, desk.person, **person_form(desk.person, name="林小雯"))
    text = client.get(asked.location).text
    shown = text.split('name="shown" value="')[1].split('"')[0]
    with transaction() as session:
        session.execute(update(Examinee).where(Examinee.id == desk.person.id).values(name="林晓文"))
    answer = client.post(asked.location, data={"csrf_token": csrf_of(text), "shown": shown})
    assert (answer.status_code, "刚刚有了变化" in answer.text) == (409, True)
    assert refresh(desk.person).name == "林晓文"
    with pytest.raises(ChangedMeanwhile):
        asking.confirm(urlsplit(asked.location).path.rsplit("/", 1)[1], Act(actor(office), NOW, KEY, shown))


def test_a_name_is_put_right_where_it_is_listed_and_stays_as_it_was_in_what_was_submitted(both):
    office = builders.staff("admin")
    desk = submitted(name="林晓雯")
    do("person", desk.person.id, office, name="林小雯")
    db.session.expire_all()
    assert (refresh(desk.person).name, refresh(desk.row).holder_name) == ("林小雯", "林小雯")
    assert "林晓雯" in db.session.scalars(select(Submission.document)).one()
    told = db.session.scalars(select(Message.text).order_by(Message.id.desc())).first()
    assert "姓名由“林晓雯”改为“林小雯”" in told


def test_what_was_asked_and_not_done_is_gone_after_a_day_with_its_numbers(both):
    office, desk = builders.staff("admin"), submitted()
    number = id_number()
    fields = asking.present(db.session(), "person", desk.person.id) | WHY | {"id_number": number}
    key = asking.ask("person", desk.person.id, fields, by=actor(office), on=LATER)
    late = LATER + asking.KEPT
    shown = asking.asked(db.session(), key, by=actor(office), on=LATER).plan.print
    with pytest.raises(NotFound):
        asking.asked(db.session(), key, by=actor(office), on=late)
    with pytest.raises(NotFound):
        asking.confirm(key, Act(actor(office), late, KEY, shown))
    assert asking.asked_before(db.session(), key, by=actor(office), on=late) == {}
    delete_expired(on=late - timedelta(seconds=1))
    assert db.session.scalar(select(Correction.id)) == key
    delete_expired(on=late)
    assert db.session.scalar(select(Correction.id)) is None


def test_who_signs_in_to_what_is_there_is_changed_a_few_times_a_day_and_many_raise_an_alarm(both, monkeypatch):
    monkeypatch.setattr(resets, "OWNERS", replace(resets.OWNERS, limit=Limit(3, timedelta(days=1)), alarm=2))
    office = builders.staff("admin", name="考办王")
    people = [builders.examinee(name="林晓雯") for _ in range(4)]
    tick = builders.ticket(people[2])
    do("person", people[0].id, office, id_number=id_number())
    do("person", people[0].id, office, id_number=people[1].id_number)  # both are one person
    for _ in range(2):  # changes nobody's sign-in
        do("ticket", tick.id, office, major_code=f"05010{_ + 2}")
    assert acts("alarm.many_corrections") == []
    do("ticket", tick.id, office, to_number=id_number(), to_name="李四")
    (alarm,) = acts("alarm.many_corrections")
    assert (alarm.actor_id, alarm.detail["times"]) == (office.id, 3)
    number = people[3].id_number
    with pytest.raises(TooOften, match="今天已更正 3 次"):
        do("person", people[3].id, office, id_number=id_number())
    assert refresh(people[3]).id_number == number
    do("person", people[3].id, office, name="林小雯")


def test_a_page_left_open_follows_the_thing_to_whose_it_is_now(client, app, office):
    """The record that its ticket was under became one with another's."""
    desk = submitted(name="林晓雯")
    right = builders.examinee(name="林晓雯")
    asked = ask(client, desk.person, ticket=desk.ticket.id, school_code="", major_code="050102", plan_version="")
    do("person", desk.person.id, office, id_number=right.id_number)
    page = client.get(asked.location)
    assert (page.status_code, f'href="{PEOPLE}/{right.id}"' in page.text) == (200, True)
    assert f'href="{PEOPLE}/{right.id}/correct?' in page.text
    assert confirm(client, asked.location).location == f"{PEOPLE}/{right.id}"
