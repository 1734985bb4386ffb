"""Shared by the wizard's pages: blueprint, case of an address, refusals."""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.actions.applications.cases import load_case
from app.extensions import db
from app.rules.case import Case
from app.rules.refusals import DISCARDED, ChangedMeanwhile, Refused, WindowClosed
from app.rules.sending import Sending, read_sending
from app.security.request_time import arrived
from app.security.sessions import LOOK, choose_ticket, principal
from app.security.throttle import TooOften
from app.security.typed_text import typed_back
from app.wizard.path import Path
from app.wizard.service import Service, service_for
from app.wizard.views import uploads
from app.wizard.views.conflict import conflict_page
from app.wizard.views.forms import VersionForm

bp = Blueprint("wizard", __name__)
Answer = str | BaseResponse | tuple[str, int]


def case_of(public_id: str) -> tuple[Case, Service]:
    """Return the signed-in person's own application and its service. Raises NotFound.

    A page of it that is opened switches to its ticket; what a browser sends or fetches by itself does not.
    """
    me = principal()
    case = load_case(db.session(), public_id, on=arrived(), examinee_id=me.examinee_id)
    by_itself = LOOK in request.headers or request.headers.get("Sec-Purpose", "").startswith("prefetch")
    opened = request.method == "GET" and not by_itself
    if opened and case.ticket.id != me.ticket_id:
        choose_ticket(case.ticket.number)
        if not case.discarded:
            flash(f"这份申请属于准考证号 {case.ticket.number}，已切换。", "ok")
    if case.discarded:
        _gone(case)
    return case, service_for(case.service)


def sending_of() -> Sending | None:
    """Return which page sent this and as its how-manieth, if a script says so."""
    return read_sending(request.headers.get("X-Sending", ""))


def _gone(case: Case) -> NoReturn:
    """Lead from a discarded draft to the page of its business; what was sent to it comes back."""
    if request.method in ("GET", "HEAD"):
        abort(redirect(f"/services/{case.service}", 303))
    if _from_script():
        abort(make_response(refused(ChangedMeanwhile(DISCARDED), {})))
    slug, service = (request.view_args or {}).get("slug"), service_for(case.service)
    step = next((each for each in service.steps if each.slug == slug), None)
    kept = step.typed(case, request.form) if step else typed_back()
    page = render_template(
        "errors/discarded.html", section="services", service=service, case=case, message=DISCARDED, kept=kept
    )
    abort(make_response(page, 409))


def version_of(case: Case, posted: VersionForm) -> int:
    """Return the version the page was made from, by default the present one."""
    return case.version if posted.version.data is None else posted.version.data


def bad_picture(page: str, bad: uploads.Refusal | None) -> BaseResponse:
    """Return `page`, showing the error at the field; a browser retries what failed by us, or came beside another picture, after Retry-After.

    Without `bad` the picture was taken, and what was typed beside it is wrong.
    """
    answer = make_response(page)
    answer.status_code = uploads.status_of(bad) if bad else 422
    if isinstance(bad, uploads.OURS):
        answer.headers["Retry-After"] = str(uploads.AGAIN_AFTER)
    elif isinstance(bad, TooOften):
        answer.headers["Retry-After"] = str(bad.wait)
    return answer


def refused(refusal: Refused, kept: dict[str, str]) -> Answer:
    """Render the 409 page: what happened, the typed text, what to do. A script gets what to say: autosave, upload."""
    if _from_script():
        both = isinstance(refusal, ChangedMeanwhile) and bool(refusal.mine)
        return make_response(
            {"message": refusal.message, "closed": isinstance(refusal, WindowClosed), "both": both}, 409
        )
    if isinstance(refusal, WindowClosed):
        back = (request.view_args or {}).get("public_id")
        shown = {"said": refusal.said, "kept": kept, "back": f"/applications/{back}" if back else ""}
        return render_template("errors/closed.html", section="services", **shown), 409
    back = (
        request.path.rpartition("/")[0] if "slot" in (request.view_args or {}) else request.path
    )  # a slot has no page
    page = render_template("errors/409.html", section="services", message=refusal.message, kept=kept, back=back)
    return page, 409


def _from_script() -> bool:
    return "X-Autosave" in request.headers or "X-Upload" in request.headers


def not_saved(refusal: Refused, public_id: str, here: str, kept: dict[str, str]) -> Answer:
    """Render the 409 page of a save; for a step changed in another tab, the choice between both texts. `here`: step or PAGE."""
    fresh, service = case_of(public_id)  # discarded meanwhile: a page of its own
    if isinstance(refusal, ChangedMeanwhile) and refusal.mine and not _from_script():
        page = conflict_page(refusal, fresh, Path(service, fresh), here)
        if page:
            return page
    return refused(refusal, kept)
