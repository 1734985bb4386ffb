"""Who can decide a file now, as conditions on applications: its stage, 终审须由另一人, put aside, a pending decision."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from app.actions import scope
from app.models import Application, Aside, PendingDecision, Review, SiteText, Staff, Window, stands
from app.rules.people.roles import Actor
from app.rules.refusals import NotAllowed
from app.rules.review.lifecycle import TRANSITIONS, UNDER_REVIEW, State, for_decision
from app.rules.site_texts import FOUR_EYES

OFF = "关闭"  # value of FOUR_EYES that switches it off
_OTHER_EYES_IN = {state for arrow in TRANSITIONS if arrow.other_eyes for state in arrow.sources}
OTHER_EYES = "这一件的初审你作过决定，终审须由另一位审核员作决定。"


def is_aside() -> ColumnElement[bool]:
    """Put aside, without an answer yet."""
    return exists().where(Aside.application_id == Application.id, Aside.ended_at.is_(None)).correlate(Application)


def by_first_eyes(staff_id: int | BindParameter[int] | None) -> ColumnElement[bool]:
    """Condition on reviews: that person's decision in the first stage, if it stands."""
    return (Review.stage == State.SCHOOL_REVIEW) & stands() & (Review.reviewer_id == staff_id)


def barred(staff_id: Any) -> ColumnElement[bool]:
    """The final decision must be another person's (终审须由另一人)."""
    own = select(Review.id).where(Review.application_id == Application.id, by_first_eyes(staff_id)).exists()
    off = select(SiteText.key).where(SiteText.key == FOUR_EYES, SiteText.value == OFF).exists()
    return and_(Application.state.in_(_OTHER_EYES_IN), ~off, own)


def refuse_barred(session: Session, application_id: int, by: Actor) -> None:
    """Raise NotAllowed where the final decision must be another person's."""
    if session.scalar(select(Application.id).where(Application.id == application_id, barred(by.id))) is not None:
        raise NotAllowed(OTHER_EYES)


def barred_among(
    session: Session, application_ids: Collection[int], staff_ids: Collection[int]
) -> set[tuple[int, int]]:
    """Return (application, person) for each pair that is `barred`."""
    pairs = select(Application.id, Staff.id).join(Staff, true())
    query = pairs.where(Application.id.in_(application_ids), Staff.id.in_(staff_ids), barred(Staff.id))
    return {(row[0], row[1]) for row in session.execute(query)}


def theirs_to_decide(by: Actor) -> ColumnElement[bool]:
    """This person can decide now: who cannot, for whatever reason, holds no lease and is offered no decision."""
    stages = [
        and_(Application.state == state, Application.window_id.in_(select(Window.id).where(Window.stages == number)))
        for state in UNDER_REVIEW
        for number in (1, 2)
        if for_decision("pass", state, by.role, number)
    ]
    pending = exists().where(PendingDecision.application_id == Application.id)
    own_eyes = [] if scope.of_school(by) else [~barred(by.id)]
    return and_(or_(false(), *stages), ~pending, ~is_aside(), *own_eyes)


def is_theirs_to_decide(session: Session, application_id: int, by: Actor) -> bool:
    found = select(Application.id).where(Application.id == application_id, theirs_to_decide(by))
    return session.scalar(found) is not None
