"""待缴费: its file beside its page, and who is looked for there and has paid."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

from app.actions.payments.on_the_spot import record_offline
from app.actions.windows.extensions import extend
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import PAYING, actor, approved

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


def words(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", page.split("<main")[1]))


def test_who_is_looked_for_and_has_paid_is_said_to_have_paid_when_and_by_which_receipt(app, client):
    finance, other = builders.staff("finance"), approved(name="赵欠费")
    desks = [approved(name="赵已缴") for _ in range(6)]
    paid = [record_offline(each.public_id, f"No.{n}", by=actor(finance), on=PAYING) for n, each in enumerate(desks)]
    app.clock.now = PAYING
    builders.sign_in(client, person=finance, on=PAYING)
    page = client.get(f"{OWING}?q={desks[0].ticket.number}").text
    assert "已经缴过费：" in words(page)
    assert f"{desks[0].ticket.number}赵*缴，2026年12月15日12:00，现场缴费，收据号No.0" in words(page)
    assert f'href="/staff/orders/{paid[0].order_number}"' in page
    page = client.get(f"{OWING}?q=赵").text
    assert words(page).count("现场缴费，收据号") == 5
    assert other.ticket.number in page
    assert 'href="/staff/orders?q=%E8%B5%B5&amp;state=paid">全部 6 笔' in page
    assert "已经缴过费" not in words(client.get(OWING).text)
    assert "已经缴过费" not in words(client.get(f"{OWING}?q={other.ticket.number}").text)
    builders.sign_in(client, person=builders.staff("school_lead", school_code="10002"), on=PAYING)
    assert "已经缴过费" not in words(client.get(f"{OWING}?q={desks[0].ticket.number}").text)


def test_of_several_found_at_the_counter_who_has_paid_is_said_to_have_paid_when_and_by_which_receipt(app, client):
    finance = builders.staff("finance")
    paid, owing = approved(name="赵敏"), approved(name="赵敏")
    record_offline(paid.public_id, "粤财 0001", by=actor(finance), on=PAYING)
    app.clock.now = PAYING
    builders.sign_in(client, person=finance, on=PAYING)
    rows = client.get("/staff/orders/record?who=赵敏").text.split("<tbody>")[1].split("</tr>")
    (row,) = [words(f"<main{row}") for row in rows if paid.ticket.number in row]
    assert "2026年12月15日12:00，现场缴费，收据号粤财0001" in row
    (row,) = [words(f"<main{row}") for row in rows if owing.ticket.number in row]
    assert "收据号" not in row
