"""Reviews: begin, store findings, decide. A decision applies to the submission that the reviewer saw.

Source: architecture.md "State is a table", security.md AC-23, contract.md "States of an application".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications import leases
from app.actions.applications.asides import refuse_aside
from app.actions.applications.cases import load_case
from app.actions.applications.completion import complete
from app.actions.applications.history import judged
from app.actions.applications.present import current_gaps
from app.actions.applications.transitions import CONTENT_CHANGED, move
from app.actions.applications.whose_turn import refuse_barred
from app.actions.audit import record
from app.actions.clashes import lock_ticket, refuse_stopped
from app.actions.repeats import once
from app.actions.review.open_review import keep, open_review
from app.actions.review.opinions import Opinion, Seen, problems_in
from app.actions.review.saved_opinion import refuse_stale, storable
from app.actions.submissions import last_submission
from app.actions.windows.holding import hold_window
from app.models import Application, PendingDecision, Review, Submission
from app.models.base import transaction
from app.rules.case import Case
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed
from app.rules.review.lifecycle import UNDER_REVIEW, State, Transition, for_decision
from app.rules.review.submission_diff import late
from app.rules.review.waivers import Gap
from app.rules.service import ServiceLike


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody means to decide of a file as they saw it, at a moment."""

    public_id: str
    decision: str
    opinion: Opinion
    service: ServiceLike
    by: Actor
    on: datetime
    seen: Seen

    @property
    def what(self) -> list[Any]:
        """What makes two posts of a form the same decision."""
        return [self.public_id, self.decision, asdict(self.opinion)]


@dataclass(frozen=True, slots=True)
class Decided:
    """State after the decision."""

    state: State
    application_id: int


def save_opinion(public_id: str, opinion: Opinion, *, by: Actor, on: datetime, seen: Seen) -> None:
    """Store a reviewer's findings so far; the examinee can no longer withdraw.

    Returned items are stored once they have a reason. Raises NotFound, ChangedMeanwhile, NotAllowed.
    """
    with transaction() as session:
        keep_opinion(session, public_id, opinion, by=by, on=on, seen=seen)


def keep_opinion(session: Session, public_id: str, opinion: Opinion, *, by: Actor, on: datetime, seen: Seen) -> None:
    """`save_opinion` in the caller's transaction."""
    row, submission = _under_review(session, public_id, by, seen, on)
    case = load_case(session, public_id, on=submission.submitted_at)
    if all(for_decision(word, case.state, by.role, case.window.stages) is None for word in ("pass", "return")):
        raise NotAllowed("这个环节不由你审核。")
    known = submission.content.labels
    opinion = opinion.with_rest(known)
    refuse_stale(session, row, submission, opinion, seen.saved)
    review = open_review(session, row, submission, by, on)
    _fill_in(review, opinion)
    leases.acquire(session, row.id, by=by, on=on)
    keep(session, review, storable(opinion, known))


def decide(
    public_id: str,
    decision: str,
    opinion: Opinion,
    *,
    service: ServiceLike,
    by: Actor,
    on: datetime,
    seen: Seen,
    token: str = "",
) -> Decided:
    """Pass, return, reject or send back, in one transaction with its audit row; once for the `token` of a form.

    Raises NotFound, ChangedMeanwhile (not as `seen`), NotAllowed (not this reviewer's stage), Incomplete (problems by
    field).
    """
    intent = Intent(public_id, decision, opinion, service, by, on, seen)
    with transaction() as session:
        done = once(session, token, intent.what, lambda: asdict(settle(session, intent)), by=by, on=on)
        return Decided(State(done["state"]), done["application_id"])


def settle(session: Session, intent: Intent) -> Decided:
    """`decide` in the caller's transaction."""
    hold_window(session, Application.public_id == intent.public_id)
    if intent.decision == "pass":  # it may complete at once
        lock_ticket(session, Application.public_id == intent.public_id)
    ready, by, on = prepare(session, intent), intent.by, intent.on
    review, case, arrow = ready.review, ready.case, ready.arrow
    review.decision, review.decided_at, review.waivers = intent.decision, on, ready.waivers
    version = move(
        session,
        case.application_id,
        case.service,
        arrow,
        state=case.state,
        version=intent.seen.version,
        values=_consequences(arrow, intent.opinion, intent.service, case, on),
        on=on,
    )
    leases.drop(session, case.application_id, by=by)
    _write_down(session, ready, intent.opinion, by=by, on=on)
    if arrow.target is State.APPROVED and not case.window.fee:
        complete(session, case.application_id, case.service, version=version, on=on, why="无须缴费")
        return Decided(State.COMPLETED, case.application_id)
    return Decided(arrow.target, case.application_id)


