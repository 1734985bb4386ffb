"""/staff/applications/<id>: review one application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.actions import scope
from app.actions.applications import leases
from app.actions.people.reveals import ConfirmFirst, note_look, reveal_id
from app.actions.review.decide import decide, save_opinion
from app.actions.review.notes import add_note
from app.actions.review.opinions import Opinion
from app.actions.review.undo import decide_later
from app.extensions import db
from app.models import Examinee, Ticket
from app.rules.calendar import clock
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound, Stopped
from app.rules.review.lifecycle import WORDS, State
from app.rules.review.words import DECISIONS, FIELDS, STAGES, passed
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.file import asides
from app.web.staff.file.before_second_look import asked_first, note_answered
from app.web.staff.file.decision.reason_choices import choices, has_unwritten, written_out
from app.web.staff.file.decision.sure import asked_once_more, undo_time
from app.web.staff.file.decision.withdrawn_meanwhile import withdrawn
from app.web.staff.file.evidence_notes import notes_of
from app.web.staff.file.first_stage import first_stage
from app.web.staff.file.forms import SAVE, ReviewForm, errors_of
from app.web.staff.file.kept import Back, fields_of, posted, settle, shown_fields
from app.web.staff.file.online_checks import checkable
from app.web.staff.file.order import order
from app.web.staff.file.permissions import May, awaited, permissions
from app.web.staff.file.query import File, load_file
from app.web.staff.file.status import FileStatus, load_status
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.query import place, position
from app.web.staff.queue.views import QUEUE, to_next, url
from app.wizard.service import service_for

REVEAL, SAVE_NEXT, NOTE = "reveal", "save_next", "note"
ACTS = (REVEAL, SAVE, SAVE_NEXT, NOTE, *asides.ACTS, *DECISIONS)  # values of `decision`


@bp.get(f"{QUEUE}/<public_id>")
@allow("staff", roles=scope.LOOKING)
def review(public_id: str) -> str:
    """Render the last submission with the open review, and acquire a free lease.
    An auditor acquires none; each reading is recorded, whatever headers the browser sends. Asks first before what waits for a blind second look.
    """
    if asks := asked_first(public_id):
        return asks
    by, on = principal().actor, arrived()
    if by.role not in scope.REVIEWING:
        note_look(public_id, by=by, on=on)
    elif _is_opened():
        with suppress(OperationalError):  # others write: the file can be read
            leases.open_for_review(public_id, by=by, on=on)
    return _page(public_id)


def _is_opened() -> bool:
    """Return whether a person opens the page: no prefetch, preview or HEAD, which acquire no lease."""
    purpose = "".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    read = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return request.method == "GET" and read and not any(word in purpose.lower() for word in ("prefetch", "preview"))


@bp.post(f"{QUEUE}/<public_id>")
@allow("staff", roles=scope.LOOKING)
def judge(public_id: str) -> Any:
    """暂存, 记下, 显示 or a decision, by `decision`. Invalid input is shown again. An auditor has 显示 only."""
    form = ReviewForm()
    act = form.decision.data
    if principal().role in scope.READING_ONLY and act != REVEAL:
        raise NotAllowed("审计员只查看，不审核。")
    if act not in ACTS:
        abort(400)
    values, back = form.shown(), posted(form)
    note_answered(public_id)
    try:
        if act == REVEAL:
            return _reveal(public_id, form)
        opinion = _opinion(public_id, form)
        values |= {f"reason.{key}": each.reason for key, each in opinion.findings.items() if each.reason}
        note = form.checked_note(asked=act == NOTE)
        if act in DECISIONS and (question := asked_once_more(public_id, act, opinion, form)):
            return question
        done = _decide if act in DECISIONS else _aside if act in asides.ACTS else _save
        answer = done(public_id, act, opinion, form)
        if note:  # saved with every button
            add_note(public_id, note, by=principal().actor, on=arrived(), token=form.form_token.data)
        settle(public_id, form, decided=act in DECISIONS, by=principal().actor)
        return answer
    except Invalid as refused:
        errors = {refused.field: [refused.message], **refused.more}
        return _page(public_id, values=values, back=back, errors=errors), 422
    except Incomplete as refused:
        return _page(public_id, values=values, back=back, errors=errors_of(refused.problems)), 422
    except Stopped as refused:
        return _page(public_id, values=values, back=back, errors={"": [refused.message]}), 409
    except ChangedMeanwhile as refused:
        both = [(label, refused.theirs[label], text) for label, text in refused.mine.items()]
        words = refused.message if both else f"{refused.message}{_both_states(public_id, form)}"
        back = replace(back, saved="")  # the page shows what is stored now
        return _page(public_id, values=values, back=back, errors={"": [words]}, both=both), 409
    except NotAllowed as refused:
        return _page(public_id, values=values, back=back, errors={"": [refused.message]}), 403
    except NotFound:
        return withdrawn(public_id, form)


def _reveal(public_id: str, form: ReviewForm) -> str:
    """Render the filled page unmasked; saves the draft if 身份确认 comes first."""
    by, on = principal().actor, arrived()
    try:
        reveal_id(public_id, by=by, on=on, fresh=principal().is_fresh(on))
    except ConfirmFirst:
        _keep(public_id, _opinion(public_id, form), form)
        raise
    return _page(public_id, values=form.shown(), back=posted(form), reveal=True)


def _save(public_id: str, act: str, opinion: Opinion, form: ReviewForm) -> Any:
    """Save the opinion, then stay or go to the next."""
    by, on = principal().actor, arrived()
    if act == NOTE:
        _keep(public_id, opinion, form)
        flash("已记下备注。", "ok")
    else:
        save_opinion(public_id, opinion, by=by, on=on, seen=form.seen())
    if act == SAVE_NEXT:
        leases.release(public_id, by=by)
        row = scope.application(db.session(), public_id, by)
        return to_next(Filters.read(request.args), position(row, on), "已暂存。", **_kept_undo())
    if act == SAVE:
        flash("已暂存。", "ok")
    return redirect(_again(form), 303)


def _aside(public_id: str, act: str, opinion: Opinion, form: ReviewForm) -> Any:
    """Save the opinion before a question, then on to the next file; from an answer back to the list."""
    by, on = principal().actor, arrived()
    row = scope.application(db.session(), public_id, by)
    here = position(row, on)
    asides.act(act, public_id, opinion, form, by=by, on=on)
    if act == asides.ASK:
        return to_next(Filters.read(request.args), here, asides.SAID[act], **_kept_undo())
    flash(asides.SAID[act], "ok")
    back = url(QUEUE, Filters.read(request.args)) if act == asides.ANSWER else _again(form)
    return redirect(back, 303)


def _keep(public_id: str, opinion: Opinion, form: ReviewForm) -> None:
    """Save the opinion unless it is empty, so that no review begins."""
    if opinion != Opinion():
        save_opinion(public_id, opinion, by=principal().actor, on=arrived(), seen=form.seen())


def _decide(public_id: str, decision: str, opinion: Opinion, form: ReviewForm) -> Any:
    """Decide and go to the next file in the queue."""
    by, filters = principal().actor, Filters.read(request.args)
    row = scope.application(db.session(), public_id, by)
    here = position(row, arrived())
    holder = select(Examinee.name, Ticket.number).join(Ticket, Ticket.examinee_id == Examinee.id)
    name, ticket = db.session.execute(holder.where(Ticket.id == row.ticket_id)).one()
    service = service_for(row.service)
    given: dict[str, Any] = {"service": service, "by": by, "on": arrived(), "seen": form.seen()}
    given["token"] = form.form_token.data
    wait = undo_time(form)
    if wait:
        until = decide_later(public_id, decision, opinion, after=wait, **given)
        outcome = f"{DECISIONS[decision]}，{clock(until)} 生效，之前可以撤销"
    else:
        outcome = _outcome(decide(public_id, decision, opinion, **given).state, decision)
    keep = {"undo": "1" if wait else "0"} if "undo" in request.args or wait else {}
    return to_next(filters, here, f"{scope.shown_name(name, by)}（{ticket}）：{outcome}。", **keep)


def _opinion(public_id: str, form: ReviewForm) -> Opinion:
    """Return the posted opinion with reason texts filled in."""
    opinion, by = form.opinion(), principal().actor
    if not has_unwritten(opinion):
        return opinion
    return written_out(opinion, load_file(db.session(), public_id, by, on=arrived()), by)


def _both_states(public_id: str, form: ReviewForm) -> str:
    """Return state and submission number at rendering and now."""
    row = scope.application(db.session(), public_id, principal().actor)
    now = f"{WORDS[State(row.state)]}，第 {row.submissions} 次提交"
    state, number = form.state.data, form.number.data
    then = f"{dict(WORDS)[State(state)]}，第 {number} 次提交" if state in dict(WORDS) and number.isdecimal() else ""
    return f"（打开时：{then}；现在：{now}）" if then and then != now else f"（现在：{now}）"


def _kept_undo() -> dict[str, str]:
    """Keep 留 5 分钟可撤销 as ticked."""
    return {"undo": request.args["undo"]} if "undo" in request.args else {}


def _again(form: ReviewForm) -> str:
    """Return the address of this page, with that box as it was in the form."""
    choice = form.undo_choice() if form.undo_choice().get("undo") == "0" or "undo" in request.args else {}
    query = urlencode(request.args.to_dict() | choice)
    return f"{request.path}?{query}" if query else request.path


def _outcome(state: State, decision: str) -> str:
    """Return the result as text, naming the stage only while another follows."""
    if decision in ("return", "back"):
        return f"已{DECISIONS[decision]}"
    return {
        State.OFFICE_REVIEW: f"{passed(State.SCHOOL_REVIEW)}，等待{STAGES[State.OFFICE_REVIEW]}",
        State.APPROVED: f"{WORDS[State.APPROVED]}，等待缴费",
        State.COMPLETED: f"{WORDS[State.APPROVED]}，{WORDS[State.COMPLETED]}",
        State.REJECTED: WORDS[State.REJECTED],
    }[state]


def _page(
    public_id: str,
    *,
    values: dict[str, str] | None = None,
    back: Back | None = None,
    errors: dict[str, list[str]] | None = None,
    reveal: bool = False,
    both: Sequence[tuple[str, str, str]] = (),
) -> str:
    """Render the page; `values` and `back`: of a posted form that is shown again."""
    me, filters, on = principal(), Filters.read(request.args), arrived()
    file = load_file(db.session(), public_id, me.actor, on=on, reveal=reveal)
    status = load_status(file, me.actor, on=on, reveal=reveal)
    may = permissions(file, status, me.actor)
    wrong, has = errors or {}, fields_of(file, status, may, me.actor)
    fields = shown_fields(file, status, has, values, back, wrong)
    return render_template(
        "staff/file/review.html",
        section="applications",
        file=file,
        status=status,
        may=may,
        awaited=awaited(file),
        **_ordered(file, status, fields["values"], wrong, me.actor),
        reasons=choices(file, me.actor) if may.decide else {},
        **_addresses(public_id, file, filters, may),
        online=checkable(file, me.actor),
        **asides.shown(file.stored, me.actor),
        **fields,
        errors=wrong,
        both=both,
        labels=FIELDS,
    )


def _ordered(
    file: File, status: FileStatus, shown: Mapping[str, str], wrong: Mapping[str, list[str]], by: Actor
) -> dict[str, Any]:
    """Return the results of 初审, what is to be said of the evidence, and the rows in their order."""
    first = first_stage(file, status.unseen)
    notes = notes_of(db.session(), file.submission.content.items, file.case, file.stored.evidence, by)
    return {"first": first, "notes": notes, "order": order(file, status, notes, first, shown, wrong)}


def _addresses(public_id: str, file: File, filters: Filters, may: May) -> dict[str, Any]:
    own, more = f"{QUEUE}/{public_id}", _kept_undo()
    return {
        "here": url(own, filters, **more),
        "acts": url(f"{own}/desk", filters, **more),
        "checks": url(f"{own}/checks", filters, **more),
        "revoke": url(f"{own}/revoke", filters) if may.revoke else "",
        "queue": url(QUEUE, filters),
        "skip": url(f"{QUEUE}/next", filters, after=_here(file), **more),
        "coming": url(f"{QUEUE}/coming", filters, after=_here(file)),
    }


def _here(file: File) -> str:
    at = file.application.submitted_at
    return place(at, file.application.id, ahead=file.application.sent_back) if at else ""
