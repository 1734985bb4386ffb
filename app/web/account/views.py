"""Sign in, activate, sign out, choose a ticket, change the password (contract.md "Addresses")."""

from __future__ import annotations

import logging
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.actions.people.accounts import activate as activate_account
from app.actions.people.accounts import change_password
from app.actions.people.sign_in import SignedIn, sign_in
from app.actions.people.tries import call
from app.extensions import csrf, db
from app.models.base import transaction
from app.security import captcha, own_device, sessions, throttle
from app.security.allow import allow
from app.security.limits import body_limit
from app.security.principal import ACTIVATING, EXAMINEE
from app.security.redirects import local_target
from app.security.request_time import arrived
from app.security.sessions import principal, signed_in
from app.security.throttle import TooOften
from app.web.account import bp, captchas, queries, second_factor, staff_views
from app.web.account.forms import ActivateForm, LoginForm, PasswordForm, TicketForm
from app.web.account.sign_in_context import (
    CLEAR,
    Page,
    Wait,
    captcha_try,
    config,
    origin,
    owner,
    place,
    too_often,
    tried,
    tried_at_the_door,
    why_here,
)

log = logging.getLogger(__name__)
__all__ = ["bp", "captchas", "second_factor", "staff_views"]  # importing the others registers their routes


@bp.get("/login")
@allow("public")
def login() -> Page:
    """Render the sign-in page; redirect a signed-in examinee to `next`."""
    me = signed_in()
    if me is not None and me.kind == EXAMINEE:
        return redirect(local_target(request.args.get("next"), EXAMINEE, "/"), 303)
    return _login_page(LoginForm(), request.args.get("next", ""), {})


@bp.post("/login")
@allow("public")
def log_in() -> Page:
    """Check the form, the captcha, then the password; the error names no part."""
    form = LoginForm()
    if errors := _faults(form):
        return _login_page(form, form.next.data, errors), 422
    answer = captcha_try(form.captcha.data, form.captcha_form.data)
    done = tried_at_the_door(
        lambda: sign_in(
            form.id_number.data, form.password.data, answer=answer, origin=origin(), ticket=form.ticket.data.strip()
        ),
        lambda errors: _login_page(form, form.next.data, errors),
        lambda wait, errors: _waiting_page(form, wait, errors),
    )
    if not isinstance(done, SignedIn):
        return done
    sessions.enter(done.token, done.device)
    own_device.choose(bool(form.own_device.data))
    if done.kind == ACTIVATING:
        return redirect("/activate", 303)
    return redirect(local_target(form.next.data, EXAMINEE, "/"), 303)


def _faults(form: LoginForm) -> dict[str, list[str]]:
    """Return what is wrong with the form; who waited with a place (app.actions.people.addresses) has solved the captcha before."""
    errors = form.wrong()
    return {name: told for name, told in errors.items() if name != "captcha"} if place() else errors


def _waiting_page(form: LoginForm, wait: Wait, errors: dict[str, list[str]]) -> str:
    return render_template(
        "account/wait.html",
        wait=wait,
        errors=errors,
        values={"id_number": form.id_number.data, "own_device": form.own_device.data, "ticket": form.ticket.data},
        next=form.next.data,
        me=None,
        labels=LoginForm.labels(),
    )


@bp.get("/login/turn")
@allow("public")
def turn() -> Page:
    """Say whether the turn of a braked browser has come (204), or when to ask again (429 with Retry-After)."""
    wait = call(origin())
    return too_often("", TooOften("", wait)) if wait else ("", 204)


def _login_page(form: LoginForm, back: str, errors: dict[str, list[str]]) -> str:
    owner()
    return render_template(
        "account/login.html",
        values={"id_number": form.id_number.data, "own_device": form.own_device.data},
        errors=errors,
        next=back,
        why=why_here(back),
        offers=queries.offers(db.session(), arrived()),
        desks=queries.desks(db.session()),
        registration_url=config().registration_url,
        me=None,
        captcha_form=captcha.new_ident(),
        labels=LoginForm.labels(),
    )


@bp.get("/activate")
@allow("activating")
def activate() -> Page:
    """Ask for a 准考证号 and a new password; shows no personal data."""
    if principal().staff_id is not None:
        return redirect("/staff/password", 303)
    return _activate_page({}, {})


