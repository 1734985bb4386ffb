"""Pass or assign several files at once, each in one transaction by the single-file action.

A file out of scope refuses the whole selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, select, true, update
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.applications.cases import load_case
from app.actions.applications.transitions import CONTENT_CHANGED
from app.actions.audit import record
from app.actions.review.decide import OTHER_EYES, by_first_eyes, current_gaps, decide
from app.actions.review.decision_settings import decision_settings
from app.actions.review.opinions import Opinion, Seen
from app.actions.review.undo import decide_later
from app.actions.submissions import last_submission
from app.extensions import db
from app.models import (
    Application,
    Examinee,
    Lease,
    PendingDecision,
    Review,
    Staff,
    Submission,
    Ticket,
    Window,
)
from app.models.base import transaction
from app.rules.calendar import clock
from app.rules.evidence.flags import read
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, NotFound, Refused
from app.rules.review.lifecycle import UNDER_REVIEW, WORDS, State, for_decision
from app.rules.service import ServiceLike

MOST = 500  # files at once
NOBODY = -1  # none of the named people may review it
CHANGED = "选好以后有变化，没有办理，请重新看过"
GONE = "选好以后已不在你的查看范围（考生撤回，或改了主考学校）"


@dataclass(frozen=True, slots=True)
class Picked:
    """A chosen file's present state, the hash of its last submission, and obstacles.

    `holder`: another person's lease, in words; `own`: decided by this person in the first stage, so not again.
    """

    public_id: str
    id: int
    name: str
    ticket: str
    state: State
    school_code: str
    service: str
    assignee_id: int | None
    seen: Seen
    stages: int = 1
    missing: bool = False
    waiting: bool = False
    holder: str = ""
    own: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one file: done, or skipped and why."""

    picked: Picked
    done: bool
    words: str


def pick(
    session: Session, public_ids: Iterable[str], by: Actor, on: datetime, seen: Mapping[str, Seen] | None = None
) -> list[Picked]:
    """The chosen files, oldest first; those no longer in scope come last, in state DRAFT.

    NotFound when any is absent, or out of scope and not `seen` before.
    """
    wanted = set(public_ids)
    if not wanted or len(wanted) > MOST:
        raise NotFound
    four_eyes = decision_settings(session).four_eyes
    rows = session.execute(_picked(by, on).where(Application.public_id.in_(wanted), scope.applications(by))).all()
    found = [_read(row, four_eyes) for row in rows]
    left = wanted - {file.public_id for file in found}
    return found + (_left(session, left, by, seen or {}) if left else [])


_WHOSE = (Application.public_id, Application.id, Examinee.name, Ticket.number)


def _picked(by: Actor, on: datetime) -> Any:
    last = select(func.max(Submission.id)).where(Submission.application_id == Application.id).correlate(Application)
    holder = aliased(Staff)
    elsewhere = and_(Lease.application_id == Application.id, Lease.until > on, Lease.staff_id != by.id)
    own = exists().where(Review.application_id == Application.id, by_first_eyes(by.id))
    return (
        select(
            *_WHOSE,
            Application.state,
            Application.school_code,
            Application.service,
            Application.assignee_id,
            Application.version,
            Submission.sha256,
            Window.stages,
            Application.missing,
            PendingDecision.application_id.label("pending"),
            holder.name.label("holder"),
            Lease.until,
            own.label("own"),
            Application.flags,
        )
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Window, Window.id == Application.window_id)
        .join(Submission, Submission.id == last.scalar_subquery())
        .outerjoin(PendingDecision, PendingDecision.application_id == Application.id)
        .outerjoin(Lease, elsewhere)
        .outerjoin(holder, holder.id == Lease.staff_id)
        .order_by(Application.submitted_at, Application.id)
    )


def _read(row: Any, four_eyes: bool) -> Picked:
    return Picked(
        public_id=row.public_id,
        id=row.id,
        name=row.name,
        ticket=row.number,
        state=State(row.state),
        school_code=row.school_code,
        service=row.service,
        assignee_id=row.assignee_id,
        seen=Seen(row.sha256, row.version),
        stages=row.stages,
        missing=row.missing,
        waiting=row.pending is not None,
        holder=f"{row.holder}正在审核，保留到 {clock(row.until)}" if row.holder else "",
        own=bool(row.own) and four_eyes,
        flags=tuple(read(row.flags)),
    )


