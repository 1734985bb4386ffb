"""An export from the queue holds what the screen showed, says so in the file, and says before what it cannot hold."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from python_calamine import CalamineWorkbook

from app.actions.review import assigning, sharing
from app.extensions import db
from app.models import Application, AuditEvent
from app.models.base import transaction
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, Desk, actor, approved, returning, submitted
from tests.web.staff.queue.test_staff_queue import QUEUE, tickets


@pytest.fixture
def season(client, app):
    """A lead signed in, and six files that differ in what the queue filters by."""
    lead = builders.staff("school_lead", school_code="10574", name="李组长")
    one = builders.staff(name="周明")
    app.clock.now = NOW + timedelta(days=9)
    names = ("欧阳静怡", "王芳", "林晓雯", "赵云", "陈静怡", "孙明")
    desks = [submitted(name=name, on=NOW + timedelta(days=number)) for number, name in enumerate(names)]
    with transaction() as session:
        for index, marks in ((0, ",code,"), (1, ",unclear,"), (2, ",code,unclear,")):
            row = session.get_one(Application, desks[index].row.id)
            row.flags, row.flagged = marks, True
        for index in (3, 5):
            session.get_one(Application, desks[index].row.id).missing = True
    files = sharing.pick(db.session(), [desks[4].public_id], actor(lead), LATER)
    assigning.assign_many(files, [one.id], by=actor(lead), on=LATER)
    desks[5].decide("return", one, returning("prior_degree.diploma_number"))
    builders.sign_in(client, person=lead, on=app.clock.now)
    return lead, one, desks


def exported(client: Any, address: str, **more: str) -> tuple[list[str], dict[str, str]]:
    """准考证号 and the 导出说明 of the file that the page of this address sends."""
    page = client.get(address).text
    hidden = {
        name: unescape(text) for name, text in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    }
    chosen = dict(
        re.findall(r'<select id="(\w+)"[^>]*>(?:(?!</select>).)*?<option value="([^"]*)" selected>', page, re.S)
    )
    dates = [
        (re.search(r'name="(\w+)"', each)[1], re.search(r'value="([^"]*)"', each))
        for each in re.findall(r'<input[^>]*type="date"[^>]*>', page)
    ]
    hidden |= {name: value[1] for name, value in dates if value}
    data = {**hidden, **chosen, "columns": ["ticket"], "reason": "核对", **more}
    answer = client.post(urlsplit(address).path, data=data)
    assert answer.status_code == 200, answer.text[:2000]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    rows = [str(row[0]) for row in book.get_sheet_by_index(0).to_python()[1:]]
    said = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name("导出说明").to_python()}
    return [row for row in rows if row], said


def link_of(page: str, kind: str = "applications") -> str:
    return unescape(re.search(rf'href="(/staff/exports/{kind}[^"]*)"', page)[1])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ["状态 待我审核"]),
        ("who=all", ["状态 待我审核", "分配 含分给别人的"]),
        ("state=all", []),
        ("state=returned", ["状态 审核未通过"]),
        ("state=all&level=本科", ["层次 本科"]),
        ("state=all&level=专科", ["层次 专科"]),
        ("state=all&age=7", ["等待 等了 7 天以上"]),
        ("age=7&flag=code", ["等待 等了 7 天以上", "标记 二维码不符", "状态 待我审核"]),
        ("state=all&flag=code,unclear", ["标记 看不清且二维码不符"]),
        ("state=all&flag=code,unclear&match=any", ["标记 看不清或二维码不符"]),
        ("state=all&match=none", ["标记 无标记"]),
        ("state=all&who=none", ["分配 未分配"]),
        ("state=all&who=@one", ["分配 周明"]),
        ("q=静怡", ["查找 “静怡”"]),
        ("q=静怡&state=school_review&flag=code", ["查找 “静怡”", "标记 二维码不符", "状态 待初审"]),
        ("q=@ticket", ["查找 “"]),
        ("person=@person", ["证件号码 所查的一位"]),
        ("state=all&group=waiting", ["统计 待审（初审和终审）"]),
        ("state=all&reviewed=@one.return", ["统计 周明最近 7 天退回的"]),
        ("state=all&reason=编号与照片不一致", ["统计 退回原因：编号与照片不一致"]),
        ("state=all&since=2026-11-25&until=2026-11-26", ["提交日期 2026-11-25 至 2026-11-26"]),
        ("since=x", ["提交日期 x"]),
        ("state=all&school=10999", ["主考学校 10999"]),  # of another school: none there, and none in the file
        ("state=all&major=999999", ["专业 999999"]),
        ("state=all&window=99", ["办理时间 99"]),
        ("state=all&major=050101&window=@window", ["专业 050101", "办理时间 2026 年下半年毕业"]),
    ],
)
def test_the_file_holds_what_the_queue_showed_and_names_its_filters(client, season, query, words):
    _, one, desks = season
    values = {
        "@one": one.id,
        "@ticket": desks[1].ticket.number,
        "@person": desks[2].person.id,
        "@window": desks[0].window.id,
    }
    for name, value in values.items():
        query = query.replace(name, str(value))
    page = client.get(f"{QUEUE}?{query}").text
    found, said = exported(client, link_of(page))
    assert sorted(found) == sorted(tickets(page))
    for each in words:
        assert each in said["筛选"], said["筛选"]
    assert words or said["筛选"] == "无"
    for raw in ("flag", "match", "level", "who", "person", "state", "window ", "major ", "group", "reviewed"):
        assert raw not in said["筛选"]
    assert desks[2].person.id_number not in str(said) + str(
        AuditEvent.query.order_by(AuditEvent.id.desc()).first().detail
    )


def test_the_page_says_with_which_filters_it_exports_and_they_can_be_taken_away(client, season):
    page = client.get(link_of(client.get(f"{QUEUE}?q=静怡&flag=code&state=all").text)).text
    assert "同时按队列里的条件导出：标记 二维码不符；查找 “静怡”。" in page
    without = unescape(re.search(r'<a href="([^"]*)">去掉这些条件', page)[1])
    assert dict(parse_qsl(urlsplit(without).query)) == {}
    assert len(exported(client, without)[0]) == 6


def test_the_days_of_submission_are_not_those_of_a_list_with_another_date(client, season):
    desks = [approved(on=NOW + timedelta(days=number)) for number in (2, 3)]
    with transaction() as session:  # decided a week later
        for desk in desks:
            session.get_one(Application, desk.row.id).decided_at = NOW + timedelta(days=9)
    page = client.get(f"{QUEUE}?state=approved&since=2026-11-26&until=2026-11-26").text
    link = link_of(page, "graduates")
    found, said = exported(client, link)
    assert found == tickets(page) == [desks[0].ticket.number]
    assert "提交日期 2026-11-26" in said["筛选"]
    shown = client.get(link).text
    assert "同时按队列里的条件导出：提交日期 2026-11-26。" in shown
    assert "审定日期从" in shown
    found, said = exported(client, "/staff/exports/graduates?since=2026-12-03&until=2026-12-03")
    assert len(found) == 2
    assert "审定日期从 2026 年 12 月 3 日 0:00；审定日期到 2026 年 12 月 4 日 0:00（不含）" in said["筛选"]


def select(client: Any, query: str, desks: list[Desk]) -> str:
    """The page of a selection made in the queue for an export."""
    page = client.get(f"{QUEUE}?{query}").text
    data = {"csrf_token": csrf_of(page), "act": "export", "pick": [desk.public_id for desk in desks]}
    return client.get(client.post(f"{QUEUE}/bulk?{query}", data=data).location).text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "待我审核"),
        ("flag=code", "待我审核、标记 二维码不符"),
        (
            "service=graduation&school=10574&major=050101&window=1&level=本科&who=none&since=2026-11-24&until=2026-11-24",
            "待我审核、业务 申请毕业、办理时间 2026 年下半年毕业、主考学校 10574 学校10574、专业 050101 汉语言文学、层次 本科、"
            "分配 未分配、提交日期 2026-11-24",
        ),
        ("state=all&reason=@long", "全部、统计 退回原因：@long"),
    ],
)
def test_a_selection_is_exported_alone_and_the_file_says_from_what_it_was_chosen(client, season, query, words):
    desk = season[2][0]
    query, words = (each.replace("@long", "改" * 80) for each in (query, words))  # as long as a reason gets
    link = link_of(select(client, query, [desk]))
    found, said = exported(client, link)
    assert found == [desk.ticket.number]
    assert said["筛选"] == f"所选 1 件；选自 {words}"
    assert f"（选自：{words}）" in client.get(link).text


def test_how_many_of_a_selection_a_list_holds_is_said_before(client, season):
    desks, done = season[2], approved()
    page = select(client, "state=all", [*desks[:3], done])
    assert "这份名单现在能列出" not in client.get(link_of(page)).text
    link = link_of(page, "graduates")
    said = "所选 4 件里，这份名单现在能列出 1 件：它只收审核通过、已办结的申请。</p>"
    first = client.get(link).text
    assert said in first
    data = {"csrf_token": csrf_of(first), **dict(parse_qsl(urlsplit(link).query))}
    assert said in client.post(urlsplit(link).path, data=data).text  # refused: no 用途
    assert exported(client, link)[0] == [done.ticket.number]
    assert "不能按队列里的这些条件缩小" not in first
    none = client.get(link_of(select(client, "", desks[:3]), "graduates")).text
    assert "所选 3 件里，这份名单现在能列出 0 件" in none
    assert "导出的文件里不会有人" in none


def test_what_a_list_cannot_carry_is_said_before(client, season):
    page = client.get(f"{QUEUE}?state=school_review&flag=code").text
    graduates = client.get(link_of(page, "graduates")).text
    assert "不能按队列里的这些条件缩小" in graduates
    assert "状态 待初审" in graduates
    assert "标记 二维码不符" in graduates  # this it can
    assert "不能按队列里的这些条件缩小" not in client.get(link_of(page)).text
    orders = client.get("/staff/exports/orders?flag=code&age=7").text
    assert "等待 等了 7 天以上" in orders
    assert "不能按队列里的这些条件缩小" in orders


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/staff/exports/graduates?state=office_review&flag=code", "状态 待终审。它只收审核通过、已办结的申请。</p>"),
        (
            "/staff/exports/orders?state=waiting&flag=code&age=7",
            "状态 待我审核；标记 二维码不符；等待 等了 7 天以上。</p>",
        ),
    ],
)
def test_what_is_left_out_stays_said_until_the_file_is_taken(client, season, address, words):
    page, path = client.get(address).text, urlsplit(address).path
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)) | {"columns": ["ticket"]}
    refused = client.post(path, data=sent)
    saved = client.post(f"{path}/columns", data={**sent, "set_name": "打电话"})
    unnamed = client.post(f"{path}/columns", data=sent)
    assert (refused.status_code, saved.status_code, unnamed.status_code) == (422, 303, 422)
    for text in (page, refused.text, unnamed.text, client.get(saved.location).text):
        assert f"不能按队列里的这些条件缩小，导出的和队列里显示的不一样：{words}" in text
        assert "更多" not in text  # they may be fewer, and others
    other = client.post(path, data={**sent, "state": "approved" if "graduates" in path else "paid"})
    assert re.split("[；。]", words)[0] not in other.text  # another state was chosen since
