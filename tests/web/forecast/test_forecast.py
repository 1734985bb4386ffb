"""毕业资格预测: what is there, what is missing and what to do; 缺成绩 reported, answered and seen; the reviewer's page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import AuditEvent, Score, ScoreQuestion, SiteText, Submission
from app.models.base import transaction
from tests import builders as build
from tests import reviewing
from tests.builders import NOW
from tests.wizard.test_wizard import Browser

PLAN = "050101.10574.2024"
OLD = "050101.10574.2018"
COMPUTING = "080901.10574.2026"


@pytest.fixture
def tick(app: Flask) -> Any:
    """Everything passed but 外国文学史."""
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan, without=("00540",)))
    return tick


@pytest.fixture
def browser(client: FlaskClient, tick: Any) -> Browser:
    build.sign_in(client, tick=tick)
    return Browser(client)


def change(ticket_id: int, code: str, mark: str | None) -> None:
    """The office's data change: another mark, a new row, or none."""
    with transaction() as session:
        session.execute(Score.__table__.delete().where(Score.ticket_id == ticket_id, Score.course_code == code))
        if mark is not None:
            row = {"ticket_id": ticket_id, "course_code": code, "course_name": code, "session": "2026-10"}
            session.add(Score(**row, mark=mark, origin="统考"))


def test_the_page_says_at_once_what_is_missing_and_whom_to_call(browser: Browser) -> None:
    page = browser.get("/forecast")
    start = page.index('id="answer"')
    assert "还差 1 门" in page[start : start + 200]
    assert "外国文学史" in page
    assert "021-0000 0001" in page
    assert "报名参加考试" in page
    assert "申请免考" in page
    assert page.index("还缺什么，怎么办") < page.index('id="table"')


def test_who_passed_everything_is_told_so(browser: Browser, tick: Any) -> None:
    change(tick.id, "00540", "75")
    page = browser.get("/forecast")
    assert "课程已符合毕业条件" in page
    assert "还缺什么" not in page


@pytest.mark.parametrize("state", ["school_review", "approved"])
def test_who_has_an_application_under_way_in_that_major_is_led_to_it(browser: Browser, tick: Any, state: str) -> None:
    change(tick.id, "00540", "75")
    given = {"submitted_at": NOW, "submissions": 1, "major_code": "050101", "state": state}
    row = build.application(tick, build.window(), **given)
    answer = browser.get("/forecast").split('id="answer"', 1)[1].split("</section>")[0]
    assert f'href="/applications/{row.public_id}"' in answer
    assert "不能另外申请" in answer
    assert "请在办理时间内申请毕业" not in answer


def test_somebody_without_any_grade_gets_a_useful_page(app: Flask, client: FlaskClient) -> None:
    build.school()
    build.plan()
    build.sign_in(client, tick=build.ticket(build.examinee(), major_code="", school_code=""))
    page = client.get("/forecast").text
    assert "选择专业" in page
    assert PLAN in page
    chosen = client.get(f"/forecast?major={PLAN}").text
    assert "还差 14 门" in chosen
    assert "已过 0 / 13 门，还差 13 门" in chosen
    assert "逐门计算还要通过 14 门：课程 13 门、毕业论文 1 门" in chosen
    assert "其他课程全部合格后才能申请论文" in chosen


def test_a_site_without_plans_says_so(app: Flask, client: FlaskClient) -> None:
    build.sign_in(client, tick=build.ticket(build.examinee()))
    assert "还没有可用的专业计划" in client.get("/forecast").text


def test_without_a_declared_major_the_nearest_plan_is_shown(app: Flask, client: FlaskClient) -> None:
    build.school()
    plan = build.plan()
    build.plan("530601/2024")
    tick = build.ticket(build.examinee(), major_code="", school_code="")
    build.scores(tick, build.all_passed(plan, without=("00540",)))
    build.sign_in(client, tick=tick)
    assert "还差 1 门" in client.get("/forecast").text


@pytest.mark.parametrize(("query", "open_"), [("", False), ("?major=", True), ("?major=050101.10574.2024", True)])
def test_the_block_in_which_somebody_chooses_stays_open(browser: Browser, query: str, open_: bool) -> None:
    page = browser.get(f"/forecast{query}")
    assert 'id="answer"' in page
    assert ('id="choose" open' in page) is open_


