"""粤财 0001 and 粤财0001 are one receipt, whichever door it comes through."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.actions.exports.exports import Narrowed, count
from app.actions.payments.on_the_spot import correct, record_offline
from app.rules.people.roles import SYSTEM
from app.rules.refusals import Invalid
from tests import builders
from tests.reviewing import PAYING, actor, approved
from tests.web.staff.money.test_staff_orders import ORDERS, record

SPELLINGS = ("粤财 0001", "粤财0001", "粤财　０００１", " 粤 财0001")


@pytest.mark.parametrize("typed", SPELLINGS)
def test_it_is_refused_for_another_and_found_however_it_is_typed(both: Flask, typed: str) -> None:
    both.clock.now = PAYING  # type: ignore[attr-defined]
    client: Any = both.test_client()
    first, second = approved(), approved()
    finance = builders.staff("finance")
    done = record_offline(first.public_id, "粤财 0001", by=actor(finance), on=PAYING)
    assert record_offline(first.public_id, typed, by=actor(finance), on=PAYING) == done  # the same act again
    builders.sign_in(client, person=finance, on=PAYING)
    refused = record(client, second.ticket.number, typed)
    assert refused.status_code == 422
    assert f"订单 {done.order_number}" in refused.text
    page = client.get(ORDERS, query_string={"q": typed}).text
    assert done.order_number in page
    assert count("orders", Narrowed(q=typed), by=SYSTEM, on=PAYING) == 1
    correct(done.order_number, "收据是另一位考生的", by=actor(builders.staff("finance")), on=PAYING)
    assert "登记已更正，收据待重新登记" in client.get(ORDERS).text
    record_offline(second.public_id, typed, by=actor(finance), on=PAYING)
    assert "登记已更正，收据待重新登记" not in client.get(ORDERS).text
    with pytest.raises(Invalid):
        record_offline(first.public_id, "粤财0001", by=actor(finance), on=PAYING)