@dataclass(frozen=True, slots=True)
class Ready:
    """A checked decision; its findings are stored in `review`, which is still open."""

    case: Case
    arrow: Transition
    submission: Submission
    review: Review
    waivers: dict[str, str]


def prepare(session: Session, intent: Intent) -> Ready:
    """Check a decision and store its findings. Raises as `decide`."""
    checked = _check(session, intent)
    row, submission = checked.row, checked.submission
    opinion = intent.opinion.with_rest(submission.content.labels)
    review = open_review(session, row, submission, intent.by, intent.on)
    review.reviewer_id = intent.by.id or review.reviewer_id
    _fill_in(review, opinion)
    keep(session, review, opinion.findings)
    waivers = {gap.key: opinion.waivers[gap.key].strip() for gap in checked.asked}
    return Ready(checked.case, checked.arrow, submission, review, waivers)


@dataclass(frozen=True, slots=True)
class Checked:
    """A decision that may be made now. `asked`: missing courses with a reason each."""

    row: Application
    submission: Submission
    case: Case
    arrow: Transition
    asked: tuple[Gap, ...]


def check(
    public_id: str, decision: str, opinion: Opinion, *, service: ServiceLike, by: Actor, on: datetime, seen: Seen
) -> Checked:
    """Ask whether `decide` would succeed, and change nothing. Raises as `decide`."""
    with transaction() as session:
        return _check(session, Intent(public_id, decision, opinion, service, by, on, seen))


def _check(session: Session, intent: Intent) -> Checked:
    decision, opinion, seen = intent.decision, intent.opinion, intent.seen
    row, submission = _under_review(session, intent.public_id, intent.by, seen, intent.on)
    refuse_stale(session, row, submission, opinion.with_rest(submission.content.labels), seen.saved)
    # plan courses and dates as of submission, grades as of now
    case = load_case(session, intent.public_id, on=submission.submitted_at)
    arrow = for_decision(decision, case.state, intent.by.role, case.window.stages)
    if arrow is None:
        raise NotAllowed("这个环节不由你作这个决定。")
    if decision == "pass":
        refuse_stopped(session, row.id)
    asked = current_gaps(submission, intent.service, case) if decision == "pass" else ()
    content = submission.content
    rounds = judged(session, row.id) if decision == "return" and submission.number > 1 else []
    problems = problems_in(
        decision,
        opinion,
        asked=asked,
        known=content.labels,
        late=late(rounds, submission.number, content.items, opinion.returned),
    )
    if problems:
        raise Incomplete(problems)
    return Checked(row, submission, case, arrow, asked)


def _under_review(
    session: Session, public_id: str, by: Actor, seen: Seen, on: datetime
) -> tuple[Application, Submission]:
    """The file, locked, if it is as seen and this person could decide it: none waits, not aside, not barred, no other's lease."""
    row = scope.application(session, public_id, by, lock=True)
    submission = last_submission(session, row.id)
    if State(row.state) not in UNDER_REVIEW or row.version != seen.version or submission.sha256 != seen.sha256:
        raise ChangedMeanwhile(CONTENT_CHANGED)
    if session.get(PendingDecision, row.id) is not None:
        raise ChangedMeanwhile("这一件已有决定，正在等待生效。要改，请先撤销那个决定。")
    refuse_aside(session, row.id)
    refuse_barred(session, row.id, by)
    leases.refuse_while_held(session, row.id, by=by, on=on)
    return row, submission


def _fill_in(review: Review, opinion: Opinion) -> None:
    review.message, review.to_school = opinion.message, opinion.to_school
    review.waivers, review.again = dict(opinion.waivers), opinion.again


def _consequences(
    arrow: Transition, opinion: Opinion, service: ServiceLike, case: Case, on: datetime
) -> dict[str, Any]:
    found: dict[str, Any] = {"sent_back": arrow.target is State.SCHOOL_REVIEW}
    if arrow.target is State.RETURNED:
        found |= {"open_items": sorted(service.dependents(opinion.returned, case)), "returned_stage": case.state.value}
    elif arrow.target in (State.APPROVED, State.REJECTED):
        found["decided_at"] = on
    return found


def _write_down(session: Session, ready: Ready, opinion: Opinion, *, by: Actor, on: datetime) -> None:
    case, arrow, submission = ready.case, ready.arrow, ready.submission
    record(
        session,
        on=on,
        by=by,
        action=f"application.{arrow.name}",
        subject="application",
        subject_id=case.application_id,
        detail={
            "stage": case.state.value,
            "to": arrow.target.value,
            "number": submission.number,
            "sha256": submission.sha256,
            "returned": opinion.returned,
            "waived": sorted(ready.waivers),
        },
    )
