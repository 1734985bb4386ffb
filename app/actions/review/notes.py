"""What staff write to each other about an application, never shown to the examinee: notes, and 请示 with the opinion so far."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.actions import scope
from app.actions.applications.asides import OVER, put_aside
from app.actions.audit import record
from app.actions.repeats import once
from app.actions.review.decide import keep_opinion
from app.actions.review.opinions import Opinion, Seen
from app.models import Aside, Note
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid
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


def ask(
    public_id: str,
    opinion: Opinion,
    question: str,
    asked: str,
    *,
    seen: Seen,
    by: Actor,
    on: datetime,
    token: str = "",
) -> None:
    """Put the file aside with a question, the opinion kept; once for the `token` of a form. Raises as `put_aside` and `keep_opinion`, ChangedMeanwhile if it is over since."""
    with transaction() as session:

        def act() -> dict[str, Any]:
            keep_opinion(session, public_id, opinion, by=by, on=on, seen=seen)
            return {"aside": put_aside(session, public_id, question, asked, version=seen.version, by=by, on=on)}

        what = ["ask", public_id, question, asked, asdict(opinion)]
        made = session.get_one(Aside, once(session, token, what, act, by=by, on=on)["aside"])
        if made.ended_at is not None:
            raise ChangedMeanwhile(OVER)
