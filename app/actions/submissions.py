"""Stored submissions of an application."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Submission
from app.rules.refusals import NotFound


def last_submission(session: Session, application_id: int) -> Submission:
    """Last submission of an application; NotFound when there is none."""
    query = select(Submission).where(Submission.application_id == application_id)
    found = session.scalars(query.order_by(Submission.number.desc()).limit(1)).first()
    if found is None:
        raise NotFound
    return found
