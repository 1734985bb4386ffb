"""/admin/windows: 办理时间 of every service, made, changed, opened and closed."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request

from app.actions.applications.cases import window_facts, windows
from app.actions.windows.windows import WindowForm, close_window, create_window, edit_window, form_of, open_window
from app.extensions import db
from app.models import Window
from app.rules.evidence.portrait import BACKGROUNDS
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.windows import WindowFacts, time_left
from app.security.allow import allow
from app.security.arrival import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.forms import LABELS, Errors, read_window, window_values
from app.wizard.service import services

LIST = "/admin/windows"


@bp.get("/")
@allow("staff", roles=("admin",))
def home() -> str:
    """The administrator's first page."""
    return render_template("admin/home.html", section="admin")


@bp.get("/windows")
@allow("staff", roles=("admin",))
def window_list() -> str:
    """All windows, the latest first."""
    on = arrived()
    titles = {service.code: service.title for service in services()}
    rows = [
        (window, titles.get(window.service, window.service), *_state(window, on)) for window in windows(db.session())
    ]
    return render_template("admin/windows.html", section="admin", rows=rows)


@bp.get("/windows/new")
@allow("staff", roles=("admin",))
def new_window() -> str:
    """The form with its defaults; the times are empty, nobody else can know them."""
    on = arrived()
    values = window_values(WindowForm("", on, on)) | {"opens_at": "", "closes_at": ""}
    return _form(None, values, {})


@bp.post("/windows/new")
@allow("staff", roles=("admin",))
def add_window() -> Any:
    """Make it."""
    window, values, errors = read_window(request.form)
    if window is None:
        return _form(None, values, errors), 422
    try:
        create_window(window, by=principal().actor, on=arrived())
    except Invalid as refused:
        return _form(None, values, {refused.field: [refused.message]}), 422
    flash("已新建办理时间。", "ok")
    return redirect(LIST, 303)


@bp.get("/windows/<int:ident>")
@allow("staff", roles=("admin",))
def edit(ident: int) -> str:
    """The form of one window."""
    return _form(ident, window_values(form_of(_window(ident))), {})


@bp.post("/windows/<int:ident>")
@allow("staff", roles=("admin",))
def change_window(ident: int) -> Any:
    """Change it, open it now or close it now: the button says which."""
    by, on = principal().actor, arrived()
    act = request.form.get("act", "")
    window, values, errors = read_window(request.form)
    version = request.form.get("version", "")
    try:
        if act == "open":
            open_window(ident, by=by, on=on)
        elif act == "close":
            close_window(ident, by=by, on=on)
        elif window is None:
            return _form(ident, values, errors), 422
        else:
            seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
            edit_window(ident, window, version=seen, by=by, on=on)
    except Invalid as refused:
        if act in ("open", "close"):
            values = window_values(form_of(_window(ident)))
        return _form(ident, values, {refused.field: [refused.message]}), 422
    except NotAllowed as refused:
        flash(refused.message, "warn")
        return redirect(LIST, 303)
    except ChangedMeanwhile as refused:
        return _form(ident, values, {"": [refused.message]}, stored=window_values(form_of(_window(ident)))), 409
    flash({"open": "已开放。", "close": "已截止。"}.get(act, "已保存。"), "ok")
    return redirect(LIST, 303)


def _window(ident: int) -> Window:
    row = db.session.get(Window, ident)
    if row is None:
        abort(404)
    return row


def _form(ident: int | None, values: dict[str, str], errors: Errors, *, stored: dict[str, str] | None = None) -> str:
    """The form. `stored`: what somebody else saved meanwhile, shown beside what was typed."""
    theirs = [(LABELS[name], stored[name]) for name in LABELS if stored[name] != values[name]] if stored else []
    row = _window(ident) if ident else None
    return render_template(
        "admin/window.html",
        section="admin",
        here=f"{LIST}/{ident or 'new'}",
        window=window_facts(row) if row else None,
        version=row.version if row else 0,
        values=values,
        errors=errors,
        theirs=theirs,
        services=[(service.code, service.title) for service in services()],
        backgrounds=[(key, name) for key, (name, _) in BACKGROUNDS.items()],
    )


def _state(window: WindowFacts, on: Any) -> tuple[str, str]:
    if window.is_open(on):
        return "ok", f"开放中，还有 {time_left(window.closes_at, on)}"
    return ("off", "已截止") if window.has_closed(on) else ("", "未开始")
