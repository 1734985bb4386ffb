"""What a reviewer had filled in on a file when the session turned out to be over: kept for that person alone.

Not saved into the review: after signing in it stands on the file's page again, to be looked at and saved. It goes with
the next save or decision there, on 不要了, or after seven days.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from app.actions import scope
from app.models import Application, KeptWork
from app.models.base import transaction
from app.models.parts import Part
from app.rules.people.roles import Actor
from app.rules.refusals import NotFound

DAYS = timedelta(days=7)
LONGEST = 60_000  # characters of all fields
BESIDE = ("saved", "undo", "whole")  # kept with what was typed, of no use alone


@dataclass(frozen=True, slots=True)
class Kept:
    """The form of an ended session; `sha256`: of the submission that it was about."""

    at: datetime
    sha256: str
    fields: dict[str, str]


KEPT = Part("kept", Kept, {name: getattr(KeptWork, name) for name in Kept.__dataclass_fields__})


def keep(public_id: str, fields: Mapping[str, str], sha256: str, *, by: Actor, on: datetime) -> bool:
    """Keep the fields of one's page of a file, instead of earlier ones; False if it is not theirs, or too long."""
    filled = {name: text for name, text in fields.items() if text}
    if by.id is None or by.role not in scope.REVIEWING or not filled or len(json.dumps(filled)) > LONGEST:
        return False
    with transaction() as session:
        session.execute(delete(KeptWork).where(KeptWork.at < on - DAYS))
        try:
            row = scope.application(session, public_id, by)
        except NotFound:
            return False
        session.execute(delete(KeptWork).where(*_own(row, by)))
        session.add(KeptWork(staff_id=by.id, application_id=row.id, sha256=sha256[:64], fields=filled, at=on))
    return True


def forget(public_id: str, *, by: Actor, names: Collection[str] = ()) -> None:
    """Delete what is kept of one's work on a file; with `names` only these fields."""
    with transaction() as session:
        mine = _own(scope.application(session, public_id, by), by)
        stored = session.scalar(select(KeptWork.fields).where(*mine)) or {}
        left = {name: text for name, text in stored.items() if name not in names} if names else {}
        if left.keys() <= set(BESIDE):
            session.execute(delete(KeptWork).where(*mine))
        else:
            session.execute(update(KeptWork).where(*mine).values(fields=left))


def _own(row: Application, by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (KeptWork.application_id == row.id, KeptWork.staff_id == by.id)
