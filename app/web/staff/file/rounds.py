"""Decided reviews of a file, and what each said of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.models import Revocation
from app.rules.review.lifecycle import State
from app.rules.review.words import DECISIONS, STAGES
from app.web.staff.file.stored.rows import FileRows


@dataclass(frozen=True, slots=True)
class Round:
    """A decided review of this or an earlier submission."""

    title: str
    at: datetime
    who: str
    decision: str
    message: str
    to_school: str  # staff only, as `again`
    returned: tuple[tuple[str, str], ...]  # label and reason
    waivers: tuple[tuple[str, str], ...]
    number: int
    stage: str
    items: tuple[tuple[str, str], ...]  # key of a returned item, reason
    again: str = ""  # reason for a late return; staff only
    revoked: Revocation | None = None
    revoked_by: str = ""


def rounds_of(stored: FileRows) -> list[Round]:
    """Return decided reviews, oldest first, with the labels of their submission."""
    submissions = {each.id: each for each in stored.submissions}
    found = []
    for judgement in stored.judgements:
        review, who = judgement.review, judgement.who
        if not review.decision or review.decided_at is None:
            continue
        submission = submissions[review.submission_id]
        number, labels = submission.number, submission.content.labels
        returned = [row for row in judgement.findings if row.verdict == "return"]
        stage = STAGES[State(review.stage)]
        word = DECISIONS[review.decision]
        found.append(
            Round(
                title=f"第 {number} 次提交 · {word if review.decision == 'back' else stage + word}",
                at=review.decided_at,
                who=who,
                decision=review.decision,
                message=review.message,
                to_school=review.to_school,
                returned=tuple((labels.get(row.item, row.item), row.reason) for row in returned),
                waivers=tuple(review.waivers.items()),
                number=number,
                stage=review.stage,
                items=tuple((row.item, row.reason) for row in returned),
                again=review.again if review.decision == "return" else "",
                revoked=judgement.revoked,
                revoked_by=judgement.revoked_by,
            )
        )
    return found


def said_of(rounds: Sequence[Round]) -> dict[str, tuple[str, ...]]:
    """Return item key -> what each decision said of it; only a return reached the examinee."""
    words = {"back": "考办有疑问", "reject": DECISIONS["reject"]}
    returns = sorted(each.at for each in rounds if each.decision == "return")
    found: dict[str, tuple[str, ...]] = {}
    for each in rounds:
        word = f"第 {returns.index(each.at) + 1} 次退回" if each.decision == "return" else words.get(each.decision, "")
        for key, reason in each.items:
            found[key] = (*found.get(key, ()), f"{word}：{reason}")
    return found
