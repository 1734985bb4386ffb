"""An examinee pays: the prompt, the order, the training cashier, and notices from outside."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.gateways import OrderFacts, training
from app.extensions import db
from app.models import Application, Order, PaymentEvent, School, Window
from app.models.base import transaction
from app.rules.review.lifecycle import State
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING, Desk, approved

NOTIFY = "/pay/training/notify"
SCHOOL = "学校10574（电话 021-0000 0001）"
HOW = f"请联系{SCHOOL}：可以现场缴费；有特殊情况的，可以申请单独延长缴费时间，再登录支付。"


def token(browser: FlaskClient) -> str:
    return csrf_of(browser.get("/orders").text)


def pay(browser: FlaskClient, desk: Desk) -> Any:
    return browser.post(f"/applications/{desk.public_id}/pay", data={"csrf_token": token(browser)})


def order() -> Order:
    return db.session.scalars(select(Order).execution_options(populate_existing=True)).one()


def test_the_prompt_leads_to_the_order_the_cashier_and_the_end(browser, desk):
    page = browser.get("/orders").text
    assert "支付毕业审定费" in page
    assert "¥ 50.00" in page
    answer = pay(browser, desk)
    assert (answer.status_code, answer.location) == (303, f"/orders/{order().number}")
    page = browser.get(answer.location).text
    assert f"/orders/{order().number}/cashier" in page
    cashier = f"/orders/{order().number}/cashier"
    answer = browser.post(cashier, data={"csrf_token": csrf_of(browser.get(cashier).text)})
    assert (answer.status_code, answer.location) == (303, f"/orders/{order().number}")
    assert "支付成功" in browser.get(answer.location).text
    assert desk.row.state == State.COMPLETED
    assert "已支付" in browser.get("/orders").text
    assert browser.get(cashier).status_code == 303


@pytest.mark.parametrize("days", [-30, 300])
def test_outside_the_time_to_pay_a_cashier_left_open_takes_nothing(demo, browser, desk, days: int):
    pay(browser, desk)
    cashier, given = f"/orders/{order().number}/cashier", {"csrf_token": token(browser)}
    window = db.session.get_one(Window, desk.window.id)
    window.pay_opens_at += timedelta(days=days)
    window.pay_closes_at += timedelta(days=days)
    if days < 0:
        window.pay_closes_at = PAYING
    db.session.commit()
    assert browser.get(cashier).location == f"/orders/{order().number}"
    answer = browser.post(cashier, data=given)
    assert answer.location == f"/orders/{order().number}"
    page = browser.get(answer.location).text
    assert "支付成功" not in page
    assert "没有支付" in page
    assert (desk.row.state, order().state) == (State.APPROVED, "open")


def test_two_tabs_and_two_clicks_make_one_order_and_one_payment(browser, desk):
    assert pay(browser, desk).location == pay(browser, desk).location
    cashier = f"/orders/{order().number}/cashier"
    given = {"csrf_token": token(browser)}
    assert [browser.post(cashier, data=given).status_code for _ in range(3)] == [303] * 3
    assert len(db.session.scalars(select(PaymentEvent)).all()) == 1
    assert order().state == "paid"


def test_the_price_is_never_the_forms(browser, desk):
    browser.post(f"/applications/{desk.public_id}/pay", data={"csrf_token": token(browser), "amount": "1", "fee": "1"})
    assert order().amount == 5000


def test_without_a_prompt_the_page_says_whom_to_call_once(demo, browser, desk):
    demo.clock.now = desk.window.pay_closes_at
    builders.sign_in(browser, tick=desk.ticket, on=demo.clock.now)
    page = browser.get("/orders").text
    assert "支付毕业审定费" not in page
    assert page.count("021-0000 0001") == 1
    assert pay(browser, desk).location == f"/applications/{desk.public_id}"
    assert db.session.scalars(select(Order)).all() == []


def test_an_order_that_was_not_paid_in_time_offers_no_cashier(demo, browser, desk):
    pay(browser, desk)
    demo.clock.now = desk.window.pay_closes_at
    builders.sign_in(browser, tick=desk.ticket, on=demo.clock.now)
    page = browser.get(f"/orders/{order().number}").text
    assert "cashier" not in page
    assert HOW in builders.plain_phones(page)
    assert '<span class="nowrap">021-0000 0001</span>' in page


def test_anothers_order_is_404(demo, browser, desk):
    pay(browser, desk)
    number = order().number
    stranger = demo.test_client()
    builders.sign_in(stranger, tick=builders.ticket(builders.examinee()), on=PAYING)
    given = {"csrf_token": token(stranger)}
    assert stranger.get(f"/orders/{number}").status_code == 404
    assert stranger.get(f"/orders/{number}/cashier").status_code == 404
    assert stranger.post(f"/orders/{number}/cashier", data=given).status_code == 404
    assert stranger.post(f"/applications/{desk.public_id}/pay", data=given).status_code == 404
    assert number not in stranger.get("/orders").text
    assert order().state == "open"


def test_a_notice_from_outside_is_taken_without_a_session_and_twice(demo, browser, desk):
    pay(browser, desk)
    signed = training(demo.extensions["kaoji"]).pay(OrderFacts(order().number, "毕业审定费", 5000), on=PAYING)
    outside = demo.test_client()
    for _ in range(2):
        answer = outside.post(NOTIFY, data=signed.raw, headers=signed.headers)
        assert (answer.status_code, answer.text) == (200, "success")
    assert order().state == "paid"
    assert len(db.session.scalars(select(PaymentEvent)).all()) == 1


def test_a_forged_notice_changes_nothing(demo, browser, desk):
    pay(browser, desk)
    signed = training(demo.extensions["kaoji"]).pay(OrderFacts(order().number, "毕业审定费", 5000), on=PAYING)
    outside = demo.test_client()
    for raw, headers in (
        (signed.raw.replace(b"5000", b"1"), signed.headers),
        (signed.raw, {}),
        (b"", signed.headers),
        (b"\xff\xfe", signed.headers),
    ):
        answer = outside.post(NOTIFY, data=raw, headers=headers)
        assert (answer.status_code, answer.text) == (400, "fail")
    assert outside.get(NOTIFY).status_code == 405
    assert outside.post("/pay/nobody/notify", data=signed.raw, headers=signed.headers).status_code == 404
    assert order().state == "open"
    assert db.session.scalars(select(PaymentEvent)).all() == []


def test_a_real_instance_has_no_training_cashier(make_app):
    made = make_app()
    made.clock.now = PAYING
    with made.app_context():
        desk, client = approved(), made.test_client()
        builders.sign_in(client, tick=desk.ticket, on=PAYING)
        number = pay(client, desk).location.rsplit("/", 1)[1]
        assert client.get(f"/orders/{number}/cashier").status_code == 404
        assert client.post(f"/orders/{number}/cashier", data={"csrf_token": token(client)}).status_code == 404
        assert client.post(NOTIFY, data=b"{}").status_code == 404
        assert "cashier" not in client.get(f"/orders/{number}").text


def at(demo: Flask, browser: FlaskClient, desk: Desk, on: datetime) -> None:
    demo.clock.now = on  # type: ignore[attr-defined]
    builders.sign_in(browser, tick=desk.ticket, on=on)


def listed(page: str) -> str:
    return page.split("<tbody>", 1)[1].split("</tbody>", 1)[0] if "<tbody>" in page else ""


def test_an_overdue_fee_without_an_order_stands_among_the_orders_with_the_way_to_pay(demo, browser, desk):
    at(demo, browser, desk, desk.window.pay_closes_at)
    page = browser.get("/orders").text
    assert "待支付" in listed(page)
    assert "¥ 50.00" in listed(page)
    assert f"/applications/{desk.public_id}" in listed(page)
    for said in ("逾期未缴费", HOW):
        assert said in builders.plain_phones(page)
    page = browser.get(f"/applications/{desk.public_id}").text
    follow_up = page.split('id="follow-up"')[1].split("</section>")[0]
    assert "缴费时间已于" in follow_up
    assert "现场缴费" in follow_up


def words_of(page: str) -> str:
    """The page's own text, without tags."""
    return re.sub(r"<[^>]+>|\s+", "", page.split("<main", 1)[1])


