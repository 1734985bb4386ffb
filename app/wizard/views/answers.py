"""What the pages of the wizard share: their blueprint, the case that an address names, and the answers to what is refused."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.actions.applications.cases import load_case
from app.adapters.pictures.pool import PicturesBusy
from app.extensions import db
from app.rules.case import Case
from app.rules.refusals import ChangedMeanwhile, Refused
from app.security.request_time import arrived
from app.security.sessions import principal
from app.wizard.service import Service, service_for
from app.wizard.step import Step
from app.wizard.views import uploads

bp = Blueprint("wizard", __name__)
Answer = str | BaseResponse | tuple[str, int]


def case_of(public_id: str) -> tuple[Case, Service]:
    """The signed-in person's own application and its service; NotFound otherwise."""
    case = load_case(db.session(), public_id, on=arrived(), examinee_id=principal().examinee_id)
    return case, service_for(case.service)


def version_of(case: Case) -> int:
    """The version that the page was made from; a client that sends none means the present one."""
    return request.form.get("version", case.version, type=int)


def typed(case: Case, here: Step) -> dict[str, str]:
    """What was typed, label by label, to be given back."""
    labels = here.labels(case)
    return {labels.get(name, name): text for name in here.fields(case) if (text := request.form.get(name, ""))}


def bad_picture(page: str, bad: uploads.Refusal) -> BaseResponse:
    """`page` tells at the field what is wrong with the picture; a browser in line asks again by itself."""
    answer = make_response(page)
    answer.status_code = uploads.status_of(bad)
    if isinstance(bad, PicturesBusy):
        answer.headers["Retry-After"] = str(uploads.AGAIN_AFTER)
    return answer


def refused(refusal: Refused, kept: dict[str, str]) -> tuple[str, int]:
    """The page of a refusal: what happened, the typed text back, what to do."""
    mine = refusal.mine if isinstance(refusal, ChangedMeanwhile) else {}
    theirs = refusal.theirs if isinstance(refusal, ChangedMeanwhile) else {}
    return (
        render_template(
            "errors/409.html",
            section="services",
            message=refusal.message,
            kept=kept,
            mine=mine,
            theirs=theirs,
            back=request.path,
        ),
        409,
    )