@bp.post("/activate")
@allow("activating")
def activated() -> Page:
    """Set the password and open the full login session; all that is wrong is told at once."""
    me, form = principal(), ActivateForm()
    if me.examinee_id is None:
        return redirect("/staff/password", 303)
    typed = {"ticket": form.ticket.data, "new_password": form.new_password.data}
    done = tried(
        lambda: activate_account(me.examinee_id or 0, me.token, **typed, wrong=form.wrong(), origin=origin()),
        lambda errors: _activate_page({"ticket": form.ticket.data}, errors),
    )
    return _entered(done, "密码已设置，下次请用新密码登录。", "/")


def _activate_page(values: dict[str, str], errors: dict[str, list[str]]) -> str:
    return render_template(
        "account/activate.html",
        values=values,
        errors=errors,
        labels=ActivateForm.labels(),
        desks=queries.desks(db.session()),
        registration_url=config().registration_url,
    )


@bp.get("/password")
@allow("examinee")
def password() -> Page:
    return render_template("account/password.html", errors={}, labels=PasswordForm.labels())


@bp.post("/password")
@allow("examinee")
def new_password() -> Page:
    """Change the password and end all other login sessions; all that is wrong is told at once."""
    me, form = principal(), PasswordForm()
    given = {"current": form.current_password.data, "new_password": form.new_password.data}
    done = tried(
        lambda: change_password(
            me.examinee_id or 0, me.token, **given, ticket_id=me.ticket_id, wrong=form.wrong(), origin=origin()
        ),
        lambda errors: render_template("account/password.html", errors=errors, labels=PasswordForm.labels()),
    )
    return _entered(done, "密码已修改，其他浏览器上的登录已退出。", "/")


def _entered(done: SignedIn | Page, words: str, page: str) -> Page:
    if not isinstance(done, SignedIn):
        return done
    own = own_device.chosen()
    sessions.enter(done.token, done.device)
    own_device.choose(own)
    flash(words, "ok")
    return redirect(page, 303)


@bp.post("/logout")
@allow("examinee", "activating")
def logout() -> BaseResponse:
    """安全退出: delete the login session before responding."""
    sessions.sign_out()
    flash("你已安全退出。", "ok")
    answer = redirect("/login", 303)
    answer.headers["Clear-Site-Data"] = CLEAR
    return answer


@bp.post("/ticket")
@allow("examinee")
def ticket() -> BaseResponse:
    """切换准考证号 among one's own."""
    number = TicketForm().ticket.data
    sessions.choose_ticket(number)
    flash(f"已切换到准考证号 {number}。", "ok")
    return redirect("/", 303)


@bp.post("/session/extend")
@allow("examinee", "activating", "staff", "half", "enrolling")
def extend() -> tuple[str, int]:
    """继续使用: X-Session-Ends carries the new end."""
    sessions.extend()
    return "", 204


@bp.get("/session/end")
@allow("examinee", "activating", "staff", "half", "enrolling")
def session_end() -> tuple[str, int]:
    """X-Session-Ends carries the end, which asking does not move."""
    return "", 204


@bp.get("/browsers")
@allow("public")
def browsers() -> str:
    return render_template("account/browsers.html")


@bp.get("/privacy")
@allow("public")
def privacy() -> str:
    return render_template("account/privacy.html")


@bp.post("/csp-report")
@csrf.exempt
@allow("public")
@body_limit(16 * 1024)
def csp_report() -> tuple[str, int]:
    """Log a browser's content security policy report."""
    if request.mimetype not in ("application/csp-report", "application/json", "application/reports+json"):
        return "", 415
    with transaction() as session:
        net = throttle.network(request.remote_addr or "")
        few = throttle.hit(session, f"report:{net}", throttle.REPORTS, arrived()) <= throttle.REPORTS.most
    if few:
        log.warning("csp report %s", _report(request.get_json(force=True, silent=True)))
    return "", 204


def _report(sent: Any) -> dict[str, str]:
    """Return the useful facts without query strings."""
    body = sent.get("csp-report", {}) if isinstance(sent, dict) else {}
    names = ("violated-directive", "effective-directive", "blocked-uri", "document-uri", "line-number")
    facts = (
        {name: str(body[name])[:120].split("?")[0] for name in names if name in body} if isinstance(body, dict) else {}
    )
    return {name: value.encode("unicode_escape").decode() for name, value in facts.items()}