def test_a_major_and_its_extra_option_are_chosen_by_the_address(browser: Browser) -> None:
    build.plan("080901/2026")
    page = browser.get(f"/forecast?major={COMPUTING}")
    assert "先按要求最少的一种" in page
    plan = build.plan_of("080901/2026")
    group = [case for case in plan.extras if case.group == plan.extras[0].group]
    hardest = max(group, key=lambda case: len(case.courses))
    page = browser.client.get("/forecast", query_string={"major": COMPUTING, "extra_option_1": hardest.name}).text
    assert f"按“{hardest.name}”核对" in page
    for code in hardest.courses:
        assert code in page


def test_htmx_gets_only_main(browser: Browser) -> None:
    page = browser.client.get("/forecast", headers={"HX-Request": "true"}).text
    assert "<header" not in page.split("<main", 1)[0]
    assert 'id="main"' in page


def test_an_old_and_a_new_plan_stand_side_by_side(browser: Browser, tick: Any) -> None:
    old = build.plan("050101/2018")
    with transaction() as session:
        row = session.get_one(type(tick), tick.id)
        row.registered_on = date(2020, 3, 1)
    page = browser.get(f"/forecast?major={PLAN}&compare={OLD}")
    table = page[page.index('id="compared"') :]
    assert "两个计划对照" in table
    only_old = next(c for c in old.courses if c.code not in {r.code for r in build.plan_of("050101/2024").courses})
    assert only_old.code in table
    assert "计划中没有" in table
    assert "还差门数" in table


def test_a_version_that_the_ticket_may_not_use_is_named_with_the_reason(browser: Browser) -> None:
    old = build.plan_of("050101/2018")
    assert old.registered_before is not None
    build.plan("050101/2018")
    page = browser.get("/forecast")
    assert OLD not in page
    assert f"限 {old.registered_before} 前注册" in page


def test_a_plan_that_is_gone_is_no_error(browser: Browser) -> None:
    assert "现在不能使用" in browser.get("/forecast?major=000000.00000.1")


def test_the_print_page_has_no_forms_and_needs_no_script(browser: Browser, tick: Any) -> None:
    page = browser.get(f"/forecast?major={PLAN}&print=1")
    main = page[page.index("<main") :]
    assert "<form" not in main
    assert tick.number in main
    assert "外国文学史" in main
    assert "不作证明" in main


def test_a_grade_outside_the_plan_is_not_lost(browser: Browser, tick: Any) -> None:
    build.scores(tick, {"99999": "88"})
    page = browser.get("/forecast")
    assert "没有列入本计划的成绩" in page
    assert "99999" in page
    assert "未列入计划" in page


def test_a_suspension_is_said_on_home_and_forecast(app: Flask, client: FlaskClient) -> None:
    build.school()
    build.plan()
    tick = build.ticket(build.examinee(), status="停考", status_until=date(2027, 6, 1))
    build.sign_in(client, tick=tick)
    for address in ("/", "/forecast"):
        page = client.get(address).text
        assert "停考" in page, address
        assert "2027-06-01" in page, address
    app.clock.now = NOW.replace(year=2027, month=6, day=2)
    build.sign_in(client, tick=tick, on=app.clock.now)
    assert "停考" not in client.get("/").text


def test_home_leads_to_the_forecast_and_fetches_its_line_afterwards(browser: Browser) -> None:
    page = browser.get("/")
    assert 'href="/forecast"' in page
    assert 'hx-get="/forecast/line"' in page
    assert browser.client.get("/forecast/line").location.endswith("/forecast")
    line = browser.client.get("/forecast/line", headers={"HX-Request": "true"}).text
    assert line == "汉语言文学：还差 1 门"


def test_the_service_page_leads_to_the_forecast(browser: Browser) -> None:
    build.window()
    assert 'href="/forecast"' in browser.get("/services/graduation")


def test_the_local_minimum_holds_where_the_office_set_one(browser: Browser, tick: Any) -> None:
    with transaction() as session:
        session.execute(Score.__table__.update().where(Score.ticket_id == tick.id).values(origin="转入"))
    change(tick.id, "00540", "75")
    assert "转入后须在本地合格" not in browser.get("/forecast")
    build.store(SiteText(key="local_minimum_associate", value="5"))
    assert "转入后须在本地合格" not in browser.get("/forecast")
    build.store(SiteText(key="local_minimum_bachelor", value="4"))
    assert "转入后须在本地合格不少于 4 门，现有 1 门" in browser.get("/forecast")


