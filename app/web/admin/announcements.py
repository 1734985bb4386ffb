"""/admin/announcements: write, publish, withdraw."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request
from sqlalchemy import select

from app.actions.office.site import publish_announcement, save_announcement, withdraw_announcement
from app.extensions import db
from app.models import Announcement
from app.rules.refusals import Invalid
from app.rules.text import clean_line, clean_text
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp

LIST = "/admin/announcements"


@bp.get("/announcements")
@allow("staff", roles=("admin",))
def announcements() -> str:
    """All of them, the newest first."""
    rows = db.session.scalars(select(Announcement).order_by(Announcement.pinned.desc(), Announcement.id.desc())).all()
    return render_template("admin/announcements.html", section="admin", rows=rows)


@bp.get("/announcements/new")
@allow("staff", roles=("admin",))
def new_announcement() -> str:
    return _form(None, {}, {})


@bp.post("/announcements/new")
@allow("staff", roles=("admin",))
def add_announcement() -> Any:
    """Keep a new one; it is published by its own button or at once."""
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
    """保存, 发布 or 撤下: the button says which."""
    by, on = principal().actor, arrived()
    act = request.form.get("act", "")
    if act == "withdraw":
        withdraw_announcement(ident, by=by, on=on)
        flash("已撤下。", "ok")
        return redirect(LIST, 303)
    if act == "publish" and "title" not in request.form:
        publish_announcement(ident, by=by, on=on)
        flash("已发布。", "ok")
        return redirect(LIST, 303)
    return _save(ident)


def _save(ident: int | None) -> Any:
    by, on = principal().actor, arrived()
    values = {
        "title": clean_line(request.form.get("title", "")),
        "body": clean_text(request.form.get("body", "")).strip(),
        "pinned": request.form.get("pinned", ""),
    }
    try:
        saved = save_announcement(
            ident, title=values["title"], body=values["body"], pinned=bool(values["pinned"]), by=by, on=on
        )
    except Invalid as refused:
        row = db.session.get(Announcement, ident) if ident else None
        return _form(row, values, {refused.field: [refused.message]}), 422
    if request.form.get("act") == "publish":
        publish_announcement(saved, by=by, on=on)
    flash("已保存。", "ok")
    return redirect(LIST, 303)


def _form(row: Announcement | None, values: dict[str, str], errors: dict[str, list[str]]) -> str:
    here = f"{LIST}/{row.id if row else 'new'}"
    return render_template("admin/announcement.html", section="admin", here=here, row=row, values=values, errors=errors)
