"""抽查 on the pages: drawn by a form, looked at blind, and told by reviewer and reason."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from app.actions.review.notes import add_note
from app.actions.review.revoking import revoke
from app.extensions import db
from app.models import Application, AuditEvent, ReturnReason, Review, SpotCheck, SpotCheckFile, Staff
from app.rules.calendar import moment
from tests import builders
from tests.reviewing import LATER, actor, ok, submitted

HERE = "/staff/spot-checks"
PHONE = "profile.phone"


@pytest.fixture
def season(app, client):
    return people_of_two_files_each(app, client)


def people_of_two_files_each(app, client):
    """Two reviewers passed two files each; the lead is signed in."""
    people = builders.staff(name="周初审"), builders.staff(name="吴初审")
    for person in people * 2:
        desk = submitted()
        add_note(desk.public_id, "备注里写的话", by=actor(person), on=LATER)
        desk.decide("pass", person, ok(PHONE, message="第一次的意见"))
    app.clock.now = LATER + timedelta(days=1)
    builders.sign_in(client, person=builders.staff("school_lead", school_code="10574"), on=app.clock.now)
    return people


def draw(client, **over: str):
    page = client.get(HERE).text
    window = re.search(r'<option value="(\d+)"', page)[1]
    form = {"window": window, "stage": "school_review", "way": "percent", "amount": "100", **over}
    return client.post(HERE, data={"csrf_token": builders.csrf_of(page), **form})


def look(client, address: str, result: str, **over: str):
    form = {"csrf_token": builders.csrf_of(client.get(address).text), "result": result, **over}
    return client.post(address, data=form)


def test_a_draw_says_its_rule_and_seed_and_can_be_repeated(client, season):
    answer = draw(client, amount="５０")  # full-width, as an input method gives it
    assert answer.status_code == 303
    row = db.session.scalars(select(SpotCheck)).one()
    page = client.get(answer.location).text
    for words in (row.seed, "共 4 件", "抽出 2 件", "计算 SHA-256"):
        assert words in page, words
    assert "与记下的结果逐件相同" in client.get(f"{answer.location}?again=1").text
    assert f'href="{HERE}/{row.id}"' in client.get(HERE).text
    assert "有 2 件抽到的申请等待复核" in client.get("/staff").text


def test_the_second_look_is_blind_until_it_is_done(client, season):
    address = draw(client).location
    for page in (client.get(address).text.split("按审核员", 1)[1], client.get(f"{address}/1").text):
        for told in ("周初审", "吴初审", "第一次的意见", "备注里写的话", "初审通过", "以前的审核", "全部经过"):
            assert told not in page, told
    assert look(client, f"{address}/1", "agree").status_code == 303
    page = client.get(f"{address}/1").text
    assert re.search("原来的决定：通过，[周吴]初审", page)
    assert "第一次的意见" in page


def test_the_rate_of_disagreement_is_told_by_reviewer_and_reason(client, season):
    address = draw(client).location
    cause = db.session.scalars(select(ReturnReason).where(ReturnReason.code == "R08")).one()
    places = {"周初审": [], "吴初审": []}
    for row in db.session.scalars(select(SpotCheckFile).order_by(SpotCheckFile.place)).all():
        name = db.session.get_one(Staff, db.session.get_one(Review, row.review_id).reviewer_id).name
        places[name].append(row.place)
    typed = {f"verdict.{PHONE}": "return", f"reason.{PHONE}": "号码少一位"}
    chosen = {
        "verdict.prior_degree.diploma_number": "return",
        "cause.prior_degree.diploma_number": str(cause.id),
        "reason.prior_degree.diploma_number": "末四位不同",
    }
    first, second = places["周初审"]
    assert look(client, f"{address}/{first}", "disagree", **typed, **chosen).status_code == 303
    assert look(client, f"{address}/{second}", "agree").status_code == 303
    page = client.get(address).text
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", page, re.S)]
    assert ["周初审", "2", "1", "50%"] in rows
    assert ["合计", "2", "1", "50%"] in rows
    assert "吴初审" not in page.split("抽到的申请", 1)[0].split("按审核员", 1)[1]  # of his nothing was looked at
    assert [cause.label, "1", "50%", "周初审 1 件"] in rows
    own = next(row for row in rows if row and row[0].startswith("其他（自己写的）"))
    assert own[1:] == ["1", "50%", "周初审 1 件"]
    assert "号码少一位" in own[0]


def test_what_was_typed_comes_back_with_what_is_wrong(client, season):
    address = draw(client).location
    typed = {f"verdict.{PHONE}": "return", f"reason.{PHONE}": "", "note": "看了两遍"}
    answer = look(client, f"{address}/1", "disagree", **typed)
    assert answer.status_code == 422
    assert "请写明原因" in answer.text
    assert "看了两遍" in answer.text
    assert 'value="return" checked' in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "一半"), ("amount", "101"), ("since", "昨天"),
     ("reviewer", "xx"), ("reviewer", "999"), ("window", "999")],
)  # fmt: skip
def test_a_draw_that_cannot_be_comes_back_with_its_fields(client, season, field, value):
    answer = draw(client, **{"amount": "10", field: value})
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
    assert f'value="{"10" if field != "amount" else value}"' in answer.text
    assert db.session.scalar(select(SpotCheck.id)) is None


def test_it_shows_what_was_passed_not_what_came_later(app, client, season):
    address = draw(client).location
    page = client.get(f"{address}/1").text
    assert "第 1 次提交" in page
    assert client.get(f"{address}/99").status_code == 404


def test_the_ordinary_file_asks_before_it_shows_the_first_verdict(client, season):
    """Opened all the same, it is another person's to look at again: blind is not left to good will."""
    address = draw(client).location
    waiting = "待复核</span>"
    before = client.get(address).text.count(waiting)
    first = db.session.scalar(select(Application.public_id).where(Application.state != "draft"))
    file = f"/staff/applications/{first}"
    for page in (client.get(file).text, client.get(f"{file}/revoke").text):
        assert "这一件在抽查里，还没有复核" in page
        place = re.search(rf'href="({HERE}/\d+/\d+)">去复核', page)[1]
        for told in ("周初审", "吴初审", "第一次的意见", "备注里写的话"):
            assert told not in page, told
    assert client.get(address).text.count(waiting) == before
    page = client.get(f"{file}?opened=1").text
    assert "第一次的意见" in page
    assert "这一件在抽查里" not in client.get(file).text  # asked once
    page = client.get(address).text
    assert page.count(waiting) == before - 1
    assert "须由另一位复核" in page
    assert "你已经看过了" in client.get(place).text
    answer = look(client, place, "agree", note="看了两遍")
    assert (answer.status_code, "你已经看过了" in answer.text, "看了两遍" in answer.text) == (403, True, True)


