"""Reveal masked data: only in scope, counted per day, audited."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import number_in, record
from app.extensions import db
from app.models import AuditEvent
from app.models.base import transaction
from app.rules.calendar import rest_of_day, today
from app.rules.people.roles import Actor
from app.rules.refusals import Refused
from app.security import throttle
from app.security.throttle import TooOften

UNASKED = 20  # a day without confirming the identity again (step-up)
OFTEN = timedelta(hours=1)
"""An auditor's browser asks for a picture again and again: on its page, enlarged, part by part."""
TOO_MANY = "今天查看的证件号码已达 200 个，不能再查看。已通知管理员；确有需要，请联系管理员。"


class ConfirmFirst(Refused):
    """The person must first confirm their identity by code or password (requested in app.web)."""

    def __init__(self) -> None:
        super().__init__("请先确认身份")


def reveal_id(public_id: str, *, by: Actor, on: datetime, fresh: bool = False, paper: str = "") -> None:
    """Record 显示 on an application's page, or a paper with the number. `fresh`: identity confirmed within minutes.

    Raises NotFound out of scope, ConfirmFirst after 20 a day, TooOften after 200 (with an alarm).
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
                detail={"application": row.id, **({"kind": paper} if paper else {})},
            )
    if over:
        raise TooOften(TOO_MANY, rest_of_day(on))


def note_look(public_id: str, *, by: Actor, on: datetime) -> None:
    """Audit that an auditor opened the file. Raises NotFound."""
    with transaction() as session:
        row = scope.application(session, public_id, by)
        record(session, on=on, by=by, action="review.looked", subject="application", subject_id=row.id)


def note_picture(application_id: int, picture: int, slot: str, *, by: Actor, on: datetime) -> None:
    """Audit that an auditor opened a picture, each at most once in OFTEN."""
    seen = select(AuditEvent.id).where(
        AuditEvent.subject == "application",
        AuditEvent.subject_id == application_id,
        AuditEvent.action == "evidence.viewed",
        AuditEvent.actor_id == by.id,
        AuditEvent.at > on - OFTEN,
        AuditEvent.at <= on,
        number_in(AuditEvent.detail, "picture") == picture,
    )
    if db.session.scalar(seen.limit(1)) is not None:
        return
    with transaction() as session:
        record(
            session,
            on=on,
            by=by,
            action="evidence.viewed",
            subject="application",
            subject_id=application_id,
            detail={"item": slot, "picture": picture},
        )


def reveal_person(examinee_id: int, *, by: Actor, on: datetime, fresh: bool = False) -> None:
    """Record 显示 on a person's page. Raises as `reveal_id`."""
    with transaction() as session:
        row = scope.examinee(session, examinee_id, by)
        over = _over(session, by, on, fresh)
        if not over:
            record(session, on=on, by=by, action="examinee.revealed", subject="examinee", subject_id=row.id)
    if over:
        raise TooOften(TOO_MANY, rest_of_day(on))


def _over(session: Session, by: Actor, on: datetime, fresh: bool) -> bool:
    """Count one more today; return whether it exceeds the limit. The first excess writes an alarm."""
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
