"""What happens to an application: started, saved, submitted, withdrawn. One function, one transaction, one audit event.

Drafts and autosaves make no audit row; they would drown the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions.applications import fixes, leases
from app.actions.applications.cases import load_case
from app.actions.applications.freezing import freeze
from app.actions.applications.messages import tell
from app.actions.audit import record
from app.actions.evidence import flags
from app.actions.services import service_for
from app.actions.submissions import last_submission
from app.actions.windows.own import OWN_WINDOW, live, own_window, window_for
from app.models import Application, Extension, Review, Ticket, Window
from app.models.base import random_id, transaction
from app.models.prepared import Prepared
from app.rules.case import Case, Routing
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, NotFound, WindowClosed
from app.rules.review.fixes import REPLIES
from app.rules.review.fixes import kept as words
from app.rules.review.fixes import problems as unanswered
from app.rules.review.lifecycle import EDITABLE, UNDER_REVIEW, State, resubmission, transition
from app.rules.service import ServiceLike, items_of, problems_of
from app.rules.windows import WindowFacts

# a save is the most frequent write of all: what it needs is read in one prepared statement and written in another
_draft = Prepared(
    select(
        Application.id, Application.state, Application.version, Application.answers, Application.at_step, Application.reached,
        Application.saved_at, *OWN_WINDOW,
    )
    .join(Window, Window.id == Application.window_id)
    .outerjoin(Extension, live(Application.ticket_id))
    .where(Application.public_id == bindparam("public_id"), Application.examinee_id == bindparam("examinee"))
    .with_for_update(of=Application.__table__)
)  # fmt: skip
_keep = Prepared(
    update(Application)
    .where(Application.id == bindparam("keep"))
    .values({name: bindparam(name) for name in ("answers", "version", "saved_at", "at_step", "reached")})
)
CHANGED = "_changed"  # answers: step key -> the version at which the step was last changed


def start(service: str, window_id: int, ticket_number: str, *, by: Actor, on: datetime) -> str:
    """立即申请: the public id of the application of this ticket in this window, made now if there is none."""
    try:
        with transaction() as session:
            ticket = session.scalar(select(Ticket).where(Ticket.number == ticket_number, Ticket.examinee_id == by.id))
            window = window_for(session, window_id, ticket.id) if ticket else None
            if window is None or ticket is None or window.service != service:
                raise NotFound
            found = _existing(session, ticket.id, window_id)
            if found:
                return found
            if not window.is_open(on):
                raise WindowClosed("现在不在办理时间内。若错过本次办理时间，请在下一次按时办理。")
            public_id = random_id()
            application = Application(
                public_id=public_id, examinee_id=ticket.examinee_id, ticket_id=ticket.id, service=service,
                window_id=window_id, answers={}, created_at=on, saved_at=on,
            )  # fmt: skip
            session.add(application)
            session.flush()
            record(
                session, on=on, by=by, action="application.started", subject="application", subject_id=application.id
            )
            return public_id
    except IntegrityError:  # the other tab was faster
        with transaction() as session:
            ticket = session.scalar(select(Ticket).where(Ticket.number == ticket_number, Ticket.examinee_id == by.id))
            found = _existing(session, ticket.id, window_id) if ticket else None
        if not found:
            raise
        return found


def _existing(session: Session, ticket_id: int, window_id: int) -> str | None:
    return session.scalar(
        select(Application.public_id).where(Application.ticket_id == ticket_id, Application.window_id == window_id)
    )


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save answers: the version to send next time, and when it was saved."""

    version: int
    at: datetime


def save_step(
    public_id: str,
    step: str,
    values: dict[str, str],
    *,
    version: int,
    by: Actor,
    on: datetime,
    at_step: str = "",
    reached: str = "",
    labels: dict[str, str] | None = None,
) -> Saved:
    """Keep a step's answers as typed. `step` is its key; `at_step` where to come back to; `reached` the furthest step.

    A page older than the step's last change gets ChangedMeanwhile with both texts, unless it says what is stored already.
    """
    return save_parts(
        public_id, {step: values}, version=version, by=by, on=on, at_step=at_step, reached=reached, labels=labels
    )


def save_parts(
    public_id: str,
    parts: dict[str, dict[str, str]],
    *,
    version: int,
    by: Actor,
    on: datetime,
    at_step: str = "",
    reached: str = "",
    labels: dict[str, str] | None = None,
) -> Saved:
    """`save_step` for several steps in one transaction: all of them, or none where one was changed elsewhere meanwhile."""
    with transaction() as session:
        row = _draft.one(session, public_id=public_id, examinee=by.id)
        if row is None:
            raise NotFound
        _writable(State(row.state), own_window(row), on)
        changes = row.answers.get(CHANGED, {})
        new = {step: values for step, values in parts.items() if row.answers.get(step) != values}
        for step, values in new.items():
            if changes.get(step, 0) > version:
                raise _changed_meanwhile(values, row.answers.get(step, {}), labels or {})
        moved = (at_step or row.at_step, reached or row.reached)
        if not new and moved == (row.at_step, row.reached):
            return Saved(row.version, row.saved_at)
        number = row.version + 1
        answers = row.answers
        if new:
            answers = {**answers, **new, CHANGED: {**changes, **dict.fromkeys(new, number)}}
        _keep.do(session, keep=row.id, answers=answers, version=number, saved_at=on, at_step=moved[0], reached=moved[1])
        return Saved(number, on)


