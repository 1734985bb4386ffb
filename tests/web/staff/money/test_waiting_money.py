"""待处理的款项: whose it is, how it is found, and how it ends."""

from __future__ import annotations

import pytest

from app.actions.payments.on_the_spot import correct, record_offline
from app.actions.payments.orders import open_order, receive
from app.actions.payments.settling import settle
from app.adapters.gateways import Notice
from app.extensions import db
from app.models import AuditEvent, PaymentEvent, Settlement
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from tests import builders
from tests.reviewing import PAYING, Desk, actor, approved, myself
from tests.web.staff.sending_twice import count, hidden, twice

ORDERS = "/staff/orders"


@pytest.fixture
def finance(app):
    return builders.staff("finance", name="陈财务")


@pytest.fixture
def office(app):
    return builders.staff("office_reviewer", name="冯考办")


def paid_twice(desk: Desk, finance) -> str:
    """Paid on the spot while the owner's cashier page was open; the number of the order."""
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    record_offline(desk.public_id, "No.1", by=actor(finance), on=PAYING)
    receive(Notice("training", "Trade-9", number, 5000, "{}"), title="训练收银台", on=PAYING)
    return number


def mistyped(desk: Desk, finance, office) -> str:
    """Right person, wrong receipt number: corrected and recorded again."""
    number = record_offline(desk.public_id, "T1-0001", by=actor(finance), on=PAYING).order_number
    correct(number, "收据号写错一位", by=actor(office), on=PAYING)
    record_offline(desk.public_id, "T1-0002", by=actor(finance), on=PAYING)
    return number


def waiting(client) -> str:
    page = client.get(ORDERS).text
    return page.split("待处理的款项", 1)[1].split("</section>")[0] if "<h2>待处理的款项" in page else ""


def event_id(number: str) -> int:
    return db.session.query(PaymentEvent.id).filter_by(trade_number=number).one()[0]


def test_money_that_waits_says_whose_it_is_and_is_found_by_its_number(client, finance, office):
    desk, other = approved(name="林晓雯"), approved(name="赵别人")
    number = paid_twice(desk, finance)
    open_order(other.public_id, by=myself(other), on=PAYING)
    builders.sign_in(client, person=office, on=PAYING)
    for fact in ("Trade-9", "林晓雯", desk.ticket.number, f'href="{ORDERS}/{number}"', "¥ 50.00", "待退款"):
        assert fact in waiting(client)
    for typed in ("Trade-9", "trade-9", "ＴＲＡＤＥ9"):
        rows = client.get(ORDERS, query_string={"q": typed}).text.split("<tbody>")[-1]
        assert number in rows
        assert "赵别人" not in rows


def test_a_receipt_number_that_was_mistyped_is_settled_with_a_reason(client, finance, office):
    desk = approved(name="林晓雯")
    number = mistyped(desk, finance, office)
    builders.sign_in(client, person=office, on=PAYING)
    assert "T1-0001" in waiting(client)
    address = f"{ORDERS}/payments/{event_id('t1-0001')}"
    assert f'href="{address}"' in waiting(client)
    page = client.get(address).text
    for fact in ("林晓雯", number, "¥ 50.00", "收据号写错一位"):
        assert fact in page
    data = hidden(page, "处理完毕")
    assert client.post(address, data={**data, "how": "\u200b"}).status_code == 422
    first, again = twice(client, address, {**data, "how": "收据号写错，已按 T1-0002 登记"})
    assert first == again
    assert first[:2] == (303, ORDERS)
    assert waiting(client) == ""
    assert count(Settlement) == count(AuditEvent, AuditEvent.action == "payment.settled") == 1
    detail = db.session.query(AuditEvent.detail).filter_by(action="payment.settled").one()[0]
    assert detail == {"order": number, "trade": "T1-0001", "amount": 5000, "reason": "收据号写错，已按 T1-0002 登记"}
    page = client.get(f"{ORDERS}/{number}").text
    assert "冯考办" in page
    assert "已按 T1-0002 登记" in page
    assert client.get(address).location == ORDERS
    late = client.post(address, data={**hidden(client.get(ORDERS).text, "退出"), "how": "又写一次"})
    assert late.status_code == 409
    assert "又写一次" in late.text


def test_what_was_given_back_pays_nothing_any_more(app, finance, office):
    desk = approved()
    number = paid_twice(desk, finance)
    settle(event_id("Trade-9"), "已按原路退回", by=actor(finance), on=PAYING)
    correct(number, "收据是另一位考生的", by=actor(office), on=PAYING)
    assert desk.row.state == "approved"


def test_only_who_handles_money_settles_and_only_what_waits(app, finance, office):
    number = mistyped(approved(), finance, office)
    wrong, right = event_id("t1-0001"), event_id("t1-0002")
    with pytest.raises(NotAllowed):
        settle(wrong, "已处理", by=actor(builders.staff()), on=PAYING)
    for how in ("", "好", "长" * 201):
        with pytest.raises(Invalid):
            settle(wrong, how, by=actor(finance), on=PAYING)
    with pytest.raises(ChangedMeanwhile):
        settle(right, "已处理", by=actor(finance), on=PAYING)
    settle(wrong, "已处理", by=actor(finance), on=PAYING)
    with pytest.raises(ChangedMeanwhile):
        settle(wrong, "已处理", by=actor(office), on=PAYING)
    assert number
