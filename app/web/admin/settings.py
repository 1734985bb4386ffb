"""/admin/settings: the site's texts."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template
from sqlalchemy import select

from app.actions.office.site import save_texts
from app.extensions import db
from app.models import SiteText
from app.rules.refusals import Invalid
from app.rules.site_texts import TEXTS
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import SettingsForm

HERE = "/admin/settings"


@bp.get("/settings")
@allow("staff", roles=("admin",))
def settings() -> str:
    stored = {key: value for key, value in db.session.execute(select(SiteText.key, SiteText.value)) if key in TEXTS}
    return _page(stored, {})


@bp.post("/settings")
@allow("staff", roles=("admin",))
def save_settings() -> Any:
    """Save; other processes follow within seconds."""
    values = SettingsForm().values()
    try:
        save_texts(values, by=principal().actor, on=arrived())
    except Invalid as refused:
        return _page(values, {refused.field: [refused.message]}), 422
    current_app.extensions.pop("kaoji.site", None)
    flash("已保存。", "ok")
    return redirect(HERE, 303)


def _page(values: dict[str, str], errors: dict[str, list[str]]) -> str:
    return render_template(
        "admin/settings.html", section="admin", values=values, errors=errors, labels=SettingsForm.labels()
    )
