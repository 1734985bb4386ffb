"""/applications/<id>/*.pdf, /orders/<no>/receipt.pdf and /verify/<code>."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from app.actions import scope
from app.actions.evidence.whole import reader
from app.actions.papers import papers
from app.actions.services import paper_kinds
from app.actions.spot_checks.blind import waiting
from app.extensions import db
from app.models.base import BRIEFLY, transaction
from app.rules.papers.verify_codes import read_code
from app.security import throttle
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal

bp = Blueprint("papers", __name__)


@bp.get("/applications/<public_id>/receipt.pdf")
@allow("examinee", "staff", roles=scope.REVIEWING)
def receipt(public_id: str) -> Response:
    """回执 of the last submission."""
    return _paper("receipt", public_id)


@bp.get("/applications/<public_id>/opinion.pdf")
@allow("examinee", "staff", roles=scope.REVIEWING)
def opinion(public_id: str) -> BaseResponse:
    """审核意见 after a decision. Who may still look at the file blind is asked on its page first."""
    if principal().actor.kind == "staff" and waiting(db.session(), public_id, principal().actor):
        return redirect(f"/staff/applications/{public_id}", 303)
    return _paper("opinion", public_id)


@bp.record
def own_papers(state: BlueprintSetupState) -> None:
    """Add /applications/<id>/<key>.pdf for each paper kind of a service."""
    for key in paper_kinds():

        @allow("examinee", "staff", roles=scope.REVIEWING)
        def view(public_id: str, kind: str = key) -> Response:
            return _paper(kind, public_id)

        state.add_url_rule(f"/applications/<public_id>/{key}.pdf", endpoint=key, view_func=view)


@bp.get("/orders/<number>/receipt.pdf")
@allow("examinee", "staff")
def payment(number: str) -> Response:
    """缴费凭证 of a paid order."""
    pdf = papers.issue_payment(number, look=_look(), by=principal().actor, on=arrived())
    return _pdf(pdf, f"payment-{number}.pdf")


def _paper(kind: str, public_id: str) -> Response:
    me, on = principal(), arrived()
    pdf = papers.issue(kind, public_id, look=_look(), by=me.actor, on=on, fresh=me.is_fresh(on))
    return _pdf(pdf, f"{kind}-{public_id[:8]}.pdf")


def _look() -> papers.Look:
    return papers.site_look(current_app.extensions["kaoji"], reader(current_app.extensions["kaoji.store"]))


def _pdf(data: bytes, name: str) -> Response:
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/verify")
@allow("public")
def ask() -> str | BaseResponse:
    """Render the code field; redirect a code to its own address."""
    typed = request.args.get("code", "")
    code = read_code(typed)
    if code:
        return redirect(f"/verify/{code}", 303)
    return render_template("papers/verify.html", found=None, typed=typed, wrong=bool(typed))


@bp.get("/verify/<code>")
@allow("public")
def verify(code: str) -> str | tuple[str, int]:
    """Render genuine, superseded, revoked or unknown. 300 codes in 5 minutes per address (a code has 60 bits)."""
    on = arrived()
    key = f"verify:{throttle.network(request.remote_addr or '')}"
    with transaction(BRIEFLY) as session:
        asked = throttle.hit(session, key, throttle.CODES, on)
    if asked > throttle.CODES.most:
        raise throttle.TooOften("查得太频繁，请过几分钟再试。", throttle.CODES.span)
    found = papers.verify(db.session(), code)
    page = render_template("papers/verify.html", found=found, typed="", wrong=False)
    return (page, 404) if found.status == "unknown" else page