def test_the_local_minimum_is_a_setting_and_must_be_a_number(app: Flask, client: FlaskClient) -> None:
    build.sign_in(client, person=build.staff("admin"))
    admin = Browser(client)
    admin.get("/admin/settings")
    wrong = admin.post("/admin/settings", name="", contact_phone="", contact_hours="", local_minimum_bachelor="四")
    assert wrong.status_code == 422
    assert "0 到 99" in admin.page
    admin.get("/admin/settings")
    assert admin.post("/admin/settings", local_minimum_bachelor="4").status_code == 303
    assert db.session.get_one(SiteText, "local_minimum_bachelor").value == "4"


# ---- 缺成绩


def report(browser: Browser, **over: str) -> Any:
    browser.get(f"/forecast/missing?major={PLAN}&course=00540")
    fields = {"course": "00540", "session": "2026年4月", "place": "黄浦区第三考点", "text": "座位 12", **over}
    return browser.post(f"/forecast/missing?major={PLAN}&course=00540", **fields)


def test_a_missing_grade_is_reported_and_shown_with_its_state(browser: Browser) -> None:
    assert f"/forecast/missing?major={PLAN}&amp;course=00540" in browser.get("/forecast")
    assert report(browser).status_code == 303
    assert "由 华东某大学 核实" in browser.page
    assert "待处理" in browser.page
    row = ScoreQuestion.query.one()
    assert (row.course_code, row.course_name, row.session, row.school_code) == (
        "00540",
        "外国文学史",
        "2026-04",
        "10574",
    )
    report(browser)
    assert ScoreQuestion.query.count() == 1
    assert "已经报告过" in browser.page


def test_what_is_wrong_with_a_report_is_said_at_its_field(browser: Browser) -> None:
    answer = report(browser, course="77777", session="2027-04", place="")
    assert answer.status_code == 422
    assert "请选择课程" in browser.page
    assert "还没有到" in browser.page
    assert "请填写在哪里考的" in browser.page
    assert "座位 12" in browser.page
    assert ScoreQuestion.query.count() == 0


def test_the_scores_step_links_to_the_report_and_shows_its_state(browser: Browser, tick: Any) -> None:
    win = build.window()
    row = build.application(tick, win, answers=build.answers(), reached="confirm", at_step="scores")
    page = browser.get(f"/applications/{row.public_id}/scores")
    assert "/forecast/missing?major=" in page
    report(browser)
    assert "待处理" in browser.get(f"/applications/{row.public_id}/scores")


def answered(app: Flask, **fields: str) -> tuple[Any, Browser]:
    """What a reviewer of the school sends as an answer."""
    client = app.test_client()
    build.sign_in(client, person=build.staff())
    staff = Browser(client)
    ident = ScoreQuestion.query.one().id
    assert "00540" in staff.get("/staff/questions")
    assert "黄浦区第三考点" in staff.get(f"/staff/questions/{ident}")
    return staff.post(f"/staff/questions/{ident}", **fields), staff


def test_the_school_says_no_with_a_reason_that_the_examinee_reads(browser: Browser, app: Flask) -> None:
    report(browser)
    assert answered(app, state="refused", answer="")[0].status_code == 422
    assert answered(app, state="refused", answer="该考次没有你的报名记录。")[0].status_code == 303
    page = browser.get("/forecast")
    assert "不成立" in page
    assert "该考次没有你的报名记录。" in page
    assert [e.action for e in AuditEvent.query.order_by(AuditEvent.id)][-2:] == ["question.asked", "question.refused"]
    assert report(browser, text="有准考证为证").status_code == 303
    assert ScoreQuestion.query.count() == 2


def test_added_is_said_only_when_the_grade_is_there(browser: Browser, app: Flask, tick: Any) -> None:
    report(browser)
    refused, staff = answered(app, state="added", answer="")
    assert refused.status_code == 422
    assert "还没有这门课程的成绩" in staff.page
    change(tick.id, "00540", "75")
    assert answered(app, state="added", answer="")[0].status_code == 303
    page = browser.get("/forecast")
    assert "已补录" in page
    assert "课程已符合毕业条件" in page


