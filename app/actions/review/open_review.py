"""The review that is not decided yet: begun, and its findings stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.review.opinions import Verdict
from app.actions.review.reasons import record_use
from app.models import Application, Finding, Review, Submission
from app.rules.people.roles import Actor


def open_review(session: Session, row: Application, submission: Submission, by: Actor, on: datetime) -> Review:
    """The undecided review of this submission at this stage, begun if there is none."""
    at = (Review.submission_id == submission.id, Review.stage == row.state)
    review = session.scalar(select(Review).where(*at, Review.decision == ""))
    if review is not None:
        return review
    before = session.scalar(select(func.count()).select_from(Review).where(*at)) or 0
    review = Review(
        application_id=row.id,
        submission_id=submission.id,
        stage=row.state,
        round=before + 1,
        reviewer_id=by.id,
        begun_at=on,
    )
    session.add(review)
    session.flush()
    record(
        session,
        on=on,
        by=by,
        action="review.begun",
        subject="application",
        subject_id=row.id,
        detail={"stage": row.state, "number": submission.number},
    )
    return review


def keep(session: Session, review: Review, findings: Mapping[str, Verdict]) -> None:
    """Store exactly these findings."""
    stored = {row.item: row for row in session.scalars(select(Finding).where(Finding.review_id == review.id))}
    for key, row in stored.items():
        if key not in findings:
            session.delete(row)
    causes = record_use(session, [finding.cause for finding in findings.values()], review.application_id)
    for key, finding in findings.items():
        row = stored.get(key) or Finding(review_id=review.id, item=key)
        row.verdict, row.reason = finding.verdict, finding.reason
        row.cause_id = finding.cause if finding.cause in causes else None
        session.add(row)
    session.flush()
