"""Choose several files and pass them at once, each in one transaction by the single-file action.

A file out of scope refuses the whole selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, select, true
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.applications.transitions import CONTENT_CHANGED
from app.actions.applications.whose_turn import OTHER_EYES, barred, is_aside
from app.actions.review import look_first
from app.actions.review.decide import decide
from app.actions.review.opinions import RETURN, Opinion, Seen
from app.actions.review.resubmissions import unchanged
from app.actions.review.undo import decide_later
from app.models import (
    Application,
    Examinee,
    Finding,
    Lease,
    PendingDecision,
    Review,
    Staff,
    Submission,
    Ticket,
    Window,
)
from app.rules.calendar import clock
from app.rules.evidence.flags import read
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, NotFound, Refused
from app.rules.review.clashes import Clash, read_clash
from app.rules.review.lifecycle import WORDS, State, for_decision
from app.rules.service import ServiceLike

MOST = 500  # files at once
CHANGED = "选好以后有变化，没有办理，请重新看过"
GONE = "选好以后已不在你的查看范围（考生撤回，或改了主考学校）"


@dataclass(frozen=True, slots=True)
class Picked:
    """A chosen file's present state, the hash of its last submission, and obstacles.

    `holder`: another person's lease, in words; `barred`: the decision must be another person's.
    `returned`: somebody has marked an item as returned; `unchanged`: resubmitted with what was returned as it was;
    `sent_back`, and no decision since; `doubted`: sent back at any time since it was submitted; `revoked`: the last decision.
    `clash`: another application of the ticket; `doubtful`: by that, or by the roster, something may be 待核;
    `to_check`: what is, once it was looked at.
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
    barred: bool = False
    flags: tuple[str, ...] = ()
    aside: bool = False
    returned: bool = False
    unchanged: bool = False
    submissions: int = 0
    sent_back: bool = False
    doubted: bool = False
    revoked: bool = False
    answered: bool = False
    clash: Clash | None = None
    doubtful: bool = False
    to_check: str = ""


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
    rows = session.execute(_picked(by, on).where(Application.public_id.in_(wanted), scope.applications(by))).all()
    same = unchanged(session, [row.id for row in rows if row.resubmitted])
    unsure = look_first.unsure(session, rows)
    found = [_read(row, same, unsure) for row in rows]
    left = wanted - {file.public_id for file in found}
    return found + (_left(session, left, by, seen or {}) if left else [])


_WHOSE = (Application.public_id, Application.id, Examinee.name, Ticket.number)


def _picked(by: Actor, on: datetime) -> Any:
    last = select(func.max(Submission.id)).where(Submission.application_id == Application.id).correlate(Application)
    holder = aliased(Staff)
    elsewhere = and_(Lease.application_id == Application.id, Lease.until > on, Lease.staff_id != by.id)
    here = (Review.application_id == Application.id, Review.submission_id == Submission.id)
    open_review = (*here, Review.stage == Application.state, Review.decision == "")
    returned = exists().where(Finding.review_id == Review.id, Finding.verdict == RETURN, *open_review)
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
            barred(by.id).label("barred"),
            returned.label("returned"),
            Application.flags,
            is_aside().label("aside"),
            Application.resubmitted,
            Application.submissions,
            Application.sent_back,
            *look_first.columns(),
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


def _read(row: Any, same: set[int], unsure: set[int]) -> Picked:
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
        barred=bool(row.barred),
        flags=tuple(read(row.flags)),
        aside=bool(row.aside),
        returned=row.returned,
        unchanged=row.id in same,
        submissions=row.submissions,
        sent_back=row.sent_back,
        doubted=bool(row.doubted),
        revoked=bool(row.revoked),
        answered=bool(row.answered),
        clash=read_clash(row.clash),
        doubtful=row.id in unsure,
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
    if for_decision("pass", picked.state, by.role, picked.stages) is None:
        return f"现在是“{WORDS[picked.state]}”，不在你的环节"
    if picked.waiting:
        return "已有决定，正在等待生效"
    if picked.clash and picked.clash.stops:
        return picked.clash.for_staff
    if picked.aside:
        return "正在请示，还没有答复"
    if picked.returned:
        return "已有内容标为退回，须打开这一件决定"
    return picked.holder or (OTHER_EYES if picked.barred else "")


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

    return [outcome_of(file, act) for file in picked]


def outcome_of(file: Picked, act: Callable[[Picked], str]) -> Outcome:
    """Do one file; a refusal skips it, with its words."""
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
