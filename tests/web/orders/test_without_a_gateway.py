"""Where no gateway is set up, an examinee is told where and how to pay, and is led to no order; who has paid reads when and by which receipt."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.office.site import save_texts
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from app.extensions import db
from app.models import Order
from app.rules.people.roles import SYSTEM
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING, Desk, actor, approved, myself

WHERE = "东方路 1 号考办 3 楼财务窗口，工作日 9:00–16:00，可刷卡"
PAGES = ("/", "/services", "/orders", "/applications/{}")


@pytest.fixture
def desk(app: Flask) -> Desk:
    app.clock.now = PAYING  # type: ignore[attr-defined]
    return approved()


@pytest.fixture
def browser(client: FlaskClient, desk: Desk) -> FlaskClient:
    builders.sign_in(client, tick=desk.ticket, on=PAYING)
    return client


def words(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page.split("<main")[1]))


def test_every_page_says_whom_to_ask_and_none_leads_to_an_order(browser: FlaskClient, desk: Desk) -> None:
    for address in PAGES:
        page = browser.get(address.format(desk.public_id)).text
        assert "/pay" not in page, address
        assert "去支付" not in page, address
        if address != "/services":
            assert "本平台现在不能在线支付。到哪里缴、怎么缴，请联系学校10574（电话021-00000001）或考办" in words(
                page
            ), address
    answer = browser.post(f"/applications/{desk.public_id}/pay", data={"csrf_token": csrf_of(page)})
    assert answer.location == f"/applications/{desk.public_id}"
    assert db.session.scalar(select(Order.id)) is None
    assert "没有生成订单" in browser.get(answer.location).text


def test_the_offices_own_words_say_where(browser: FlaskClient, desk: Desk, app: Flask) -> None:
    save_texts({"pay_where": WHERE}, by=SYSTEM, on=PAYING)
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)  # of before
    for address in ("/", "/orders", f"/applications/{desk.public_id}", f"/orders/{number}"):
        told = words(browser.get(address).text)
        assert f"到哪里缴、怎么缴：{WHERE}。".replace(" ", "") in told, address
        assert "¥50.00" in told, address
    app.clock.now = desk.window.pay_opens_at.replace(year=2026, month=11)  # type: ignore[attr-defined]
    builders.sign_in(browser, tick=desk.ticket, on=app.clock.now)  # type: ignore[attr-defined]
    assert "再登录支付" not in browser.get("/orders").text


def test_who_has_paid_reads_when_and_by_which_receipt_everywhere(browser: FlaskClient, desk: Desk) -> None:
    done = record_offline(desk.public_id, "粤财 0001", by=actor(builders.staff("finance")), on=PAYING)
    for address in (f"/orders/{done.order_number}", f"/applications/{desk.public_id}"):
        assert "2026年12月15日12:00，现场缴费，收据号粤财0001" in words(browser.get(address).text), address
    assert "现场缴费，收据号粤财0001" in words(browser.get("/orders").text)


def test_so_do_the_staff_who_look_again(client: Any, desk: Desk) -> None:
    finance = builders.staff("finance")
    done = record_offline(desk.public_id, "粤财 0001", by=actor(finance), on=PAYING)
    builders.sign_in(client, person=finance, on=PAYING)
    page = client.get(f"/staff/orders/record?who={desk.ticket.number}").text
    assert "已经缴过费：2026年12月15日12:00，现场缴费，收据号粤财0001" in words(page)
    assert ("已收¥50.00" in words(page), "应收" in page) == (True, False)
    builders.sign_in(client, person=builders.staff("office_reviewer"), on=PAYING)
    for address in (f"/staff/applications/{desk.public_id}", f"/staff/examinees/{desk.person.id}"):
        told = words(client.get(address).text)
        assert "2026年12月15日12:00，现场缴费，收据号粤财0001" in told, address
        assert done.order_number in told


def test_the_first_page_of_finance_lists_who_owes_with_sums(client: Any, desk: Desk) -> None:
    approved()
    builders.sign_in(client, person=builders.staff("finance"), on=PAYING)
    page = client.get("/staff").text
    assert "共2人还没有缴费，应缴¥100.00：待缴费2人，¥100.00。" in words(page)
    assert desk.ticket.number in page  # without an order
    builders.sign_in(client, person=builders.staff("admin"), on=PAYING)
    page = client.get("/staff").text
    assert "应缴¥100.00" in words(page)
    assert desk.ticket.number not in page
