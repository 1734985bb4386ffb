"""Where another application of the ticket was completed, no page asks for the fee of this one, and money that comes is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from app.extensions import db
from app.models import PaymentEvent
from app.rules.review.clashes import FOR_EXAMINEE, REFUSED
from app.rules.review.lifecycle import State
from tests import builders
from tests.actions.applications.second_application import OTHER, begun, handed_in, left_over, passed
from tests.builders import NOW, csrf_of
from tests.reviewing import PAYING, Desk, actor, approved, myself, submitted
from tests.web.staff.money.test_staff_orders import ORDERS, look


@pytest.fixture(params=["graduated", "used"])
def case(request: pytest.FixtureRequest, demo: Flask) -> tuple[str, Desk, Desk, str]:
    """Its kind, what was completed, what is barred by that, and the order of that one."""
    first = approved()
    second = passed(left_over(first) if request.param == "graduated" else handed_in(begun(first, OTHER)))
    number = open_order(second.public_id, by=myself(second), on=PAYING)
    record_offline(first.public_id, "R1", by=actor(builders.staff("finance")), on=PAYING)
    return request.param, first, second, number


def test_the_examinee_is_asked_for_nothing_and_told_why(demo: Flask, case: tuple[str, Desk, Desk, str]) -> None:
    kind, first, second, number = case
    what, why = FOR_EXAMINEE[kind]
    browser = demo.test_client()
    builders.sign_in(browser, tick=second.ticket, on=PAYING)
    for address in ("/", "/services", f"/applications/{second.public_id}", "/orders", f"/orders/{number}"):
        page = browser.get(address).text
        assert what in page, address
        assert why in page, address
        for word in ("待缴费", "待支付", "/pay", "/cashier", "去支付", "还没有缴"):
            assert word not in page.replace("没有待支付的订单", ""), (address, word)
    page = browser.get(f"/applications/{second.public_id}").text
    assert f'href="/applications/{first.public_id}"' in page
    assert "register.pdf" not in page
    assert browser.get(f"/applications/{second.public_id}/register.pdf").status_code == 404
    subjects = {"graduated": "这一项不再办理", "used": "这一项现在不能办结"}
    assert subjects[kind] in browser.get("/messages").text
    assert browser.get(f"/orders/{number}/cashier").status_code == 303
    token = {"csrf_token": csrf_of(browser.get("/orders").text)}
    said = browser.post(f"/applications/{second.public_id}/pay", data=token, follow_redirects=True).text
    assert REFUSED[kind] in said
    said = browser.post(f"/orders/{number}/cashier", data=token, follow_redirects=True).text  # a page left open
    assert "会退回" in said
    assert db.session.scalars(select(PaymentEvent.verdict).order_by(PaymentEvent.id)).all() == [
        "paid",
        "duplicate_paid",
    ]
    assert second.row.state == State.APPROVED


def test_finance_sees_that_nothing_is_owed_and_why(demo: Flask, case: tuple[str, Desk, Desk, str]) -> None:
    kind, _, second, number = case
    why = REFUSED[kind].rstrip("。")
    other = approved()  # owes
    client: FlaskClient = demo.test_client()
    builders.sign_in(client, person=builders.staff("finance"), on=PAYING)
    page = look(client, second.submission.receipt).text
    assert f"不能登记：</b>{why}" in page
    assert "确认收到" not in page
    page = client.get(f"{ORDERS}/due").text
    assert "共 1 人还没有缴费" in page
    assert other.ticket.number in page
    assert second.submission.receipt not in page
    assert "另有 1 件审核通过而<a" in page
    page = client.get(f"{ORDERS}/due?state=none").text
    assert why in page
    assert "共 1 件不收费" in page
    assert other.ticket.number not in page
    page = client.get(ORDERS).text
    assert "不用支付 1 笔" in page
    assert "待支付 " not in page.split("totals")[1]
    page = client.get(f"{ORDERS}/{number}").text
    assert "不用支付" in page
    assert why in page
    assert "登记现场缴费" not in page.split("<main")[1]
    assert number in client.get(f"{ORDERS}?state=stopped").text
    assert number not in client.get(f"{ORDERS}?state=open").text


def test_the_export_of_who_owes_holds_nobody_who_does_not(
    demo: Flask, case: tuple[str, Desk, Desk, str], tmp_path: Any
) -> None:
    from app.actions.exports.exports import Narrowed, export

    kind, _, second, _ = case
    by = actor(builders.staff("finance"))
    for state, columns, found in (("", None, False), ("none", ["receipt", "stopped"], True)):
        file = tmp_path / f"list-{state}.csv"
        export("unpaid", file, narrowed=Narrowed(state=state), columns=columns, by=by, on=PAYING, reason="核对")
        text = file.read_text("utf-8-sig")
        assert (second.submission.receipt in text) == found
        assert (REFUSED[kind] in text) == found


def test_home_and_the_service_do_not_push_another_application_for_what_is_under_way(app: Flask, client: Any) -> None:
    first = submitted()
    builders.window(name="下一次")
    builders.sign_in(client, tick=first.ticket, on=NOW + timedelta(minutes=1))
    for address in ("/", "/services", "/services/graduation"):
        page = client.get(address).text
        assert "已毕业和正在办理的专业不能再次申请" in page, address
