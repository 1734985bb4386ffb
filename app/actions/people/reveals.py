"""Showing what is masked: allowed to who has the record in scope, counted by the day, and written down each time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.models.base import transaction
from app.rules.calendar import today
from app.rules.people.roles import Actor
from app.rules.refusals import Refused
from app.security import throttle
from app.security.throttle import TooOften

UNASKED = 20  # a day; beyond that the identity is confirmed again (step-up)
TOO_MANY = "今天查看的证件号码已达 200 个，不能再查看。已通知管理员；确有需要，请联系管理员。"


class ConfirmFirst(Refused):
    """Allowed once the person has given their code or password again; the web floor asks for it."""

    def __init__(self) -> None:
        super().__init__("请先确认身份")


def reveal_id(public_id: str, *, by: Actor, on: datetime, fresh: bool = False) -> None:
    """显示 on the page of an application; `fresh`: the identity was confirmed within minutes.

    Raises NotFound when it is out of scope, ConfirmFirst beyond 20 a day, TooOften beyond 200 (and an alarm is written).
    """
    with transaction() as session:
        row = scope.application(session, public_id, by)
        over = _over(session, by, on, fresh)
        if not over:
            record(
                session,
                on=on,
                by=by,
                action="examinee.revealed",
                subject="examinee",
                subject_id=row.examinee_id,
                detail={"application": row.id},
            )
    if over:
        raise TooOften(TOO_MANY)


def note_look(public_id: str, *, by: Actor, on: datetime) -> None:
    """That an auditor opened the file, on the file itself. NotFound when it is absent."""
    with transaction() as session:
        row = scope.application(session, public_id, by)
        record(session, on=on, by=by, action="review.looked", subject="application", subject_id=row.id)


def reveal_person(examinee_id: int, *, by: Actor, on: datetime, fresh: bool = False) -> None:
    """显示 on the page of a person; refuses as reveal_id does."""
    with transaction() as session:
        row = scope.examinee(session, examinee_id, by)
        over = _over(session, by, on, fresh)
        if not over:
            record(session, on=on, by=by, action="examinee.revealed", subject="examinee", subject_id=row.id)
    if over:
        raise TooOften(TOO_MANY)


def _over(session: Session, by: Actor, on: datetime, fresh: bool) -> bool:
    """Count one more of today; whether that is too many. The first one too many is an alarm in the audit."""
    key = f"reveal:{by.id}:{today(on).isoformat()}"
    if not fresh and throttle.hits(session, key, on) >= UNASKED:
        raise ConfirmFirst
    number = throttle.hit(session, key, throttle.REVEALS, on)
    if number == throttle.REVEALS.most + 1:
        record(
            session,
            on=on,
            by=by,
            action="alarm.many_reveals",
            subject="staff",
            subject_id=by.id,
            detail={"most": throttle.REVEALS.most},
        )
    return number > throttle.REVEALS.most