def test_a_second_look_that_comes_too_late_says_whose_was_first_and_gives_back_what_was_typed(app, client, season):
    address = f"{draw(client).location}/1"
    assert look(client, address, "agree").status_code == 303
    answer = look(client, address, "disagree", note="再看一遍")
    assert (answer.status_code, "你已经抽查过了" in answer.text, "再看一遍" in answer.text) == (409, True, True)
    builders.sign_in(client, person=builders.staff("office_reviewer", school_code=""), on=app.clock.now)
    assert "由另一位抽查过了" in look(client, address, "agree").text


def test_whoever_has_to_decide_on_a_drawn_file_is_not_held_up(app, client, season):
    draw(client)
    office = builders.staff("office_reviewer", school_code="")
    builders.sign_in(client, person=office, on=app.clock.now)
    first = db.session.scalar(select(Application.public_id).where(Application.state == "office_review"))
    assert "终审通过" in client.get(f"/staff/applications/{first}").text
    seen = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "spot_check.opened")).one()
    assert seen.actor_id == office.id


def test_the_statistics_lead_to_it(client, season):
    assert f'href="{HERE}"' in client.get("/staff/statistics").text


def take_back(app, place: int) -> None:
    """The decision on the drawn file of that place is found wrong by somebody else."""
    drawn = db.session.scalars(select(SpotCheckFile).where(SpotCheckFile.place == place)).one()
    row = db.session.get_one(Application, db.session.get_one(Review, drawn.review_id).application_id)
    given = {"version": row.version, "by": actor(builders.staff("admin")), "on": app.clock.now}
    revoke(row.public_id, "审错了", **given)
    db.session.commit()


def test_a_decision_revoked_before_its_second_look_is_neither_handed_out_nor_counted(both):
    client = both.test_client()
    people_of_two_files_each(both, client)
    address = draw(client).location
    take_back(both, 1)
    page = client.get(address).text
    assert f'href="{address}/2">开始复核' in page
    for words in ("0 / 3 件已复核", "其中 1 件的决定在复核以前已撤销，不复核，也不计入", "决定已撤销，不计入"):
        assert words in page, words
    assert page.count("待复核</span>") == 3
    assert "有 3 件抽到的申请等待复核" in client.get("/staff").text
    page = client.get(f"{address}/1").text
    assert "原来的决定已经撤销，不再复核" in page
    assert 'value="agree"' not in page
    answer = client.post(
        f"{address}/1", data={"csrf_token": builders.csrf_of(page), "result": "agree", "note": "看了两遍"}
    )
    assert (answer.status_code, "不再复核" in answer.text, "看了两遍" in answer.text) == (403, True, True)
    for place in (2, 3, 4):
        assert look(client, f"{address}/{place}", "agree").status_code == 303
    assert '<td class="r">3</td><td class="r">0</td>' in client.get(address).text.split("合计", 1)[1]
    assert ">4，已撤销 1<" in client.get(HERE).text
    file = db.session.scalar(select(Application.public_id).where(Application.state == "school_review"))
    assert "这一件在抽查里" not in client.get(f"/staff/applications/{file}").text


def test_what_the_second_look_found_wrong_counts_when_it_was_revoked_for_it(app, client, season):
    address = draw(client).location
    typed = {f"verdict.{PHONE}": "return", f"reason.{PHONE}": "号码少一位"}
    assert look(client, f"{address}/1", "disagree", **typed).status_code == 303
    app.clock.now += timedelta(minutes=5)
    take_back(app, 1)
    page = client.get(address).text
    assert '<td class="r">1</td><td class="r">1</td>' in page.split("合计", 1)[1]
    assert "决定已撤销</span>" in page
    assert "已撤销）。" in client.get(f"{address}/1").text


def test_the_audit_tells_the_whole_rule_of_a_draw_in_words(app, client, season):
    person = db.session.scalars(select(Staff).where(Staff.name == "周初审")).one()
    draw(client, amount="50", reviewer=str(person.id), since="2026-11-01", until="2027-12-31")
    builders.sign_in(client, person=builders.staff("auditor"), on=app.clock.now)
    page = unescape(re.sub("<.*?>", "", client.get("/admin/audit?action=spot_check.").text))
    row = db.session.scalars(select(SpotCheck)).one()
    said = (
        "环节 初审通过的", "学校 10574 ", "审核员 周初审", "从 2026 年 11 月 1 日 0:00", f"到 {moment(row.until)}", "范围内件数 2",
        "抽多少 按百分比（%）：50", "抽出 1", f"种子 {row.seed}",
    )  # fmt: skip
    for words in said:
        assert words in page, words
    assert "待初审" not in page