PAGES = ("/", "/orders", "/services", "/services/graduation", "/applications/{}")
OPENS, CLOSED = "2026年12月14日12:00", "2026年12月24日12:00"


@pytest.mark.parametrize(
    ("closes", "asked", "said", "own", "unsaid"),
    [
        (
            False,
            "缴费时间：2026年12月14日12:00至2026年12月24日12:00（北京时间），届时再登录支付",
            {"/": "1笔缴费未开始，2026年12月14日12:00起", "/applications/{}": "支付毕业审定费（12月14日12:00起）"},
            "缴费未开始",
            "待支付|支付提示|请联系|021-00000001",
        ),
        (
            True,
            "缴费时间已于2026年12月24日12:00（北京时间）截止",
            {"/": "1笔待支付", "/applications/{}": "现在：毕业审定费逾期未缴（12月24日12:00截止）"},
            "逾期未缴费",
            "支付提示|现在：支付|12月7日12:00已截止",
        ),
    ],
)
def test_every_page_says_the_same_of_a_fee_before_and_after_its_time(
    demo, browser, desk, closes, asked, said, own, unsaid
):
    on = desk.window.pay_closes_at if closes else desk.window.pay_opens_at - timedelta(seconds=1)
    at(demo, browser, desk, on)
    for page in PAGES:
        text = words_of(browser.get(page.format(desk.public_id)).text)
        assert asked in text, page
        assert own in text, page
        assert said.get(page, "") in text, page
        assert "¥50.00" in text, page
        assert not re.search(unsaid, text.split("后续事宜")[0]), (page, re.search(unsaid, text))


