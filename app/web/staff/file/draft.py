"""The open review of a file: its form values and its stamp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.actions.review.saved_opinion import NOTHING, stamp
from app.web.staff.file.stored.rows import FileRows


class Earlier(Protocol):
    """What is needed of a decided review (app.web.staff.file.query.Round)."""

    @property
    def number(self) -> int: ...
    @property
    def decision(self) -> str: ...
    @property
    def revoked(self) -> object: ...
    @property
    def waivers(self) -> tuple[tuple[str, str], ...]: ...


def draft_of(stored: FileRows, rounds: Sequence[Earlier]) -> tuple[dict[str, str], str]:
    """Return the open review's form values and reviewer; the school's waivers are defaults."""
    submission = stored.submissions[-1]
    values: dict[str, str] = {}
    for earlier in rounds:
        if earlier.number == submission.number and earlier.decision == "pass" and not earlier.revoked:
            values |= {f"waiver.{key}": reason for key, reason in earlier.waivers}
    for judgement in stored.judgements:
        review = judgement.review
        if review.decision or review.submission_id != submission.id or review.stage != stored.application.state:
            continue
        values |= {f"waiver.{key}": reason for key, reason in review.waivers.items() if reason}
        values |= {"message": review.message, "to_school": review.to_school}
        for finding in judgement.findings:
            values[f"verdict.{finding.item}"] = finding.verdict
            values[f"reason.{finding.item}"] = finding.reason
            values[f"cause.{finding.item}"] = str(finding.cause_id or "")
        return values, judgement.who
    return values, ""


def stamp_of(stored: FileRows) -> str:
    """Return the stamp of the open review of the last submission at this stage."""
    here = (stored.submissions[-1].id, stored.application.state, "")
    for judgement in stored.judgements:
        review = judgement.review
        if (review.submission_id, review.stage, review.decision) == here:
            return stamp(review, judgement.findings)
    return NOTHING
