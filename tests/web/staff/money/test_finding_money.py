"""Orders, who owes and 登记现场缴费 find a number or a name however it is typed."""

from __future__ import annotations

import pytest

from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from tests import builders
from tests.reviewing import PAYING, actor, approved, myself

FULL_WIDTH = {number: number + 0xFEE0 for number in range(0x21, 0x7F)}
TYPED = {
    "as it is": str,
    "in full width": lambda text: text.translate(FULL_WIDTH),
    "with blanks": lambda text: f" {text[:2]} {text[2:4]}\u3000{text[4:]}",
    "in small letters": str.lower,
    "without hyphens": lambda text: text.replace("-", ""),
    "with other dashes": lambda text: text.replace("-", "—"),
}
LOOK_UP, ORDERS, OWING = "/staff/orders/record", "/staff/orders", "/staff/orders/due"


@pytest.fixture
def finance(app, client):
    person = builders.staff("finance")
    builders.sign_in(client, person=person)
    return person


@pytest.mark.parametrize("way", TYPED)
def test_what_is_looked_for_is_found_however_it_is_typed(client, finance, way):
    paid, owes, _ = approved(name="阿依古丽·买买提"), approved(name="欧阳 晓雯"), approved(name="赵别人")
    record_offline(paid.public_id, "XU-2026-001", by=actor(finance), on=PAYING)
    number = open_order(owes.public_id, by=myself(owes), on=PAYING)
    wanted = [(owes, each) for each in (owes.ticket.number, owes.submission.receipt, number, "欧阳晓雯")]
    for desk, text in (*wanted, (paid, "XU-2026-001"), (paid, paid.submission.receipt), (paid, "阿依古丽买买提")):
        lists = [ORDERS] if text == "XU-2026-001" else [LOOK_UP, ORDERS, *([OWING] if desk is owes else [])]
        for address in lists:
            typed = TYPED[way](text)
            page = client.get(address, query_string={"who" if address == LOOK_UP else "q": typed}).text
            shown = page.split("<main", 1)[1].replace(f'value="{typed}"', "")
            assert desk.ticket.number in shown, (address, typed)
            assert "赵别人" not in shown
