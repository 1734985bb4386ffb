"""/admin/staff: staff accounts. A one-time code appears only in the response that creates it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, flash, redirect, render_template, request
from sqlalchemy import select

from app.actions.people.second_factor import reset_totp
from app.actions.people.staff import change_role, create_staff, disable_staff, enable_staff, is_idle, reset_staff
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


@bp.get("/staff")
@allow("staff", roles=("admin",))
def accounts() -> str:
    """List the accounts with the form for a new one."""
    return _page({}, {})


@bp.post("/staff")
@allow("staff", roles=("admin",))
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


@bp.post("/staff/<int:ident>")
@allow("staff", roles=("admin",))
def change_account(ident: int) -> Any:
    """重置密码, 重置两步验证, 停用 or 启用, by `act`."""
    by, on, act = principal().actor, arrived(), AccountActForm().act.data
    if act == "reset":
        code = reset_staff(ident, by=by, on=on, secret=current_app.extensions["kaoji"].secret_key)
        return _page({}, {}, code=code, whose=db.session.get_one(Staff, ident).name)
    if act == "totp":
        reset_totp(ident, by=by, on=on)
        flash("两步验证已取消，本人下次登录后重新设置。", "ok")
        return redirect(LIST, 303)
    if act not in ("disable", "enable"):
        abort(400)
    try:
        (disable_staff if act == "disable" else enable_staff)(ident, by=by, on=on)
    except NotAllowed as refused:
        return _page({}, {"": [refused.message]}), 409
    flash("已停用。" if act == "disable" else "已启用。", "ok")
    return redirect(LIST, 303)


@bp.get("/staff/<int:ident>")
@allow("staff", roles=("admin",))
def account(ident: int) -> Any:
    """Redirect to the list, so that reload and Back do not repeat a code."""
    return redirect(LIST, 303)


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
