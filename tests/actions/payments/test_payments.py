"""Paying: one order, one payment, whatever comes twice, late, short or forged."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.actions.exports.money import order_found
from app.actions.payments.on_the_spot import Seen, correct, record_offline
from app.actions.payments.orders import DISPUTED, DUPLICATE, PAID, open_order, receive
from app.adapters.gateways import Forged, Notice, OrderFacts, TrainingGateway
from app.extensions import db
from app.models import Application, AuditEvent, Examinee, Message, Order, PaymentEvent, Ticket
from app.models.base import transaction
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound, WindowClosed
from app.rules.review.lifecycle import State
from tests import builders
from tests.reviewing import PAYING, actor, approved, myself, submitted

SECRET = b"k" * 32


@pytest.fixture
def gateway() -> TrainingGateway:
    return TrainingGateway(SECRET)


def notice(number: str, amount: int = 5000, trade: str = "T1") -> Notice:
    return Notice("training", trade, number, amount, "{}")


def pay(number: str, **over: object) -> str:
    return receive(notice(number, **over), title="训练收银台", on=PAYING).verdict  # type: ignore[arg-type]


def orders() -> list[tuple[str, str]]:
    return [tuple(row) for row in db.session.execute(select(Order.number, Order.state).order_by(Order.id))]


def events() -> list[str]:
    return list(db.session.scalars(select(PaymentEvent.verdict).order_by(PaymentEvent.id)))


def test_a_fee_is_paid_and_the_application_completed(both):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert pay(number) == PAID
    assert orders() == [(number, "paid")]
    assert desk.row.state == State.COMPLETED
    acts = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts[-3:] == ["order.opened", "order.paid", "application.completed"]


def test_two_tabs_get_one_order(both):
    desk = approved()
    numbers = {open_order(desk.public_id, by=myself(desk), on=PAYING) for _ in range(2)}
    assert len(numbers) == 1
    assert len(orders()) == 1


def test_the_database_itself_refuses_a_second_open_order(both):
    desk = approved()
    open_order(desk.public_id, by=myself(desk), on=PAYING)
    row = desk.row
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            Order(
                number="D2",
                application_id=row.id,
                examinee_id=row.examinee_id,
                fee="毕业审定费",
                amount=1,
                created_at=PAYING,
            )
        )


def test_clicks_at_the_same_moment_get_one_order(both):
    desk = approved()
    by, public_id, found, ready = myself(desk), desk.public_id, [], threading.Barrier(4)

    def click() -> None:
        with both.app_context():
            ready.wait()
            found.append(open_order(public_id, by=by, on=PAYING))
            db.session.remove()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_notice_told_twice_pays_once(both):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert [pay(number), pay(number)] == [PAID, PAID]
    assert events() == [PAID]


def test_notices_at_the_same_moment_pay_once(both):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    found, ready = [], threading.Barrier(6)

    def tell(trade: str) -> None:
        with both.app_context():
            ready.wait()
            found.append(pay(number, trade=trade))
            db.session.remove()

    threads = [threading.Thread(target=tell, args=(trade,)) for trade in ("T1", "T1", "T1", "T1", "T2", "T2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(found)) == [DUPLICATE, PAID]
    assert sorted(events()) == [DUPLICATE, PAID]
    assert desk.row.state == State.COMPLETED


def test_a_second_real_payment_is_kept_to_be_given_back(app):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    pay(number)
    assert pay(number, trade="T2") == DUPLICATE
    assert orders() == [(number, "paid")]


@pytest.mark.parametrize("amount", [4999, 5001, 0, -5000])
def test_another_amount_is_disputed_and_pays_nothing(app, amount):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert pay(number, amount=amount) == DISPUTED
    assert orders() == [(number, "open")]
    assert desk.row.state == State.APPROVED


def test_money_for_an_order_nobody_knows_is_kept(app):
    assert pay("D00000000-XX") == DISPUTED
    assert events() == [DISPUTED]


def test_a_late_payment_on_a_closed_order_counts(app):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    with transaction() as session:
        session.scalars(select(Order)).one().state = "closed"
    other = open_order(desk.public_id, by=myself(desk), on=PAYING)
    assert pay(number) == PAID
    assert orders() == [(number, "paid"), (other, "closed")]
    assert pay(other, trade="T2") == DUPLICATE
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "order.paid")).one().detail["late"] is True


def test_the_amount_stays_that_of_the_order(app):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    with transaction() as session:
        session.get_one(builders.Window, desk.window.id).fee = 9900
    assert pay(number, amount=9900) == DISPUTED
    assert pay(number, trade="T2") == PAID


def test_nothing_can_be_paid_outside_the_payment_time(app):
    desk = approved()
    early = desk.window.pay_opens_at - timedelta(seconds=1)
    for on, words in ((early, "届时再登录支付"), (desk.window.pay_closes_at, "请联系学校10574（电话 021-0000 0001）")):
        with pytest.raises(WindowClosed, match=words):
            open_order(desk.public_id, by=myself(desk), on=on)
    assert open_order(desk.public_id, by=myself(desk), on=desk.window.pay_opens_at)


def test_nothing_can_be_paid_before_approval(app):
    desk = submitted()
    with pytest.raises(NotAllowed):
        open_order(desk.public_id, by=myself(desk), on=PAYING)


def test_nobody_opens_anothers_order(app):
    desk, other = approved(), approved()
    with pytest.raises(NotFound):
        open_order(desk.public_id, by=myself(other), on=PAYING)


def test_after_paying_the_click_leads_to_the_paid_order(app):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    pay(number)
    assert open_order(desk.public_id, by=myself(desk), on=PAYING + timedelta(days=300)) == number


def test_a_payment_on_the_spot_completes_the_application(both):
    desk, by = approved(), actor(builders.staff("finance"))
    done = record_offline(desk.public_id, "No.0001", by=by, on=PAYING)
    assert desk.row.state == State.COMPLETED
    row = db.session.scalars(select(Order)).one()
    assert (row.number, row.state, row.paid_by, row.receipt) == (done.order_number, "paid", "offline", "No.0001")
    with pytest.raises(ChangedMeanwhile):
        record_offline(desk.public_id, "No.0002", by=by, on=PAYING)


def test_a_receipt_stands_for_one_payment(both):
    by = actor(builders.staff("finance"))
    record_offline(approved().public_id, "No.0001", by=by, on=PAYING)
    second = approved()
    for receipt in (
        "No.0001",
        "No.00\u200b01",
        "No.00\u200d01",
        "No.\ufe0f0001",
        "No.0001\U000e0101",
        "",
        "-",
        "\u200b",
        "9" * 61,
    ):
        with pytest.raises(Invalid) as error:
            record_offline(second.public_id, receipt, by=by, on=PAYING)
        assert error.value.field == "receipt"
    assert second.row.state == State.APPROVED
    assert db.session.scalar(select(func.count()).select_from(Order)) == 1


@pytest.mark.parametrize("again", ["xu-1", "ＸＵ－１", "XU - 1", "Xu-1"])
def test_a_receipt_is_the_same_however_it_is_typed(both, again):
    by = actor(builders.staff("finance"))
    first, second = approved(), approved()
    done = record_offline(first.public_id, "XU-1", by=by, on=PAYING)
    assert record_offline(first.public_id, again, by=by, on=PAYING) == done
    with pytest.raises(Invalid, match=done.order_number):
        record_offline(second.public_id, again, by=by, on=PAYING)
    found = (
        select(Order.number)
        .where(order_found(again))
        .select_from(Order)
        .join(Application)
        .join(Ticket, Ticket.id == Application.ticket_id)
    )
    assert db.session.scalars(found.join(Examinee, Examinee.id == Order.examinee_id)).all() == [done.order_number]
    correct(done.order_number, "准考证号看错一位", by=actor(builders.staff("admin")), on=PAYING)
    record_offline(second.public_id, again, by=by, on=PAYING)
    with pytest.raises(Invalid):
        record_offline(first.public_id, "XU-1", by=by, on=PAYING)
    assert [row.number_shown for row in db.session.scalars(select(PaymentEvent).order_by(PaymentEvent.id))] == [
        "XU-1",
        again,
    ]


def test_a_receipt_that_is_too_long_in_its_one_form_is_told(app):
    with pytest.raises(Invalid, match="最多 60"):
        record_offline(approved().public_id, "㍿" * 30, by=actor(builders.staff("finance")), on=PAYING)


def test_a_school_reviewer_records_no_money(app):
    desk = approved()
    with pytest.raises(NotAllowed):
        record_offline(desk.public_id, "No.0001", by=actor(builders.staff()), on=PAYING)


def test_the_same_receipt_sent_twice_is_one_act(both):
    desk, by = approved(), actor(builders.staff("finance"))
    seen = Seen(desk.row.version, 5000)
    first = record_offline(desk.public_id, "No.0001", by=by, on=PAYING, seen=seen)
    assert record_offline(desk.public_id, "No.0001", by=by, on=PAYING, seen=seen) == first
    assert events() == [PAID]


def test_what_the_confirming_page_did_not_show_is_not_recorded(both):
    desk, by = approved(), actor(builders.staff("finance"))
    for seen in (Seen(desk.row.version - 1, 5000), Seen(desk.row.version, 4900)):
        with pytest.raises(ChangedMeanwhile, match=r"¥ 50\.00"):
            record_offline(desk.public_id, "No.0001", by=by, on=PAYING, seen=seen)
    assert orders() == []
    assert desk.row.state == State.APPROVED


def test_a_receipt_that_is_taken_says_by_whose_payment(app):
    by = actor(builders.staff("finance"))
    done = record_offline(approved(name="林晓雯").public_id, "No.0001", by=by, on=PAYING)
    with pytest.raises(Invalid, match=f"林.*{done.order_number}"):
        record_offline(approved().public_id, "No.0001", by=by, on=PAYING)


def mistaken(receipt: str = "No.0001"):
    """A payment recorded for the wrong person: the file, its order number, who recorded it."""
    desk, by = approved(), actor(builders.staff("finance"))
    return desk, record_offline(desk.public_id, receipt, by=by, on=PAYING).order_number, by


def test_a_mistaken_payment_is_taken_back_by_somebody_else_with_its_completion(both):
    desk, number, _ = mistaken()
    other = actor(builders.staff("office_reviewer", name="冯终审"))
    later = PAYING + timedelta(days=1)
    assert correct(number, "准考证号看错一位", by=other, on=later) == "No.0001"
    assert desk.row.state == State.APPROVED
    assert orders() == [(number, "open")]
    assert events() == ["corrected"]
    acts = db.session.execute(
        select(AuditEvent.action, AuditEvent.actor_label, AuditEvent.detail).order_by(AuditEvent.id)
    )
    (order, who, detail), (file, too, why) = acts.all()[-2:]
    assert (order, file) == ("order.corrected", "application.undo_completion")
    assert who == too == "冯终审"
    assert detail["reason"] == "准考证号看错一位"
    assert "登记有误" in why["reason"]
    assert (detail["receipt"], detail["number"]) == ("No.0001", number)
    told = db.session.scalars(select(Message.text).order_by(Message.id.desc())).first()
    assert "登记有误" in told
    assert "看错一位" not in told


def test_the_receipt_is_then_recorded_for_whom_it_belongs_to(both):
    wrong, number, by = mistaken()
    correct(number, "收据是另一位考生的", by=actor(builders.staff("admin")), on=PAYING)
    right = approved()
    done = record_offline(right.public_id, "No.0001", by=by, on=PAYING)
    assert (right.row.state, wrong.row.state) == (State.COMPLETED, State.APPROVED)
    assert sorted(events()) == ["corrected", PAID]
    with pytest.raises(Invalid):
        record_offline(wrong.public_id, "No.0001", by=by, on=PAYING)
    record_offline(wrong.public_id, "No.0002", by=by, on=PAYING)
    assert orders() == [(number, "paid"), (done.order_number, "paid")]


def test_nobody_corrects_what_they_recorded_themselves(both):
    desk, number, by = mistaken()
    with pytest.raises(NotAllowed, match="另一位"):
        correct(number, "准考证号看错一位", by=by, on=PAYING)
    assert (desk.row.state, events()) == (State.COMPLETED, [PAID])


def test_a_correction_needs_its_reason_its_role_and_its_time(both):
    desk, number, _ = mistaken()
    other = actor(builders.staff("finance"))
    for reason in ("", "错", "长" * 201):
        with pytest.raises(Invalid) as error:
            correct(number, reason, by=other, on=PAYING)
        assert error.value.field == "reason"
    with pytest.raises(NotAllowed):
        correct(number, "看错一位", by=actor(builders.staff()), on=PAYING)
    with pytest.raises(NotAllowed, match="30 天"):
        correct(number, "看错一位", by=other, on=PAYING + timedelta(days=30))
    with pytest.raises(NotFound):
        correct("D0", "看错一位", by=other, on=PAYING)
    assert (desk.row.state, events()) == (State.COMPLETED, [PAID])
    correct(number, "看错一位", by=other, on=PAYING + timedelta(days=30, seconds=-1))
    with pytest.raises(ChangedMeanwhile):
        correct(number, "看错一位", by=other, on=PAYING + timedelta(days=1))
    assert events() == ["corrected"]


def test_money_from_a_gateway_is_never_taken_back(both):
    desk = approved()
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    pay(number)
    with pytest.raises(NotAllowed, match="网上支付"):
        correct(number, "看错一位", by=actor(builders.staff("finance")), on=PAYING)
    assert (desk.row.state, orders()) == (State.COMPLETED, [(number, "paid")])


def test_a_corrected_order_is_paid_by_its_owner_like_any_other(both):
    desk, number, _ = mistaken()
    correct(number, "看错一位", by=actor(builders.staff("admin")), on=PAYING)
    assert open_order(desk.public_id, by=myself(desk), on=PAYING) == number
    assert pay(number) == PAID
    assert desk.row.state == State.COMPLETED
    assert events() == ["corrected", PAID]


def test_money_that_had_come_twice_pays_after_a_correction(both):
    """The owner paid in the browser while somebody else's receipt stood on the order: that money is the payment."""
    desk, by = approved(), actor(builders.staff("finance"))
    number = open_order(desk.public_id, by=myself(desk), on=PAYING)
    record_offline(desk.public_id, "No.0001", by=by, on=PAYING)
    assert pay(number) == DUPLICATE
    correct(number, "收据是另一位考生的", by=actor(builders.staff("admin")), on=PAYING + timedelta(days=1))
    assert events() == ["corrected", PAID]
    row = db.session.scalars(select(Order)).one()
    assert (row.state, row.paid_by, row.receipt, row.paid_at) == ("paid", "training", "", PAYING)
    assert desk.row.state == State.COMPLETED


