"""审核通过 in a window that takes no fee (any more), and not 办结: the examinee is told so and asked for nothing, and the office completes it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from app.extensions import db
from app.models import Message, Order, Window
from app.models.base import transaction
from app.rules.refusals import NotAllowed
from app.rules.review.lifecycle import State
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING, Desk, actor, approved, myself, url
from tests.web.staff.money.test_staff_orders import ORDERS, look

ASKING = ("待缴费", "缴费未开始", "待支付", "还没有公布", "/pay", "去支付", "登录平台支付", "填写并提交", "初审 →")


@pytest.fixture
def left(app: Flask) -> tuple[Desk, str]:
    """Approved with an open order, and then the fee was taken away, as sites of before have it. And its order."""
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    free = {"fee": 0, "pay_opens_at": None, "pay_closes_at": None}
    with transaction() as session:
        session.execute(update(Window).values(free))
    app.clock.now = PAYING  # type: ignore[attr-defined]
    return desk, number


def test_the_examinee_waits_for_the_office_and_is_asked_for_nothing(client: Any, left: tuple[Desk, str]) -> None:
    desk, number = left
    builders.sign_in(client, tick=desk.ticket, on=PAYING)
    for address in ("/", "/services", f"/applications/{desk.public_id}", "/orders", f"/orders/{number}"):
        page = client.get(address).text
        for word in ASKING:
            assert word not in page.replace("没有待支付的订单", ""), (address, word)
    page = client.get(f"/applications/{desk.public_id}").text
    assert "审核通过" in page
    assert "这次办理不收费" in page
    assert "等待考办办结" in page
    assert "不用支付" in client.get(f"/orders/{number}").text


def test_the_office_completes_it_and_its_order_is_closed(client: Any, left: tuple[Desk, str]) -> None:
    desk, number = left
    builders.sign_in(client, person=builders.staff("office_reviewer"), on=PAYING)
    assert f'href="{url(desk)}/completion">办结<' in client.get(url(desk)).text
    page = client.get(f"{url(desk)}/completion").text
    assert "<h1>办结</h1>" in page
    said = client.post(f"{url(desk)}/completion", data={"csrf_token": csrf_of(page), "act": "complete"})
    assert said.status_code == 303
    assert desk.row.state == State.COMPLETED
    assert db.session.scalar(select(Order.state).where(Order.number == number)) == "closed"
    assert "已办结" in db.session.scalars(select(Message.text).order_by(Message.id.desc())).first()
    assert "撤销办结" in client.get(url(desk)).text


def test_finance_lists_no_fee_and_can_record_none(client: Any, left: tuple[Desk, str]) -> None:
    desk, number = left
    finance = builders.staff("finance")
    builders.sign_in(client, person=finance, on=PAYING)
    assert desk.ticket.number not in client.get(f"{ORDERS}/due").text
    page = client.get(f"{ORDERS}/{number}").text
    assert "不用支付" in page
    assert "登记现场缴费" not in page.split("<main")[1]
    page = look(client, number).text
    assert "不能登记：</b>这次办理不收费" in page
    with pytest.raises(NotAllowed):
        record_offline(desk.public_id, "R1", by=actor(finance), on=PAYING)
