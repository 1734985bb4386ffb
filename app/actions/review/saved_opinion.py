"""What is stored of an open review: its stamp for the page, and both texts when a page is stale.

A page carries the stamp of what was stored when it was made. A later save from another page, of the same reviewer or of
another one, gives 409 with both texts and overwrites nothing; a repeat of what is stored succeeds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.review.opinions import OK, Opinion, Verdict
from app.models import Application, Finding, Review, Submission
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.words import DECISIONS, FIELDS, WAIVER_REASON

PASSED = DECISIONS["pass"]
NOTHING = "none"  # the stamp while no review is open
MESSAGE = (
    "这一件在你打开以后又暂存过（你的另一个页面，或另一位审核员），这次没有保存，也没有盖掉那一次。两处的内容都在下面。"
)


def stamp(review: Review | None, findings: Iterable[Finding]) -> str:
    """Return the stamp of an open review: 64 hexadecimal characters, or NOTHING."""
    if review is None:
        return NOTHING
    waivers = sorted((key, reason) for key, reason in review.waivers.items() if reason)
    found = sorted((each.item, each.verdict, each.reason) for each in findings)
    text = json.dumps([review.message, review.to_school, waivers, review.again, found], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def storable(opinion: Opinion, known: Iterable[str]) -> dict[str, Verdict]:
    """Return the findings that are stored before a decision: of known items, returned ones once they have a reason."""
    items = set(known)
    return {
        key: finding
        for key, finding in opinion.findings.items()
        if key in items and (finding.verdict == OK or finding.reason)
    }


def refuse_stale(session: Session, row: Application, submission: Submission, opinion: Opinion, saved: str) -> None:
    """Raise ChangedMeanwhile with both texts if the open review is neither as the page had it nor as it would become.

    `saved`: the page's stamp; '' for callers without a page.
    """
    at = (Review.submission_id == submission.id, Review.stage == row.state, Review.decision == "")
    review = session.scalar(select(Review).where(*at)) if saved else None
    if review is None:
        return
    findings = session.scalars(select(Finding).where(Finding.review_id == review.id)).all()
    if saved == stamp(review, findings):
        return
    labels = submission.content.labels
    stored = {each.item: Verdict(each.verdict, each.reason) for each in findings}
    theirs = _texts(Opinion(stored, review.message, review.waivers, review.again, review.to_school), labels)
    mine = _texts(replace(opinion, findings=storable(opinion, labels)), labels)
    if differing := _differing(theirs, mine, list(labels.values())):
        raise ChangedMeanwhile(
            MESSAGE,
            mine={label: own for label, _, own in differing},
            theirs={label: other for label, other, _ in differing},
        )


def _differing(theirs: dict[str, str], mine: dict[str, str], items: list[str]) -> list[tuple[str, str, str]]:
    """Return label, their text and mine of what differs, in the order of the file; last the items that only one side accepted, in one line."""
    both = dict.fromkeys([*items, *theirs, *mine])
    found = [(label, theirs.get(label, ""), mine.get(label, "")) for label in both]
    found = [each for each in found if each[1] != each[2]]
    lines = []
    for whose, sides in (("你", ("", PASSED)), ("已暂存的", (PASSED, ""))):
        rest = [each for each in found if each[1:] == sides]
        if len(rest) > 1:
            names = f"{PASSED}：{'、'.join(label for label, _, _ in rest)}"
            stored, typed = (names if side else "" for side in sides)
            lines.append((f"只有{whose}标为{PASSED}的 {len(rest)} 项", stored, typed))
            found = [each for each in found if each not in rest]
    return [*found, *lines]


def _texts(opinion: Opinion, labels: dict[str, str]) -> dict[str, str]:
    """Return label -> what was said, without what is empty."""
    found = {
        labels.get(key, key): PASSED if each.verdict == OK else f"退回：{each.reason}"
        for key, each in opinion.findings.items()
    }
    found |= {f"缺 {key}：{WAIVER_REASON}": reason for key, reason in opinion.waivers.items()}
    texts = {"message": opinion.message, "to_school": opinion.to_school, "again": opinion.again}
    found |= {FIELDS[name]: text for name, text in texts.items()}
    return {label: text for label, text in found.items() if text}
