"""Check that filter values exist: a mistyped code would give an empty list."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.services import unknown_service
from app.models import PlanRow, School, Window
from app.rules.refusals import Invalid


def check_known(session: Session, *, school: str = "", major: str = "", window: str = "", service: str = "") -> None:
    """Refuse an unknown service, school, major or window number; '' is no limit. Raises Invalid(field)."""
    if problem := unknown_service(service):
        raise Invalid("service", problem)
    if window.isascii() and window.isdecimal() and len(window) < 10 and session.get(Window, int(window)) is None:
        raise Invalid("window", f"没有编号为 {window} 的办理时间（见 kaoji window list）")
    if school and session.scalar(select(School.id).where(School.code == school)) is None:
        raise Invalid("school", f"没有这个主考学校：{school}")
    if major and session.scalar(select(PlanRow.id).where(PlanRow.major_code == major).limit(1)) is None:
        raise Invalid("major", f"没有这个专业的计划：{major}")
