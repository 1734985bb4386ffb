"""/admin/windows: 办理时间 of every service."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request

from app.actions.applications.cases import windows
from app.actions.services import title_of
from app.actions.windows.own import window_facts
from app.actions.windows.windows import close_window, create_window, edit_window, open_window
from app.extensions import db
from app.models import Window
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.windows import WindowFacts, still, time_left
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import WindowActForm
from app.web.admin.window_form import Errors, WindowForm

LIST = "/admin/windows"


@bp.get("/")
@allow("staff", roles=("admin",))
def home() -> str:
    """Render the administration start page."""
    return render_template("admin/home.html", section="admin")


@bp.get("/windows")
@allow("staff", roles=("admin",))
def window_list() -> str:
    """List windows, latest first."""
    on = arrived()
    rows = [(window, title_of(window.service), *_state(window, on)) for window in windows(db.session())]
    return render_template("admin/windows.html", section="admin", rows=rows)


@bp.get("/windows/new")
@allow("staff", roles=("admin",))
def new_window() -> str:
    """Render the defaults of `service`, else of the first."""
    return _page(None, WindowForm.new(request.args.get("service", "")), {})


@bp.post("/windows/new")
@allow("staff", roles=("admin",))
def add_window() -> Any:
    """Create the window, or render the form for another service."""
    asked = WindowActForm()
    if asked.act.data == "choose":
        return _page(None, WindowForm.chosen(request.form), {})
    form = WindowForm(request.form)
    wrong = form.errors()
    if wrong:
        return _page(None, form, wrong), 422
    try:
        create_window(form.window(), by=principal().actor, on=arrived(), token=asked.form_token.data)
    except Invalid as refused:
        return _page(None, form, {refused.field: [refused.message]}), 422
    flash("已新建办理时间。", "ok")
    return redirect(LIST, 303)


@bp.get("/windows/<int:ident>")
@allow("staff", roles=("admin",))
def edit(ident: int) -> str:
    """Render one window's form."""
    return _page(ident, _stored(ident), {})


@bp.post("/windows/<int:ident>")
@allow("staff", roles=("admin",))
def change_window(ident: int) -> Any:
    """Save, open, close or switch service, by `act`."""
    by, on = principal().actor, arrived()
    asked = WindowActForm()
    act = asked.act.data
    if act == "choose":
        return _page(ident, WindowForm.chosen(request.form), {})
    form = WindowForm(request.form)
    try:
        if act == "open":
            open_window(ident, by=by, on=on)
        elif act == "close":
            close_window(ident, by=by, on=on)
        elif wrong := form.errors():
            return _page(ident, form, wrong), 422
        else:
            version, token = asked.version.data, asked.form_token.data
            edit_window(ident, form.window(), version=version, by=by, on=on, token=token)
    except Invalid as refused:
        shown = _stored(ident) if act in ("open", "close") else form
        return _page(ident, shown, {refused.field: [refused.message]}), 422
    except NotAllowed as refused:
        flash(refused.message, "warn")
        return redirect(LIST, 303)
    except ChangedMeanwhile as refused:
        return _page(ident, form, {"": [refused.message]}, stored=_stored(ident)), 409
    flash({"open": "已开放。", "close": "已截止。"}.get(act, "已保存。"), "ok")
    return redirect(LIST, 303)


def _stored(ident: int) -> WindowForm:
    return WindowForm.of(window_facts(_window(ident)))


def _window(ident: int) -> Window:
    row = db.session.get(Window, ident)
    if row is None:
        abort(404)
    return row


def _page(ident: int | None, form: WindowForm, errors: Errors, *, stored: WindowForm | None = None) -> str:
    """Render the form. `stored`: values saved by somebody else meanwhile."""
    row = _window(ident) if ident else None
    values = form.values()
    return render_template(
        "admin/window.html",
        section="admin",
        here=f"{LIST}/{ident or 'new'}",
        window=window_facts(row) if row else None,
        version=row.version if row else 0,
        values=values,
        errors=errors,
        theirs=_differences(stored, values) if stored else [],
        service=form.service,
        choices=form.choices(),
        labels=form.drawn(),
    )


def _differences(stored: WindowForm, typed: dict[str, str]) -> list[tuple[str, str]]:
    """Return label and stored value of differing fields."""
    labels = stored.labels()
    return [(labels[name], value) for name, value in stored.values().items() if value != typed.get(name, "")]


def _state(window: WindowFacts, on: Any) -> tuple[str, str]:
    if window.is_open(on):
        return "ok", f"开放中，{still(time_left(window.closes_at, on), '还有')}"
    return ("off", "已截止") if window.has_closed(on) else ("", "未开始")
