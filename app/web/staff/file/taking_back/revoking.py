"""/staff/applications/<id>/revoke: 撤销决定, on a page that says what follows."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request

from app.actions import scope
from app.actions.review.revoking import MAX_REASON, Revocable, revocable, revoke
from app.extensions import db
from app.models import Application, Examinee, Staff, Ticket
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.lifecycle import WORDS, State
from app.rules.review.words import DECISIONS, IN_LISTS, REVOKED_BECAUSE, passed, stage
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.file.before_second_look import asked_first, note_answered
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.views import QUEUE, url
from app.wizard.forms import Form, Lines, Number, Token


class RevokeForm(Form):
    """`version`: of the application on the page."""

    reason = Lines(REVOKED_BECAUSE)
    version = Number()
    form_token = Token()


@bp.get(f"{QUEUE}/<public_id>/revoke")
@allow("staff", roles=scope.ASSIGNING)
def revoking(public_id: str) -> str:
    """Show the decision, what follows, and the field for the reason; or why it cannot be revoked."""
    return asked_first(public_id) or _page(public_id)


@bp.post(f"{QUEUE}/<public_id>/revoke")
@allow("staff", roles=scope.ASSIGNING)
def take_back(public_id: str) -> Any:
    """撤销决定. Invalid input is shown again."""
    form = RevokeForm()
    note_answered(public_id)
    try:
        version, token = form.version.data, form.form_token.data
        by, on = principal().actor, arrived()
        state = revoke(public_id, form.reason.data, version=version, by=by, on=on, token=token)
    except Invalid as refused:
        return _page(public_id, form, {refused.field: [refused.message]}), 422
    except ChangedMeanwhile as refused:
        return _page(public_id, form, {"": [refused.message]}), 409
    except NotAllowed:
        return _page(public_id, form), 409
    flash(f"已撤销决定，考生已收到消息。现在是“{WORDS[state]}”，请重新审核。", "ok")
    return redirect(url(f"{QUEUE}/{public_id}", Filters.read(request.args)), 303)


def _page(public_id: str, form: RevokeForm | None = None, errors: dict[str, list[str]] | None = None) -> str:
    by, on, session = principal().actor, arrived(), db.session()
    row = scope.application(session, public_id, by)
    found: Revocable | None = None
    why = ""
    try:
        found = revocable(session, row, by=by, on=on)
    except NotAllowed as refused:
        why = refused.message
    filters = Filters.read(request.args)
    return render_template(
        "staff/file/revoke.html",
        section="applications",
        here=url(f"{QUEUE}/{public_id}/revoke", filters),
        back=url(f"{QUEUE}/{public_id}", filters),
        row=row,
        name=scope.shown_name(session.get_one(Examinee, row.examinee_id).name, by),
        ticket=session.get_one(Ticket, row.ticket_id).number,
        word=IN_LISTS[State(row.state)],
        found=found,
        why=why,
        **(_decision(found, row) if found else {}),
        values=form.values() if form else {},
        errors=errors or {},
        labels=RevokeForm.labels(),
        most=MAX_REASON,
    )


def _decision(found: Revocable, row: Application) -> dict[str, Any]:
    """Return the decision in words, who made it and where the file goes."""
    review = found.review
    word = DECISIONS[review.decision]
    of_stage = stage(review.stage, found.stages)
    return {
        "decision": passed(review.stage, found.stages) if review.decision == "pass" else f"{of_stage}{word}",
        "who": db.session.get_one(Staff, review.reviewer_id).name,
        "target": WORDS[found.arrow.target],
        "stage_word": of_stage,
        "was": State(row.state),
    }
