"""Staff notes about an application, never shown to the examinee."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.actions import scope
from app.actions.audit import record
from app.actions.repeats import once
from app.models import Note
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid
from app.rules.review.words import FIELDS

MAX_NOTE = 500  # characters


def checked(text: str) -> str:
    """Return the text if valid. Raises Invalid (field note)."""
    if not text or len(text) > MAX_NOTE:
        raise Invalid("note", f"{FIELDS['note']}应为 1 至 {MAX_NOTE} 字")
    return text


def add_note(public_id: str, text: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """Add a note, once for the `token` of a form. Raises Invalid (field note), NotFound out of scope."""
    note = checked(text)
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = scope.application(session, public_id, by)
            session.add(Note(application_id=row.id, staff_id=by.id, text=note, created_at=on))
            record(session, on=on, by=by, action="application.noted", subject="application", subject_id=row.id)
            return {}

        once(session, token, ["note", public_id, note], act, by=by, on=on)
