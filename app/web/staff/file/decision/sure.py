"""A decision that cannot be undone, or that passes over a doubt of the office, is asked about once more, naming all that it is about.
With script the page asks itself.
"""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request

from app.actions import scope
from app.actions.applications.history import judged
from app.actions.review.decide import Checked, check, current_gaps
from app.actions.review.decision_settings import decision_settings
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.rules.review.submission_diff import doubts
from app.rules.review.words import DECISIONS, passed
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.file.forms import ReviewForm
from app.wizard.service import Service, service_for

ASKED_ANEW = {"csrf_token", "decision", "sure"}


def undo_time(form: ReviewForm) -> timedelta:
    """Return how long the decision can be undone; 0 if undo is off or not wanted."""
    return decision_settings(db.session()).undo if form.undo.data else timedelta(0)


def asked_once_more(public_id: str, decision: str, opinion: Opinion, form: ReviewForm) -> str:
    """Return the page that asks, '' where nothing is to be asked. Raises as `decide` if it could not be made."""
    if form.sure.data:
        return ""
    by, on, wait = principal().actor, arrived(), undo_time(form)
    row = scope.application(db.session(), public_id, by)
    if wait and not row.sent_back:
        return ""
    service = service_for(row.service)
    checked = check(public_id, decision, opinion, service=service, by=by, on=on, seen=form.seen())
    doubted = _doubted(checked, opinion) if decision == "pass" else []
    return "" if wait and not doubted else _question(decision, opinion, checked, service, wait, doubted)


def _question(
    decision: str, opinion: Opinion, checked: Checked, service: Service, wait: timedelta, doubted: list[str]
) -> str:
    content, case = checked.submission.content, checked.case
    returned = [(content.labels[key], opinion.findings[key].reason) for key in opinion.returned]
    word = passed(case.state, case.window.stages) if decision == "pass" else DECISIONS[decision]
    unmarked = [key for key in content.labels if key not in opinion.findings] if decision == "return" else []
    anew = ASKED_ANEW | ({"rest"} if unmarked else set())
    gaps = current_gaps(checked.submission, service, case)
    return render_template(
        "staff/file/sure.html",
        section="applications",
        decision=decision,
        word=word,
        name=scope.shown_name(content.examinee.name, principal().actor),
        ticket=content.ticket,
        minutes=int(wait.total_seconds() // 60),
        doubted=doubted,
        missing=[(gap.label, opinion.waivers.get(gap.key, "") if decision == "pass" else "") for gap in gaps],
        returned=returned,
        unmarked=len(unmarked),
        rest=opinion.rest,
        message=opinion.message,
        to_school=opinion.to_school if decision == "back" else "",
        pictures=[item.label for item in content.items if item.evidence],
        fixes_until=case.window.fixes_until,
        number=checked.submission.number,
        sha256=checked.submission.sha256,
        here=request.full_path.rstrip("?"),
        kept=[(name, value) for name, value in request.form.items(multi=True) if name not in anew],
    )


def _doubted(checked: Checked, opinion: Opinion) -> list[str]:
    """Return the labels of items that the office doubts and on which nothing was said since."""
    content = checked.submission.content
    unseen = doubts(judged(db.session(), checked.row.id), content.items).unseen
    return [label for key, label in content.labels.items() if key in unseen and key not in opinion.findings]
