"""/staff/orders: payments in scope and 登记现场缴费."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request
from sqlalchemy import ColumnElement, Row, Select, select

from app.actions import scope
from app.actions.exports.columns import kinds
from app.actions.payments.orders import record_offline
from app.actions.services import fee_titles
from app.extensions import db
from app.models import Application, Examinee, Order, PaymentEvent, School, Submission, Ticket, Window
from app.rules.orders import STATES, TONES, way
from app.rules.people.identity import normalise_digits
from app.rules.people.privacy import mask_name
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.lifecycle import State
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.money.forms import OrdersForm, PaidForm

ORDERS = "/staff/orders"
PAGE = 50
TROUBLE = {"duplicate_paid": "重复支付，待退款", "disputed": "金额或订单不符，待核对"}


@bp.get(ORDERS)
@allow("staff")
def orders() -> str:
    """List orders, latest first."""
    return _page()


@bp.post(ORDERS)
@allow("staff", roles=scope.MONEY)
def record_paid() -> Any:
    """登记现场缴费 by order number, 准考证号 or 回执编号."""
    form = PaidForm()
    who, values = form.who.data, form.values()
    found = _unpaid(who) if who else []
    if len(found) != 1:
        message = "没有找到待缴费的申请，请核对" if who else "请填写订单号、准考证号或回执编号"
        return _page(values, {"who": [message if not found else "有多项待缴费的申请，请填写订单号或回执编号"]}), 422
    try:
        payment = record_offline(found[0], form.receipt.data, by=principal().actor, on=arrived())
    except Invalid as refused:
        return _page(values, {refused.field: [refused.message]}), 422
    except (ChangedMeanwhile, NotAllowed) as refused:
        return _page(values, {"who": [refused.message]}), 409
    flash("已登记现场缴费，申请已办结。", "ok")
    return redirect(f"{ORDERS}/{payment.order_number}", 303)


@bp.get(f"{ORDERS}/<number>")
@allow("staff")
def order(number: str) -> str:
    """Render an order with all its payments."""
    row = db.session.execute(_orders().where(Order.number == number)).one_or_none()
    if row is None:
        abort(404)
    events = db.session.scalars(select(PaymentEvent).where(PaymentEvent.order_id == row.id).order_by(PaymentEvent.id))
    return render_template(
        "staff/money/order.html",
        section="staff-orders",
        order=_shown(row),
        events=[(event, TROUBLE.get(event.verdict, "已入账")) for event in events],
        may_print=row.state == "paid",
        can_record=principal().role in scope.MONEY and row.state == "open",
        labels=PaidForm.labels(),
    )


def _page(values: dict[str, str] | None = None, errors: dict[str, list[str]] | None = None) -> str:
    me = principal()
    wanted = OrdersForm(request.args)
    state, q = wanted.state.data, wanted.q.data[:60]
    before = request.args.get("before", "")
    query = _orders()
    if state in STATES:
        query = query.where(Order.state == state)
    if q:
        query = query.where(_matching(q))
    if before.isascii() and before.isdecimal() and len(before) < 15:
        query = query.where(Order.id < int(before))
    rows = db.session.execute(query.order_by(Order.id.desc()).limit(PAGE + 1)).all()
    filters = {name: value for name, value in (("state", state), ("q", q)) if value}
    return render_template(
        "staff/money/orders.html",
        fees="”或“".join(f"支付{fee}" for fee in fee_titles()) or "支付",
        section="staff-orders",
        may_export=me.role in kinds()["orders"].roles,
        rows=[_shown(row) for row in rows[:PAGE]],
        states=list(STATES.items()),
        filters=filters,
        older={**filters, "before": str(rows[PAGE - 1].id)} if len(rows) > PAGE else None,
        newest=filters if before else None,
        troubles=_troubles() if me.role in scope.MONEY else [],
        can_record=me.role in scope.MONEY,
        values=values or {"who": q if q and not rows else "", "receipt": ""},
        errors=errors or {},
        labels=PaidForm.labels() | OrdersForm.labels(),
    )


def _orders() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.id,
            Order.number,
            Order.fee,
            Order.amount,
            Order.state,
            Order.paid_by,
            Order.receipt,
            Order.created_at,
            Order.paid_at,
            Application.public_id,
            Ticket.number.label("ticket"),
            Examinee.name,
            School.name.label("school"),
            Window.name.label("window"),
        )
        .join(Application, Application.id == Order.application_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Examinee, Examinee.id == Order.examinee_id)
        .join(Window, Window.id == Application.window_id)
        .outerjoin(School, School.code == Application.school_code)
        .where(scope.orders(principal().actor))
    )


def _matching(q: str) -> ColumnElement[bool]:
    """Match a whole order number, 准考证号, receipt number or name."""
    return (
        (Order.number == q.upper())
        | (Ticket.number == normalise_digits(q))
        | (Order.receipt == q)
        | (Examinee.name == q)
    )


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        **row._asdict(),
        "name": mask_name(row.name),
        "word": STATES[row.state],
        "tone": TONES[row.state],
        "by": way(row.paid_by),
        "can_see_file": principal().role in scope.LOOKING,
    }


def _troubles() -> list[tuple[PaymentEvent, str]]:
    """Return payments to refund or check."""
    query = select(PaymentEvent).where(PaymentEvent.verdict.in_(TROUBLE)).order_by(PaymentEvent.id.desc()).limit(PAGE)
    return [(event, TROUBLE[event.verdict]) for event in db.session.scalars(query)]


def _unpaid(who: str) -> list[str]:
    """Return public ids of approved applications in scope with this number."""
    by = principal().actor
    of_order = select(Order.application_id).where(Order.number == who.upper())
    of_receipt = select(Submission.application_id).where(Submission.receipt == who.upper())
    of_ticket = select(Ticket.id).where(Ticket.number == normalise_digits(who))
    query = select(Application.public_id).where(
        scope.applications(by),
        Application.state == State.APPROVED,
        Application.id.in_(of_order) | Application.id.in_(of_receipt) | Application.ticket_id.in_(of_ticket),
    )
    return list(db.session.scalars(query))