def test_corrections_at_the_same_moment_are_one(both):
    desk, number, _ = mistaken()
    people, found, ready = [actor(builders.staff("finance")) for _ in range(3)], [], threading.Barrier(3)

    def take_back(by) -> None:
        with both.app_context():
            ready.wait()
            try:
                found.append(correct(number, "看错一位", by=by, on=PAYING))
            except ChangedMeanwhile:
                found.append("late")
            db.session.remove()

    threads = [threading.Thread(target=take_back, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["No.0001", "late", "late"]
    assert desk.row.state == State.APPROVED


def test_a_genuine_notice_is_read(gateway):
    signed = gateway.pay(OrderFacts("D1", "毕业审定费", 5000), on=PAYING)
    read = gateway.verify_notice(signed.raw, signed.headers, on=PAYING + timedelta(seconds=299))
    assert (read.order_number, read.amount, read.raw) == ("D1", 5000, signed.raw.decode())
    assert signed == gateway.pay(OrderFacts("D1", "毕业审定费", 5000), on=PAYING)


def test_a_forged_notice_is_refused(gateway):
    order = OrderFacts("D1", "毕业审定费", 5000)
    signed, other = gateway.pay(order, on=PAYING), gateway.pay(OrderFacts("D2", "毕业审定费", 5000), on=PAYING)
    stranger = TrainingGateway(b"x" * 32).pay(order, on=PAYING)
    headers = signed.headers
    forged = [
        (signed.raw.replace(b"5000", b"4999"), headers),
        (signed.raw, {}),
        (signed.raw, other.headers),
        (signed.raw, stranger.headers),
        (signed.raw, {**headers, "X-Training-Signature": ""}),
        (signed.raw, {**headers, "X-Training-Signature": "签名"}),
        (signed.raw, {**headers, "X-Training-Timestamp": "0"}),
        (signed.raw, {**headers, "X-Training-Timestamp": "１２３"}),
        (signed.raw + b" ", headers),
    ]
    for raw, given in forged:
        with pytest.raises(Forged):
            gateway.verify_notice(raw, given, on=PAYING)
    for late in (-301, 301):
        with pytest.raises(Forged):
            gateway.verify_notice(signed.raw, headers, on=PAYING + timedelta(seconds=late))


@pytest.mark.parametrize(
    "change",
    [
        {"merchant": "another"},
        {"currency": "USD"},
        {"amount": "5000"},
        {"amount": 5000.0},
        {"amount": True},
        {"trade": ""},
        {"trade": "T" * 65},
        {"order": None},
    ],
)
def test_a_signed_notice_must_still_be_a_notice_for_us(gateway, change):
    body = json.loads(gateway.pay(OrderFacts("D1", "毕业审定费", 5000), on=PAYING).raw) | change
    signed = gateway.sign(json.dumps(body).encode(), on=PAYING)
    with pytest.raises(Forged):
        gateway.verify_notice(signed.raw, signed.headers, on=PAYING)
