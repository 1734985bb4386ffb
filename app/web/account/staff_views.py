"""Staff sign-in with a code as second step; setting a password after a one-time code."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.actions.applications import leases
from app.actions.people.second_factor import prove
from app.actions.people.shortcuts import switch_single_keys
from app.actions.people.sign_in import SignedIn, sign_in_staff
from app.actions.people.staff import set_staff_password
from app.extensions import db
from app.rules.calendar import moment
from app.rules.refusals import ChangedMeanwhile
from app.security import sessions
from app.security.allow import allow
from app.security.principal import ACTIVATING, ENROLLING, HALF, STAFF
from app.security.redirects import local_target
from app.security.sessions import principal, signed_in
from app.web.account import bp
from app.web.account.forms import FirstPasswordForm, KeysForm, PasswordForm, StaffLoginForm
from app.web.account.queries import last_sign_in
from app.web.account.sign_in_context import (
    CLEAR,
    Page,
    Wait,
    origin,
    owner,
    tried,
    tried_at_the_door,
    why_here,
)


@bp.get("/staff/login")
@allow("public")
def staff_login() -> Page:
    """Render the staff sign-in page."""
    me = signed_in()
    if me is not None and me.kind == STAFF:
        return redirect(local_target(request.args.get("next"), STAFF, "/staff"), 303)
    if me is not None and me.kind == HALF and "again" not in request.args:
        return _code_page(request.args.get("next", ""), {})
    return _login_page(StaffLoginForm(), request.args.get("next", ""), {})


@bp.post("/staff/login")
@allow("public")
def staff_log_in() -> Page:
    """Check password or one-time code, then `code` if required. One error for all causes."""
    form = StaffLoginForm()
    me = signed_in()
    if me is not None and me.kind == HALF and not form.username.data:
        return _prove(me.staff_id or 0, me.token, form.next.data)
    if errors := form.wrong():
        return _login_page(form, form.next.data, errors), 422
    done = tried_at_the_door(
        lambda: sign_in_staff(form.username.data, form.password.data, origin=origin()),
        lambda errors: _login_page(form, form.next.data, errors),
        lambda wait, errors: _waiting_page(form, wait, errors),
    )
    if not isinstance(done, SignedIn):
        return done
    sessions.enter(done.token, done.device)
    if done.kind == HALF:
        if form.code.data:  # all in one form
            return _prove(principal().staff_id or 0, done.token, form.next.data)
        return _code_page(form.next.data, {})
    return _onward(done, form.next.data)


def _onward(done: SignedIn, back: str) -> BaseResponse:
    if done.kind in (ACTIVATING, ENROLLING):
        return redirect("/staff/password" if done.kind == ACTIVATING else "/staff/totp", 303)
    if done.kind == STAFF:
        _flash_ended_sessions(done)
    return redirect("/staff/login" if done.kind == HALF else local_target(back, STAFF, "/staff"), 303)


def _flash_ended_sessions(done: SignedIn) -> None:
    """Show the last sign-in, so that an intruder is noticed (security.md AC-36)."""
    if done.elsewhere:
        flash("这个账号刚才还在另一处登录，那一处已经退出。如果不是你本人，请马上修改密码并告诉管理员。", "warn")
    if last := last_sign_in(db.session(), principal().staff_id or 0):
        flash(f"上次登录：{moment(last.at)}，来自 {last.address or '本机'}。")


def _prove(staff_id: int, token: str, back: str) -> Page:
    """Check an app code or recovery code."""
    code = StaffLoginForm().code.data[:60]
    try:
        done = tried(lambda: prove(staff_id, token, code, origin=origin()), lambda errors: _code_page(back, errors))
    except ChangedMeanwhile as error:
        return _login_page(StaffLoginForm(), back, {"form": [error.message]}), 409
    if not isinstance(done, SignedIn):
        return done
    sessions.enter(done.token, done.device)
    return _onward(done, back)


def _code_page(back: str, errors: dict[str, list[str]]) -> str:
    return render_template(
        "account/staff_code.html", errors=errors, next=back, area="staff", me=None, labels=StaffLoginForm.labels()
    )


def _waiting_page(form: StaffLoginForm, wait: Wait, errors: dict[str, list[str]]) -> str:
    return render_template(
        "account/staff_wait.html",
        wait=wait,
        errors=errors,
        values={"username": form.username.data},
        next=form.next.data,
        area="staff",
        me=None,
        labels=StaffLoginForm.labels(),
    )


def _login_page(form: StaffLoginForm, back: str, errors: dict[str, list[str]]) -> str:
    owner()
    values = {"username": form.username.data}
    # me=None: no menu of a signed-in person (perhaps an examinee) around this form
    return render_template(
        "account/staff_login.html",
        values=values,
        errors=errors,
        next=back,
        why=why_here(back),
        area="staff",
        me=None,
        labels=StaffLoginForm.labels(),
    )


@bp.post("/staff/keys")
@allow("staff")
def single_keys() -> tuple[str, int]:
    """Keep whether the single-key shortcuts are on, for the script of the pages that have them."""
    switch_single_keys(KeysForm().single_keys.data != "off", by=principal().actor)
    return "", 204


@bp.get("/staff/password")
@allow("staff", "activating")
def staff_password() -> Page:
    """Render the password form (12 characters or more)."""
    me = principal()
    if me.staff_id is None:
        return redirect("/activate", 303)
    return _password_page(me.kind == ACTIVATING, {})


@bp.post("/staff/password")
@allow("staff", "activating")
def staff_new_password() -> Page:
    """Set the password; without a one-time code the present one is required."""
    me = principal()
    if me.staff_id is None:
        return redirect("/activate", 303)
    first = me.kind == ACTIVATING
    form: FirstPasswordForm | PasswordForm = FirstPasswordForm() if first else PasswordForm()
    current = form.current_password.data if isinstance(form, PasswordForm) else None
    new = form.new_password.data
    done = tried(
        lambda: set_staff_password(
            me.staff_id or 0, me.token, current=current, new_password=new, wrong=form.wrong(), origin=origin()
        ),
        lambda errors: _password_page(first, errors),
    )
    if not isinstance(done, SignedIn):
        return done
    sessions.enter(done.token, done.device)
    flash("密码已设置，下次请用新密码登录。", "ok")
    return _onward(done, "/staff")


def _password_page(first: bool, errors: dict[str, list[str]]) -> str:
    return render_template(
        "account/staff_password.html", first=first, errors=errors, area="staff", labels=PasswordForm.labels()
    )


@bp.post("/staff/logout")
@allow("staff", "activating", "half", "enrolling")
def staff_logout() -> BaseResponse:
    """退出. Releases all leases."""
    me = signed_in()
    if me is not None and me.kind == STAFF:
        leases.release_all(by=me.actor)
    sessions.sign_out()
    flash("你已退出。", "ok")
    answer = redirect("/staff/login", 303)
    answer.headers["Clear-Site-Data"] = CLEAR
    return answer
