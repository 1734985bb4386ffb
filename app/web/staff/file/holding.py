"""Acts without a decision: acquire, release or take over the lease, undo or publish a decision."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, jsonify, redirect, request

from app.actions import scope
from app.actions.applications import leases
from app.actions.review import kept_work, undo
from app.rules.calendar import clock
from app.rules.refusals import ChangedMeanwhile, NotAllowed
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.file.forms import DeskForm
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.views import QUEUE, url
from app.wizard.service import service_for


@bp.post(f"{QUEUE}/<public_id>/desk")
@allow("staff", roles=scope.REVIEWING)
def desk(public_id: str) -> Any:
    """Carry out `act`; JSON for the script, else a redirect to the review page."""
    by, on, form = principal().actor, arrived(), DeskForm()
    act = form.act.data
    keep = {"undo": request.args["undo"]} if "undo" in request.args else {}
    here = url(f"{QUEUE}/{public_id}", Filters.read(request.args), **keep)
    if act == "hold":
        now = leases.hold(public_id, by=by, on=on)
        mine = now is not None and now.staff_id == by.id
        return jsonify(
            mine=mine,
            who=now.name if now else "",
            until=clock(now.until) if now else "",
            ends=now.until.isoformat() if now and mine else "",
        )
    if act == "release":
        leases.release(public_id, by=by, until=_moment(form.until.data))
        return "", 204
    try:
        _act(public_id, act, form.form_token.data)
    except (ChangedMeanwhile, NotAllowed) as refused:
        flash(refused.message, "warn")
    back = form.back.data
    return redirect(back if act == "publish" and back.startswith(f"{QUEUE}/") else here, 303)


def _moment(text: str) -> datetime | None:
    """Return the end of the lease to release; None (any) if absent."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _act(public_id: str, act: str, token: str) -> None:
    by, on = principal().actor, arrived()
    if act == "take_over":
        leases.take_over(public_id, by=by, on=on)
        flash("已接手，现在由你审核这一件。", "ok")
    elif act == "forget":
        kept_work.forget(public_id, by=by)
    elif act == "undo":
        undo.undo(public_id, by=by, on=on, token=token)
        flash("已撤销决定，填写的内容都在。", "ok")
    elif act == "publish":
        undo.publish_now(public_id, service_for, by=by, on=on)
        flash("决定已生效。", "ok")
