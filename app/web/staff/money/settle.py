"""/staff/orders/payments/<ident>: 处理完毕 of a payment that waits for somebody."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template

from app.actions import scope
from app.actions.payments.settling import GONE, settle
from app.extensions import db
from app.models import PaymentEvent
from app.rules.refusals import ChangedMeanwhile, Invalid
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.money.forms import SettleForm
from app.web.staff.money.orders import ORDERS
from app.web.staff.money.payments import trouble

PAYMENT = f"{ORDERS}/payments/<int:ident>"


@bp.get(PAYMENT)
@allow("staff", roles=scope.MONEY)
def waiting_payment(ident: int) -> Any:
    """Render a payment that waits, with the form to say how it was dealt with."""
    return _page(ident, "", {})


@bp.post(PAYMENT)
@allow("staff", roles=scope.MONEY)
def settle_payment(ident: int) -> Any:
    """处理完毕."""
    form = SettleForm()
    how = form.how.data
    try:
        settle(ident, how, by=principal().actor, on=arrived(), token=form.form_token.data)
    except Invalid as refused:
        return _page(ident, how, {refused.field: [refused.message]}), 422
    except ChangedMeanwhile as refused:
        return _page(ident, how, {"": [refused.message]}), 409
    flash("已记下这笔款项怎样处理，不再列在待处理的款项里。", "ok")
    return redirect(ORDERS, 303)


def _page(ident: int, how: str, errors: dict[str, list[str]]) -> Any:
    found = trouble(ident, principal().actor)
    if found is None and db.session.get(PaymentEvent, ident) is None:
        abort(404)
    if found is None and not errors:
        flash(GONE, "warn")
        return redirect(ORDERS, 303)
    return render_template(
        "staff/money/settle.html",
        section="staff-orders",
        here=f"{ORDERS}/payments/{ident}",
        found=found,
        values={"how": how},
        errors=errors,
        labels=SettleForm.labels(),
    )
