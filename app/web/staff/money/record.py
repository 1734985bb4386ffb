"""/staff/orders/record and /staff/orders/<number>/correct: 登记现场缴费, first looked up and then confirmed; its correction."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request

from app.actions import scope
from app.actions.payments.on_the_spot import Seen, correct, on_record, record_offline
from app.extensions import db
from app.rules.orders import CORRECTABLE
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.money import query as money
from app.web.staff.money.forms import CorrectForm, LookForm, PaidForm
from app.web.staff.money.lookup import MANY, Found, find
from app.web.staff.money.orders import ORDERS

RECORD = f"{ORDERS}/record"
NOBODY = "没有找到“{who}”的申请，请核对：准考证号 12 位，订单号以 D 开头，回执编号如 BY26-7F3A-92C1-0D4E，姓名要写全"
Errors = dict[str, list[str]]


@bp.get(RECORD)
@allow("staff", roles=scope.MONEY)
def look_up() -> Any:
    """Render who is found by the typed number, to be confirmed; nothing is recorded."""
    form = LookForm(request.args)
    return _page(form.values(), {})


@bp.post(RECORD)
@allow("staff", roles=scope.MONEY)
def record_paid() -> Any:
    """Record the payment that was confirmed."""
    form = PaidForm()
    values = form.values()
    try:
        seen = Seen(form.version.data, form.amount.data)
        given: dict[str, Any] = {"by": principal().actor, "on": arrived(), "seen": seen, "token": form.form_token.data}
        payment = record_offline(form.application.data, form.receipt.data, **given)
    except Invalid as refused:
        return _page(values, {refused.field: [refused.message]}), 422
    except (ChangedMeanwhile, NotAllowed) as refused:
        return _page(values, {"": [refused.message]}), 409
    flash("已登记现场缴费，申请已办结。", "ok")
    return redirect(f"{ORDERS}/{payment.order_number}", 303)


def _page(values: dict[str, Any], errors: Errors) -> Any:
    who, wanted = values["who"][:60], values["application"]
    found = find(who, principal().actor, arrived()) if who else []
    chosen = _chosen(found, wanted)
    if not errors and not found and (who or "who" in request.args):
        errors = {"who": [NOBODY.format(who=who) if who else "请填写订单号、准考证号、回执编号或姓名"]}
    page = render_template(
        "staff/money/record.html",
        section="staff-orders",
        here=RECORD,
        found=found,
        chosen=chosen,
        many=len(found) == MANY,
        picks={each.public_id: f"{RECORD}?{_address(who, each, values['receipt'])}" for each in found},
        values=values,
        errors=errors,
        labels=PaidForm.labels(),
    )
    return (page, 422) if "who" in errors and not request.form else page


def _chosen(found: list[Found], wanted: str) -> Found | None:
    """Return the one that was chosen, or the only one found."""
    return next((each for each in found if each.public_id == wanted), found[0] if len(found) == 1 else None)


def _address(who: str, each: Found, receipt: str) -> str:
    kept = {"receipt": receipt} if receipt else {}
    return urlencode({"who": who, "application": each.public_id, **kept})


@bp.get(f"{ORDERS}/<number>/correct")
@allow("staff", roles=scope.MONEY)
def correction(number: str) -> Any:
    """Render what a correction does, before it is done."""
    return _correction(number, "", {})


@bp.post(f"{ORDERS}/<number>/correct")
@allow("staff", roles=scope.MONEY)
def correct_payment(number: str) -> Any:
    """更正: take the payment back, and go on to record its receipt for whom it belongs to."""
    form = CorrectForm()
    reason = form.reason.data
    try:
        receipt = correct(number, reason, by=principal().actor, on=arrived(), token=form.form_token.data)
    except Invalid as refused:
        return _correction(number, reason, {refused.field: [refused.message]}), 422
    except (ChangedMeanwhile, NotAllowed) as refused:
        return _correction(number, reason, {"": [refused.message]}), 409
    flash(f"已更正：订单 {number} 的登记已撤回。收据号 {receipt} 可以登记给正确的考生。", "ok")
    return redirect(f"{RECORD}?{urlencode({'receipt': receipt})}", 303)


def _correction(number: str, reason: str, errors: Errors) -> str:
    by = principal().actor
    row = money.order_of(number, by)
    if row is None:
        abort(404)
    try:
        entry = on_record(db.session(), number, by=by, on=arrived())
    except NotFound:
        entry = None
    return render_template(
        "staff/money/correct.html",
        section="staff-orders",
        here=f"{ORDERS}/{number}/correct",
        order=money.order_shown(row, by),
        name=row.name,
        entry=entry,
        days=CORRECTABLE.days,
        values={"reason": reason},
        errors=errors,
        labels=CorrectForm.labels(),
    )
