"""Orders as staff see them, and money that came on the spot."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.actions.payments.orders import open_order, receive
from app.adapters.gateways import Notice
from app.rules.review.lifecycle import State
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING, Desk, approved, myself

ORDERS = "/staff/orders"


@pytest.fixture
def desk(app) -> Desk:
    return approved(name="林晓雯")


def record(client: FlaskClient, who: str, receipt: str):
    token = csrf_of(client.get("/staff").text)
    return client.post(ORDERS, data={"csrf_token": token, "who": who, "receipt": receipt})


def test_an_empty_list_says_what_will_be_here(client, app):
    builders.sign_in(client, person=builders.staff("finance"))
    assert "没有订单" in client.get(ORDERS).text


@pytest.mark.parametrize("role", ["finance", "office_reviewer", "admin"])
@pytest.mark.parametrize("by_what", ["order", "ticket", "receipt"])
def test_a_payment_on_the_spot_is_recorded(client, desk, role, by_what):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING) if by_what == "order" else ""
    who = {"order": number, "ticket": desk.ticket.number, "receipt": desk.submission.receipt}[by_what]
    builders.sign_in(client, person=builders.staff(role))
    answer = record(client, who, "No.0001")
    assert answer.status_code == 303
    assert desk.row.state == State.COMPLETED
    page = client.get(answer.location).text
    assert "No.0001" in page
    assert "现场缴费" in page


def test_a_wrong_entry_comes_back_as_typed(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    for who, receipt in (("", "No.1"), ("010100000000", "No.1"), (desk.ticket.number, "")):
        answer = record(client, who, receipt)
        assert answer.status_code == 422
        assert f'value="{receipt}"' in answer.text
        assert f'value="{who}"' in answer.text
    assert desk.row.state == State.APPROVED


def test_recording_twice_is_refused(client, desk):
    builders.sign_in(client, person=builders.staff("finance"))
    record(client, desk.ticket.number, "No.1")
    assert record(client, desk.ticket.number, "No.2").status_code == 422


def test_a_school_reviewer_reads_its_own_and_records_nothing(client, desk):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff())
    page = client.get(ORDERS).text
    assert number in page
    assert "登记现场缴费" not in page
    assert "林晓雯" not in page
    assert record(client, number, "No.1").status_code == 403
    assert client.get(f"{ORDERS}/{number}").status_code == 200


def test_another_schools_order_is_not_there(client, desk):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff(school_code="10002"))
    assert number not in client.get(ORDERS).text
    found = client.get(f"{ORDERS}?q={number}").text
    assert number not in found.replace(f'value="{number}"', "").replace(
        f"q={number}", ""
    )  # what was typed may come back
    assert client.get(f"{ORDERS}/{number}").status_code == 404


def test_the_list_is_filtered(client, desk):
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    builders.sign_in(client, person=builders.staff("finance"))
    for query, found in (
        ("", True),
        ("?state=open", True),
        ("?state=paid", False),
        (f"?q={number.lower()}", True),
        (f"?q={desk.ticket.number}", True),
        ("?q=林晓雯", True),
        ("?q=林", False),
        ("?before=1", False),
        ("?before=x", True),
    ):
        assert (f"{ORDERS}/{number}" in client.get(ORDERS + query).text) is found, query


def test_money_that_did_not_fit_is_shown_to_who_can_give_it_back(client, desk):
    receive(Notice("training", "T9", "D0", 5000, "{}"), title="训练收银台", on=PAYING)
    builders.sign_in(client, person=builders.staff("finance"))
    assert "T9" in client.get(ORDERS).text
    builders.sign_in(client, person=builders.staff())
    assert "T9" not in client.get(ORDERS).text


def test_the_list_goes_on_to_older_orders(client, app, monkeypatch):
    from app.web.staff.money import orders

    monkeypatch.setattr(orders, "PAGE", 1)
    first, second = approved(), approved()
    numbers = [open_order(each.public_id, by=myself(each), on=PAYING) for each in (first, second)]
    builders.sign_in(client, person=builders.staff("finance"))
    page = client.get(ORDERS).text
    assert numbers[1] in page
    assert numbers[0] not in page
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert numbers[0] in client.get(older).text
