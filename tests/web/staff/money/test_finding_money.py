"""Orders, who owes and 登记现场缴费 find a number or a name however it is typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.actions.applications.submit import submit
from app.actions.payments.on_the_spot import record_offline
from app.actions.payments.orders import open_order
from app.actions.review.opinions import Opinion
from app.models import Window
from app.models.base import transaction
from app.services.graduation import GRADUATION
from tests import builders
from tests.reviewing import LATER, PAYING, actor, approved, myself, returning, submitted

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


def test_each_receipt_of_an_application_finds_it(client, finance):
    """Handed in twice: at the counter somebody shows the sheet of the first time."""
    desk, reviewer = submitted(), builders.staff("school_reviewer")
    first = desk.submission.receipt
    desk.decide("return", reviewer, returning("statement.statement"))
    desk.explain("statement.statement")
    submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    desk.decide("pass", reviewer)
    desk.decide("pass", builders.staff("office_reviewer"))
    open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert first != desk.submission.receipt
    for address, name in ((LOOK_UP, "who"), (OWING, "q"), (ORDERS, "q")):
        for receipt in (first, desk.submission.receipt):
            assert desk.ticket.number in client.get(address, query_string={name: receipt}).text, (address, receipt)


@pytest.mark.parametrize("word", ["待初审", "逾期未修改", "不予通过", "已办结"])
def test_why_nothing_can_be_recorded_is_said_by_the_state_that_is_shown(app, client, finance, word):
    desk, reviewer = submitted(), builders.staff("school_reviewer")
    if word == "逾期未修改":
        desk.decide("return", reviewer, returning("statement.statement"))
        app.clock.now = desk.window.closes_at + timedelta(days=1)
    elif word == "不予通过":
        desk.decide("reject", reviewer, Opinion(message="不符合毕业条件，课程不够。"))
    elif word == "已办结":
        with transaction() as session:
            session.get_one(Window, desk.window.id).fee = 0
        desk.decide("pass", reviewer)
        desk.decide("pass", builders.staff("office_reviewer"))
    builders.sign_in(client, person=finance, on=app.clock.now)
    page = client.get(LOOK_UP, query_string={"who": desk.ticket.number}).text
    assert f"<dt>状态</dt><dd>{word}</dd>" in page
    later = "审核通过以后才能缴费"
    note = page.split("不能登记：", 1)[1].split("</", 2)[1]
    assert (later in note) is (word in ("待初审", "逾期未修改"))
    assert "请修改" not in note