def test_another_school_and_finance_see_no_question(browser: Browser, app: Flask) -> None:
    report(browser)
    ident = ScoreQuestion.query.one().id
    stranger = app.test_client()
    build.sign_in(stranger, person=build.staff(school_code="99999"))
    assert "00540" not in stranger.get("/staff/questions").text
    assert stranger.get(f"/staff/questions/{ident}").status_code == 404
    money = app.test_client()
    build.sign_in(money, person=build.staff("finance"))
    assert money.get("/staff/questions").status_code == 403


# ---- the reviewer's page


def reviewer_browser(app: Flask) -> Browser:
    client = app.test_client()
    build.sign_in(client, person=build.staff())
    return Browser(client)


def test_the_reviewer_sees_which_lines_the_explanation_covers(app: Flask) -> None:
    file = reviewing.submitted(without=("00540",))
    page = reviewer_browser(app).get(f"/staff/applications/{file.public_id}")
    covered = page[page.index("成绩正在复核") : page.index("成绩正在复核") + 900]
    assert "这段说明涉及 1 项" in covered
    assert "00540" in covered
    assert "提交（" not in page


def test_the_reviewer_sees_what_changed_since_the_submission(app: Flask) -> None:
    file = reviewing.submitted(without=("00540",))
    change(file.ticket.id, "00540", "75")
    page = reviewer_browser(app).get(f"/staff/applications/{file.public_id}")
    since = page[page.index('id="since"') : page.index("</ul>", page.index('id="since"'))]
    assert "<del>尚缺</del> → <ins>符合</ins>" in since
    assert "<del>缺少</del> → <ins>已合格 75（2026-10 统考）</ins>" in since
    assert '"short":1' in Submission.query.one().document


def test_a_window_may_refuse_who_is_short(browser: Browser, tick: Any) -> None:
    win = build.window(refuse_missing=True)
    answers = build.answers(scores={"major": PLAN, "missing_reason": "十月已考", "level": "本科"})
    row = build.application(tick, win, answers=answers, reached="confirm", at_step="scores")
    page = browser.get(f"/applications/{row.public_id}/scores")
    assert "只接受课程全部合格的申请" in page
    assert "说明情况" not in page
    answer = browser.post(f"/applications/{row.public_id}/scores", act="next", major=PLAN, missing_reason="十月已考")
    assert answer.status_code == 422
    assert 'id="missing_reason"' in browser.page


# ---- the same list as a page of the administrator


def test_the_administrator_looks_at_the_list_and_takes_it_out(app: Flask, client: FlaskClient, tick: Any) -> None:
    client = app.test_client()
    build.sign_in(client, person=build.staff("admin"))
    admin = Browser(client)
    assert tick.number in admin.get("/admin/forecast?show=1&short=1")
    assert tick.number not in admin.get("/admin/forecast?show=1&short=0")
    assert client.get("/admin/forecast?show=1&school=77777").status_code == 422
    token = build.csrf_of(admin.get("/admin/forecast?show=1&short=1"))
    taken = client.post("/admin/forecast", data={"csrf_token": token, "short": "1", "file": "csv"})
    assert taken.status_code == 200
    lines = taken.data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("准考证号,姓名,专业代码")
    assert lines[1].startswith(f'"{tick.number}","林晓雯","050101","10574","2024","尚缺",')
    assert '"00540 外国文学史",' in lines[1]
    assert ',"导出人：' in lines[1]
    assert AuditEvent.query.filter_by(action="forecast.exported").one().detail["lines"] == 1


def test_only_administrators_take_the_list_out(app: Flask, client: FlaskClient) -> None:
    build.sign_in(client, person=build.staff("office_reviewer"))
    assert client.get("/admin/forecast").status_code == 403


def test_examinees_of_all_sorts_get_their_page(app: Flask, client: FlaskClient) -> None:
    """Grades that no one planned for: unreadable marks, empty names, very old sessions."""
    build.school()
    build.plan()
    tick = build.ticket(build.examinee(), registered_on=None)
    for number, mark in enumerate(("--", "-0", "+0", "++", "免考", "不合格", "12.5")):
        build.store(
            Score(
                ticket_id=tick.id, course_code=f"0{number}", course_name="", session="1987-04", mark=mark, origin="补录"
            )
        )
    build.sign_in(client, tick=tick)
    assert client.get("/forecast").status_code == 200
