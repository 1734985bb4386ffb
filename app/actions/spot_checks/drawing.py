"""抽查: draw some of the passed files by a seeded rule.

The program makes the seed; draws are kept for ever and audited, so nobody chooses what is drawn by drawing again unseen.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.repeats import once
from app.models import Application, Review, Revocation, School, SpotCheck, SpotCheckFile, Staff, Submission, Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.spot_checks import MOST, NUMBER, PERCENT, WAYS, drawn, size_of

NO_REVIEWER = "没有这位审核员，请重新选择"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is drawn from, and how much. `since`, `until`: of the decisions, half-open; None: from the beginning, until now."""

    window_id: int
    stage: str
    way: str
    amount: int
    school_code: str = ""
    reviewer_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def of(session: Session, ident: int, by: Actor) -> SpotCheck:
    """The draw of that id; NotFound when absent or out of scope."""
    row = session.scalar(select(SpotCheck).where(SpotCheck.id == ident, scope.spot_checks(by)))
    if row is None:
        raise NotFound
    return row


def draw(rule: Rule, *, by: Actor, on: datetime, token: str = "") -> int:
    """Draw, once for the `token` of a form, and return the id. Raises NotAllowed, Invalid by field."""
    if by.role not in scope.ASSIGNING:
        raise NotAllowed("抽查由主考学校负责人或考办来做。")
    school = by.school_code or rule.school_code
    _check(rule, by)
    with transaction() as session:

        def act() -> dict[str, Any]:
            return {"id": _draw(session, rule, school, by, on)}

        return int(once(session, token, ["draw", repr(rule)], act, by=by, on=on)["id"])


def _draw(session: Session, rule: Rule, school: str, by: Actor, on: datetime) -> int:
    if session.get(Window, rule.window_id) is None:
        raise Invalid("window", "没有这个办理时间，请重新选择")
    if rule.reviewer_id is not None and session.get(Staff, rule.reviewer_id) is None:
        raise Invalid("reviewer", NO_REVIEWER)
    row = _new(rule, school, by, on)
    found = population(session, row)
    if not found:
        raise Invalid("window", "这些条件下没有已通过的申请，没有可以抽查的")
    row.population = list(found.values())
    session.add(row)
    session.flush()
    for place, receipt in enumerate(_files(row, found), start=1):
        session.add(SpotCheckFile(spot_check_id=row.id, place=place, review_id=found[receipt]))
    record(
        session,
        on=on,
        by=by,
        action="spot_check.drawn",
        subject="spot_check",
        subject_id=row.id,
        detail=_told(session, row, len(found)),
    )
    return row.id


def _told(session: Session, row: SpotCheck, population: int) -> dict[str, Any]:
    """Return the whole rule for the list of acts: from it, and the seed, one can draw again."""
    school = session.scalar(select(School.name).where(School.code == row.school_code))
    return {
        "window": session.get_one(Window, row.window_id).name,
        "stage": row.stage,
        "school": f"{row.school_code} {school or ''}".strip(),
        "reviewer": session.get_one(Staff, row.reviewer_id).name if row.reviewer_id is not None else "",
        "since": row.since.isoformat() if row.since else "",
        "until": row.until.isoformat(),
        "population": population,
        "share": f"{WAYS[row.way]}：{row.amount}",
        "drawn": size_of(population, row.way, row.amount),
        "seed": row.seed,
    }


def _new(rule: Rule, school_code: str, by: Actor, on: datetime) -> SpotCheck:
    """A draw with a seed of its own, without files yet."""
    return SpotCheck(
        staff_id=by.id,
        window_id=rule.window_id,
        stage=rule.stage,
        school_code=school_code,
        reviewer_id=rule.reviewer_id,
        since=rule.since,
        until=min(rule.until or on, on),
        way=rule.way,
        amount=rule.amount,
        seed=secrets.token_hex(16),
        drawn_at=on,
    )


def population(session: Session, row: SpotCheck) -> dict[str, int]:
    """Receipt -> review, of the decisions that the draw is made from, as they stood when it was made."""
    revoked = exists().where(Revocation.review_id == Review.id, Revocation.revoked_at <= row.drawn_at)
    wanted = [
        Review.window_id == row.window_id,
        Review.stage == row.stage,
        Review.decision == "pass",
        Review.decided_at < row.until,
        ~revoked,
    ]
    if row.since is not None:
        wanted.append(Review.decided_at >= row.since)
    if row.reviewer_id is not None:
        wanted.append(Review.reviewer_id == row.reviewer_id)
    if row.school_code:
        own = select(Application.id).where(Application.school_code == row.school_code)
        wanted.append(Review.application_id.in_(own))
    query = (
        select(Submission.receipt, func.max(Review.id))
        .join(Submission, Submission.id == Review.submission_id)
        .where(and_(*wanted))
        .group_by(Submission.receipt)
        .order_by(Submission.receipt)
    )
    return dict(session.execute(query).all())


def repeated(session: Session, row: SpotCheck) -> tuple[bool, bool]:
    """Draw again: whether the stored population gives the stored files, and whether the rule finds that population again."""
    query = select(Review.id, Submission.receipt).join(Submission, Submission.id == Review.submission_id)
    receipts: dict[int, str] = dict(session.execute(query.where(Review.id.in_(row.population))).all())
    stored = {receipts[ident]: ident for ident in row.population if ident in receipts}
    files = select(SpotCheckFile.review_id).where(SpotCheckFile.spot_check_id == row.id).order_by(SpotCheckFile.place)
    again = [stored[receipt] for receipt in _files(row, stored)]
    return again == list(session.scalars(files)), sorted(population(session, row).values()) == sorted(row.population)


def _files(row: SpotCheck, found: Mapping[str, int]) -> list[str]:
    return drawn(row.seed, list(found), size_of(len(found), row.way, row.amount))


def _check(rule: Rule, by: Actor) -> None:
    if rule.stage not in UNDER_REVIEW:
        raise Invalid("stage", "请选择抽查哪个环节")
    if by.role == "school_lead" and rule.stage != State.SCHOOL_REVIEW:
        raise Invalid("stage", "主考学校抽查初审通过的，终审由考办抽查")
    if rule.way not in WAYS:
        raise Invalid("way", "请选择按百分比还是按件数")
    most = {PERCENT: 100, NUMBER: MOST}[rule.way]
    if not 1 <= rule.amount <= most:
        raise Invalid("amount", f"{WAYS[rule.way]}应为 1 至 {most} 的整数")
    if rule.since and rule.until and rule.since >= rule.until:
        raise Invalid("until", "结束日期不能早于开始日期")
