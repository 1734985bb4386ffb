"""Response to a review of an application withdrawn meanwhile: 409 with both states and the typed text."""

from __future__ import annotations

from flask import render_template
from sqlalchemy import select

from app.extensions import db
from app.models import Application, Submission
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import WORDS, State
from app.rules.review.words import FIELDS, RETURN_REASON, WAIVER_REASON
from app.rules.submission import read
from app.web.staff.file.forms import ReviewForm
from app.web.staff.queue.views import QUEUE


def withdrawn(public_id: str, form: ReviewForm) -> tuple[str, int]:
    """Render it if the posted hash matches a submission (the page was read). Raises NotFound otherwise."""
    seen = form.seen()
    query = select(Submission.document).join(Application, Application.id == Submission.application_id)
    mine = (Application.public_id == public_id, Application.state == State.DRAFT, Submission.sha256 == seen.sha256)
    document = db.session.scalar(query.where(*mine).limit(1))
    if document is None:
        raise NotFound
    labels = read(document).labels
    kept = {}
    for name, text in form.shown().items():
        kind, _, key = name.partition(".")
        if text and kind in ("reason", "waiver", *FIELDS):
            reason = RETURN_REASON if kind == "reason" else WAIVER_REASON
            kept[FIELDS.get(kind) or f"{labels.get(key, key)}：{reason}"] = text
    then = dict(WORDS).get(State(form.state.data), "") if form.state.data in list(State) else ""
    message = f"考生已经撤回这件申请，你的决定没有保存（打开时：{then or '已提交'}；现在：{WORDS[State.DRAFT]}）。"
    return render_template("errors/409.html", section="applications", message=message, kept=kept, back=QUEUE), 409
