"""Orders as staff see them, and money that came on the spot."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.actions.applications.completion import undo_completion
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order, receive
from app.actions.windows.extensions import extend
from app.adapters.gateways import Notice
from app.models import Window
from app.models.base import transaction
from app.rules.review.lifecycle import State
from app.web.staff.money import query as money
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import PAYING, Desk, actor, approved, myself, submitted

ORDERS = "/staff/orders"


@pytest.fixture
def desk(app) -> Desk:
    return approved(name="林晓雯")


def look(client: FlaskClient, who: str, **more: str) -> TestResponse:
    return client.get(f"{ORDERS}/record", query_string={"who": who, **more})


def form_of(page: str) -> dict[str, str]:
    """What the confirming form of a page holds."""
    body = page.split('method="post" action="/staff/orders/record"', 1)[1].split("</form>", 1)[0]
    return dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', body))


def record(client: FlaskClient, who: str, receipt: str, **more: str) -> TestResponse:
    """Look up, then confirm what was found."""
    return client.post(f"{ORDERS}/record", data={**form_of(look(client, who).text), "receipt": receipt, **more})


def test_an_empty_list_says_what_will_be_here(client, app):
    builders.sign_in(client, person=builders.staff("finance"))
    assert "没有订单" in client.get(ORDERS).text


@pytest.mark.parametrize("role", ["finance", "office_reviewer", "admin"])
@pytest.mark.parametrize("by_what", ["order", "ticket", "receipt", "name"])
def test_a_payment_on_the_spot_is_looked_up_and_then_recorded(client, desk, role, by_what):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING) if by_what == "order" else ""
    who = {"order": number, "ticket": desk.ticket.number, "receipt": desk.submission.receipt, "name": "林晓雯"}[by_what]
    builders.sign_in(client, person=builders.staff(role))
    page = look(client, who).text
    for fact in ("林晓雯", "汉语言文学（本科）", "学校10574", "¥ 50.00", "审核通过", desk.ticket.number):
        assert fact in page
    assert desk.row.state == State.APPROVED
    answer = record(client, who, "No.0001")
    assert answer.status_code == 303
    assert desk.row.state == State.COMPLETED
    page = client.get(answer.location).text
    assert "No.0001" in page
    assert "现场缴费" in page


def test_one_field_and_one_click_complete_nothing(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    token = csrf_of(client.get("/staff").text)
    given = {"csrf_token": token, "who": desk.ticket.number, "receipt": "No.1"}
    assert client.post(ORDERS, data=given).status_code == 405
    assert client.post(f"{ORDERS}/record", data=given).status_code in (404, 409)
    assert desk.row.state == State.APPROVED


def test_a_number_that_finds_nobody_says_what_is_right(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    for who, said in (("", "请填写订单号"), ("010100000000", "准考证号 12 位")):
        answer = look(client, who)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{who}"' in answer.text


def test_a_wrong_receipt_comes_back_with_the_same_person(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    for receipt in ("", "9" * 61):
        answer = record(client, desk.ticket.number, receipt)
        assert answer.status_code == 422
        assert f'value="{receipt}"' in answer.text
        assert "林晓雯" in answer.text
    assert desk.row.state == State.APPROVED


def test_who_cannot_pay_now_is_shown_with_the_reason_and_no_button(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    waiting = submitted(name="赵待审")
    page = look(client, waiting.ticket.number).text
    assert "赵待审" in page
    assert "现在的状态是“待初审”" in page
    record(client, desk.ticket.number, "No.1")
    page += look(client, desk.ticket.number).text
    assert "已经缴过费" in page
    assert "确认收到" not in page


def test_of_two_of_one_name_one_is_chosen(client, desk):
    other = approved(name="林晓雯")
    builders.sign_in(client, person=builders.staff("finance"))
    page = look(client, "林晓雯").text
    assert "找到 2 项申请" in page
    assert "确认收到" not in page
    page = look(client, "林晓雯", application=other.public_id).text
    assert form_of(page)["application"] == other.public_id


def test_a_fee_that_changed_since_the_page_is_seen_again_first(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    kept = form_of(look(client, desk.ticket.number).text)
    with transaction() as session:
        session.get_one(Window, desk.window.id).fee = 9900
    answer = client.post(f"{ORDERS}/record", data={**kept, "receipt": "No.7"})
    assert answer.status_code == 409
    assert "¥ 99.00" in answer.text
    assert 'value="No.7"' in answer.text
    assert desk.row.state == State.APPROVED


def test_recording_twice_is_the_same_act_and_another_receipt_is_refused(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    kept = form_of(look(client, desk.ticket.number).text)
    first, again = (client.post(f"{ORDERS}/record", data={**kept, "receipt": "No.1"}) for _ in range(2))
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert client.post(f"{ORDERS}/record", data={**kept, "receipt": "No.2"}).status_code == 409


def correct(client: FlaskClient, number: str, reason: str) -> TestResponse:
    token = csrf_of(client.get("/staff").text)
    return client.post(f"{ORDERS}/{number}/correct", data={"csrf_token": token, "reason": reason})


def test_a_mistaken_record_is_corrected_by_somebody_else_and_goes_to_the_right_person(client, desk):
    builders.sign_in(client, person=builders.staff("finance", name="陈财务"))
    number = record(client, desk.ticket.number, "No.1").location.rsplit("/", 1)[1]
    assert "须由另一位" in client.get(f"{ORDERS}/{number}").text
    assert "撤回这次登记" not in client.get(f"{ORDERS}/{number}/correct").text
    assert correct(client, number, "看错了").status_code == 409
    builders.sign_in(client, person=builders.staff("finance", name="孙财务"))
    page = client.get(f"{ORDERS}/{number}/correct").text
    for fact in ("林晓雯", "陈财务", "No.1", "办结一并撤回"):
        assert fact in page
    wrong = correct(client, number, "")
    assert wrong.status_code == 422
    answer = correct(client, number, "准考证号看错一位")
    assert answer.status_code == 303
    assert desk.row.state == State.APPROVED
    assert "收据待重新登记" in client.get(ORDERS).text
    right = approved(name="赵正确")
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "登记收据号" in page.text
    assert form_of(look(client, right.ticket.number, receipt="No.1").text)["receipt"] == "No.1"
    assert record(client, right.ticket.number, "No.1").status_code == 303
    assert right.row.state == State.COMPLETED
    assert "收据待重新登记" not in client.get(ORDERS).text
    page = client.get(f"{ORDERS}/{number}").text
    assert "孙财务" in page
    assert "准考证号看错一位" in page


def test_why_a_payment_was_corrected_is_never_the_examinees_to_read(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    number = record(client, desk.ticket.number, "No.1").location.rsplit("/", 1)[1]
    builders.sign_in(client, person=builders.staff("admin"))
    correct(client, number, "陈财务又看错了")
    builders.sign_in(client, tick=desk.ticket)
    said = client.get("/messages").text
    for address in (
        "/",
        "/orders",
        f"/orders/{number}",
        f"/applications/{desk.public_id}",
        *re.findall(r"/messages/\d+", said),
    ):
        said += client.get(address).text
    assert "又看错了" not in said
    assert "登记有误" in said


def test_who_owes_is_listed_with_filters_and_the_same_people_are_exported(client, desk):
    paid, other, waiting = approved(name="赵已缴"), approved(name="钱欠费", code="10002"), submitted(name="孙待审")
    person = builders.staff("finance")
    record_offline(paid.public_id, "No.1", by=actor(person), on=PAYING)
    builders.sign_in(client, person=person)
    for query, found in (
        ("", [desk, other]),
        ("?school=10002", [other]),
        ("?state=before", [desk, other]),
        ("?state=due", []),
        ("?state=over", []),
        (f"?q={desk.ticket.number}", [desk]),
        ("?q=钱欠费", [other]),
        ("?q=欠费", [other]),
        (f"?q={other.submission.receipt.replace('-', '').lower()}", [other]),
        (f"?window={desk.window.id}", [desk, other]),
        ("?window=99", []),
        ("?major=050101", [desk, other]),
        ("?since=2026-11-24&until=2026-11-24", [desk, other]),
        ("?since=2026-11-25", []),
        ("?until=2026-11-23", []),
    ):
        page = client.get(f"{ORDERS}/due{query}").text
        rows = page.split("<tbody>", 1)[1] if "<tbody>" in page else ""
        named = {each.ticket.number for each in (desk, paid, other, waiting) if each.ticket.number in rows}
        assert named == {each.ticket.number for each in found}, query
        if found:
            assert f"共 {len(found)} 人" in page
            assert f"¥ {50 * len(found)}.00" in page
    token = csrf_of(client.get("/staff").text)
    given = {"csrf_token": token, "file": "csv", "reason": "催缴", "state": "before", "q": "钱欠费"}
    answer = client.post("/staff/exports/unpaid", data=given)
    assert other.ticket.number in answer.text
    assert desk.ticket.number not in answer.text
    assert "50.00" in answer.text
    assert "q=%E9%92%B1" in client.get(f"{ORDERS}/due?q=钱欠费").text


@pytest.mark.parametrize(("days", "word"), [(0, "缴费未开始"), (21, "待缴费"), (31, "逾期未缴费")])
def test_who_owes_is_told_apart_by_the_time_to_pay(client, app, desk, days, word):
    app.clock.now = NOW + timedelta(days=days)
    builders.sign_in(client, person=builders.staff("finance"), on=app.clock.now)
    assert word in client.get(f"{ORDERS}/due").text.split("<tbody>")[1]
    states = {"before": "缴费未开始", "due": "待缴费", "over": "逾期未缴费"}
    for state, said in states.items():
        assert (desk.ticket.number in client.get(f"{ORDERS}/due?state={state}").text) is (said == word)


def test_a_longer_time_to_pay_counts_for_who_has_it(client, app, desk):
    other = approved()
    office = actor(builders.staff("admin"))
    until = desk.window.pay_closes_at + timedelta(days=5)
    extend(desk.ticket.id, desk.window.id, "pay", until, "生病", by=office, on=NOW)
    app.clock.now = desk.window.pay_closes_at + timedelta(days=1)
    builders.sign_in(client, person=builders.staff("finance"), on=app.clock.now)
    late, due = (client.get(f"{ORDERS}/due?state={state}").text for state in ("over", "due"))
    assert desk.ticket.number in due
    assert desk.ticket.number not in late
    assert other.ticket.number in late


def test_a_school_sees_who_owes_at_its_own_place(client, desk):
    other = approved(code="10002")
    builders.sign_in(client, person=builders.staff())
    page = client.get(f"{ORDERS}/due").text
    assert desk.ticket.number in page
    assert "林晓雯" in page
    assert other.ticket.number not in page
    assert "登记现场缴费" not in page


def test_a_school_reviewer_reads_its_own_and_records_nothing(client, desk):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff())
    page = client.get(ORDERS).text
    assert number in page
    assert "登记现场缴费" not in page
    assert "林晓雯" in page  # in full for who reviews, in every list (app/actions/scope.py:shown_name)
    assert look(client, number).status_code == 403
    assert correct(client, number, "看错一位").status_code == 403
    assert client.get(f"{ORDERS}/{number}").status_code == 200


def test_another_schools_order_is_not_there(client, desk):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff(school_code="10002"))
    assert number not in client.get(ORDERS).text
    found = client.get(f"{ORDERS}?q={number}").text
    assert number not in found.replace(f'value="{number}"', "").replace(
        f"q={number}", ""
    )  # what was typed may come back
    assert client.get(f"{ORDERS}/{number}").status_code == 404


def test_the_list_is_filtered(client, desk):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff("finance"))
    for query, found in (
        ("", True),
        ("?state=open", True),
        ("?state=paid", False),
        (f"?q={number.lower()}", True),
        (f"?q={desk.ticket.number}", True),
        ("?q=林晓雯", True),
        ("?q=晓雯", True),  # by the queue's rule: any part of a name
        ("?q=林 晓", True),
        ("?q=晓林", False),
        ("?after=1.1", False),
        ("?after=x", True),
        ("?since=2026-12-15&until=2026-12-15", True),
        ("?since=2026-12-16", False),
        ("?until=2026-12-14", False),
        ("?since=2026-12-32", False),
        ("?window=99", False),
        ("?major=050101", True),
    ):
        assert (f"{ORDERS}/{number}" in client.get(ORDERS + query).text) is found, query


def test_money_that_did_not_fit_is_shown_to_who_can_give_it_back(client, desk):
    receive(Notice("training", "T9", "D0", 5000, "{}"), title="训练收银台", on=PAYING)
    builders.sign_in(client, person=builders.staff("finance"))
    assert "T9" in client.get(ORDERS).text
    builders.sign_in(client, person=builders.staff())
    assert "T9" not in client.get(ORDERS).text


def test_the_list_goes_on_to_older_orders(client, app, monkeypatch):
    monkeypatch.setattr(money, "PAGE", 1)
    first, second = approved(), approved()
    numbers = [open_order(each.public_id, by=myself(each), on=PAYING) for each in (first, second)]
    builders.sign_in(client, person=builders.staff("finance"))
    page = client.get(ORDERS).text
    assert numbers[1] in page
    assert numbers[0] not in page
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert numbers[0] in client.get(older).text


def test_orders_stand_in_the_order_of_time_that_is_shown_with_their_totals(client, app):
    """The last made is paid first, so that the number of the order says nothing about time."""
    first, second, third = approved(), approved(), approved()
    numbers = [
        open_order(each.public_id, by=myself(each), on=PAYING + timedelta(hours=at))
        for at, each in enumerate((first, second, third))
    ]
    for number, hours in ((numbers[2], 5), (numbers[0], 9)):
        receive(
            Notice("training", f"T{hours}", number, 5000, "{}"), title="训练收银台", on=PAYING + timedelta(hours=hours)
        )
    builders.sign_in(client, person=builders.staff("finance"))

    def listed(query: str) -> list[str]:
        page = client.get(ORDERS + query).text
        return re.findall(r'href="/staff/orders/(D[^"]+)"', page.split("<tbody>")[-1])

    wanted = [numbers[0], numbers[2], numbers[1]]
    assert listed("") == wanted
    assert listed("?order=old") == wanted[::-1]
    totals = client.get(ORDERS).text.split('class="totals">')[1].split("</p>")[0]
    assert "共 3 笔" in totals
    assert '已支付 2 笔，<b class="num">¥ 100.00</b>' in totals
    assert '待支付 1 笔，<b class="num">¥ 50.00</b>' in totals


def test_after_its_completion_was_undone_a_paid_case_is_not_said_to_owe(client, desk):
    record_offline(desk.public_id, "R1", by=actor(builders.staff("finance")), on=PAYING)
    undo_completion(desk.public_id, "录错", by=actor(builders.staff("office_reviewer")), on=PAYING)
    builders.sign_in(client, person=builders.staff("finance"))
    page = look(client, desk.ticket.number).text
    assert "办结已撤销" in page
    assert "已经缴过费" in page
    for word in ("待缴费<", "缴费未开始", "审核通过（"):
        assert word not in page.split("<main")[1].replace(">待缴费名单<", "")
    assert desk.ticket.number not in client.get(f"{ORDERS}/due").text
