"""Who is told what was done to their account: an examinee by 站内消息, a member of staff on the overview."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from app.models import Message, School, StaffNotice
from app.models.base import transaction
from app.rules.people.roles import SCHOOL_ROLES, Actor

OPERATOR = "系统管理员（命令行）"


def for_examinee(session: Session, by: Actor) -> str:
    """Who acted, as an examinee is told: the school or the office, never a person's name."""
    if by.kind == "system":
        return f"考办的{OPERATOR}"
    if by.role in SCHOOL_ROLES:
        return session.scalar(select(School.name).where(School.code == by.school_code)) or "主考学校"
    return "考办"


def for_colleague(by: Actor) -> str:
    """Who acted, as a member of staff is told."""
    return OPERATOR if by.kind == "system" else f"管理员{by.label}"


def tell_examinee(session: Session, examinee_id: int, text: str, on: datetime) -> None:
    """Write a message about the account. One statement, in the caller's transaction."""
    row = {"examinee_id": examinee_id, "application_id": None, "state": "", "text": text, "created_at": on}
    session.execute(insert(Message), [row])


def tell_staff(session: Session, staff_id: int, text: str, on: datetime) -> None:
    """Write what the overview shows until its person knows. One statement, in the caller's transaction."""
    session.execute(insert(StaffNotice), [{"staff_id": staff_id, "text": text, "created_at": on}])


def news(session: Session, by: Actor) -> list[Row[int, str]]:
    """What was done to this person's account and is not known yet, in order: id and text."""
    mine = (StaffNotice.staff_id == by.id, StaffNotice.known_at.is_(None))
    return list(session.execute(select(StaffNotice.id, StaffNotice.text).where(*mine).order_by(StaffNotice.id)))


def known(until: int, *, by: Actor, on: datetime) -> None:
    """知道了: what was shown, up to the notice of that id."""
    with transaction() as session:
        mine = (StaffNotice.staff_id == by.id, StaffNotice.known_at.is_(None), StaffNotice.id <= until)
        session.execute(update(StaffNotice).where(*mine).values(known_at=on))
