"""/admin/announcements: write, publish, withdraw."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template
from sqlalchemy import select

from app.actions.office.site import publish_announcement, save_announcement, withdraw_announcement
from app.extensions import db
from app.models import Announcement
from app.rules.refusals import Invalid
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import AnnouncementForm

LIST = "/admin/announcements"


@bp.get("/announcements")
@allow("staff", roles=("admin",))
def announcements() -> str:
    """List all, pinned first, then newest first."""
    rows = db.session.scalars(select(Announcement).order_by(Announcement.pinned.desc(), Announcement.id.desc())).all()
    return render_template("admin/announcements.html", section="admin", rows=rows)


@bp.get("/announcements/new")
@allow("staff", roles=("admin",))
def new_announcement() -> str:
    return _form(None, {}, {})


@bp.post("/announcements/new")
@allow("staff", roles=("admin",))
def add_announcement() -> Any:
    """Save a new one; publish it if asked."""
    return _save(None)


@bp.get("/announcements/<int:ident>")
@allow("staff", roles=("admin",))
def edit_announcement(ident: int) -> str:
    row = db.session.get(Announcement, ident)
    if row is None:
        abort(404)
    return _form(row, {"title": row.title, "body": row.body, "pinned": "1" if row.pinned else ""}, {})


@bp.post("/announcements/<int:ident>")
@allow("staff", roles=("admin",))
def change_announcement(ident: int) -> Any:
    """保存, 发布 or 撤下, by `act`."""
    by, on = principal().actor, arrived()
    form = AnnouncementForm()
    act = form.act.data
    if act == "withdraw":
        withdraw_announcement(ident, by=by, on=on)
        flash("已撤下。", "ok")
        return redirect(LIST, 303)
    if act == "publish" and not form.sent("title"):
        publish_announcement(ident, by=by, on=on)
        flash("已发布。", "ok")
        return redirect(LIST, 303)
    return _save(ident)


def _save(ident: int | None) -> Any:
    by, on = principal().actor, arrived()
    form = AnnouncementForm()
    try:
        texts: dict[str, Any] = {"title": form.title.data, "body": form.body.data, "pinned": bool(form.pinned.data)}
        saved = save_announcement(ident, **texts, by=by, on=on, token=form.form_token.data)
    except Invalid as refused:
        row = db.session.get(Announcement, ident) if ident else None
        return _form(row, form.values(), {refused.field: [refused.message]}), 422
    if form.act.data == "publish":
        publish_announcement(saved, by=by, on=on)
    flash("已保存。", "ok")
    return redirect(LIST, 303)


def _form(row: Announcement | None, values: dict[str, str], errors: dict[str, list[str]]) -> str:
    here = f"{LIST}/{row.id if row else 'new'}"
    return render_template(
        "admin/announcement.html",
        section="admin",
        here=here,
        row=row,
        values=values,
        errors=errors,
        labels=AnnouncementForm.labels(),
    )
