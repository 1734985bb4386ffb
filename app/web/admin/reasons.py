"""/admin/reasons: return reasons, common (administrator) or of one school (school_lead)."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template
from sqlalchemy import select

from app.actions.review import reasons as catalogue
from app.actions.review.reasons import KEEPING, KEPT, ReasonForm
from app.actions.services import reason_places
from app.extensions import db
from app.models import ReturnReason, School
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.reasons import PLACEHOLDERS, Entry, Lacking, filled, place_words
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import CatalogueForm

LIST = "/admin/reasons"
SAMPLE = Lacking((("", "00540 外国文学史"),), "已修 66 / 要求 73")
DONE = {"retire": "已停用，审核时不再出现。", "restore": "已启用。", "delete": "已删除。"}


@bp.get("/reasons")
@allow("staff", roles=KEEPING)
def reasons() -> str:
    """List all lines in order."""
    return _list({})


@bp.get("/reasons/new")
@allow("staff", roles=KEEPING)
def new_reason() -> str:
    return _form(None, {"places": []}, {})


@bp.post("/reasons/new")
@allow("staff", roles=KEEPING)
def add_reason() -> Any:
    """Add a line at the end of one's own list."""
    return _save(None)


@bp.get("/reasons/<int:ident>")
@allow("staff", roles=KEEPING)
def edit_reason(ident: int) -> str:
    """Render the line's form; 403 if not one's own."""
    row = catalogue.line(db.session(), ident, principal().actor)
    if not catalogue.may_change(row, principal().actor):
        abort(403)
    return _form(row, {"label": row.label, "text": row.text, "places": row.places}, {})


@bp.post("/reasons/<int:ident>")
@allow("staff", roles=KEEPING)
def change_reason(ident: int) -> Any:
    """保存, 上移, 下移, 停用, 启用 or 删除, by `act`."""
    form, by, on = CatalogueForm(), principal().actor, arrived()
    act, token = form.act.data, form.form_token.data
    if act == "save":
        return _save(ident)
    if act not in (catalogue.UP, catalogue.DOWN, *DONE):
        abort(400)
    try:
        if act in (catalogue.UP, catalogue.DOWN):
            catalogue.shift(ident, act, by=by, on=on, token=token)
        elif act == "delete":
            catalogue.delete_reason(ident, by=by, on=on, token=token)
        else:
            catalogue.retire(ident, by=by, on=on, back=act == "restore")
    except NotAllowed as refused:
        return _list({"": [refused.message]}), 409
    current_app.extensions.pop(KEPT, None)
    if act in DONE:
        flash(DONE[act], "ok")
    return redirect(LIST if act == "delete" else f"{LIST}#reason-{ident}", 303)


def _save(ident: int | None) -> Any:
    posted, by = CatalogueForm(), principal().actor
    places = [key for step, _, _ in reason_places() for key in posted.places.data.get(step, [])]
    form = ReasonForm(posted.label.data, posted.text.data, tuple(places))
    typed = {"label": form.label, "text": form.text, "places": places}
    row = catalogue.line(db.session(), ident, by) if ident else None
    try:
        version, token = posted.version.data, posted.form_token.data
        saved = catalogue.save_reason(ident, form, version=version, by=by, on=arrived(), token=token)
    except Invalid as refused:
        return _form(row, typed, {refused.field: [refused.message]}), 422
    except ChangedMeanwhile as refused:
        row = catalogue.line(db.session(), ident or 0, by)
        return _form(row, typed, {"": [refused.message]}, theirs=list(refused.theirs.items())), 409
    current_app.extensions.pop(KEPT, None)
    flash("已保存。", "ok")
    return redirect(f"{LIST}#reason-{saved}", 303)


def _list(errors: dict[str, list[str]]) -> str:
    by = principal().actor
    rows = catalogue.lines(db.session(), by)
    own = "" if by.role == "admin" else by.school_code
    codes = sorted({own, *(row.school_code for row in rows)}, key=lambda code: (code != own, code))  # own school first
    schools = db.session.execute(select(School.code, School.name).where(School.code.in_(codes)))
    names: dict[str, str] = {"": "全部学校"} | {school.code: school.name for school in schools}
    return render_template(
        "admin/reasons.html",
        section="admin",
        lists=[(names.get(code, code), [_shown(row, by) for row in rows if row.school_code == code]) for code in codes],
        school=principal().school_name,
        errors=errors,
    )


def _shown(row: ReturnReason, by: Any) -> dict[str, Any]:
    return {"row": row, "places": place_words(row.places, reason_places()), "mine": catalogue.may_change(row, by)}


def _form(row: ReturnReason | None, values: dict[str, Any], errors: dict[str, list[str]], *, theirs: Any = ()) -> str:
    places = reason_places()
    sample = Entry(0, "", values.get("label", ""), values.get("text", ""), ()) if not errors else None
    return render_template(
        "admin/reason.html",
        section="admin",
        here=f"{LIST}/{row.id if row else 'new'}",
        row=row,
        values={**values, **{f"places.{step}": values["places"] for step, _, _ in places}},
        errors=errors,
        labels=CatalogueForm.labels(),
        theirs=theirs,
        steps=[
            (step, title, [(step, "整个环节"), *((key, label) for key, label in items)])
            for step, title, items in places
        ],
        placeholders=[(f"{{{name}}}", words) for name, words in PLACEHOLDERS.items()],
        sample=filled(sample, SAMPLE) if sample and "{" in sample.text else "",
    )
