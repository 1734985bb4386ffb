"""The file of 待缴费 beside its page."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

from app.actions.windows.extensions import extend
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import actor, approved

OWING = "/staff/orders/due"


def test_the_file_says_the_state_of_each_as_the_page_does(both):
    """Also for who was given a longer time, before, during and after the time to pay."""
    client = both.test_client()
    usual, longer = approved(), approved()
    closes = usual.window.pay_closes_at
    extend(
        longer.ticket.id,
        longer.window.id,
        "pay",
        closes + timedelta(days=5),
        "生病",
        by=actor(builders.staff("admin")),
        on=NOW,
    )
    said = set()
    for on in (NOW, closes - timedelta(days=1), closes + timedelta(days=1)):
        both.clock.now = on
        builders.sign_in(client, person=builders.staff("finance"), on=on)
        page = client.get(OWING).text
        token = csrf_of(client.get("/staff").text)
        answer = client.post("/staff/exports/unpaid", data={"csrf_token": token, "file": "csv", "reason": "催缴"})
        for row in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))):
            line = next(line for line in page.split("<tr>") if row["准考证号"] in line)
            assert row["状态"] == re.search(r'class="state"><[^>]*>([^<]+)<', line)[1]
            said.add(row["状态"])
    assert said == {"审核通过（缴费未开始）", "待缴费", "逾期未缴费"}
