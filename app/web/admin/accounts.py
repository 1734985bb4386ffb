"""/admin/staff: accounts of staff. A one-time code stands on the answer that made it and nowhere else."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request
from sqlalchemy import select

from app.actions.people.second_factor import reset_totp
from app.actions.people.staff import change_role, create_staff, disable_staff, enable_staff, is_idle, reset_staff
from app.extensions import db
from app.models import School, Staff
from app.rules.people.roles import STAFF_ROLES
from app.rules.refusals import Invalid, NotAllowed, NotFound
from app.rules.text import clean_line
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp

LIST = "/admin/staff"
FIELDS = ("username", "name", "role", "school_code")


@bp.get("/staff")
@allow("staff", roles=("admin",))
def accounts() -> str:
    """Everybody, and the form for one more."""
    return _page({}, {})


@bp.post("/staff")
@allow("staff", roles=("admin",))
def add_account() -> Any:
    """A new account and the code for its first sign-in."""
    values = {name: clean_line(request.form.get(name, "")) for name in FIELDS}
    try:
        code = create_staff(
            values["username"],
            values["name"],
            values["role"],
            values["school_code"],
            by=principal().actor,
            on=arrived(),
        )
    except Invalid as refused:
        return _page(values, {refused.field: [refused.message]}), 422
    return _page({}, {}, code=code, whose=values["name"])


@bp.post("/staff/<int:ident>")
@allow("staff", roles=("admin",))
def change_account(ident: int) -> Any:
    """重置密码, 重置两步验证, 停用 or 启用: the button says which."""
    by, on, act = principal().actor, arrived(), request.form.get("act", "")
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
    """Reload and Back after a code was shown: the list, without it."""
    return redirect(LIST, 303)


@bp.get("/staff/<int:ident>/role")
@allow("staff", roles=("admin",), fresh=True)
def role(ident: int) -> str:
    """What the person is now, and what else they could be."""
    person = _account(ident)
    return _role_page(ident, {"role": person.role, "school_code": person.school_code}, {})


@bp.post("/staff/<int:ident>/role")
@allow("staff", roles=("admin",), fresh=True)
def set_role(ident: int) -> Any:
    """Another role or school; it bites on the next request."""
    values = {name: clean_line(request.form.get(name, "")) for name in ("role", "school_code")}
    try:
        change_role(ident, values["role"], values["school_code"], by=principal().actor, on=arrived())
    except Invalid as refused:
        return _role_page(ident, values, {refused.field: [refused.message]}), 422
    except NotAllowed as refused:
        return _role_page(ident, values, {"": [refused.message]}), 409
    flash("角色已修改，本人需要重新登录。", "ok")
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
        code=code,
        whose=whose,
    )
