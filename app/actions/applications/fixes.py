"""What a returned application waits for: read for the page of fixes, and asked again when it is submitted."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.models import Finding, Review, Submission
from app.models.prepared import Prepared
from app.rules.case import Case
from app.rules.review.fixes import REPLIES, Answer, Returned, answers, in_order
from app.rules.service import ServiceLike
from app.rules.submission import Item, read

_last = Prepared(
    select(Review.id, Review.stage, Review.message, Submission.number, Submission.document)
    .join(Submission, Submission.id == Review.submission_id)
    .where(Review.application_id == bindparam("application"), Review.decision == "return")
    .order_by(Review.decided_at.desc(), Review.id.desc())
    .limit(1)
)
_findings = Prepared(
    select(Finding.item, Finding.reason).where(Finding.review_id == bindparam("review"), Finding.verdict == "return")
)


def returned_of(session: Session, application_id: int) -> Returned | None:
    """The last return of an application; None when it never was returned."""
    review = _last.one(session, application=application_id)
    if review is None:
        return None
    items = read(review.document).items
    reasons = {row.item: row.reason for row in _findings(session, review=review.id)}
    ordered = {key: reasons[key] for key in in_order(list(reasons), items)}
    return Returned(review.number, review.stage, review.message, items, ordered)


def replies_of(case: Case) -> dict[str, str]:
    """我的说明 as written so far: item key -> text."""
    return dict(case.answers.get(REPLIES, {}))


def leads_to(returned: Returned, service: ServiceLike, case: Case) -> dict[str, set[str]]:
    """Returned item -> what opens with it, itself included; what is always open is left out unless it was returned."""
    always = service.dependents([], case)
    return {key: (service.dependents([key], case) - always) | {key} for key in returned.reasons}


def answered(returned: Returned, items: list[Item], service: ServiceLike, case: Case) -> dict[str, Answer]:
    """What was done about each returned item, by the items of now."""
    return answers(returned, items, leads_to(returned, service, case), replies_of(case))
