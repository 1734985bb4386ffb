"""Assign several files at once, to one person or evenly to several, each in its own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.whose_turn import barred_among
from app.actions.audit import record
from app.actions.review.sharing import GONE, Outcome, Picked, outcome_of
from app.extensions import db
from app.models import Application, Assignment, Staff
from app.models.base import transaction
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.refusals import NotAllowed
from app.rules.review.lifecycle import UNDER_REVIEW, WORDS, State

NOBODY = -1  # none of the named people may review it
NO_REVIEWER = "所选的人里没有能审这一件的：学校或环节不符，或初审是本人作的决定"


def why_not_assigned(picked: Picked) -> str:
    """Why a file cannot be assigned, or ''."""
    if picked.state is State.DRAFT:
        return GONE
    return "" if picked.state in UNDER_REVIEW else f"现在是“{WORDS[picked.state]}”，不需要审核"


def assign_many(picked: Iterable[Picked], staff_ids: list[int], *, by: Actor, on: datetime) -> list[Outcome]:
    """Assign to one person or evenly to several (`shares`); an empty list removes the assignment. Raises NotAllowed."""
    if by.role not in scope.ASSIGNING:
        raise NotAllowed("你没有分配任务的权限。")
    return [
        outcome_of(file, lambda file, to=to: _assign(file, to, by, on))  # type: ignore[misc]
        for file, to in shares(picked, staff_ids)
    ]


def shares(picked: Iterable[Picked], staff_ids: list[int]) -> list[tuple[Picked, int]]:
    """Each file with its assignee: 0 for none, NOBODY if none named may review it (终审须由另一人 too).

    Of several, the one of its school and stage with the fewest so far.
    """
    people, picked = _people(staff_ids), list(picked)
    given = dict.fromkeys(staff_ids, 0)
    barred = barred_among(db.session(), [file.id for file in picked], staff_ids)
    found = []
    for file in picked:
        if len(staff_ids) < 2:
            chosen = staff_ids[0] if staff_ids else 0
            chosen = NOBODY if (file.id, chosen) in barred else chosen
        else:
            fitting = [
                person
                for person in people
                if may_review(person, file.school_code)
                and _at_stage(person, file)
                and (file.id, person.id) not in barred
            ]
            chosen = min((given[person.id], person.id) for person in fitting)[1] if fitting else NOBODY
            if chosen != NOBODY and not why_not_assigned(file):
                given[chosen] += 1
        found.append((file, chosen))
    return found


def _people(staff_ids: list[int]) -> list[Staff]:
    found = list(db.session.scalars(select(Staff).where(Staff.id.in_(staff_ids)).order_by(Staff.id)))
    db.session.expunge_all()
    return found


def _at_stage(person: Staff, file: Picked) -> bool:
    return (person.role in SCHOOL_ROLES) == (file.state is State.SCHOOL_REVIEW)


def _assign(file: Picked, staff_id: int, by: Actor, on: datetime) -> str:
    if why := why_not_assigned(file):
        raise NotAllowed(why)
    if staff_id == NOBODY:
        raise NotAllowed(NO_REVIEWER)
    with transaction() as session:
        row = scope.application(session, file.public_id, by, lock=True)
        person = session.get(Staff, staff_id) if staff_id else None
        if staff_id and (person is None or not may_review(person, row.school_code)):
            raise NotAllowed("这位审核员看不到这所主考学校的申请")
        to, before = person.id if person else None, row.assignee_id  # the UPDATE changes the row too
        if before == to:
            return f"已经分给{person.name}" if person else "本来就没有分配"
        session.execute(update(Application).where(Application.id == row.id).values(assignee_id=to))
        _tell(session, row.id, to, by, on)
        record(
            session,
            on=on,
            by=by,
            action="application.assigned",
            subject="application",
            subject_id=row.id,
            detail={"from": _name(session, before), "to": _name(session, to)},
        )
        return f"已分给{person.name}" if person else "已取消分配"


def _name(session: Session, staff_id: int | None) -> str:
    person = session.get(Staff, staff_id) if staff_id else None
    return person.name if person else "未分配"


def _tell(session: Session, application_id: int, to: int | None, by: Actor, on: datetime) -> None:
    """Note for the new assignee that this came from somebody else; the former one's note goes."""
    session.execute(delete(Assignment).where(Assignment.application_id == application_id))
    if to and by.id and to != by.id:
        session.add(Assignment(application_id=application_id, staff_id=to, by_id=by.id, at=on))
        session.flush()


def news_for(by: Actor) -> Select[str, int, datetime]:
    """Query of the name of who assigned, how many still wait for this person, and when the last was assigned."""
    stages = (State.SCHOOL_REVIEW,) if by.role in SCHOOL_ROLES else UNDER_REVIEW
    mine = (Assignment.staff_id == by.id, Application.assignee_id == by.id, Application.state.in_(stages))
    seen = scope.applications(by)  # a file handed in again at another school is no longer theirs
    return (
        select(Staff.name, func.count().label("number"), func.max(Assignment.at).label("at"))
        .select_from(Assignment)
        .join(Application, Application.id == Assignment.application_id)
        .join(Staff, Staff.id == Assignment.by_id)
        .where(*mine, seen)
        .group_by(Staff.id, Staff.name)
    )


def known(*, by: Actor) -> None:
    """知道了: the person has seen what is newly assigned to them."""
    with transaction() as session:
        session.execute(delete(Assignment).where(Assignment.staff_id == by.id))


def may_review(person: Staff, school_code: str) -> bool:
    """Whether this is an active reviewer with that school in scope."""
    own = person.role in SCHOOL_ROLES and person.school_code == school_code
    return person.active and (own or person.role == "office_reviewer")


def assignee_may_review() -> ColumnElement[bool]:
    """Match files whose assignee can still decide them: active, and of the file's school or of the office."""
    own = and_(Staff.role.in_(SCHOOL_ROLES), Staff.school_code == Application.school_code)
    able = (Staff.id == Application.assignee_id, Staff.active, or_(own, Staff.role.in_(scope.OFFICE)))
    return select(Staff.id).where(*able).correlate(Application).exists()


def name_of(assignee: Any) -> ColumnElement[str]:
    """An assignee's name, with a word where the account is disabled. `assignee`: the joined Staff."""
    return case((assignee.active, assignee.name), else_=assignee.name + "（已停用）")
