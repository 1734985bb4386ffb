"""Lists of money: orders, and who owes a fee. Their pages narrow by the same conditions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import aliased

from app.actions import scope
from app.actions.clashes import not_owed, stop, stopped
from app.actions.exports.columns import NAME, cases, time_column
from app.actions.lists import Column, Kind
from app.actions.searching import named
from app.actions.services import word_of
from app.actions.windows.own import live
from app.models import (
    Application,
    Examinee,
    Extension,
    Order,
    PaymentEvent,
    PlanRow,
    School,
    Submission,
    Ticket,
    Window,
)
from app.models.base import UtcDateTime
from app.rules import orders
from app.rules.orders import BEFORE, DUE, NONE, NOT_OWED, OVER, UNPAID_STATES
from app.rules.papers.money import in_yuan
from app.rules.people.identity import normalise_digits
from app.rules.people.roles import SCHOOL_ROLES
from app.rules.review.clashes import REFUSED, read_clash
from app.rules.review.lifecycle import State, approved
from app.rules.submission import read_receipt
from app.rules.windows import Longer

PAID_OR_MADE: ColumnElement[datetime] = func.coalesce(Order.paid_at, Order.created_at)
"""When an order was paid, or made while it is not: the time of order and of the date filter."""
AMOUNT: ColumnElement[int] = func.coalesce(Order.amount, Window.fee)
"""What is owed, in 分: the open order keeps the fee of its day."""
PAY_CLOSES = case(
    (and_(Extension.what == Longer.PAY, Extension.until > Window.pay_closes_at), Extension.until),
    else_=Window.pay_closes_at,
)
"""End of the ticket's payment time (app.rules.windows.extended, in SQL)."""
APPROVED_AT = func.coalesce(Application.decided_at, Application.submitted_at)
ORDER_STATE = case(((Order.state == "open") & (stopped() | (Window.fee == 0)), orders.STOPPED), else_=Order.state)
"""State of an order as shown; joined to its application and its window."""


def order_rows(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Order)
        .join(Application, Application.id == Order.application_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Examinee, Examinee.id == Order.examinee_id)
        .join(Window, Window.id == Application.window_id)
        .outerjoin(School, School.code == Application.school_code)
    )


def order_found(q: str) -> ColumnElement[bool]:
    """A whole order number, 准考证号, 回执编号, receipt number or 流水号 of a gateway, or part of a name."""
    ticket = Ticket.number == normalise_digits(q)
    key = func.lower(PaymentEvent.trade_number)  # a gateway's as it came
    same = or_(key == orders.receipt_key(q), func.replace(key, "-", "") == orders.bare(q))
    paid = Order.id.in_(select(PaymentEvent.order_id).where(same, PaymentEvent.verdict != "corrected"))
    whole = (Order.number == orders.read_number(q), ticket, paid, handed_in(q))
    return or_(*whole, Order.receipt == q, named(Examinee.name, q))


def unpaid() -> ColumnElement[bool]:
    """审核通过, and owes a fee; `Order` is the open one, if any."""
    return fee_not_paid() & ~stopped()


def fee_not_paid() -> ColumnElement[bool]:
    """审核通过, with a fee that is not paid, owed or not."""
    other = Order.__table__.alias("paid_order")
    paid = select(other.c.id).where(other.c.application_id == Application.id, other.c.state == "paid")
    return and_(Application.state == State.APPROVED, Window.fee > 0, ~paid.correlate(Application).exists())


def with_open_order(query: Select[Any]) -> Select[Any]:
    """Join the open order and the ticket's extension to a query of applications and windows."""
    mine = (Order.application_id == Application.id) & (Order.state == "open")
    return query.outerjoin(Order, mine).outerjoin(Extension, live(Application.ticket_id))


def unpaid_rows(query: Select[Any]) -> Select[Any]:
    return with_open_order(cases(query)).where(fee_not_paid())


def unpaid_found(q: str) -> ColumnElement[bool]:
    """A whole order number, 准考证号 or 回执编号, or part of a name."""
    return or_(numbered(q), named(Examinee.name, q))


def numbered(q: str) -> ColumnElement[bool]:
    """A whole order number, 准考证号 or 回执编号."""
    number = Order.number == orders.read_number(q)
    return or_(number, Ticket.number == normalise_digits(q), handed_in(q))


