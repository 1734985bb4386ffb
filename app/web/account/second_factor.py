"""/staff/totp: the second factor. /staff/confirm: 身份确认 before sensitive actions."""

from __future__ import annotations

import io

from flask import Response, flash, redirect, render_template, request

from app.actions.people.second_factor import codes_left, confirm_password, enrol, offered_secret, prove
from app.extensions import db
from app.rules.refusals import Invalid
from app.security import sessions, totp
from app.security.allow import allow
from app.security.principal import ENROLLING, STAFF
from app.security.redirects import leads_back, local_target
from app.security.sessions import principal
from app.security.throttle import TooOften
from app.web.account import bp
from app.web.account.forms import ProofForm
from app.web.account.sign_in_context import Page, config, origin, too_often

ISSUER = "考籍平台"


@bp.get("/staff/totp")
@allow("staff", "enrolling", fresh=True)
def totp_page() -> str:
    """Render the setup form, or the status of an existing factor."""
    return _page({})


@bp.post("/staff/totp")
@allow("staff", "enrolling", fresh=True)
def set_up_totp() -> Page:
    """Check the first code. Recovery codes are rendered in this response only."""
    me = principal()
    try:
        done = enrol(me.staff_id or 0, me.token, ProofForm().code.data[:60], origin=origin())
    except Invalid as error:
        return _page({error.field: [error.message]}), 422
    except TooOften as error:
        return too_often(_page({"form": [error.message]}), error)
    sessions.enter(done.signed_in.token, done.signed_in.device)
    return render_template("account/totp_codes.html", codes=done.codes, area="staff")


@bp.get("/staff/totp.svg")
@allow("staff", "enrolling", fresh=True)
def totp_picture() -> Response:
    """Return the secret's QR code."""
    import segno

    me, out = principal(), io.BytesIO()
    segno.make(totp.uri(_secret(), me.name, ISSUER), error="m", micro=False).save(
        out, kind="svg", scale=5, border=3, dark="#000", light="#fff"
    )
    return Response(out.getvalue(), mimetype="image/svg+xml")


@bp.get("/staff/confirm")
@allow("staff")
def confirm_page() -> str:
    """Render 身份确认."""
    return _confirm_page({})


@bp.post("/staff/confirm")
@allow("staff")
def confirm() -> Page:
    """Check a code, or the password where there is no second factor."""
    me = principal()
    try:
        if me.totp:
            done = prove(me.staff_id or 0, me.token, ProofForm().code.data[:60], origin=origin())
        else:
            done = confirm_password(me.staff_id or 0, me.token, ProofForm().password.data, origin=origin())
    except Invalid as error:
        return _confirm_page({error.field: [error.message]}), 422
    except TooOften as error:
        return too_often(_confirm_page({"form": [error.message]}), error)
    sessions.enter(done.token, done.device)
    flash("身份已确认，5 分钟内有效。", "ok")
    return redirect(local_target(ProofForm().next.data, STAFF, "/staff"), 303)


@leads_back("account.confirm")
def _onward() -> str:
    """Return where 身份确认 would have led; signing in confirms it too."""
    return local_target(ProofForm().next.data, STAFF, "/staff")


def _secret() -> str:
    me = principal()
    return offered_secret(me.staff_id or 0, me.token, config().secret_key)


def _page(errors: dict[str, list[str]]) -> str:
    me, secret = principal(), _secret()
    return render_template(
        "account/totp.html",
        errors=errors,
        area="staff",
        labels=ProofForm.labels(),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        must=me.kind == ENROLLING,
        left=codes_left(db.session(), me.staff_id or 0) if me.totp else 0,
    )


def _confirm_page(errors: dict[str, list[str]]) -> str:
    back = ProofForm(request.values).next.data
    return render_template(
        "account/confirm.html", errors=errors, next=back, area="staff", totp=principal().totp, labels=ProofForm.labels()
    )
