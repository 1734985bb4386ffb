"""What the office has put right by hand and a file would put back: told by the import, never only counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.audit import Unreadable, read_events
from app.models import AuditEvent
from app.rules.calendar import day

WORDS = {
    "score.corrected": "更正过这门成绩",
    "score.withdrawn": "作废过这条成绩",
    "ticket.corrected": "更正过这个准考证号的资料",
}
Place = tuple[str, str, str]
"""准考证号, 课程代码 and 考次 as they stood before; of a ticket itself the latter two are ""."""


def corrected(session: Session, *actions: str) -> Mapping[Place, str]:
    """Return where the office did one of these acts, and the last one in words. They are few: all are read."""
    query = select(AuditEvent.action, AuditEvent.at, AuditEvent.detail).where(AuditEvent.action.in_(actions))
    found = read_events(session, query.order_by(AuditEvent.id), _place)
    return dict(each for each in found if not isinstance(each, Unreadable))


def _place(row: Row[Any]) -> tuple[Place, str]:
    detail = row.detail
    return (detail["ticket"], detail.get("course", ""), detail.get("session", "")), _words(row.action, row.at)


def _words(action: str, at: datetime) -> str:
    return f"考办在 {day(at)} {WORDS[action]}，这次导入又改成文件里的；不对的请再更正"
