"""How long a file has waited for a decision: since it was submitted, without the time aside and the time that a decision,
revoked since, was in force. Each file that was moved on so says since when it waits (Aside, Revocation)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from app.models import Application, Aside, Review, Revocation

_own_aside = (Aside.application_id == Application.id, Aside.asked_at >= Application.submitted_at)
_own_revoked = (
    Review.id == Revocation.review_id,
    Review.application_id == Application.id,
    Revocation.revoked_at >= Application.submitted_at,
)


def waits_since() -> ColumnElement[datetime | None]:
    """Of applications: since when one waits; None where that is since it was submitted."""
    aside = select(func.max(Aside.waits_since)).where(*_own_aside).correlate(Application).scalar_subquery()
    revoked = select(func.max(Revocation.waits_since)).where(*_own_revoked).correlate(Application).scalar_subquery()
    last = case((aside > revoked, aside), else_=revoked)  # each was moved on from the one before
    return case((revoked.is_(None), aside), (aside.is_(None), revoked), else_=last)


def older(span: timedelta, on: datetime) -> list[ColumnElement[bool]]:
    """Match files that have waited as long."""
    since = on - span
    aside = or_(Aside.waits_since > since, and_(Aside.ended_at.is_(None), Aside.waited < int(span.total_seconds())))
    return [
        Application.submitted_at <= since,
        ~exists().where(*_own_aside, aside).correlate(Application),
        ~exists().where(*_own_revoked, Revocation.waits_since > since).correlate(Application),
    ]


def is_moved() -> ColumnElement[bool]:
    """Condition on applications: one of the few whose age may not be that of their submission."""
    revoked = select(Review.application_id).join(Revocation, Revocation.review_id == Review.id)
    return or_(
        Application.id.in_(select(Aside.application_id)),
        Application.id.in_(revoked.where(Revocation.waits_since.is_not(None))),
    )
