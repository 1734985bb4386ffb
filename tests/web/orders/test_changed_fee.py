"""A fee that is changed while somebody has an order."""

from __future__ import annotations

from app.models.base import transaction
from tests.web.orders.test_orders import PAGES, order, pay, words_of


def test_what_an_order_asks_for_is_asked_on_every_page_whatever_the_window_asks_since(browser, desk):
    pay(browser, desk)
    with transaction() as session:
        session.merge(desk.window).fee = 8000
    for page in (*PAGES, f"/orders/{order().number}"):
        text = words_of(browser.get(page.format(desk.public_id)).text)
        assert ("¥50.00" in text) is (page != "/services"), page
        assert "80.00" not in text, page
