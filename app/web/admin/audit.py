"""/admin/audit: the audit log, read only, keyset paging."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from sqlalchemy import Row, select

from app.actions import scope
from app.actions.audit import Unreadable, read_events
from app.actions.exports.act_words import names_of
from app.actions.exports.audit import AUDIT, RECEIPT, TICKET, shown_actor
from app.actions.exports.exports import Narrowed, narrow
from app.actions.exports.kinds import kinds
from app.actions.upkeep.chain_head import standing
from app.extensions import db
from app.models import AuditEvent, Staff
from app.rules.audit_words import GROUPS, SUBJECTS, WORDS, detail_words
from app.rules.calendar import read_days
from app.rules.people.roles import STAFF_ROLES
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import AuditForm

HERE = "/admin/audit"
PAGE = 50
LONGEST = 40  # characters of a filter
COLUMNS = tuple(
    getattr(AuditEvent, name)
    for name in (
        "id",
        "at",
        "actor_kind",
        "actor_label",
        "actor_role",
        "address",
        "action",
        "subject",
        "subject_id",
        "detail",
    )
)


@bp.get("/audit")
@allow("staff", roles=scope.AUDITING)
def audit() -> str:
    """Render one page, latest first."""
    values = {name: text[:LONGEST] for name, text in AuditForm(request.args).values().items()}
    if values["action"] not in GROUPS:
        values["action"] = ""
    days = read_days(values["since"], values["until"])
    narrowed = Narrowed(
        since=days.since, until=days.until, q=values["q"], actor=values["actor"], action=values["action"]
    )
    idents = [] if days.errors else _idents(narrowed, request.args.get("before", ""))
    kept = {name: value for name, value in values.items() if value}
    people = db.session.execute(select(Staff.id, Staff.name, Staff.username).order_by(Staff.id)).all()
    return render_template(
        "admin/audit.html",
        section="admin",
        labels=AuditForm.labels(),
        values=values,
        kept=kept,
        errors=days.errors,
        rows=_rows(idents[:PAGE]),
        words=WORDS,
        subjects=SUBJECTS,
        groups=list(GROUPS.items()),
        chain=standing(db.session()),
        people=[(str(row.id), f"{row.name}（{row.username}）") for row in people],
        latest=f"{HERE}?{urlencode(kept)}" if "before" in request.args else None,
        next=f"{HERE}?{urlencode({**kept, 'before': idents[PAGE - 1]})}" if len(idents) > PAGE else None,
    )


def _idents(narrowed: Narrowed, before: str) -> list[int]:
    query = narrow(select(AuditEvent.id), AUDIT, narrowed, principal().actor, arrived())
    if before.isascii() and before.isdecimal() and len(before) < 18:
        query = query.where(AuditEvent.id < int(before))
    return list(db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(PAGE + 1)))


def _rows(idents: list[int]) -> list[dict[str, Any]]:
    """Return what is shown of each row."""
    told = (TICKET.label("ticket"), RECEIPT.label("receipt"))
    query = select(*COLUMNS, *told).where(AuditEvent.id.in_(idents)).order_by(AuditEvent.id.desc())
    found = read_events(db.session(), query, _shown)
    return [{"event": row.id, "readable": False} if isinstance(row, Unreadable) else row for row in found]


def _shown(row: Row[Any]) -> dict[str, Any]:
    by = principal().actor
    return {
        "event": row,
        "readable": True,
        "who": shown_actor(f"{row.actor_kind}/{row.actor_label}", by),
        "role": STAFF_ROLES.get(row.actor_role, ""),
        "said": detail_words(row.detail, names_of(row.action, kinds())),
        "tickets": (row.ticket or "").split("、") if row.ticket else [],
        "receipt": row.receipt or "",
    }
