"""What reviewers do: begin, note findings, decide. A decision belongs to the submission that the reviewer saw.

Source: architecture.md "State is a table", security.md AC-23, contract.md "States of an application".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.cases import load_case
from app.actions.moves import CONTENT_CHANGED, complete, move
from app.models import Application, Finding, Review, Submission
from app.models.base import transaction
from app.rules.eligibility import Assessment
from app.rules.lifecycle import UNDER_REVIEW, State, Transition, for_decision
from app.rules.people import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed
from app.rules.steps import Case, Problem, ServiceLike
from app.rules.waivers import Gap, gaps, unanswered

OK, RETURN = "ok", "return"
MAX_REASON = 500  # characters of a reason or a message
MESSAGE_ASKED = {
    "reject": "不予通过须写明原因",
    "back": "退回初审须写明原因",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood on the reviewer's page: the submission's hash and the application's version."""

    sha256: str
    version: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One item: ok or return, and why."""

    verdict: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """All that a reviewer filled in. findings: item key -> Verdict; waivers: gap key -> reason."""

    findings: Mapping[str, Verdict] = field(default_factory=dict)
    message: str = ""
    waivers: Mapping[str, str] = field(default_factory=dict)

    @property
    def returned(self) -> list[str]:
        return [key for key, finding in self.findings.items() if finding.verdict == RETURN]


@dataclass(frozen=True, slots=True)
class Decided:
    """Where the application stands now."""

    state: State
    application_id: int


def save_opinion(public_id: str, opinion: Opinion, *, by: Actor, on: datetime, seen: Seen) -> None:
    """Keep what a reviewer noted so far; from now on the examinee cannot withdraw.

    A returned item is kept once it has its reason. Only who could decide may begin.
    """
    with transaction() as session:
        row, submission = _under_review(session, public_id, by, seen)
        case = load_case(session, public_id, on=submission.submitted_at)
        if all(for_decision(word, case.state, by.role, case.window.stages) is None for word in ("pass", "return")):
            raise NotAllowed("这个环节不由你审核。")
        review = _draft(session, row, submission, by, on)
        review.message = opinion.message
        review.waivers = dict(opinion.waivers)
        known = _items(submission)
        kept = {
            key: finding
            for key, finding in opinion.findings.items()
            if key in known and (finding.verdict == OK or finding.reason)
        }
        _keep(session, review, kept)


def begin_review(public_id: str, *, by: Actor, on: datetime, seen: Seen) -> None:
    """Say that the review has begun, with nothing noted yet."""
    save_opinion(public_id, Opinion(), by=by, on=on, seen=seen)


def decide(
    public_id: str, decision: str, opinion: Opinion, *, service: ServiceLike, by: Actor, on: datetime, seen: Seen
) -> Decided:
    """Pass, return, reject or send back, in one transaction with its audit row.

    Raises NotFound (out of scope), ChangedMeanwhile (another content or state than the one seen), NotAllowed (not this
    reviewer's stage), Incomplete (problems with the form's field names).
    """
    with transaction() as session:
        row, submission = _under_review(session, public_id, by, seen)
        # courses and dates of the plan are those of the day of submission; grades are those of now
        case = load_case(session, public_id, on=submission.submitted_at)
        arrow = for_decision(decision, case.state, by.role, case.window.stages)
        if arrow is None:
            raise NotAllowed("这个环节不由你作这个决定。")
        asked = current_gaps(submission, service, case) if decision == "pass" else ()
        problems = _problems(decision, opinion, asked, _items(submission))
        if problems:
            raise Incomplete(problems)
        waivers = {gap.key: opinion.waivers[gap.key].strip() for gap in asked}
        review = _draft(session, row, submission, by, on)
        review.reviewer_id = by.id or review.reviewer_id
        review.decision, review.decided_at = decision, on
        review.message, review.waivers = opinion.message, waivers
        _keep(session, review, opinion.findings)
        version = move(
            session, row.id, arrow, state=case.state, version=seen.version,
            values=_consequences(arrow, opinion, service, case, on),
        )  # fmt: skip
        _write_down(session, arrow, case, submission, opinion, waivers, by=by, on=on)
        if arrow.target is State.APPROVED and not case.window.fee:
            complete(session, row.id, version=version, on=on, why="无须缴费")
            return Decided(State.COMPLETED, row.id)
        return Decided(arrow.target, row.id)


def current_gaps(submission: Submission, service: ServiceLike, case: Case) -> tuple[Gap, ...]:
    """What is missing by the grades of now; where it can no longer be assessed, what was missing at submission."""
    try:
        assessment = service.routing(case).assessment
    except ValueError:  # its plan is gone
        assessment = None
    if assessment is None:
        frozen: dict[str, Any] | None = json.loads(submission.document).get("assessment")
        assessment = Assessment.from_json(frozen) if frozen else None
    return gaps(assessment)


def last_submission(session: Session, application_id: int) -> Submission:
    """What was submitted last."""
    query = select(Submission).where(Submission.application_id == application_id)
    return session.scalars(query.order_by(Submission.number.desc()).limit(1)).one()


def _under_review(session: Session, public_id: str, by: Actor, seen: Seen) -> tuple[Application, Submission]:
    row = scope.application(session, public_id, by, lock=True)
    submission = last_submission(session, row.id)
    if State(row.state) not in UNDER_REVIEW or row.version != seen.version or submission.sha256 != seen.sha256:
        raise ChangedMeanwhile(CONTENT_CHANGED)
    return row, submission


def _items(submission: Submission) -> dict[str, str]:
    """Key and label of every item of the frozen submission."""
    return {item["key"]: item["label"] for item in json.loads(submission.document)["items"]}


def _problems(decision: str, opinion: Opinion, asked: tuple[Gap, ...], known: dict[str, str]) -> list[Problem]:
    """What is missing from the reviewer's page, each at its field."""
    found: list[tuple[str, str]] = []
    for key, finding in opinion.findings.items():
        if key not in known or finding.verdict not in (OK, RETURN):
            found.append(("", "提交的内容里没有这一项，请重新打开这一件"))
        elif finding.verdict == RETURN and not finding.reason:
            found.append((f"reason.{key}", f"“{known[key]}”标为退回，请写明原因"))
        elif len(finding.reason) > MAX_REASON:
            found.append(
                (f"reason.{key}", f"“{known[key]}”的原因应在 {MAX_REASON} 字以内，现在是 {len(finding.reason)} 字")
            )
    if len(opinion.message) > MAX_REASON:
        found.append(("message", f"审核意见应在 {MAX_REASON} 字以内，现在是 {len(opinion.message)} 字"))
    if decision == "return" and not opinion.returned:
        found.append(("", "退回修改须至少有一项标为退回并写明原因"))
    if decision == "pass":
        found += [(f"verdict.{key}", f"“{known.get(key, key)}”标为退回，不能通过") for key in opinion.returned]
        found += [
            (f"waiver.{gap.key}", f"“{gap.label}”还没有合格成绩，准予通过须写明理由")
            for gap in unanswered(asked, opinion.waivers)
        ]
    if decision in MESSAGE_ASKED and not opinion.message:
        found.append(("message", MESSAGE_ASKED[decision]))
    return [Problem("review", name, message) for name, message in found]


