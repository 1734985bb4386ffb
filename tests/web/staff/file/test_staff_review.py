"""A reviewer works through the queue over HTTP, as a browser without script would."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.actions.applications import leases
from app.actions.applications.submit import submit
from app.extensions import db
from app.models import AuditEvent, Finding, Review
from app.models.base import transaction
from app.rules.review.lifecycle import State
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import LATER, actor, fields, missing_course, myself, returning, submitted, url

DIPLOMA = "prior_degree.diploma_number"


def test_the_page_shows_what_was_submitted(client, desk, reviewer):
    page = client.get(url(desk)).text
    assert f"<h1>{desk.person.name}</h1>" in page  # in full for who reviews
    assert desk.submission.receipt in page
    assert desk.submission.sha256[:12] in page
    assert "103311201806001234" in page
    assert page.count('type="radio"') == 2 * page.count('class="check"')
    assert re.findall(r'src="(/evidence/[0-9a-f]{32})"', page)
    assert "初审通过" in page
    assert "终审通过" not in page
    assert "退回初审" not in page


def test_what_identifies_a_person_is_masked_until_shown_and_showing_is_written_down(client, desk, reviewer):
    page = client.get(url(desk)).text
    assert desk.person.id_number not in page
    assert "13812345678" not in page
    answer = client.post(url(desk), data=fields(client, desk, decision="reveal", message="还没写完"))
    assert desk.person.id_number in answer.text
    assert "还没写完" in answer.text
    act = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.revealed")).one()
    assert (act.actor_id, act.subject_id) == (reviewer.id, desk.person.id)
    assert desk.person.id_number not in str(act.detail)


def test_a_pass_leads_to_the_next_file_and_then_back_to_the_queue(client, desk, reviewer):
    second = submitted(on=LATER)
    answer = client.post(url(desk), data=fields(client, desk, decision="pass"))
    assert (answer.status_code, answer.location) == (303, url(second))
    answer = client.post(url(second), data=fields(client, second, decision="pass"))
    assert (answer.status_code, answer.location) == (303, "/staff/applications")
    assert desk.row.state == second.row.state == State.OFFICE_REVIEW
    assert "队列里没有下一件了" in client.get("/staff/applications").text


def test_a_return_is_kept_with_its_reasons(client, desk, reviewer):
    given = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": " 末四位应为 1243 ", "verdict.profile.phone": "ok"}
    answer = client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert answer.status_code == 303
    assert desk.row.state == State.RETURNED
    found = db.session.execute(select(Finding.item, Finding.verdict, Finding.reason).order_by(Finding.item)).all()
    assert [tuple(row) for row in found] == [
        ("prior_degree.diploma_number", "return", "末四位应为 1243"),
        ("profile.phone", "ok", ""),
    ]


def test_wrong_input_comes_back_as_it_was_typed(client, desk, reviewer):
    given = {f"verdict.{DIPLOMA}": "return", "verdict.profile.phone": "ok", "message": "<b>请看</b>"}
    answer = client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert answer.status_code == 422
    assert "<title>错误：" in answer.text
    assert f'href="#reason.{DIPLOMA}"' in answer.text
    assert re.search(rf'id="return\.{re.escape(DIPLOMA)}" value="return" checked', answer.text)
    assert re.search(r'id="verdict\.profile\.phone" value="ok" checked', answer.text)
    assert "&lt;b&gt;请看&lt;/b&gt;" in answer.text
    assert desk.row.state == State.SCHOOL_REVIEW


def test_a_stale_page_gets_409_and_keeps_what_was_typed(client, desk, reviewer):
    stale = fields(client, desk, decision="pass", message="可以")
    desk.decide("return", reviewer, returning(DIPLOMA))
    desk.explain(DIPLOMA)
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    answer = client.post(url(desk), data=stale)
    assert answer.status_code == 409
    assert "内容已更新" in answer.text
    assert "可以" in answer.text
    assert "第 1 次退回：编号与照片不一致" in answer.text
    assert desk.row.state == State.SCHOOL_REVIEW


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"version": "1"}, {"version": "x"}, {"sha256": ""}])
def test_another_hash_or_version_gets_409(client, desk, reviewer, change):
    answer = client.post(url(desk), data=fields(client, desk, decision="pass") | change)
    assert answer.status_code == 409
    assert desk.row.state == State.SCHOOL_REVIEW


def test_what_was_written_is_given_back_when_somebody_else_decided(client, desk, reviewer):
    given = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "末四位不符", "message": "请尽快"}
    stale = fields(client, desk, decision="return", **given)
    desk.decide("pass", reviewer)
    answer = client.post(url(desk), data=stale)
    assert answer.status_code == 409
    assert "末四位不符" in answer.text
    assert "请尽快" in answer.text


def test_two_clicks_decide_once(client, desk, reviewer):
    data = fields(client, desk, decision="pass")
    assert [client.post(url(desk), data=data).status_code for _ in range(2)] == [303, 303]  # one act, answered twice
    assert len(db.session.scalars(select(Review)).all()) == 1


def test_another_schools_file_is_404_like_an_absent_one(client, desk):
    builders.sign_in(client, person=builders.staff(school_code="10002"))
    token = csrf_of(client.get("/staff/applications").text)
    for address in (url(desk), "/staff/applications/" + "0" * 32):
        assert client.get(address).status_code == 404
        for act in ("pass", "save", "reveal"):
            assert client.post(address, data={"csrf_token": token, "decision": act}).status_code == 404
    assert "没有申请" in client.get("/staff/applications").text
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "examinee.revealed")).all() == []


def test_finance_reads_no_files(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    assert client.get("/staff/applications").status_code == 403
    assert client.get(url(desk)).status_code == 403
    page = client.get("/staff")
    assert page.status_code == 200
    assert 'href="/staff/applications"' not in page.text


def test_an_administrator_reads_but_has_no_buttons(client, desk):
    builders.sign_in(client, person=builders.staff("admin"))
    page = client.get(url(desk)).text
    assert 'type="radio"' not in page
    assert "初审通过" not in page
    assert "不由你审核" in page


def test_missing_courses_are_waived_one_by_one(client, reviewer, desk):
    course = missing_course()
    short = submitted(without=(course,), on=LATER)
    page = client.get(url(short)).text
    assert "尚缺 1 门" in page
    assert f'name="waiver.{course}"' in page
    answer = client.post(url(short), data=fields(client, short, decision="pass"))
    assert answer.status_code == 422
    assert f'href="#waiver.{course}"' in answer.text
    given = {f"waiver.{course}": "已复核"}
    assert client.post(url(short), data=fields(client, short, decision="pass", **given)).status_code == 303
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert 'value="已复核"' in client.get(url(short)).text


def test_what_was_saved_is_there_again_and_says_who_reads(client, desk, reviewer):
    given = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "看不清", "message": "稍后再看"}
    form = fields(client, desk, decision="save", undo="1", **given)
    answer = client.post(url(desk) + "?state=school_review", data=form)
    assert (answer.status_code, answer.location) == (303, url(desk) + "?state=school_review")
    page = client.get(url(desk)).text
    assert "看不清" in page
    assert "稍后再看" in page
    assert "你正在审核" in page
    builders.sign_in(client, person=builders.staff(name="吴梅"))
    assert "审核中 · 周明" in client.get("/staff/applications").text
    assert "周明正在审核" in client.get(url(desk)).text


def test_the_office_can_send_a_file_back(client, desk):
    desk.decide("pass", builders.staff())
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    assert "退回初审" in client.get(url(desk)).text
    answer = client.post(url(desk), data=fields(client, desk, decision="back"))
    assert answer.status_code == 422
    answer = client.post(url(desk), data=fields(client, desk, decision="back", to_school="请核对", message="请补材料"))
    assert answer.status_code == 422
    assert "退回初审时考生看不到审核意见" in answer.text
    assert "请补材料</textarea>" in answer.text
    assert desk.row.state == State.OFFICE_REVIEW
    answer = client.post(url(desk), data=fields(client, desk, decision="back", to_school="请核对"))
    assert answer.status_code == 303
    assert desk.row.state == State.SCHOOL_REVIEW
    assert "请核对" in client.get(url(desk)).text


def test_the_filters_stay_through_a_decision(client, desk, reviewer):
    second = submitted(on=LATER)
    given = fields(client, desk, decision="pass")
    answer = client.post(url(desk) + "?major=050101&state=school_review", data=given)
    assert answer.location == url(second) + "?state=school_review&major=050101"


def test_user_text_is_never_markup(client, app):
    evil = submitted(name="<img src=x onerror=alert(1)>")
    builders.sign_in(client, person=builders.staff())
    for address in (url(evil), "/staff/applications"):
        page = client.get(address).text
        assert "<img src=x" not in page
        assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")


def test_the_page_carries_no_inline_script_or_style(client, desk, reviewer):
    page = client.get(url(desk)).text
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", page)


def test_what_was_written_is_given_back_when_somebody_else_has_taken_over(client, desk, reviewer):
    given = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "末四位不符", "message": "请尽快"}
    stale = fields(client, desk, decision="return", **given)
    other = builders.staff(name="吴芳")
    leases.take_over(desk.public_id, by=actor(other), on=builders.NOW)
    answer = client.post(url(desk), data=stale)
    assert answer.status_code == 409
    assert "吴芳正在审核" in answer.text
    assert "末四位不符" in answer.text
    assert "请尽快" in answer.text
    assert desk.row.state == State.SCHOOL_REVIEW


def test_a_decision_under_undo_waits_and_can_be_taken_back_from_the_page(client, desk, reviewer):
    answer = client.post(url(desk), data=fields(client, desk, decision="pass", undo="1"))
    assert answer.status_code == 303
    assert desk.row.state == State.SCHOOL_REVIEW
    assert "立即生效" in client.get(url(desk)).text
    token = builders.csrf_of(client.get(url(desk)).text)
    client.post(f"{url(desk)}/desk", data={"csrf_token": token, "act": "undo"})
    assert "已撤销决定" in client.get(url(desk)).text
    client.post(url(desk), data=fields(client, desk, decision="pass", undo="1"))
    client.post(f"{url(desk)}/desk", data={"csrf_token": token, "act": "publish"})
    assert desk.row.state == State.OFFICE_REVIEW


def test_the_examinees_words_stand_beside_the_item_and_in_the_difference(client, desk, reviewer):
    desk.decide("return", reviewer, returning(DIPLOMA, "prior_degree.record_code"))
    with transaction() as session:
        row = session.merge(desk.row)
        prior = {**row.answers["prior_degree"], "record_code": "ZZZZ2222YYYY3333"}
        row.answers = {**row.answers, "prior_degree": prior}
    desk.explain(DIPLOMA, words="证书右下角就是这个编号。")
    desk.explain(DIPLOMA, "prior_degree.record_code", words="<b>已重新申请</b>")
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    page = client.get(url(desk)).text
    item = {
        key: page[page.index(f'data-item="{key}"') :].split("data-item=")[1]
        for key in (DIPLOMA, "prior_degree.record_code")
    }
    assert "没有修改，考生说明：" in item[DIPLOMA]
    assert "按要求修改" in item["prior_degree.record_code"]
    assert "没有修改" not in item["prior_degree.record_code"]
    for part in item.values():
        assert "&lt;b&gt;已重新申请&lt;/b&gt;" in part


def test_a_returned_file_says_until_when_and_leads_to_a_longer_time(client, desk, reviewer):
    desk.decide("return", reviewer, returning(DIPLOMA))
    page = client.get(url(desk)).text
    assert "2026 年 12 月 7 日 12:00（北京时间）截止" in page
    assert f'href="/staff/examinees/{desk.person.id}?extend={desk.public_id}#longer"' in page
