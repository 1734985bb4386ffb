"""Findings of earlier reviews, for the page and the checks of a decision."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Finding, Review, Submission, stands
from app.rules.review.submission_diff import Judged
from app.rules.submission import read


def judged(session: Session, application_id: int) -> list[Judged]:
    """Decisions on an application that stand, the oldest first."""
    reviews = session.execute(
        select(Review.id, Review.stage, Review.decision, Submission.number, Submission.document)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Review.application_id == application_id, stands())
        .order_by(Review.id)
    ).all()
    if not reviews:
        return []
    verdicts: dict[int, dict[str, str]] = {}
    rows = select(Finding.review_id, Finding.item, Finding.verdict).where(
        Finding.review_id.in_(row.id for row in reviews)
    )
    for review_id, item, verdict in session.execute(rows):
        verdicts.setdefault(review_id, {})[item] = verdict
    return [
        Judged(row.number, row.stage, row.decision, read(row.document).items, verdicts.get(row.id, {}))
        for row in reviews
    ]
