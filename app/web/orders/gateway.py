"""The training cashier and the only route for payment notices."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request

from app.actions.counted import count_forged
from app.actions.payments.orders import DUPLICATE, PAID, Payment, receive
from app.adapters.gateways import Forged, Gateway, OrderFacts, TrainingGateway, gateways, training
from app.extensions import csrf, db
from app.rules.orders import BEFORE, OVER
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.orders import bp, queries

log = logging.getLogger(__name__)


def ways_to_pay(order: Any) -> list[tuple[str, str]]:
    """Return each gateway's title and address for this order."""
    ways = gateways(current_app.extensions["kaoji"]).values()
    return [(gateway.title, gateway.create(facts_of(order))) for gateway in ways]


def facts_of(order: Any) -> OrderFacts:
    """Return the order's facts for a gateway."""
    return OrderFacts(order.number, order.fee, order.amount)


@bp.get("/orders/<number>/cashier")
@allow("examinee")
def cashier(number: str) -> Any:
    """训练收银台, demonstration instances only."""
    gateway, order = _cashier(number)
    if order.state != "open" or queries.unpaid_of(order, arrived()) in (BEFORE, OVER):
        return redirect(f"/orders/{number}", 303)
    return render_template("orders/cashier.html", section="orders", order=order, gateway=gateway)


@bp.post("/orders/<number>/cashier")
@allow("examinee")
def confirm(number: str) -> Any:
    """确认支付: the gateway signs a notice, processed as any other."""
    gateway, order = _cashier(number)
    if queries.unpaid_of(order, arrived()) in (BEFORE, OVER):  # a page left open
        flash("现在不在缴费时间内，没有支付。", "warn")
        return redirect(f"/orders/{number}", 303)
    if order.state == "closed":  # the fee was changed while the page was open: nobody pays what is not asked any more
        flash("这笔订单已关闭，没有支付。", "warn")
        return redirect(f"/orders/{number}", 303)
    signed = gateway.pay(facts_of(order), on=arrived())
    payment = receive_notice(gateway, signed.raw, signed.headers, on=arrived())
    words = {PAID: ("支付成功。", "ok"), DUPLICATE: ("这项费用不用再付，收到的款项已经记下，会退回。", "warn")}
    flash(*words.get(payment.verdict, ("款项已收到，正在核对，请联系主考学校。", "warn")))
    return redirect(f"/orders/{number}", 303)


@bp.post("/pay/<name>/notify")
@csrf.exempt
@allow("public")
def notify(name: str) -> tuple[str, int]:
    """Process a payment notice; answers after the commit. A forged notice changes nothing; of those of a minute one event tells."""
    gateway = gateways(current_app.extensions["kaoji"]).get(name)
    if gateway is None:
        abort(404)
    try:
        receive_notice(gateway, request.get_data(), dict(request.headers), on=arrived())
    except Forged as error:
        if number := count_forged(name, title=gateway.title, address=request.remote_addr or "", on=arrived()):
            log.warning("payment notice refused: gateway=%s reason=%s count=%s", name, error, number)
        return "fail", 400
    return "success", 200


def receive_notice(gateway: Gateway, raw: bytes, headers: Mapping[str, str], *, on: datetime) -> Payment:
    """Verify and process a notice. Raises Forged."""
    return receive(gateway.verify_notice(raw, headers, on=on), title=gateway.title, on=on)


def _cashier(number: str) -> tuple[TrainingGateway, Any]:
    gateway = training(current_app.extensions["kaoji"])
    order = queries.one(db.session(), principal().examinee_id, number) if gateway else None
    if gateway is None or order is None:
        abort(404)
    return gateway, order
