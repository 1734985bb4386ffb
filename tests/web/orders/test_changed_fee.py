"""A fee that is changed while somebody has an order."""

from __future__ import annotations

from dataclasses import replace

from app.actions.office.window_changes import edit_window
from app.actions.windows.own import window_facts
from app.extensions import db
from app.models import Window
from app.models.base import transaction
from app.rules.people.roles import SYSTEM
from tests.builders import csrf_of
from tests.reviewing import PAYING
from tests.web.orders.test_orders import PAGES, order, pay, words_of


def test_what_an_order_asks_for_is_asked_on_every_page_whatever_the_window_asks_since(browser, desk):
    pay(browser, desk)
    with transaction() as session:
        session.merge(desk.window).fee = 8000
    for page in (*PAGES, f"/orders/{order().number}"):
        text = words_of(browser.get(page.format(desk.public_id)).text)
        assert ("¥50.00" in text) is (page != "/services"), page
        assert "80.00" not in text, page


def test_after_a_change_every_page_asks_the_new_fee_and_a_cashier_left_open_takes_nothing(browser, desk):
    pay(browser, desk)
    old = order().number
    cashier = browser.get(f"/orders/{old}/cashier")
    facts = window_facts(db.session.get_one(Window, desk.window.id))
    edit_window(desk.window.id, replace(facts, fee=11500), by=SYSTEM, on=PAYING)
    for page in PAGES:
        text = words_of(browser.get(page.format(desk.public_id)).text)
        assert ("¥115.00" in text) is (page != "/services"), page
    said = browser.post(f"/orders/{old}/cashier", data={"csrf_token": csrf_of(cashier.text)}, follow_redirects=True)
    text = words_of(said.text)
    assert "这笔订单已关闭，没有支付" in text
    assert "毕业审定费现在是¥115.00" in text
    assert desk.row.state == "approved"
    answer = pay(browser, desk)
    assert answer.location != f"/orders/{old}"
    text = words_of(browser.get(answer.location).text)
    assert "¥115.00" in text
    assert "¥50.00" not in text
