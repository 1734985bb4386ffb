"""/admin/staff: staff accounts. A one-time code appears only in the response that creates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, flash, redirect, render_template, request
from sqlalchemy import select

from app.actions.people.second_factor import reset_totp
from app.actions.people.staff import change_role, create_staff, is_idle
from app.actions.people.staff_access import disable_staff, enable_staff, reset_staff
from app.extensions import db
from app.models import School, Staff
from app.rules.people.roles import STAFF_ROLES
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.security.allow import allow
from app.security.redirects import leads_back
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import AccountActForm, AccountForm, RoleForm

LIST = "/admin/staff"


@dataclass(frozen=True, slots=True)
class Act:
    """One act on an account: its button, what follows for its person, and what is said when it is done."""

    title: str
    follows: tuple[str, ...]
    done: str = ""


ACTS = {
    "reset": Act(
        "重置密码",
        (
            "原来的密码立即作废，正在登录的退出。",
            "下一页显示一次性登录码，只显示一次，24 小时内有效，请当面或在电话里交给本人。",
            "本人登录后会看到是谁、什么时候重置的。",
        ),
    ),
    "totp": Act(
        "重置两步验证",
        (
            "手机上的身份验证器和恢复码立即作废，正在登录的退出；密码不变。",
            "本人下次用密码登录后重新设置，并会看到是谁、什么时候取消的。",
        ),
        "两步验证已取消，本人下次登录后重新设置。",
    ),
    "disable": Act(
        "停用",
        (
            "不能再登录，正在登录的退出。",
            "分给本人的申请退回未分配，正在审核的让给别人，没有保存的填写不再保留；已作的决定不变。",
            "以后可以再启用。",
        ),
        "已停用。",
    ),
    "enable": Act(
        "启用",
        ("可以用原来的密码登录；忘了密码的，启用后再重置。", "本人登录后会看到是谁、什么时候启用的。"),
        "已启用。",
    ),
}


@bp.get("/staff")
@allow("staff", roles=("admin",))
def accounts() -> str:
    """List the accounts with the form for a new one; what was typed before 身份确认 stands in the address."""
    return _page(AccountForm(request.args).values(), {})


@leads_back("admin.add_account")
def _typed_account() -> str:
    """Return the page's address with the new account of the posted form."""
    form = AccountForm()
    return f"{LIST}?{urlencode({name: text for name, text in form.values().items() if name != 'form_token'})}"


@bp.post("/staff")
@allow("staff", roles=("admin",), fresh=True)
def add_account() -> Any:
    """Create an account and show its one-time code."""
    form = AccountForm()
    try:
        code = create_staff(
            form.username.data,
            form.name.data,
            form.role.data,
            form.school_code.data,
            by=principal().actor,
            on=arrived(),
            token=form.form_token.data,
        )
    except Invalid as refused:
        return _page(form.values(), {refused.field: [refused.message]}), 422
    return _page({}, {}, code=code, whose=form.name.data)


@bp.get("/staff/<int:ident>")
@allow("staff", roles=("admin",))
def account(ident: int) -> Any:
    """Ask before the `act`; without one redirect to the list, so that reload and Back do not repeat a code."""
    act = AccountActForm(request.args).act.data
    if act not in ACTS:
        return redirect(LIST, 303)
    return _act_page(ident, act, {})


@leads_back("admin.change_account")
def _chosen_act() -> str:
    return f"{request.path}?{urlencode({'act': AccountActForm().act.data})}"


@bp.post("/staff/<int:ident>")
@allow("staff", roles=("admin",), fresh=True)
def change_account(ident: int) -> Any:
    """重置密码, 重置两步验证, 停用 or 启用, by `act`."""
    by, on, form = principal().actor, arrived(), AccountActForm()
    act = form.act.data
    if act not in ACTS:
        abort(400)
    try:
        if act == "reset":
            key = current_app.extensions["kaoji"].secret_key
            code = reset_staff(ident, by=by, on=on, secret=key, token=form.form_token.data)
            return _page({}, {}, code=code, whose=_account(ident).name)
        {"totp": reset_totp, "disable": disable_staff, "enable": enable_staff}[act](ident, by=by, on=on)
    except (ChangedMeanwhile, NotAllowed) as refused:
        return _act_page(ident, act, {"": [refused.message]}), 409
    flash(ACTS[act].done, "ok")
    return redirect(LIST, 303)


def _act_page(ident: int, act: str, errors: dict[str, list[str]]) -> str:
    person = _account(ident)
    return render_template(
        "admin/account-act.html",
        section="admin",
        person=person,
        role=STAFF_ROLES[person.role],
        school=dict(_schools()).get(person.school_code, person.school_code),
        act=act,
        what=ACTS[act],
        errors=errors,
    )


@bp.get("/staff/<int:ident>/role")
@allow("staff", roles=("admin",), fresh=True)
def role(ident: int) -> str:
    """Render the form for role and school; what was chosen before 身份确认 stands in the address."""
    person, asked = _account(ident), RoleForm(request.args)
    stored = {"role": person.role, "school_code": person.school_code}
    return _role_page(ident, stored | {name: asked[name].data for name in stored if asked.sent(name)}, {})


@leads_back("admin.set_role")
def _chosen_role() -> str:
    """Return the page's address with the role and school of the posted form."""
    form = RoleForm()
    return f"{request.path}?{urlencode({'role': form.role.data, 'school_code': form.school_code.data})}"


@bp.post("/staff/<int:ident>/role")
@allow("staff", roles=("admin",), fresh=True)
def set_role(ident: int) -> Any:
    """Change role or school, effective at the next request."""
    form = RoleForm()
    try:
        given: dict[str, Any] = {"by": principal().actor, "on": arrived(), "token": form.form_token.data}
        changed = change_role(ident, form.role.data, form.school_code.data, **given)
    except Invalid as refused:
        return _role_page(ident, form.values(), {refused.field: [refused.message]}), 422
    except (ChangedMeanwhile, NotAllowed) as refused:
        return _role_page(ident, form.values(), {"": [refused.message]}), 409
    flash("角色已修改，本人需要重新登录。" if changed else "角色和学校与原来相同，没有改动。", "ok")
    return redirect(LIST, 303)


def _account(ident: int) -> Staff:
    person = db.session.get(Staff, ident)
    if person is None:
        raise NotFound("没有找到这个账号")
    return person


def _role_page(ident: int, values: dict[str, str], errors: dict[str, list[str]]) -> str:
    return render_template(
        "admin/role.html",
        section="admin",
        person=_account(ident),
        roles=list(STAFF_ROLES.items()),
        schools=_schools(),
        values=values,
        errors=errors,
        labels=RoleForm.labels(),
    )


def _schools() -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in db.session.execute(select(School.code, School.name).order_by(School.code))]


def _page(values: dict[str, str], errors: dict[str, list[str]], *, code: str = "", whose: str = "") -> str:
    schools, on = _schools(), arrived()
    names = dict(schools)
    rows = db.session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.id)).all()
    return render_template(
        "admin/staff.html",
        section="admin",
        rows=[
            (row, STAFF_ROLES[row.role], names.get(row.school_code, row.school_code), is_idle(row, on)) for row in rows
        ],
        roles=list(STAFF_ROLES.items()),
        schools=schools,
        values=values,
        errors=errors,
        labels=AccountForm.labels(),
        code=code,
        whose=whose,
    )
