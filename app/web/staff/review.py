"""/staff/applications/<id>: one file beside its evidence; judge its items, decide, go on to the next."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, redirect, render_template, request
from sqlalchemy import select

from app.actions import scope
from app.actions.reveals import reveal_id
from app.actions.reviews import decide, save_opinion
from app.extensions import db
from app.models import Examinee, Ticket
from app.rules.lifecycle import State
from app.rules.privacy import mask_name
from app.rules.refusals import ChangedMeanwhile, Incomplete
from app.security.allow import allow
from app.security.arrival import arrived
from app.security.sessions import principal
from app.web.staff import bp
from app.web.staff.evidence_notes import notes_of
from app.web.staff.forms import errors_of, read_opinion, read_seen, read_values
from app.web.staff.queue import QUEUE, to_next, url
from app.web.staff.queue_query import Cursor, Filters, place
from app.web.staff.review_query import DECISIONS, File, load_file
from app.wizard.service import service_for

REVEAL = "reveal"


@bp.get(f"{QUEUE}/<public_id>")
@allow("staff", roles=scope.REVIEWING)
def review(public_id: str) -> str:
    """The file as it was submitted last, with what this stage noted so far."""
    return _page(public_id)


@bp.post(f"{QUEUE}/<public_id>")
@allow("staff", roles=scope.REVIEWING)
def judge(public_id: str) -> Any:
    """暂存, 显示, or a decision: the button says which. Wrong input comes back as typed."""
    act = request.form.get("decision", "")
    by, on = principal().actor, arrived()
    values = read_values(request.form)
    try:
        if act == REVEAL:
            reveal_id(public_id, by=by, on=on)
            return _page(public_id, values=values, reveal=True)
        if act in DECISIONS:
            return _decide(public_id, act)
        save_opinion(public_id, read_opinion(request.form), by=by, on=on, seen=read_seen(request.form))
    except Incomplete as refused:
        return _page(public_id, values=values, errors=errors_of(refused.problems)), 422
    except ChangedMeanwhile as refused:
        return _page(public_id, values=values, errors={"": [refused.message]}), 409
    flash("已暂存。", "ok")
    return redirect(request.full_path.rstrip("?"), 303)


def _decide(public_id: str, decision: str) -> Any:
    """Decide, and go on to the next file of the queue."""
    by, filters = principal().actor, Filters.read(request.args)
    row = scope.application(db.session(), public_id, by)
    here = Cursor(row.submitted_at or arrived(), row.id)
    holder = select(Examinee.name, Ticket.number).join(Ticket, Ticket.examinee_id == Examinee.id)
    name, ticket = db.session.execute(holder.where(Ticket.id == row.ticket_id)).one()
    service = service_for(row.service)
    done = decide(
        public_id,
        decision,
        read_opinion(request.form),
        service=service,
        by=by,
        on=arrived(),
        seen=read_seen(request.form),
    )
    return to_next(filters, here, f"{mask_name(name)}（{ticket}）：{_outcome(done.state, decision)}。")


def _outcome(state: State, decision: str) -> str:
    if decision == "back":
        return "已退回初审"
    return {
        State.OFFICE_REVIEW: "初审通过，等待终审",
        State.APPROVED: "审核通过，等待缴费",
        State.COMPLETED: "审核通过，已办结",
        State.RETURNED: "已退回修改",
        State.REJECTED: "不予通过",
    }[state]


def _page(
    public_id: str,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, list[str]] | None = None,
    reveal: bool = False,
) -> str:
    me, filters = principal(), Filters.read(request.args)
    file = load_file(db.session(), public_id, me.actor, on=arrived(), reveal=reveal)
    return render_template(
        "staff/review.html",
        section="applications",
        file=file,
        here=url(f"{QUEUE}/{public_id}", filters),
        queue=url(QUEUE, filters),
        skip=url(f"{QUEUE}/next", filters, after=_here(file)),
        values=values if values is not None else dict(file.draft),
        errors=errors or {},
        typed=_typed(file, values or {}) if errors and not file.decisions else [],
        mine=file.begun_by == me.name,
        notes=notes_of(db.session(), json.loads(file.submission.document), file.case, me.actor),
    )


def _here(file: File) -> str:
    at = file.application.submitted_at
    return place(at, file.application.id) if at else ""


def _typed(file: File, values: dict[str, str]) -> list[tuple[str, str]]:
    """What was written, for a page that has no fields any more: somebody else decided meanwhile."""
    labels = {row.key: row.label for group in file.groups for row in group.rows}
    names = {"message": "审核意见"}
    written = [(name.partition("."), text) for name, text in values.items() if text and not name.startswith("verdict.")]
    return [(names.get(kind) or labels.get(key) or f"缺 {key} 的理由", text) for (kind, _, key), text in written]