def _draft(session: Session, row: Application, submission: Submission, by: Actor, on: datetime) -> Review:
    """The open review of this submission at this stage, made now if there is none."""
    at = (Review.submission_id == submission.id, Review.stage == row.state)
    review = session.scalar(select(Review).where(*at, Review.decision == ""))
    if review is not None:
        return review
    before = session.scalar(select(func.count()).select_from(Review).where(*at)) or 0
    review = Review(
        application_id=row.id, submission_id=submission.id, stage=row.state, round=before + 1, reviewer_id=by.id,
        begun_at=on,
    )  # fmt: skip
    session.add(review)
    session.flush()
    record(
        session, on=on, by=by, action="review.begun", subject="application", subject_id=row.id,
        detail={"stage": row.state, "number": submission.number},
    )  # fmt: skip
    return review


def _keep(session: Session, review: Review, findings: Mapping[str, Verdict]) -> None:
    """Make the review's findings those of the page: what was taken back goes."""
    stored = {row.item: row for row in session.scalars(select(Finding).where(Finding.review_id == review.id))}
    for key, row in stored.items():
        if key not in findings:
            session.delete(row)
    for key, finding in findings.items():
        if key in stored:
            stored[key].verdict, stored[key].reason = finding.verdict, finding.reason
        else:
            session.add(Finding(review_id=review.id, item=key, verdict=finding.verdict, reason=finding.reason))
    session.flush()


def _consequences(
    arrow: Transition, opinion: Opinion, service: ServiceLike, case: Case, on: datetime
) -> dict[str, Any]:
    """The columns that change with the state."""
    if arrow.target is State.RETURNED:
        return {"open_items": sorted(service.dependents(opinion.returned, case)), "returned_stage": case.state.value}
    return {"decided_at": on} if arrow.target in (State.APPROVED, State.REJECTED) else {}


def _write_down(
    session: Session, arrow: Transition, case: Case, submission: Submission, opinion: Opinion, waivers: dict[str, str],
    *, by: Actor, on: datetime,
) -> None:  # fmt: skip
    record(
        session, on=on, by=by, action=f"application.{arrow.name}", subject="application", subject_id=case.application_id,
        detail={
            "stage": case.state.value, "to": arrow.target.value, "number": submission.number, "sha256": submission.sha256,
            "returned": opinion.returned, "waived": sorted(waivers),
        },
    )  # fmt: skip
