"""抽查: write down what a second look at a drawn file, blind to the first, finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.repeats import once
from app.actions.review.opinions import MAX_REASON, RETURN, Verdict
from app.actions.spot_checks.blind import knows
from app.actions.spot_checks.drawing import of
from app.models import Review, Revocation, SpotCheckFile, Submission
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, NotFound, Problem
from app.rules.review.reasons import BLANK
from app.rules.review.spot_checks import AGREE, DISAGREE, VERDICTS

OWN = "这一件的决定是你作的，请由另一位抽查。"
SEEN = "这一件原来的结论你已经看过了，请由另一位抽查。"
ELSEWHERE = "这一件已由另一位抽查过。你在另一次抽查里还可以看这一件，看过以后再显示结论。"
REVOKED = "这一件原来的决定已经撤销，不再复核，也不计入。"
DONE = "这一件刚刚由另一位抽查过了，你的意见没有保存。"
DONE_BY_YOU = "这一件你已经抽查过了，这一次的意见没有保存。"


def check(
    ident: int,
    place: int,
    verdict: str,
    findings: Mapping[str, Verdict],
    note: str,
    *,
    by: Actor,
    on: datetime,
    token: str = "",
) -> None:
    """Write down the second look at one file, once; its form (`token`) may arrive twice.

    `findings`: of the items; those returned need a reason.

    Raises NotFound, NotAllowed (one's own decision, one revoked, or its verdict seen), Incomplete, ChangedMeanwhile (done already).
    """
    what = ["check", ident, place, verdict, {key: asdict(each) for key, each in findings.items()}, note]
    with transaction() as session:

        def act() -> dict[str, Any]:
            _look_again(session, ident, place, verdict, findings, note, by, on)
            return {}

        once(session, token, what, act, by=by, on=on)


def _look_again(
    session: Session,
    ident: int,
    place: int,
    verdict: str,
    findings: Mapping[str, Verdict],
    note: str,
    by: Actor,
    on: datetime,
) -> None:
    of(session, ident, by)
    query = select(SpotCheckFile).where(SpotCheckFile.spot_check_id == ident, SpotCheckFile.place == place)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound
    review = session.get_one(Review, row.review_id)
    if review.reviewer_id == by.id:
        raise NotAllowed(OWN)
    if not row.verdict and session.get(Revocation, review.id) is not None:
        raise NotAllowed(REVOKED)
    if row.verdict:
        raise ChangedMeanwhile(DONE_BY_YOU if row.staff_id == by.id else DONE)
    if session.scalar(select(knows(by)).where(Review.id == review.id)):
        raise NotAllowed(SEEN)
    returned = {key: finding for key, finding in findings.items() if finding.verdict == RETURN}
    labels = session.get_one(Submission, review.submission_id).content.labels
    if problems := _problems(verdict, returned, labels, note):
        raise Incomplete([Problem("spot_check", name, message) for name, message in problems])
    row.verdict, row.note, row.staff_id, row.checked_at = verdict, note, by.id, on
    row.findings = [[key, finding.reason, finding.cause] for key, finding in returned.items()]
    record(
        session,
        on=on,
        by=by,
        action="spot_check.checked",
        subject="spot_check",
        subject_id=ident,
        detail={"number": place, "decision": verdict},
    )


def _problems(
    verdict: str, returned: Mapping[str, Verdict], labels: Mapping[str, str], note: str
) -> list[tuple[str, str]]:
    found = []
    for key, finding in returned.items():
        if key not in labels:
            found.append(("", "提交的内容里没有这一项，请重新打开这一件"))
        elif not finding.reason or len(finding.reason) > MAX_REASON:
            found.append((f"reason.{key}", f"“{labels[key]}”标为有问题，请写明原因，1 至 {MAX_REASON} 字"))
        elif BLANK in finding.reason:
            found.append((f"reason.{key}", f"“{labels[key]}”的原因里还有没填的地方（{BLANK}），请填上课程或学分"))
    if verdict not in VERDICTS:
        found.append(("", f"请选择{'或'.join(VERDICTS.values())}"))
    if verdict == AGREE:
        found += [(f"verdict.{key}", f"“{labels.get(key, key)}”标为有问题，不能同意通过") for key in returned]
    if verdict == DISAGREE and not returned:
        found.append(("", "不同意的，请至少标出一项有问题并写明原因"))
    if len(note) > MAX_REASON:
        found.append(("note", f"说明应在 {MAX_REASON} 字以内，现在是 {len(note)} 字"))
    return found
