"""Resubmissions in which something that was returned came back as it was."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Finding, Review, Submission, stands
from app.rules.review.submission_diff import prints


def unchanged(session: Session, application_ids: Collection[int]) -> set[int]:
    """Return those last submitted with nothing changed, or with a returned item as it was (explained only)."""
    if not application_ids:
        return set()
    submissions: dict[int, list[Submission]] = {}
    mine = Submission.application_id.in_(application_ids)
    for row in session.scalars(select(Submission).where(mine).order_by(Submission.number)):
        submissions.setdefault(row.application_id, []).append(row)
    returned: dict[int, set[str]] = {}
    findings = (
        select(Review.submission_id, Finding.item)
        .join(Finding, Finding.review_id == Review.id)
        .where(Review.application_id.in_(application_ids), stands(), Review.decision == "return")
        .where(Finding.verdict == "return")
    )
    for ident, item in session.execute(findings):
        returned.setdefault(ident, set()).add(item)
    return {
        ident
        for ident, found in submissions.items()
        if len(found) > 1 and _as_it_was(found[-2], found[-1], returned.get(found[-2].id, set()))
    }


def _as_it_was(before: Submission, after: Submission, returned: set[str]) -> bool:
    """Whether all that the examinee gave is the same, or one of the returned items is."""
    typed = [item for item in after.content.items if not item.locked]
    then, now = prints(before.content.items), prints(typed)
    return all(then.get(key) == text for key, text in now.items()) or any(
        key in now and then.get(key) == now[key] for key in returned
    )