def handed_in(q: str) -> ColumnElement[bool]:
    """An application that was submitted with this 回执编号, the last time or before: somebody may hold an earlier sheet."""
    any_time = aliased(Submission)
    return Application.id.in_(select(any_time.application_id).where(any_time.receipt == read_receipt(q)))


def pays_now(state: str, on: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The payment time is on, over, or not begun (also where none is set)."""
    if state == BEFORE:
        return or_(Window.pay_opens_at.is_(None), Window.pay_opens_at > on)
    return on >= PAY_CLOSES if state == OVER else and_(Window.pay_opens_at <= on, on < PAY_CLOSES)


def unpaid_sort(on: datetime | ColumnElement[datetime]) -> ColumnElement[str]:
    """Of a fee that is not paid: DUE, OVER or BEFORE."""
    return case((pays_now(DUE, on), DUE), (pays_now(OVER, on), OVER), else_=BEFORE)


def owes(state: str, on: datetime) -> ColumnElement[bool]:
    """The fee is owed ('': at all), in that time; NONE: it is not owed."""
    if state == NONE:
        return stopped()
    return ~stopped() & pays_now(state, on) if state else ~stopped()


NOW: ColumnElement[datetime] = bindparam("on", type_=UtcDateTime)
"""The moment as of which rows are read (app.actions.exports.exports.rows)."""
UNPAID_STATE = Application.service + "/" + unpaid_sort(NOW) + "/" + not_owed()


def _unpaid_state(value: str) -> str:
    """graduation/due/ → 待缴费, as the page says it."""
    service, unpaid, why = value.split("/")
    return approved(word_of(service, State.APPROVED), unpaid, why).word


def _why_not_owed(text: str) -> str:
    found = read_clash(text)
    return REFUSED[found.kind] if found else ""


ORDERS = Kind(
    "orders", "订单",
    (
        Column("number", "订单号", Order.number), Column("ticket", "准考证号", Ticket.number),
        NAME, Column("school_code", "主考学校代码", Application.school_code, usual=False),
        Column("school", "主考学校", School.name), Column("window", "办理时间", Window.name),
        Column("fee", "费用", Order.fee), Column("amount", "金额（元）", Order.amount, in_yuan, money=True),
        Column("state", "状态", ORDER_STATE, orders.STATES.__getitem__, sorts=True),
        Column("paid_by", "支付方式", Order.paid_by, orders.way),
        Column("receipt", "收据号", Order.receipt), time_column("created_at", "下单时间", Order.created_at),
        time_column("paid_at", "支付时间", Order.paid_at),
    ),
    order_rows, PAID_OR_MADE, PAID_OR_MADE, "支付（或下单）日期", (*scope.MONEY, *SCHOOL_ROLES), tuple(orders.STATES.items()),
    find=order_found, in_state=lambda state, _: ORDER_STATE.in_([state]) if state else true(), income=orders.STATES["paid"],
)  # fmt: skip
UNPAID = Kind(
    "unpaid", "待缴费名单",
    (
        Column("ticket", "准考证号", Ticket.number), NAME, Column("phone", "手机号码", Examinee.phone),
        Column("school_code", "主考学校代码", Application.school_code, usual=False), Column("school", "主考学校", School.name),
        Column("major_code", "专业代码", Application.major_code, usual=False), Column("major", "专业名称", PlanRow.name),
        Column("window", "办理时间", Window.name), Column("receipt", "回执编号", Submission.receipt),
        Column("amount", "应缴（元）", AMOUNT, in_yuan, money=True), Column("number", "订单号", Order.number),
        Column("state", "状态", UNPAID_STATE, _unpaid_state, sorts=True), time_column("decided_at", "审定时间", Application.decided_at),
        time_column("pay_opens_at", "缴费开始", Window.pay_opens_at), time_column("pay_closes_at", "缴费截止", PAY_CLOSES),
        Column("stopped", "不收费的原因", stop(), _why_not_owed, usual=False),
    ),
    unpaid_rows, APPROVED_AT, APPROVED_AT, "审定日期", (*scope.MONEY, *SCHOOL_ROLES), (*UNPAID_STATES, NOT_OWED),
    of_cases=True, find=unpaid_found, in_state=owes,
)  # fmt: skip