def _left(session: Session, public_ids: set[str], by: Actor, seen: Mapping[str, Seen]) -> list[Picked]:
    """Files no longer in scope: withdrawn, or moved (proved by the hash of a submission in `seen`)."""
    withdrawn = (Application.state == State.DRAFT) & (
        Application.school_code == by.school_code if scope.of_school(by) else true()
    )
    rows = session.execute(
        select(*_WHOSE, Submission.sha256, withdrawn.label("withdrawn"))
        .join(Submission, Submission.application_id == Application.id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .where(Application.public_id.in_(public_ids))
        .order_by(Application.id)
    )
    found = {
        row.public_id: Picked(
            public_id=row.public_id,
            id=row.id,
            name=row.name,
            ticket=row.number,
            state=State.DRAFT,
            school_code="",
            service="",
            assignee_id=None,
            seen=Seen(row.sha256, 0),
        )
        for row in rows
        if row.withdrawn or (row.public_id in seen and seen[row.public_id].sha256 == row.sha256)
    }
    if len(found) != len(public_ids):
        raise NotFound
    return list(found.values())


def why_not_passed(picked: Picked, by: Actor, seen: Seen | None = None) -> str:
    """Why 通过 is impossible for this file, or ''. `seen`: its version when chosen."""
    if picked.state is State.DRAFT:
        return GONE
    if seen is not None and seen != picked.seen:
        return f"{CHANGED}（现在是“{WORDS[picked.state]}”）"
    arrow = for_decision("pass", picked.state, by.role, picked.stages)
    if arrow is None:
        return f"现在是“{WORDS[picked.state]}”，不在你的环节"
    if picked.waiting:
        return "已有决定，正在等待生效"
    return picked.holder or (OTHER_EYES if arrow.other_eyes and picked.own else "")


def missing_courses(session: Session, picked: Picked, service_of: Callable[[str], ServiceLike]) -> str:
    """Missing courses by present grades, which each need a reason to pass, in words, or ''."""
    if not picked.missing:
        return ""
    submission = last_submission(session, picked.id)
    case = load_case(session, picked.public_id, on=submission.submitted_at)
    asked = current_gaps(submission, service_of(picked.service), case)
    return (
        f"还缺 {asked[0].label}{f'等 {len(asked)} 门' if len(asked) > 1 else ''}，须打开逐门写明理由" if asked else ""
    )


def why_not_assigned(picked: Picked) -> str:
    """Why a file cannot be assigned, or ''."""
    if picked.state is State.DRAFT:
        return GONE
    return "" if picked.state in UNDER_REVIEW else f"现在是“{WORDS[picked.state]}”，不需要审核"


def pass_many(
    picked: Iterable[Picked],
    seen: Mapping[str, Seen],
    *,
    service_of: Callable[[str], ServiceLike],
    by: Actor,
    on: datetime,
    after: timedelta = timedelta(0),
    batch: str = "",
) -> list[Outcome]:
    """通过 file by file; with `after` each can be undone for that time, alone or as the `batch`.

    Skips, with a reason, files changed since `seen`, with missing courses, or at another stage.
    """

    def act(file: Picked) -> str:
        if why := why_not_passed(file, by, seen.get(file.public_id)):
            raise NotAllowed(why)
        service = service_of(file.service)
        if after:
            until = decide_later(
                file.public_id,
                "pass",
                Opinion(),
                service=service,
                by=by,
                on=on,
                seen=file.seen,
                after=after,
                batch=batch,
            )
            return f"已通过，{clock(until)} 生效，之前可以撤销"
        done = decide(file.public_id, "pass", Opinion(), service=service, by=by, on=on, seen=file.seen)
        return f"已通过，现在是“{WORDS[done.state]}”"

    return [_one(file, act) for file in picked]


def assign_many(picked: Iterable[Picked], staff_ids: list[int], *, by: Actor, on: datetime) -> list[Outcome]:
    """Assign to one person or evenly to several (`shares`); an empty list removes the assignment. Raises NotAllowed."""
    if by.role not in scope.ASSIGNING:
        raise NotAllowed("你没有分配任务的权限。")
    return [
        _one(file, lambda file, to=to: _assign(file, to, by, on))  # type: ignore[misc]
        for file, to in shares(picked, staff_ids)
    ]


def shares(picked: Iterable[Picked], staff_ids: list[int]) -> list[tuple[Picked, int]]:
    """Each file with its assignee: 0 for none, NOBODY if none named may review it.

    Of several, the one of its school and stage with the fewest so far.
    """
    people = _people(staff_ids)
    given = dict.fromkeys(staff_ids, 0)
    found = []
    for file in picked:
        if len(staff_ids) < 2:
            chosen = staff_ids[0] if staff_ids else 0
        else:
            fitting = [person for person in people if may_review(person, file.school_code) and _at_stage(person, file)]
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
        raise NotAllowed("所选的人里没有这所学校、这个环节的审核员")
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
            session,
            on=on,
            by=by,
            action="application.assigned",
            subject="application",
            subject_id=row.id,
            detail={"from": row.assignee_id, "to": to},
        )
        return f"已分给{person.name}" if person else "已取消分配"


def may_review(person: Staff, school_code: str) -> bool:
    """Whether this is an active reviewer with that school in scope."""
    own = person.role in SCHOOL_ROLES and person.school_code == school_code
    return person.active and (own or person.role == "office_reviewer")


def _one(file: Picked, act: Callable[[Picked], str]) -> Outcome:
    try:
        return Outcome(file, True, act(file))
    except Incomplete as refused:
        return Outcome(file, False, "；".join(dict.fromkeys(problem.message for problem in refused.problems)))
    except NotFound:
        return Outcome(file, False, GONE)
    except ChangedMeanwhile as refused:
        return Outcome(file, False, CHANGED if refused.message == CONTENT_CHANGED else refused.message)
    except Refused as refused:
        return Outcome(file, False, refused.message)
