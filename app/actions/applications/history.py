"""What earlier reviews found in a file, read once for the page and for the checks of a decision."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Finding, Review, Submission
from app.rules.review.submission_diff import Judged


def judged(session: Session, application_id: int) -> list[Judged]:
    """Every decided review of an application, the oldest first."""
    reviews = session.execute(
        select(Review.id, Review.stage, Review.decision, Submission.number, Submission.document)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Review.application_id == application_id, Review.decision != "")
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
        Judged(row.number, row.stage, row.decision, items_of(row.document), verdicts.get(row.id, {})) for row in reviews
    ]


def replies_of(document: str) -> dict[str, str]:
    """我的说明 of a frozen submission to what was returned before it: item key -> text."""
    replies: dict[str, str] = json.loads(document).get("replies") or {}
    return replies


def items_of(document: str) -> list[dict[str, Any]]:
    """The items of a frozen submission."""
    items: list[dict[str, Any]] = json.loads(document)["items"]
    return items
