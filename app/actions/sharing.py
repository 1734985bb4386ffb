"""Sharing out the work: who is to review what, several files at once, and filters of the queue kept under a name.

One file is one transaction, through the same action that a single one takes; what is out of scope refuses all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.opinions import Opinion, Seen
from app.actions.reviews import decide
from app.extensions import db
from app.models import Application, Examinee, SavedView, Staff, Submission, Ticket
from app.models.base import transaction
from app.rules.lifecycle import UNDER_REVIEW, WORDS, State
from app.rules.people import SCHOOL_ROLES, Actor
from app.rules.refusals import Incomplete, Invalid, NotAllowed, NotFound, Refused
from app.rules.steps import ServiceLike

MOST = 50  # files at once: a page of the queue
NOBODY = -1  # nobody of those named may review it
VIEWS = 20  # saved views of one person


@dataclass(frozen=True, slots=True)
class Picked:
    """A chosen file as it stood on the page: its version and the hash of what was submitted last."""

    public_id: str
    id: int
    name: str
    ticket: str
    state: State
    school_code: str
    service: str
    assignee_id: int | None
    seen: Seen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: done, or skipped and why."""

    picked: Picked
    done: bool
    words: str


def pick(session: Session, public_ids: Iterable[str], by: Actor) -> list[Picked]:
    """The chosen files, oldest first. NotFound when a single one is absent or out of scope, so that nothing is done at all."""
    wanted = set(public_ids)
    last = select(func.max(Submission.id)).where(Submission.application_id == Application.id).correlate(Application)
    rows = session.execute(
        select(
            Application.public_id, Application.id, Examinee.name, Ticket.number, Application.state,
            Application.school_code, Application.service, Application.assignee_id, Application.version,
            Submission.sha256,
        )
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Submission, Submission.id == last.scalar_subquery())
        .where(Application.public_id.in_(wanted), scope.applications(by))
        .order_by(Application.submitted_at, Application.id)
    ).all()  # fmt: skip
    if len(rows) != len(wanted) or not wanted or len(wanted) > MOST:
        raise NotFound
    return [
        Picked(row[0], row[1], row[2], row[3], State(row[4]), row[5], row[6], row[7], Seen(row[9], row[8]))
        for row in rows
    ]


def why_not_passed(picked: Picked, by: Actor) -> str:
    """Why 通过 makes no sense for this file, or '' where it can be tried."""
    stages = {"office_reviewer": State.OFFICE_REVIEW}.get(by.role, State.SCHOOL_REVIEW)
    return "" if picked.state is stages else f"现在是“{WORDS[picked.state]}”，不在你的环节"


def why_not_assigned(picked: Picked) -> str:
    """Why a file is not assigned, or ''."""
    return "" if picked.state in UNDER_REVIEW else f"现在是“{WORDS[picked.state]}”，不需要审核"


def pass_many(
    picked: Iterable[Picked], *, service_of: Callable[[str], ServiceLike], by: Actor, on: datetime
) -> list[Outcome]:
    """通过, one by one. A file that changed, misses a course or is not at this reviewer's stage is skipped with its reason."""
    return [_one(file, lambda file: _pass(file, service_of, by, on)) for file in picked]


def _pass(file: Picked, service_of: Callable[[str], ServiceLike], by: Actor, on: datetime) -> str:
    if why := why_not_passed(file, by):
        raise NotAllowed(why)
    done = decide(file.public_id, "pass", Opinion(), service=service_of(file.service), by=by, on=on, seen=file.seen)
    return f"已通过，现在是“{WORDS[done.state]}”"


def assign_many(picked: Iterable[Picked], staff_ids: list[int], *, by: Actor, on: datetime) -> list[Outcome]:
    """To one person, or shared out evenly among several: each file to whoever of its school and stage got fewest so far.

    An empty list takes the assignment back.

    Raises NotAllowed (not this person's to do), NotFound (somebody who is no reviewer of that school).
    """
    if by.role not in scope.ASSIGNING:
        raise NotAllowed("你没有分配任务的权限。")
    people = _people(staff_ids)
    given = dict.fromkeys(staff_ids, 0)
    outcomes = []
    for file in picked:
        fitting = [person for person in people if may_review(person, file.school_code) and _at_stage(person, file)]
        if len(staff_ids) < 2:
            chosen = staff_ids[0] if staff_ids else 0
        else:
            chosen = min((given[person.id], person.id) for person in fitting)[1] if fitting else NOBODY
        outcome = _one(file, lambda file, chosen=chosen: _assign(file, chosen, by, on))  # type: ignore[misc]
        given[chosen] = given.get(chosen, 0) + outcome.done
        outcomes.append(outcome)
    return outcomes


def _people(staff_ids: list[int]) -> list[Staff]:
    found = list(db.session.scalars(select(Staff).where(Staff.id.in_(staff_ids)).order_by(Staff.id)))
    db.session.expunge_all()
    return found


def _at_stage(person: Staff, file: Picked) -> bool:
    return (person.role in SCHOOL_ROLES) == (file.state is State.SCHOOL_REVIEW)


def _assign(file: Picked, staff_id: int, by: Actor, on: datetime) -> str:
    if why := why_not_assigned(file):
        raise NotAllowed(why)
    with transaction() as session:
        row = scope.application(session, file.public_id, by, lock=True)
        person = session.get(Staff, staff_id) if staff_id else None
        if staff_id and (person is None or not may_review(person, row.school_code)):
            raise NotAllowed("这位审核员看不到这所主考学校的申请")
        to = person.id if person else None
        if row.assignee_id == to:
            return f"已经分给{person.name}" if person else "本来就没有分配"
        session.execute(update(Application).where(Application.id == row.id).values(assignee_id=to))
        record(
            session, on=on, by=by, action="application.assigned", subject="application", subject_id=row.id,
            detail={"from": row.assignee_id, "to": to},
        )  # fmt: skip
        return f"已分给{person.name}" if person else "已取消分配"


def may_review(person: Staff, school_code: str) -> bool:
    """Is this an active reviewer who has files of that school in scope?"""
    own = person.role in SCHOOL_ROLES and person.school_code == school_code
    return person.active and (own or person.role == "office_reviewer")


def _one(file: Picked, act: Callable[[Picked], str]) -> Outcome:
    try:
        return Outcome(file, True, act(file))
    except Incomplete as refused:
        return Outcome(file, False, "；".join(dict.fromkeys(problem.message for problem in refused.problems)))
    except Refused as refused:
        return Outcome(file, False, refused.message)


def save_view(name: str, query: str, *, by: Actor) -> None:
    """Keep filters (an address's query string) under a name; the same name again is the new filters. Raises Invalid("name")."""
    if not name or len(name) > 30:
        raise Invalid("name", "请给这组筛选起个名字，最多 30 个字")
    with transaction() as session:
        mine = SavedView.staff_id == by.id
        row = session.scalar(select(SavedView).where(mine, SavedView.name == name))
        if row is not None:
            row.query = query[:500]
        elif (session.scalar(select(func.count()).where(mine)) or 0) >= VIEWS:
            raise Invalid("name", f"最多保存 {VIEWS} 组筛选，请先删去不用的")
        elif by.id is not None:
            session.add(SavedView(staff_id=by.id, name=name, query=query[:500]))


def drop_view(ident: int, *, by: Actor) -> None:
    """Forget one of one's own views. NotFound for anybody else's."""
    with transaction() as session:
        row = session.scalar(select(SavedView).where(SavedView.id == ident, SavedView.staff_id == by.id))
        if row is None:
            raise NotFound
        session.delete(row)
