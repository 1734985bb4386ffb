"""Submit and withdraw an application, each in one transaction with its audit row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.actions.applications import fixes, leases
from app.actions.applications.cases import Pictures, load_case
from app.actions.applications.freezing import freeze
from app.actions.applications.whole_pictures import pictures_examined, rest_examined
from app.actions.audit import record
from app.actions.evidence import flags
from app.actions.people.messages import notify
from app.actions.services import service_for
from app.actions.submissions import last_submission
from app.actions.windows.closed import too_late
from app.actions.windows.holding import hold_window
from app.actions.windows.own import window_for
from app.adapters.storage import Store
from app.models import Application, Review, Submission, stands
from app.models.base import transaction
from app.rules.case import Case, Routing
from app.rules.people.roles import Actor
from app.rules.refusals import DISCARDED, ChangedMeanwhile, Incomplete, NotAllowed, NotFound, WindowClosed
from app.rules.review.fixes import REPLIES, replies_to_keep
from app.rules.review.fixes import problems as unanswered
from app.rules.review.lifecycle import EDITABLE, UNDER_REVIEW, State, resubmission, transition
from app.rules.review.seen_items import SeenItems
from app.rules.review.words import BEGUN, CORRECTED
from app.rules.service import ServiceLike, items_of, problems_of


@dataclass(frozen=True, slots=True)
class Receipt:
    """`number` is the 回执编号; `first_time` is False when it had been submitted before."""

    number: str
    first_time: bool


NOT_SEEN = "这一页打开以后，申请的内容有过改动，这次没有提交。请看过现在的内容，再提交。"


def submit(
    public_id: str,
    service: ServiceLike,
    *,
    by: Actor,
    on: datetime,
    seen: SeenItems | None = None,
    store: Store | None = None,
) -> Receipt:
    """确认无误，提交申请: check everything again and submit; a second click gets the same receipt.

    `seen`: what the page showed; anything else is not submitted. `store`: every picture is compared with it first, so that none
    is submitted that is lost or damaged. Raises WindowClosed, Incomplete, ChangedMeanwhile.
    """
    examined = pictures_examined(public_id, service, store, by=by, on=on) if store else frozenset()
    with transaction() as session:
        hold_window(session, Application.public_id == public_id)
        case = load_case(session, public_id, on=on, examinee_id=by.id, lock=True)
        if case.state not in EDITABLE:
            return Receipt(last_submission(session, case.application_id).receipt, first_time=False)
        _in_time(session, case)
        if seen:
            case = _as_seen(session, case, service, seen)
        service_for(case.service).on_submitting(session, case)
        if store:
            case = rest_examined(session, case, store, examined)
        submission = _handed_in(session, case, service)
        record(
            session,
            on=on,
            by=by,
            action=f"application.{'resubmitted' if case.submissions else 'submitted'}",
            subject="application",
            subject_id=case.application_id,
            detail={"receipt": submission.receipt, "sha256": submission.sha256, "number": submission.number},
        )
        return Receipt(submission.receipt, first_time=True)


def _handed_in(session: Session, case: Case, service: ServiceLike) -> Submission:
    """Freeze the case and move it along its arrow. Raises Incomplete, ChangedMeanwhile."""
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
    submission = freeze(session, case, items, routing, replies_to_keep(returned, replies) if returned else {})
    flags.enter(session, case, items, service.portrait_rule(case.window))
    _hand_in(session, case, submission.number, arrow.target, routing)
    service_for(case.service).on_submitted(session, case)
    notify(session, case.application_id, case.service, arrow, case.on)
    return submission


def _in_time(session: Session, case: Case) -> None:
    """Refuse what was discarded or comes too late."""
    if case.discarded:
        raise ChangedMeanwhile(DISCARDED)
    if not case.writable:
        raise too_late(session, case.application_id, case.state, case.window, case.on)


def _as_seen(session: Session, case: Case, service: ServiceLike, seen: SeenItems) -> Case:
    """Check that the application is the one shown; the pictures are read anew, since a submission may add one."""
    if seen.differs(case.version, items_of(service, case)):
        raise ChangedMeanwhile(NOT_SEEN)
    return replace(case, evidence=Pictures(session, case.application_id))


def _hand_in(session: Session, case: Case, number: int, target: State, routing: Routing) -> None:
    assessment = routing.assessment
    changed = session.execute(
        update(Application)
        .where(
            Application.id == case.application_id, Application.state == case.state, Application.version == case.version
        )
        .values(
            state=target,
            version=case.version + 1,
            submitted_at=case.on,
            submissions=number,
            resubmitted=number > 1,
            major_code=routing.major_code,
            school_code=routing.school_code,
            # who was to review it at another school cannot
            assignee_id=sql_case((Application.school_code == routing.school_code, Application.assignee_id)),
            plan_id=routing.plan_id,
            missing=bool(assessment and assessment.missing),
            counted="、".join(assessment.used_up) if assessment else "",
            open_items=None,
            returned_stage=None,
            answers={key: given for key, given in case.answers.items() if key != REPLIES},
        )
    ).rowcount  # type: ignore[attr-defined]
    if changed != 1:
        raise ChangedMeanwhile("申请刚刚有了变化，请刷新后再看。")


def withdraw(public_id: str, *, by: Actor, on: datetime, version: int | None = None) -> None:
    """撤回: back to 草稿 if no review has begun, checked in the same UPDATE.

    `version`: that the page showed. Raises WindowClosed, NotAllowed, ChangedMeanwhile.
    """
    with transaction() as session:
        hold_window(session, Application.public_id == public_id)
        row = own(session, public_id, by)
        if row.state == State.DRAFT:
            return  # the second click
        if version not in (None, row.version):
            raise ChangedMeanwhile("你在别处重新提交过这份申请，这次没有撤回。")
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
                corrected = exists().where(Review.application_id == row.id, Review.decision == "return", stands())
                raise NotAllowed(CORRECTED if session.scalar(select(corrected)) else BEGUN)
            raise ChangedMeanwhile("申请已有审核结果，不能再撤回。")
        notify(session, row.id, row.service, arrow, on)
        record(session, on=on, by=by, action="application.withdrawn", subject="application", subject_id=row.id)


def own(session: Session, public_id: str, by: Actor) -> Application:
    """Return the person's own application, locked. Raises NotFound."""
    query = select(Application).where(Application.public_id == public_id, Application.examinee_id == by.id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound
    return row
