"""A decision that cannot be undone, or that passes over a doubt of the office, is asked about once more, naming all that it is about.
With script the page asks itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from flask import render_template, request

from app.actions import scope
from app.actions.applications.history import judged
from app.actions.applications.present import present_assessment, to_check
from app.actions.clashes import clash_of
from app.actions.review.decide import Checked, check
from app.actions.review.decision_settings import decision_settings
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.rules.plans.eligibility import Assessment
from app.rules.review.submission_diff import doubts
from app.rules.review.waivers import gaps
from app.rules.review.words import DECISIONS, passed
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.file.forms import ReviewForm
from app.wizard.service import service_for

ASKED_ANEW = {"csrf_token", "decision", "sure"}


def undo_time(form: ReviewForm) -> timedelta:
    """Return how long the decision can be undone; 0 if undo is off or not wanted."""
    return decision_settings(db.session()).undo if form.undo.data else timedelta(0)


def asked_once_more(public_id: str, decision: str, opinion: Opinion, form: ReviewForm) -> str:
    """Return the page that asks, '' where nothing is to be asked: it can be undone, and a pass passes over nothing.

    Raises as `decide` if it could not be made.
    """
    by, on, wait = principal().actor, arrived(), undo_time(form)
    if form.sure.data or (wait and decision != "pass"):
        return ""
    row = scope.application(db.session(), public_id, by)
    service = service_for(row.service)
    checked = check(public_id, decision, opinion, service=service, by=by, on=on, seen=form.seen())
    present = present_assessment(checked.submission, service, checked.case)
    over = PassedOver()
    if decision == "pass":
        over = PassedOver(to_check(present, clash_of(db.session(), row.id)), _doubted(checked, opinion))
    return "" if wait and over == PassedOver() else _question(decision, opinion, checked, present, wait, over)


class PassedOver(NamedTuple):
    """What a pass leaves aside: what is 待核, in words; labels of items that the office doubts."""

    to_check: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()


def _question(
    decision: str, opinion: Opinion, checked: Checked, present: Assessment | None, wait: timedelta, over: PassedOver
) -> str:
    submission, content, case = checked.submission, checked.submission.content, checked.case
    word = passed(case.state, case.window.stages) if decision == "pass" else DECISIONS[decision]
    unmarked = [key for key in content.labels if key not in opinion.findings] if decision == "return" else []
    anew = ASKED_ANEW | ({"rest"} if unmarked else set())
    return render_template(
        "staff/file/sure.html",
        section="applications",
        decision=decision,
        word=word,
        name=scope.shown_name(content.examinee.name, principal().actor),
        ticket=content.ticket,
        minutes=int(wait.total_seconds() // 60),
        to_check=over.to_check,
        doubted=over.doubted,
        missing=[(gap.label, opinion.waivers.get(gap.key, "") if decision == "pass" else "") for gap in gaps(present)],
        returned=[(content.labels[key], opinion.findings[key].reason) for key in opinion.returned],
        unmarked=len(unmarked),
        rest=opinion.rest,
        message=opinion.message,
        to_school=opinion.to_school if decision == "back" else "",
        pictures=[item.label for item in content.items if item.evidence],
        fixes_until=case.window.fixes_until,
        number=submission.number,
        sha256=submission.sha256,
        here=request.full_path.rstrip("?"),
        kept=[(name, value) for name, value in request.form.items(multi=True) if name not in anew],
    )


def _doubted(checked: Checked, opinion: Opinion) -> tuple[str, ...]:
    """Return the labels of items that the office doubts and on which nothing was said since."""
    content = checked.submission.content
    unseen = doubts(judged(db.session(), checked.row.id), content.items).unseen
    return tuple(label for key, label in content.labels.items() if key in unseen and key not in opinion.findings)
