"""Coming back from a gateway only asks what became of the order (AC-28)."""

from __future__ import annotations

from app.rules.review.lifecycle import State
from tests.web.orders.test_orders import order, pay


def test_coming_back_from_a_gateway_with_success_in_the_address_pays_nothing(browser, desk):
    pay(browser, desk)
    said = {"trade_status": "TRADE_SUCCESS", "total_amount": "50.00", "state": "paid", "out_trade_no": order().number}
    for path in (f"/orders/{order().number}", f"/orders/{order().number}/cashier", "/orders"):
        assert browser.get(path, query_string=said).status_code == 200
    assert (order().state, desk.row.state) == ("open", State.APPROVED)
