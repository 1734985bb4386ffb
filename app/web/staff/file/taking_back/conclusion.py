"""/staff/applications/<id>/completion: 撤销办结, 重新办结, and 办结 of what no payment completes, by the office."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template

from app.actions import scope
from app.actions.applications.completion import complete_by_office, undo_completion
from app.actions.services import service_for
from app.extensions import db
from app.rules.refusals import Invalid
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.file.query import load_file
from app.web.staff.queue.views import QUEUE
from app.wizard.forms import Form, Line, Text, Token

DONE = {"again": "已重新办结", "complete": "已办结"}
"""What is said after an act."""


class ConclusionForm(Form):
    """`act`: undo (with `reason`, for the examinee), again or complete."""

    act = Text(default="undo")
    reason = Line("撤销办结的原因")
    form_token = Token()


@bp.get(f"{QUEUE}/<public_id>/completion")
@allow("staff", roles=scope.OFFICE)
def conclusion(public_id: str) -> str:
    """Say what follows, and ask for the reason."""
    return _page(public_id)


@bp.post(f"{QUEUE}/<public_id>/completion")
@allow("staff", roles=scope.OFFICE)
def conclude(public_id: str) -> Any:
    """Undo the completion, or complete."""
    by, on, form = principal().actor, arrived(), ConclusionForm()
    token = form.form_token.data
    if form.act.data in DONE:
        complete_by_office(public_id, by=by, on=on, token=token)
        flash(f"{DONE[form.act.data]}，考生会收到站内消息。", "ok")
    else:
        try:
            undo_completion(public_id, form.reason.data, by=by, on=on, token=token)
        except Invalid as refused:
            values = {"reason": form.reason.data}
            return _page(public_id, values=values, errors={refused.field: [refused.message]}), 422
        flash("已撤销办结，考生会收到站内消息。", "ok")
    return redirect(f"{QUEUE}/{public_id}", 303)


def _page(public_id: str, *, values: dict[str, str] | None = None, errors: dict[str, list[str]] | None = None) -> str:
    file = load_file(db.session(), public_id, principal().actor, on=arrived())
    return render_template(
        "staff/file/completion.html",
        section="applications",
        file=file,
        papers=[paper.title for paper in service_for(file.case.service).papers],
        here=f"{QUEUE}/{public_id}/completion",
        back=f"{QUEUE}/{public_id}",
        values=values or {},
        errors=errors or {},
        labels=ConclusionForm.labels(),
    )
