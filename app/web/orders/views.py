"""我的订单 (manual 3.1.11): list, order, payment start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template

from app.actions.payments.orders import open_order
from app.extensions import db
from app.rules.closing import school_words
from app.rules.orders import BEFORE, DUE, STOPPED, TONES, UNPAID_STATES, how_to_pay
from app.rules.orders import STATES as WORDS
from app.rules.refusals import NotAllowed, WindowClosed
from app.rules.review.clashes import read_clash
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.orders import bp, queries
from app.web.orders.gateway import ways_to_pay
from app.web.site import online, spot

__all__ = ["bp"]
STATES = {state: (TONES[state], word) for state, word in WORDS.items()} | {BEFORE: ("off", dict(UNPAID_STATES)[BEFORE])}


@bp.get("/orders")
@allow("examinee")
def orders() -> str:
    """List orders and fees due."""
    me, session = principal(), db.session()
    due = queries.due(session, me.examinee_id, arrived(), spot)
    return render_template(
        "orders/list.html",
        section="orders",
        rows=queries.orders_of(session, me.examinee_id),
        due=due,
        early={each.number for each in due if each.state == BEFORE},
        words=dict(UNPAID_STATES),
        not_due=queries.not_due(session, me.examinee_id),
        states=STATES,
    )


@bp.get("/orders/<number>")
@allow("examinee")
def order(number: str) -> str:
    """Render an order, its payment state and ways to pay."""
    me, session = principal(), db.session()
    row = queries.one(session, me.examinee_id, number)
    if row is None:
        abort(404)
    on = arrived()
    state = queries.unpaid_of(row, on)
    school = school_words(row.school or "", row.phone or "")
    return render_template(
        "orders/order.html",
        section="orders",
        order=row,
        tag=STATES[BEFORE if state == BEFORE else row.state],
        unpaid=state,
        how=how_to_pay(queries.window_of(row), on, school, spot(school)) if state else "",
        stop=read_clash(row.stop) if row.state == STOPPED else None,
        may_print=row.state == "paid",
        anew=_anew(row, on) if row.state == "closed" else None,
        ways=ways_to_pay(row) if state == DUE else [],
    )


def _anew(row: Any, on: datetime) -> queries.Due | None:
    """Return what is owed instead of an order that was closed, as after a change of the fee."""
    due = queries.due(db.session(), principal().examinee_id, on, spot)
    return next((each for each in due if each.public_id == row.public_id), None)


@bp.post("/applications/<public_id>/pay")
@allow("examinee")
def pay(public_id: str) -> Any:
    """支付费用: open the order at the first click; redirect to it. Without a gateway it would lead nowhere."""
    if not online():
        flash("本平台现在不能在线支付，没有生成订单。在哪里缴、怎么缴，这一页上写着。", "warn")
        return redirect(f"/applications/{public_id}", 303)
    try:
        number = open_order(public_id, by=principal().actor, on=arrived())
    except (NotAllowed, WindowClosed) as refused:
        flash(refused.message, "warn")
        return redirect(f"/applications/{public_id}", 303)
    return redirect(f"/orders/{number}", 303)
