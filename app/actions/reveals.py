"""Showing what is masked: allowed to who has the record in scope, and written down each time."""

from __future__ import annotations

from datetime import datetime

from app.actions import scope
from app.actions.audit import record
from app.models.base import transaction
from app.rules.people import Actor


def reveal_id(public_id: str, *, by: Actor, on: datetime) -> None:
    """显示 on the page of an application; NotFound when it is out of scope."""
    with transaction() as session:
        row = scope.application(session, public_id, by)
        record(
            session, on=on, by=by, action="examinee.revealed", subject="examinee", subject_id=row.examinee_id,
            detail={"application": row.id},
        )  # fmt: skip


def reveal_person(examinee_id: int, *, by: Actor, on: datetime) -> None:
    """显示 on the page of a person; NotFound when out of scope."""
    with transaction() as session:
        row = scope.examinee(session, examinee_id, by)
        record(session, on=on, by=by, action="examinee.revealed", subject="examinee", subject_id=row.id)
