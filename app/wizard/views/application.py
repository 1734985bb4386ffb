"""/services/<code> and /applications/<id>: a service, starting an application, progress, 撤回."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.actions.applications import drafts, submit
from app.actions.applications.discard import discard
from app.extensions import db
from app.rules.refusals import ChangedMeanwhile, NotFound, Refused, WindowClosed
from app.rules.review.lifecycle import State
from app.rules.review.words import BEGUN
from app.rules.windows import time_left
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.wizard import queries
from app.wizard.card import Card, taken_services
from app.wizard.item_rows import submitted_rows
from app.wizard.path import Path
from app.wizard.progress import Progress, progress
from app.wizard.service import Service, service_for
from app.wizard.views.answers import Answer, bp, case_of, refused
from app.wizard.views.forms import StartForm, VersionForm
from app.wizard.views.uploads import store


@bp.get("/services/<code>")
@allow("examinee")
def service(code: str) -> str:
    """Show a service: 立即申请, or the application's progress."""
    chosen = _service_or_404(code)
    me = principal()
    cards = [card for card in queries.cards(db.session(), me.ticket_id or 0, arrived()) if card.window.service == code]
    main = cards[0] if cards else None
    return render_template(
        "wizard/service.html",
        section="services",
        service=chosen,
        card=main,
        others=cards[1:],
        again=code in taken_services(cards),
        progress=progress(db.session(), main, arrived()) if main and main.public_id else None,
    )


@bp.post("/services/<code>")
@allow("examinee")
def start(code: str) -> Answer:
    """立即申请: start an application."""
    chosen = _service_or_404(code)
    me = principal()
    on = arrived()
    own = [card.window for card in queries.cards(db.session(), me.ticket_id or 0, on) if card.window.service == code]
    open_now = sorted((w for w in own if w.is_open(on)), key=lambda window: window.opens_at, reverse=True)
    asked = StartForm().window.data
    window = next((w for w in open_now if w.id == asked), open_now[0] if open_now and asked is None else None)
    if window is None:
        return refused(WindowClosed("现在不在办理时间内。若错过本次办理时间，请在下一次按时办理。"), {})
    public_id = drafts.start(chosen.code, window.id, me.ticket_number, by=me.actor, on=on)
    case, _ = case_of(public_id)
    return redirect(Path(chosen, case).resume_url(), 303)


@bp.get("/applications/<public_id>")
@allow("examinee")
def application(public_id: str) -> str:
    """Show state, timeline, reasons and next action."""
    case, chosen = case_of(public_id)
    card = queries.card_of(db.session(), public_id, case.on)
    found = progress(db.session(), card, case.on)
    return render_template(
        "wizard/application.html",
        section="services",
        service=chosen,
        case=case,
        card=card,
        progress=found,
        path=Path(chosen, case),
        papers=_papers(chosen, card, found),
        sent=submitted_rows(chosen, found.submission.content)
        if found.submission and card.state is not State.DRAFT
        else [],
    )


def _papers(service: Service, card: Card, found: Progress) -> list[tuple[str, str]]:
    """Return address and title of each document available now."""
    if not card.submissions or card.state is State.DRAFT:
        return []
    undone = (
        card.state is State.APPROVED and card.undone_at is not None
    )  # what says that it was concluded holds no more
    papers = [
        ("receipt", "申请回执"),
        *(
            (each.key, each.title)
            for each in service.papers
            if card.state in each.states and not card.stopped and not undone
        ),
    ]
    if card.state is not State.SCHOOL_REVIEW:
        papers.append(("opinion", "审核意见"))
    paid = [(f"/orders/{found.order_number}/receipt.pdf", "缴费凭证")] if found.paid else []
    return [*((f"{card.application_url}/{key}.pdf", title) for key, title in papers), *paid]


@bp.get("/applications/<public_id>/withdraw")
@allow("examinee")
def ask_to_withdraw(public_id: str) -> Answer:
    """Ask before 撤回: what follows, and until when it can be submitted again."""
    case, chosen = case_of(public_id)
    card = queries.card_of(db.session(), public_id, case.on)
    found = progress(db.session(), card, case.on)
    if not found.may_withdraw:
        if case.state is not State.DRAFT:  # the second click, or Back
            flash(found.kept or (BEGUN if card.window.is_open(case.on) else "办理时间已经截止，现在不能撤回。"), "warn")
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    return render_template(
        "wizard/withdraw.html",
        section="services",
        service=chosen,
        card=card,
        progress=found,
        left=time_left(card.window.closes_at, case.on),
    )


@bp.post("/applications/<public_id>/withdraw")
@allow("examinee")
def withdraw(public_id: str) -> BaseResponse:
    """撤回 before review has begun."""
    try:
        submit.withdraw(public_id, by=principal().actor, on=arrived(), version=VersionForm().version.data or 0)
    except NotFound:
        raise
    except Refused as refusal:
        flash(refusal.message, "warn")
    else:
        flash("已撤回，申请回到草稿。改好后请在截止前重新提交。", "ok")
    return redirect(url_for("wizard.application", public_id=public_id), 303)


@bp.get("/applications/<public_id>/discard")
@allow("examinee")
def ask_to_discard(public_id: str) -> Answer:
    """Ask before 舍弃草稿: what is deleted, what stays."""
    case, chosen = case_of(public_id)
    if case.state is not State.DRAFT:
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    card = queries.card_of(db.session(), public_id, case.on)
    return render_template(
        "wizard/discard.html",
        section="services",
        service=chosen,
        case=case,
        card=card,
        progress=progress(db.session(), card, case.on),
        pictures=sum(not picture.submitted for picture in case.evidence.values()),
        left=time_left(card.window.closes_at, case.on),
    )


@bp.post("/applications/<public_id>/discard")
@allow("examinee")
def discard_draft(public_id: str) -> BaseResponse:
    """舍弃草稿."""
    try:
        discard(public_id, store(), by=principal().actor, on=arrived(), version=VersionForm().version.data or 0)
    except ChangedMeanwhile as refusal:
        flash(refusal.message, "warn")
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    flash("草稿已舍弃。", "ok")
    return redirect("/", 303)


def _service_or_404(code: str) -> Service:
    try:
        return service_for(code)
    except KeyError:
        abort(404)
