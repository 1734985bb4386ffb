"""A finished graduate sees the finished case first, cannot choose that major again, and may apply in another."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.actions.applications.completion import complete_by_office, undo_completion
from app.actions.payments.on_the_spot import record_offline
from app.extensions import db
from app.models import Application, Examinee, Ticket
from app.models.base import transaction
from app.rules.calendar import short
from app.rules.case import Case
from app.wizard.card import BY_ROSTER, FINISHED, UNDER_WAY
from tests import builders as build
from tests.actions.applications.second_application import begun
from tests.builders import NOW
from tests.reviewing import PAYING, Desk, actor, approved
from tests.wizard.test_withdraw import timeline
from tests.wizard.test_wizard import Browser

NEXT = NOW + timedelta(days=100)


@pytest.fixture
def graduate(app: Flask) -> Desk:
    """Finished in 050101; half a year later the next window is open, and 080901 is on offer too."""
    desk = approved()
    record_offline(desk.public_id, "R1", by=actor(build.staff("finance")), on=PAYING)
    build.plan("080901/2026")
    app.extensions["kaoji.clock"].now = lambda: NEXT
    build.window(name="2027 年上半年毕业", opens_at=NEXT - timedelta(days=1), closes_at=NEXT + timedelta(days=9))
    return desk


@pytest.fixture
def browser(client: FlaskClient, graduate: Desk) -> Browser:
    build.sign_in(client, tick=graduate.ticket, on=NEXT)
    return Browser(client)


def begin(browser: Browser) -> str:
    browser.get("/services/graduation")
    answer = browser.post("/services/graduation", window=window_in(browser.page))
    assert answer.status_code == 303
    url = str(answer.location).rsplit("/", 1)[0]
    browser.post(f"{url}/notice", act="next")
    browser.post(f"{url}/profile", act="next", **build.answers()["profile"])
    return url


def window_in(page: str) -> str:
    found = re.search(r'name="window" value="(\d+)"', page)
    assert found
    return found[1]


def test_home_shows_the_finished_case_first_and_not_among_the_closed_ones(browser: Browser, graduate: Desk) -> None:
    for address in ("/", "/services"):
        page = browser.get(address)
        done, offer = page.index(f"/applications/{graduate.public_id}"), page.index("2027 年上半年毕业")
        assert done < offer
        assert "2026 年下半年毕业" not in page.partition("未开放办理的业务")[2]
        assert "已毕业" in page
        assert not re.search(r'class="btn primary" href="/services/graduation"', page)  # not the first thing to do


def test_the_service_still_takes_an_application_for_another_major(browser: Browser, graduate: Desk) -> None:
    page = browser.get("/services/graduation")
    assert page.index("已办结") < page.index("立即申请")
    assert "另一个专业" in page
    url = begin(browser)
    browser.post(f"{url}/scores", act="choose", major="080901.10574.2026")
    assert "已用于 050101 专业毕业" in browser.page  # 13000 is of both


def test_the_finished_major_is_not_on_offer_and_says_why(browser: Browser, graduate: Desk) -> None:
    url = begin(browser)
    page = browser.get(f"{url}/scores")
    assert 'value="050101.10574.2024"' not in page
    assert 'value="080901.10574.2026"' in page
    assert "已毕业，不能再次申请" in page
    assert f'href="/applications/{graduate.public_id}"' in page


def test_who_posts_it_all_the_same_is_refused_at_the_field(browser: Browser) -> None:
    url = begin(browser)
    answer = browser.post(f"{url}/scores", act="next", major="050101.10574.2024")
    assert answer.status_code == 422
    assert "已取得本专业" in browser.page
    assert "说明情况" not in browser.page


def test_beside_a_draft_the_service_says_of_the_finished_case_when_it_was_finished(browser: Browser) -> None:
    begin(browser)
    page = browser.get("/services/graduation")
    assert re.search(r"已毕业，2026 年 12 月 15 日办结", page)
    assert "已截止" not in page


@pytest.mark.parametrize("page", ["/", "/services"])
def test_of_an_undone_completion_every_list_says_when_and_what_follows(
    browser: Browser, graduate: Desk, page: str
) -> None:
    undo_completion(graduate.public_id, "录错", by=actor(build.staff("office_reviewer")), on=NEXT)
    text = browser.get(page)
    assert "办结已于" in text
    assert "考办重新办理后会显示结果" in text


def test_the_finished_case_itself_stays_as_it_was(browser: Browser, graduate: Desk) -> None:
    page = browser.get(f"/applications/{graduate.public_id}")
    assert "已办结" in page
    assert "不能再次申请" not in page


def test_the_forecast_says_graduated_and_leads_to_the_case(
    browser: Browser, graduate: Desk, client: FlaskClient
) -> None:
    page = browser.get("/forecast")
    assert re.search(r'id="answer"[^>]*>已毕业<', page)
    assert f'href="/applications/{graduate.public_id}"' in page
    assert "还缺什么" not in page
    line = client.get("/forecast/line", headers={"HX-Request": "true"}).text
    assert line.endswith("：已毕业")
    other = browser.get("/forecast?major=080901.10574.2026")
    assert "已用于 050101 专业毕业" in other
    assert "已毕业<" not in other
    missing = browser.get("/forecast/missing?major=080901.10574.2026&course=13000")
    assert 'value="13000"' not in missing  # it is passed and used: neither an examination nor a report helps
    both = browser.get("/forecast?major=050101.10574.2024&compare=080901.10574.2026")
    assert both.count("已毕业<") > 1  # the comparison, too


def test_the_records_say_what_is_finished_and_which_courses_are_used(browser: Browser, graduate: Desk) -> None:
    for address in ("/scores/latest", "/scores/history"):
        page = browser.get(address)
        assert "050101 汉语言文学（本科）：已毕业。" in page
        assert f'href="/applications/{graduate.public_id}"' in page
    assert "已用于 050101 专业毕业</span>" in browser.get("/scores/latest")
    undo_completion(graduate.public_id, "录错", by=actor(build.staff("office_reviewer")), on=NEXT)
    assert "已毕业" not in browser.get("/scores/latest")


@pytest.mark.parametrize("way", ["completed", "roster", "under way"])
def test_a_draft_in_a_major_that_is_taken_is_not_pushed_and_says_why(app: Flask, client: FlaskClient, way: str) -> None:
    first = approved()
    build.window(name="又一次", opens_at=NOW - timedelta(days=2))
    with patch.object(Case, "beside", return_value=[]):
        draft = begun(first)
    build.sign_in(client, tick=first.ticket)
    browser = Browser(client)
    if way == "completed":
        record_offline(first.public_id, "R1", by=actor(build.staff("finance")), on=PAYING)
    elif way == "roster":
        with transaction() as session:
            session.execute(update(Application).where(Application.id == first.row.id).values(major_code="080901"))
            session.execute(update(Ticket).values(graduated_majors="050101"))
    said = {"completed": FINISHED, "roster": BY_ROSTER, "under way": UNDER_WAY}[way]
    for address in ("/", "/services", f"/applications/{draft.public_id}"):
        page = browser.get(address)
        assert said in page, address
        assert "舍弃草稿" in page
        assert "还没有提交。" not in page
        assert not re.search(rf'class="btn primary[^"]*" href="/applications/{draft.public_id}', page), address
    if way == "completed":
        home = browser.get("/")
        assert home.index(f"/applications/{first.public_id}") < home.index(f"/applications/{draft.public_id}")
    assert said in browser.get("/services/graduation")
    page = browser.get(f"/applications/{draft.public_id}/confirm")
    with transaction() as session:
        session.execute(update(Application).where(Application.id == draft.row.id).values(version=99))
    answer = browser.post(f"/applications/{draft.public_id}/confirm", act="next")
    assert answer.status_code == 409
    assert "需要修改”的先改好，才能提交" in browser.page
    assert "没有问题，再点一次" not in browser.page


def test_a_graduation_known_from_the_roster_alone_is_said_without_a_case(app: Flask, client: FlaskClient) -> None:
    build.school()
    plan = build.plan("080901/2026")
    tick = build.ticket(build.examinee(), graduated_majors="050101", major_code="080901")
    build.scores(tick, build.all_passed(plan))
    build.window()
    build.sign_in(client, tick=tick)
    browser = Browser(client)
    for address in ("/", "/services", "/services/graduation"):
        page = browser.get(address)
        assert "已毕业和正在办理的专业不能再次申请" in page, address
        assert not re.search(r'class="btn primary[^"]*"[^>]*>(<span>)?(申请毕业|立即申请)', page), address
    url = begin(browser)
    assert "050101：已毕业" in browser.get(f"{url}/scores")
    assert "050101：已毕业（考籍登记）" in browser.get("/scores/latest")
    build.plan("050101/2024")
    forecast = browser.get("/forecast?major=050101.10574.2024")
    assert re.search(r'id="answer"[^>]*>已毕业（考籍登记）<', forecast)
    assert "下一步" not in forecast
    assert "<progress" not in forecast  # its grades are not here
    assert "还缺什么" not in forecast
    values = {f"extra_option_{i}": name for i, name in enumerate(("其他专业", "内地考生"), 1)}
    browser.post(f"{url}/scores", act="choose", major="080901.10574.2026", **values)
    assert "待核" in browser.page
    assert "当时用去的课程不在本平台" in browser.page


def test_the_switcher_says_of_a_ticket_that_it_has_graduated_in_its_major(browser: Browser, graduate: Desk) -> None:
    person = db.session.get_one(Examinee, graduate.row.examinee_id)
    known = build.ticket(person, major_code="080901", graduated_majors="050101、080901")
    going_on = build.ticket(person, major_code="080901", graduated_majors="050101")  # in another major alone
    build.sign_in(browser.client, tick=graduate.ticket, on=NEXT)
    page = browser.get("/scores/latest")
    said = dict(re.findall(r'<span class="num">(\d+)</span> <span class="tag[^"]*">([^<]*)<', page))
    numbers = graduate.ticket.number, known.number, going_on.number
    assert [said[number] for number in numbers] == ["已毕业", "已毕业（考籍登记）", "在籍"]


def test_after_the_office_took_it_back_the_examinee_reads_why(browser: Browser, graduate: Desk) -> None:
    undo_completion(graduate.public_id, "成绩录错，须重新核对", by=actor(build.staff("office_reviewer")), on=NEXT)
    page = browser.get(f"/applications/{graduate.public_id}")
    assert "办结已撤销" in page
    assert "成绩录错，须重新核对" in page
    assert '/pay"' not in page  # it is paid
    assert "不必再付" in page
    assert "请先支付毕业审定费" not in page
    assert "缴费时间" not in page
    assert "register.pdf" not in page  # it would say that it is concluded
    assert "receipt.pdf" in page
    assert browser.client.get(f"/applications/{graduate.public_id}/register.pdf").status_code == 404
    home = browser.get("/")
    assert "办结已撤销" in home
    assert '/pay"' not in home
    url = begin(browser)
    page = browser.get(f"{url}/scores")  # free again, but its own application is not ended yet
    assert 'value="050101.10574.2024"' not in page
    assert "已审核通过，不能另外申请" in page
    service = browser.get("/services/graduation").split("办结已撤销")[1].split("</section>")[0]
    assert "截止" not in service
    assert f'href="/applications/{graduate.public_id}"' in page


def test_the_timeline_keeps_each_completion_and_its_undoing(
    browser: Browser, client: FlaskClient, graduate: Desk
) -> None:
    by = actor(build.staff("office_reviewer"))
    assert timeline(client, graduate)[-1] == ("已完成：", "已办结", "")
    undo_completion(graduate.public_id, "成绩录错", by=by, on=NEXT)
    complete_by_office(graduate.public_id, by=by, on=NEXT + timedelta(days=1))
    assert timeline(client, graduate)[-3:] == [
        ("不再有效：", "已办结（已撤销）", ""),
        ("未通过：", "办结已撤销", ""),
        ("已完成：", "已重新办结", ""),
    ]
    page = browser.get(f"/applications/{graduate.public_id}")
    assert "原因：成绩录错" in page
    for at in (PAYING, NEXT, NEXT + timedelta(days=1)):
        assert short(at, NEXT) in page


def office(client: FlaskClient) -> Any:
    build.sign_in(client, person=build.staff("office_reviewer"), on=NEXT)
    return Browser(client)


def test_the_office_takes_it_back_with_a_reason_and_completes_it_again(client: FlaskClient, graduate: Desk) -> None:
    browser = office(client)
    here = f"/staff/applications/{graduate.public_id}"
    assert f"{here}/completion" in browser.get(here)
    assert "毕业生登记表在核对页上显示“已撤销”" in browser.get(f"{here}/completion")
    long = "长" * 201
    assert browser.post(f"{here}/completion", act="undo", reason=long).status_code == 422
    assert long in browser.page  # nothing typed is lost
    assert browser.post(f"{here}/completion", act="undo", reason="").status_code == 422
    assert "请写明撤销办结的原因" in browser.page
    assert browser.post(f"{here}/completion", act="undo", reason="录错").status_code == 303
    assert "办结已撤销" in browser.page
    assert "重新办结" in browser.page
    browser.get(f"{here}/completion")
    assert browser.post(f"{here}/completion", act="again").status_code == 303
    assert graduate.row.state == "completed"


def test_a_record_of_an_examinee_says_graduated_to_staff(client: FlaskClient, graduate: Desk) -> None:
    with transaction() as session:
        session.get_one(Ticket, graduate.ticket.id).graduated_majors = "530601"
    page = office(client).get(f"/staff/examinees/{graduate.person.id}")
    assert "已毕业：050101 汉语言文学、530601" in page
