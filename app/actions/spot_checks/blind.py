"""Whether the second look of 抽查 can still be blind: who has seen the first verdict of a file looks at it no more.

Seen it has whoever gave it, decided on the application afterwards, looked at the same verdict in another draw, was shown
what somebody else found there, or
opened the application itself (or its 撤销决定, or 审核意见) while it waited in a draw: that is asked first, and recorded.
What another found in another draw is kept from those who may still look. Nobody looks again at a decision that was
revoked: it was found wrong already.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.audit import record
from app.models import Application, AuditEvent, Review, SpotCheck, SpotCheckFile
from app.models.base import transaction
from app.models.review import stands
from app.rules.people.roles import Actor

OPENED, TOLD = "spot_check.opened", "spot_check.told"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file of a draw that this person may still look at blind: draw and place in it."""

    draw: int
    place: int


def knows(by: Actor) -> ColumnElement[bool]:
    """Condition on Review: the person has seen this verdict."""
    later, earlier = aliased(Review), aliased(SpotCheckFile)
    decided = exists().where(
        later.application_id == Review.application_id, later.reviewer_id == by.id, later.id >= Review.id
    )
    looked = exists().where(earlier.review_id == Review.id, earlier.staff_id == by.id)
    opened = exists().where(
        AuditEvent.subject == "application",
        AuditEvent.subject_id == Review.application_id,
        AuditEvent.action.in_((OPENED, TOLD)),
        AuditEvent.actor_kind == by.kind,
        AuditEvent.actor_id == by.id,
    )
    return or_(decided, looked, opened)


def untold(by: Actor) -> ColumnElement[bool]:
    """Condition on Review and SpotCheckFile: looked at in this draw, and the person may still look at it in another."""
    other, draw = aliased(SpotCheckFile), aliased(SpotCheck)
    waits = (
        exists()
        .where(other.review_id == Review.id, other.verdict == "", draw.id == other.spot_check_id)
        .where(scope.spot_checks(by, draw))
    )
    return and_(SpotCheckFile.verdict != "", stands(), waits, ~knows(by))


def waiting(session: Session, public_id: str, by: Actor) -> Waiting | None:
    """The first draw in which the application waits for a second look that this person could take; None: no draw."""
    if by.role not in scope.ASSIGNING:
        return None
    query = (
        select(SpotCheckFile.spot_check_id, SpotCheckFile.place)
        .join(SpotCheck, SpotCheck.id == SpotCheckFile.spot_check_id)
        .join(Review, Review.id == SpotCheckFile.review_id)
        .join(Application, Application.id == Review.application_id)
        .where(Application.public_id == public_id, scope.applications(by))
        .where(SpotCheckFile.verdict == "", stands(), scope.spot_checks(by), ~knows(by))
        .order_by(SpotCheckFile.spot_check_id)
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return Waiting(*found) if found else None


def note_told(reviews: Collection[int], *, by: Actor, on: datetime) -> None:
    """Audit that the person is shown what was found of these decisions, so that a later draw gives their files to another; once."""
    if not reviews:
        return
    with transaction() as session:
        query = select(Review.application_id).where(Review.id.in_(reviews), ~knows(by)).distinct()
        for ident in session.scalars(query.order_by(Review.application_id)).all():
            record(session, on=on, by=by, action=TOLD, subject="application", subject_id=ident)


def note_opened(public_id: str, *, by: Actor, on: datetime) -> None:
    """Audit that the person opened the application before its second look. Raises NotFound."""
    with transaction() as session:
        row = scope.application(session, public_id, by)
        record(session, on=on, by=by, action=OPENED, subject="application", subject_id=row.id)
