"""/staff/orders: orders in scope, and who owes a fee."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import abort, render_template, request
from sqlalchemy import select

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.exports.money import ORDERS as ORDER_LIST
from app.actions.payments.on_the_spot import on_record
from app.actions.services import fee_titles
from app.extensions import db
from app.models import PlanRow, School
from app.rules.orders import NONE, NOT_OWED, OFFLINE, STATES, UNPAID_STATES
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.money import query as money
from app.web.staff.money.forms import LookForm, MoneyForm
from app.web.staff.money.payments import events_of, troubles
from app.web.staff.money.query import Filters, Listed
from app.web.staff.queue.query import Cursor

ORDERS = "/staff/orders"
OWING = f"{ORDERS}/due"
ORDERINGS = (("", "新的在前"), ("old", "旧的在前"))


@bp.get(ORDERS)
@allow("staff")
def orders() -> str:
    """List orders, latest first."""
    filters = Filters.read(MoneyForm(request.args).values(), tuple(STATES.items()))
    return _list("orders", ORDERS, filters, money.orders, states=tuple(STATES.items()))


@bp.get(OWING)
@allow("staff")
def owing() -> str:
    """待缴费: list who owes a fee, the latest approved first."""
    states = (*UNPAID_STATES, NOT_OWED)
    filters = Filters.read(MoneyForm(request.args).values(), states)
    return _list("due", OWING, filters, money.owing, states=states)


def _list(
    name: str,
    here: str,
    filters: Filters,
    read: Callable[[Filters, Cursor | None, Actor, datetime], Listed],
    states: tuple[tuple[str, str], ...],
) -> str:
    by, errors, found = principal().actor, filters.days().errors, Listed([], "", [])
    cursor = Cursor.read({"after": request.args.get("after", "")})
    try:
        found = found if errors else read(filters, cursor, by, arrived())
    except Invalid as refused:
        errors = {refused.field: [refused.message]}
    args = filters.args()
    return render_template(
        f"staff/money/{name}.html",
        section="staff-orders",
        here=here,
        lists=[(ORDERS, "订单"), (OWING, "待缴费")],
        filters=args,
        rows=found.rows,
        totals=[(dict(states).get(state, ""), number, amount) for state, number, amount in found.totals],
        older=f"{here}?{urlencode({**args, 'after': found.older})}" if found.older else None,
        beside=found.beside,
        paid=found.paid,
        all_paid=f"{ORDERS}?{urlencode({'q': filters.q, 'state': 'paid'})}",
        free=f"{here}?{urlencode({**args, 'state': NONE})}",
        newest=f"{here}?{urlencode(args)}" if cursor else None,
        errors=errors,
        fees="”或“".join(f"支付{fee}" for fee in fee_titles()) or "支付",
        states=list(states),
        orderings=ORDERINGS,
        **_choices(by),
        troubles=troubles(by) if by.role in scope.MONEY and name == "orders" else [],
        can_record=by.role in scope.MONEY,
        may_export=by.role in ORDER_LIST.roles and not errors,
        labels=MoneyForm.labels() | {"who": LookForm.labels()["who"]},
    )


def _choices(by: Actor) -> dict[str, Any]:
    session = db.session()
    majors = session.execute(select(PlanRow.major_code, PlanRow.name).distinct().order_by(PlanRow.major_code))
    schools = select(School.code, School.name).order_by(School.code)
    return {
        "windows": [(str(window.id), window.name) for window in all_windows(session)],
        "majors": [(row.major_code, f"{row.major_code} {row.name}") for row in majors],
        "schools": [] if scope.of_school(by) else [(row.code, row.name) for row in session.execute(schools)],
    }


@bp.get(f"{ORDERS}/<number>")
@allow("staff")
def order(number: str) -> str:
    """Render an order with all its payments."""
    by = principal().actor
    row = money.order_of(number, by)
    if row is None:
        abort(404)
    may_record = by.role in scope.MONEY
    paid = may_record and row.state == "paid" and row.paid_by == OFFLINE
    return render_template(
        "staff/money/order.html",
        section="staff-orders",
        order=money.order_shown(row, by),
        events=events_of(row.id),
        may_settle=may_record,
        may_print=row.state == "paid",
        can_record=may_record and row.state == "open",
        entry=on_record(db.session(), number, by=by, on=arrived()) if paid else None,
    )
