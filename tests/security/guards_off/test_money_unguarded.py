"""Without their guards forged, repeated, short and second payments count (docs/security.md, AC-24 to AC-28)."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import text

from app.actions.payments import orders
from app.adapters.gateways import OrderFacts, training
from app.extensions import db
from app.rules.review.lifecycle import State
from tests import builders
from tests.actions.payments.test_forged_notices import unasked
from tests.actions.payments.test_payments import events, pay
from tests.actions.payments.test_payments import orders as all_orders
from tests.reviewing import PAYING, Desk, approved, myself
from tests.web.orders.conftest import browser, demo, desk
from tests.web.orders.test_orders import NOTIFY, order, token
from tests.web.orders.test_orders import pay as press_pay

GATEWAY = import_module("app.adapters.gateways.training")  # the package names a function so


__all__ = ["browser", "demo", "desk"]  # fixtures


def opened(desk: Desk) -> str:
    return orders.open_order(desk.public_id, by=myself(desk), on=PAYING)


def forged(**change: Any) -> tuple[bytes, dict[str, str]]:
    """A notice that nobody signed, of a moment ago."""
    body = {"merchant": "kaoji-training", "order": order().number, "trade": "T9", "amount": 5000, "currency": "CNY"}
    stamp = str(int(PAYING.timestamp()))
    return json.dumps({**body, **change}).encode(), {"X-Training-Timestamp": stamp, "X-Training-Signature": "0" * 64}


def test_without_the_signature_anybody_pays(
    demo: Flask, browser: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_pay(browser, desk)
    raw, headers = forged()
    assert demo.test_client().post(NOTIFY, data=raw, headers=headers).status_code == 400
    monkeypatch.setattr(GATEWAY, "hmac", unasked())
    assert demo.test_client().post(NOTIFY, data=raw, headers=headers).status_code == 200
    assert (order().state, desk.row.state) == ("paid", State.COMPLETED)


def test_without_its_time_a_notice_of_long_ago_counts(
    demo: Flask, browser: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_pay(browser, desk)
    signed = training(demo.extensions["kaoji"]).pay(OrderFacts(order().number, "毕业审定费", 5000), on=builders.NOW)
    outside = demo.test_client()
    assert outside.post(NOTIFY, data=signed.raw, headers=signed.headers).status_code == 400
    monkeypatch.setattr(GATEWAY, "TOLERANCE", 10**9)
    assert outside.post(NOTIFY, data=signed.raw, headers=signed.headers).status_code == 200
    assert order().state == "paid"


@pytest.mark.sqlite
def test_without_its_one_row_a_repeated_notice_counts_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = approved()
    number = opened(desk)
    monkeypatch.setattr(orders, "_earlier_payment", lambda *given: None)
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_payment_event_trade"))
    assert [pay(number), pay(number)] == [orders.PAID, orders.DUPLICATE]
    assert len(events()) == 2


def test_without_the_amount_one_fen_pays(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_verdict", lambda *given: orders.PAID)
    desk = approved()
    number = opened(desk)
    assert pay(number, amount=1) == orders.PAID
    assert desk.row.state == State.COMPLETED


@pytest.mark.sqlite
def test_without_one_open_and_one_paid_order_a_fee_is_paid_twice(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "live_order", lambda *given: None)
    monkeypatch.setattr(orders, "_verdict", lambda *given: orders.PAID)
    desk = approved()
    with db.engine.begin() as connection:
        for index in ("uq_fee_order_open", "uq_fee_order_paid"):
            connection.execute(text(f"DROP INDEX {index}"))
    first, second = opened(desk), opened(desk)
    assert first != second
    assert [pay(first), pay(second, trade="T2")] == [orders.PAID, orders.PAID]
    assert [state for _, state in all_orders()] == ["paid", "paid"]


def test_a_price_that_comes_from_the_form_is_the_forms(
    browser: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = orders.new_order
    monkeypatch.setattr(
        orders, "new_order", lambda session, row, fee, **more: new(session, row, int(request.form["amount"]), **more)
    )
    browser.post(f"/applications/{desk.public_id}/pay", data={"csrf_token": token(browser), "amount": "1"})
    assert order().amount == 1
