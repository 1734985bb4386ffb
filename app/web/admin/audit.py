"""/admin/audit: the audit log, read only, keyset paging."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from sqlalchemy import Select, select

from app.actions import scope
from app.extensions import db
from app.models import AuditEvent, Staff
from app.rules.audit_words import SUBJECTS, WORDS, detail_words
from app.rules.calendar import from_local
from app.rules.people.roles import STAFF_ROLES
from app.security.allow import allow
from app.web.admin import bp
from app.web.admin.site_forms import AuditForm

HERE = "/admin/audit"
PAGE = 50
LONGEST = 40  # characters of a filter
GROUPS = (
    ("sign_in.", "登录"), ("totp.", "两步验证"), ("identity.", "身份确认"), ("application.", "申请和审核"),
    ("review.", "审核过程"), ("reason.", "退回原因"), ("order.", "订单"), ("payment.", "缴费"), ("examinee.", "考生账号和证件号码"), ("staff.", "工作人员账号"),
    ("export.", "导出"), ("import.", "导入"), ("window.", "办理时间"), ("site.", "站点设置"), ("announcement.", "公告"), ("alarm.", "警报"),
)  # fmt: skip


@bp.get("/audit")
@allow("staff", roles=scope.AUDITING)
def audit() -> str:
    """Render one page, latest first."""
    values = {name: text[:LONGEST] for name, text in AuditForm(request.args).values().items()}
    query, errors = _narrowed(values)
    before = request.args.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 18:
        query = query.where(AuditEvent.id < int(before))
    rows = db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(PAGE + 1)).all()
    kept = {name: value for name, value in values.items() if value}
    people = db.session.execute(select(Staff.id, Staff.name, Staff.username).order_by(Staff.id)).all()
    return render_template(
        "admin/audit.html",
        section="admin",
        labels=AuditForm.labels(),
        values=values,
        errors=errors,
        rows=[(row, STAFF_ROLES.get(row.actor_role, ""), detail_words(row.detail)) for row in rows[:PAGE]],
        words=WORDS,
        subjects=SUBJECTS,
        groups=list(GROUPS),
        people=[(str(row.id), f"{row.name}（{row.username}）") for row in people],
        latest=f"{HERE}?{urlencode(kept)}" if before else None,
        next=f"{HERE}?{urlencode({**kept, 'before': rows[PAGE - 1].id})}" if len(rows) > PAGE else None,
    )


def _narrowed(values: dict[str, str]) -> tuple[Select[Any], dict[str, list[str]]]:
    """Filter by person, action prefix and day; an invalid day is an error."""
    query, errors = select(AuditEvent), {}
    if values["actor"].isascii() and values["actor"].isdecimal() and len(values["actor"]) < 10:
        query = query.where(AuditEvent.actor_kind == "staff", AuditEvent.actor_id == int(values["actor"]))
    if values["action"] in dict(GROUPS):
        prefix = values["action"]
        query = query.where(AuditEvent.action >= prefix, AuditEvent.action < prefix[:-1] + "/")
    for name in ("since", "until"):
        if not values[name]:
            continue
        try:
            day = date.fromisoformat(values[name])
        except ValueError:
            errors[name] = ["日期应写成 2026-12-01"]
            continue
        begin = from_local(datetime.combine(day, time()))
        query = query.where(AuditEvent.at >= begin if name == "since" else AuditEvent.at < begin + timedelta(days=1))
    return query, errors
