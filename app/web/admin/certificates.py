"""/admin/certificates: rule, gaps and voided numbers of 毕业证书编号."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template

from app.actions.papers import certificates
from app.extensions import db
from app.rules.papers.certificate import RULE_WORDS
from app.rules.people.identity import normalise_digits
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import CertificatesForm

HERE = "/admin/certificates"


@bp.get("/certificates")
@allow("staff", roles=("admin",))
def numbers() -> str:
    found = certificates.settings(db.session())
    return _page({"rule": found.rule.value, "province": found.province, "area": found.area}, {})


@bp.post("/certificates")
@allow("staff", roles=("admin",))
def act_on_numbers() -> Any:
    """Save the rule, assign or void numbers, by `act`."""
    me, on, form = principal().actor, arrived(), CertificatesForm()
    act, values = form.act.data, form.values()
    try:
        if act == "assign":
            flash(f"已编 {certificates.assign_all(by=me, on=on)} 个编号。", "ok")
        elif act == "void":
            number, token = normalise_digits(values["number"]), form.form_token.data
            certificates.void(number, values["reason"], by=me, on=on, token=token)
            flash(f"编号 {values['number']} 已作废，不会再用。", "ok")
        else:
            certificates.save_settings(values["rule"], values["province"], values["area"], by=me, on=on)
            flash("已保存。", "ok")
    except Invalid as refused:
        return _page(_with_rule(values, act), {refused.field: [refused.message]}), 422
    except NotFound:
        return _page(_with_rule(values, act), {"number": ["没有这个编号"]}), 422
    except (ChangedMeanwhile, NotAllowed) as refused:
        return _page(_with_rule(values, act), {"": [refused.message]}), 409
    return redirect(HERE, 303)


def _with_rule(values: dict[str, str], act: str) -> dict[str, str]:
    """Add the stored rule unless its form was posted."""
    if act == "save":
        return values
    found = certificates.settings(db.session())
    return {**values, "rule": found.rule.value, "province": found.province, "area": found.area}


def _page(values: dict[str, str], errors: dict[str, list[str]]) -> str:
    db.session.rollback()
    return render_template(
        "admin/certificates.html",
        section="admin",
        values=values,
        errors=errors,
        labels=CertificatesForm.labels(),
        report=certificates.report(db.session()),
        rules=[(rule.value, words) for rule, words in RULE_WORDS.items()],
    )
