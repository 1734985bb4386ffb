"""The list of acts."""

from __future__ import annotations

import json

from app.actions import scope
from app.actions.exports.columns import time_column
from app.actions.lists import Column, Kind
from app.models import AuditEvent
from app.rules.people.roles import STAFF_ROLES

AUDIT = Kind(
    "audit", "操作记录",
    (
        Column("id", "序号", AuditEvent.id), time_column("at", "时间", AuditEvent.at),
        Column("actor_kind", "身份", AuditEvent.actor_kind), Column("actor_label", "操作人", AuditEvent.actor_label),
        Column("actor_role", "角色", AuditEvent.actor_role, lambda role: str(STAFF_ROLES.get(role, role))),
        Column("address", "来源地址", AuditEvent.address), Column("action", "动作", AuditEvent.action),
        Column("subject", "对象", AuditEvent.subject), Column("subject_id", "对象编号", AuditEvent.subject_id),
        Column("detail", "详情", AuditEvent.detail, lambda detail: json.dumps(detail, ensure_ascii=False, sort_keys=True)),
    ),
    lambda query: query.select_from(AuditEvent), AuditEvent.id, AuditEvent.at, scope.AUDITING,
)  # fmt: skip