def test_a_row_says_what_the_note_above_says(demo, browser, desk):
    """Also where an order was opened before the time to pay was moved."""
    at(demo, browser, desk, desk.window.pay_opens_at - timedelta(seconds=1))
    page = browser.get("/orders").text
    assert "缴费未开始" in listed(page)
    assert "待支付" not in listed(page)
    assert ">2026 年下半年毕业</a>" not in listed(page).split("</td>")[0]  # that is no order number
    at(demo, browser, desk, PAYING)
    pay(browser, desk)
    at(demo, browser, desk, desk.window.pay_opens_at - timedelta(seconds=1))
    for address in ("/orders", f"/orders/{order().number}"):
        page = words_of(browser.get(address).text)
        assert "缴费未开始" in page
        assert "届时再登录支付" in page
        assert "待支付" not in page


def test_an_open_order_is_one_row_and_one_that_waits(browser, desk):
    pay(browser, desk)
    page = browser.get("/orders").text
    assert listed(page).count("<tr>") == 1
    assert order().number in listed(page)
    assert "1 笔待支付" in browser.get("/").text


ASKS = re.compile("(?<!申)请[^。]{0,20}(支付|缴费)|(?<!已)支付毕业审定费|去支付|(?<!没有)待支付|咨询缴费|逾期未缴费")


def test_after_completion_nothing_asks_to_pay(demo, browser, desk):
    """The school's text of before, which is about paying, the button, the prompt and the messages of before."""
    with transaction() as session:
        school = session.scalars(select(School).where(School.code == "10574")).one()
        school.instructions = "请在缴费时间内登录平台支付毕业审定费。"
        school.completion_instructions = "请携带身份证原件领取毕业证书。"
    application = f"/applications/{desk.public_id}"
    assert "登录平台支付毕业审定费" in browser.get(application).text
    pay(browser, desk)
    cashier = f"/orders/{order().number}/cashier"
    browser.post(cashier, data={"csrf_token": csrf_of(browser.get(cashier).text)})
    for on in (PAYING, desk.window.pay_closes_at, desk.window.pay_closes_at + timedelta(days=200)):
        at(demo, browser, desk, on)
        for address in (
            "/",
            "/orders",
            f"/orders/{order().number}",
            application,
            "/services",
            "/services/graduation",
            "/messages",
        ):
            text = re.sub("<[^>]+>", "", browser.get(address).text.split("<main", 1)[1])
            assert not ASKS.search(text), (address, ASKS.search(text))
    assert "请携带身份证原件领取毕业证书" in browser.get(application).text
    told = browser.get("/messages").text
    for address in re.findall(r"/messages/\d+", told):
        page = browser.get(address).text
        assert "请在缴费时间内支付" not in page or "这项申请现在已办结" in page


def test_an_order_left_open_of_a_completed_application_asks_for_nothing(demo, browser, desk):
    pay(browser, desk)
    with transaction() as session:
        session.get_one(Application, desk.row.id).state = "completed"
    page = browser.get(f"/orders/{order().number}").text
    assert "cashier" not in page
    assert "咨询缴费" not in page
