"""Fixes that a returned application needs, for their page and for submission."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.models import Finding, Review, Submission, stands
from app.models.base import read_rows
from app.rules.case import Case
from app.rules.review.fixes import REPLIES, Answer, Returned, answers, in_order
from app.rules.service import ServiceLike
from app.rules.submission import Item, read

_last = (
    select(Review.id, Review.stage, Review.message, Submission.number, Submission.document)
    .join(Submission, Submission.id == Review.submission_id)
    .where(Review.application_id == bindparam("application"), Review.decision == "return", stands())
    .order_by(Review.decided_at.desc(), Review.id.desc())
    .limit(1)
)
_findings = select(Finding.item, Finding.reason).where(
    Finding.review_id == bindparam("review"), Finding.verdict == "return"
)


def returned_of(session: Session, application_id: int) -> Returned | None:
    """Last return of an application, if any."""
    found = read_rows(session, _last, application=application_id)
    if not found:
        return None
    review = found[0]
    items = read(review.document).items
    reasons = {row.item: row.reason for row in read_rows(session, _findings, review=review.id)}
    ordered = {key: reasons[key] for key in in_order(list(reasons), items)}
    return Returned(review.number, review.stage, review.message, items, ordered)


def replies_of(case: Case) -> dict[str, str]:
    """Saved 我的说明: item key -> text."""
    return dict(case.answers.get(REPLIES, {}))


def leads_to(returned: Returned, service: ServiceLike, case: Case) -> dict[str, set[str]]:
    """Returned item -> items it opens, itself included; without always-open ones not returned."""
    always = service.dependents([], case)
    return {key: (service.dependents([key], case) - always) | {key} for key in returned.reasons}


def answered(returned: Returned, items: list[Item], service: ServiceLike, case: Case) -> dict[str, Answer]:
    """What was done about each returned item."""
    return answers(returned, items, leads_to(returned, service, case), replies_of(case))