def _changed_meanwhile(mine: dict[str, str], theirs: dict[str, str], names: dict[str, str]) -> ChangedMeanwhile:
    """Both texts of every field that differs."""
    differing = [name for name in mine if mine[name] != theirs.get(name, "")]
    return ChangedMeanwhile(
        "这一步已在另一个页面修改过，刚才的内容没有覆盖它。",
        mine={names.get(name, name): mine[name] for name in differing},
        theirs={names.get(name, name): theirs.get(name, "") for name in differing},
    )


def _own(session: Session, public_id: str, by: Actor) -> Application:
    query = select(Application).where(Application.public_id == public_id, Application.examinee_id == by.id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound
    return row


def _writable(state: State, window: WindowFacts, on: datetime) -> None:
    """Only a draft in its window, or a returned application before its fixes close, can be written."""
    if state not in EDITABLE:
        raise ChangedMeanwhile("申请已经提交，不能再修改。")
    if state is State.DRAFT and not window.is_open(on):
        raise WindowClosed("办理时间已经截止，这次的修改没有保存。若错过本次办理时间，请在下一次按时办理。")
    if state is State.RETURNED and not window.takes_fixes(on):
        raise WindowClosed("修改时间已经截止，这次的修改没有保存。")


@dataclass(frozen=True, slots=True)
class Receipt:
    """`number` is the 回执编号; `first_time` is False when the application had been submitted before this click."""

    number: str
    first_time: bool


def submit(public_id: str, service: ServiceLike, *, by: Actor, on: datetime) -> Receipt:
    """确认无误，提交申请. Everything is checked again in here; a second click gets the same receipt."""
    with transaction() as session:
        case = load_case(session, public_id, on=on, examinee_id=by.id, lock=True)
        if case.state not in EDITABLE:
            return Receipt(last_submission(session, case.application_id).receipt, first_time=False)
        _in_time(case)
        offered = service_for(case.service)
        offered.on_submitting(session, case)
        items = items_of(service, case)
        returned = fixes.returned_of(session, case.application_id) if case.state is State.RETURNED else None
        replies = fixes.replies_of(case)
        problems = problems_of(service, case)
        if returned:
            problems += unanswered(returned, fixes.answered(returned, items, service, case), replies)
        if problems:
            raise Incomplete(problems)
        arrow = resubmission(case.returned_stage) if case.state is State.RETURNED else transition("submit")
        routing = service.routing(case)
        submission = freeze(session, case, items, routing, words(returned, replies) if returned else {})
        flags.enter(session, case, items, service.portrait_rule(case.window))
        _hand_in(session, case, submission.number, arrow.target, routing)
        offered.on_submitted(session, case)
        tell(session, case.application_id, case.service, arrow, on)
        record(
            session, on=on, by=by, action=f"application.{'resubmitted' if case.submissions else 'submitted'}",
            subject="application", subject_id=case.application_id,
            detail={"receipt": submission.receipt, "sha256": submission.sha256, "number": submission.number},
        )  # fmt: skip
        return Receipt(submission.receipt, first_time=True)


def _hand_in(session: Session, case: Case, number: int, target: State, routing: Routing) -> None:
    """The row goes on to review with its `number`th submission, unless it changed meanwhile."""
    assessment = routing.assessment
    changed = session.execute(
        update(Application)
        .where(Application.id == case.application_id, Application.state == case.state, Application.version == case.version)
        .values(
            state=target, version=case.version + 1, submitted_at=case.on, submissions=number, again=number > 1,
            major_code=routing.major_code, school_code=routing.school_code, plan_id=routing.plan_id,
            missing=bool(assessment and assessment.missing), open_items=None, returned_stage=None,
            answers={key: given for key, given in case.answers.items() if key != REPLIES},
        )
    ).rowcount  # type: ignore[attr-defined]  # fmt: skip
    if changed != 1:
        raise ChangedMeanwhile("申请刚刚有了变化，请刷新后再看。")


def _in_time(case: Case) -> None:
    if case.state is State.DRAFT and not case.window.is_open(case.on):
        raise WindowClosed("办理时间已经截止，申请没有提交。若错过本次办理时间，请在下一次按时办理。")
    if case.state is State.RETURNED and not case.window.takes_fixes(case.on):
        raise WindowClosed("修改时间已经截止，申请没有提交。")


def withdraw(public_id: str, *, by: Actor, on: datetime) -> None:
    """撤回: back to 草稿 while no reviewer has begun, tested in the same UPDATE."""
    with transaction() as session:
        row = _own(session, public_id, by)
        if row.state == State.DRAFT:
            return  # the second click
        window = window_for(session, row.window_id, row.ticket_id)
        if window is None or not window.is_open(on):
            raise WindowClosed("办理时间已经截止，不能再撤回。")
        begun = exists().where(Review.application_id == row.id)
        arrow = transition("withdraw")
        changed = session.execute(
            update(Application)
            .where(
                Application.id == row.id,
                Application.state.in_(arrow.sources),
                Application.version == row.version,
                ~begun,
                ~leases.live(on),
            )
            .values(state=arrow.target, version=row.version + 1)
        ).rowcount  # type: ignore[attr-defined]
        if changed != 1:
            if State(row.state) in UNDER_REVIEW:
                raise NotAllowed("审核已经开始，不能再撤回。")
            raise ChangedMeanwhile("申请已有审核结果，不能再撤回。")
        tell(session, row.id, row.service, arrow, on)
        record(session, on=on, by=by, action="application.withdrawn", subject="application", subject_id=row.id)
