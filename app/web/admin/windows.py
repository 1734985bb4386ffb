"""/admin/windows: 办理时间 of every service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request

from app.actions.applications.cases import windows
from app.actions.office.window_changes import Done, edit_window, refuse
from app.actions.office.without_fee import go_on, windows_left
from app.actions.services import title_of
from app.actions.windows.own import window_facts
from app.actions.windows.windows import (
    check,
    cleaned,
    close_window,
    create_window,
    delete_window,
    open_window,
    used_words,
    uses,
)
from app.extensions import db
from app.models import Window
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.window_changes import Outgrown
from app.rules.windows import WindowFacts, still, time_left, without_dates
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp, window_question
from app.web.admin.site_forms import WindowActForm
from app.web.admin.window_form import Errors, WindowForm
from app.web.platform_state import platform_state

LIST = "/admin/windows"
ACTS = {"open": "已开放。", "close": "已截止。", "delete": "已删除。"}
"""Acts that are asked about, and what is said once they are done."""


@bp.get("/")
@allow("staff", roles=("admin",))
def home() -> str:
    """Render the administration start page."""
    return render_template("admin/home.html", section="admin", state=platform_state())


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
    if asked_first := window_question.before_making(form.window()):
        return window_question.page(asked_first, f"{LIST}/new")
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
    """Save, open, close, delete or switch service, by `act`; first it is asked whom that touches."""
    act = WindowActForm().act.data
    if act == "choose":
        return _page(ident, WindowForm.chosen(request.form), {})
    try:
        return _act(ident, act) if act in ACTS else _save(ident)
    except NotAllowed as refused:
        flash(refused.message, "warn")
        return redirect(LIST, 303)


def _act(ident: int, act: str) -> Any:
    """Open, close or delete; the question first."""
    form, here = WindowActForm(), f"{LIST}/{ident}"
    given: dict[str, Any] = {"version": form.version.data, "by": principal().actor, "on": arrived()}
    if act == "delete" and db.session.get(Window, ident) is None:  # sent twice
        delete_window(ident, token=form.form_token.data, **given)
        flash(ACTS[act], "ok")
        return redirect(LIST, 303)
    row = _window(ident)
    if act == "delete" and (used := uses(db.session(), ident)):
        raise NotAllowed(used_words(row.name, used))
    asked = window_question.about(row, act)
    answer = replace(asked, version=form.version.data)  # the act looks at the version itself
    if not answer.answered():
        return window_question.page(asked, here)
    try:
        if act == "open":
            until, token = window_question.until(), form.form_token.data
            open_window(ident, until=until, seen=answer.seen(), token=token, **given)
        elif act == "close":
            close_window(ident, seen=answer.seen(), **given)
        else:
            delete_window(ident, token=form.form_token.data, **given)
    except Invalid as refused:
        question = window_question.about(_window(ident), act)
        return window_question.page(question, here, {refused.field: [refused.message]}), 422
    except ChangedMeanwhile as refused:
        question = window_question.about(_window(ident), act)
        return window_question.page(question, here, {"": [refused.message]}), 409
    flash(ACTS[act], "ok")
    return redirect(LIST, 303)


def _save(ident: int) -> Any:
    """Save the form; the question first, unless nothing is to be asked or somebody else saved meanwhile."""
    form, asked = WindowForm(request.form), WindowActForm()
    if wrong := form.errors():
        return _page(ident, form, wrong), 422
    row = _window(ident)
    given: dict[str, Any] = {"by": principal().actor, "on": arrived(), "token": asked.form_token.data}
    try:
        window = without_dates(window_facts(row), cleaned(form.window()))
        check(window)
        refuse(db.session(), row, window)
        question = window_question.before_saving(row, window)
        if row.version == asked.version.data and question.needed and not question.answered():
            return window_question.page(question, f"{LIST}/{ident}")
        done = edit_window(ident, window, version=asked.version.data, seen=question.seen(), **given)
    except Outgrown as refused:
        question = window_question.before_saving(_window(ident), window)
        return window_question.page(question, f"{LIST}/{ident}", {"": [refused.message]}), 409
    except Invalid as refused:
        return _page(ident, form, {refused.field: [refused.message]}), 422
    except ChangedMeanwhile as refused:
        return _page(ident, form, {"": [refused.message]}, stored=_stored(ident)), 409
    flash(_said(ident, done), "ok")
    return redirect(LIST, 303)


def _said(ident: int, done: Done) -> str:
    """Say what the change did; complete what it left."""
    completed = done.completed + (go_on(ident, by=principal().actor, on=arrived()) if done.more else 0)
    said = ["已保存。"]
    if done.orders:
        said.append(f"{done.orders} 笔没有支付的订单已关闭。")
    if completed:
        said.append(f"{completed} 项审核通过的申请已办结。")
    if ident in windows_left():
        said.append("其余的正在办结，几分钟内完成。")
    return "".join(said)


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
        unused=row is not None and not uses(db.session(), row.id),
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
