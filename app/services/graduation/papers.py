"""《毕业生登记表》, from the frozen submission and the decisions that approved it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.papers.facts import Decided, Frozen, decided, waived
from app.actions.submissions import last_submission
from app.models import Application, Certificate, Evidence, Review
from app.rules.calendar import day
from app.rules.papers.paper import Facts, PaperKind
from app.rules.people.roles import SCHOOL_ROLES
from app.rules.plans.eligibility.model import Line
from app.rules.plans.eligibility.model import State as LineState
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State

TEMPLATE = Path(__file__).with_name("register.typ")
STATES = (State.APPROVED, State.COMPLETED)
PASSED = (LineState.PASSED, LineState.EXEMPT, LineState.REPLACED, LineState.LEFT_OUT)
APPROVED_BY_SCHOOL = "审查合格，准予毕业。"
APPROVED_BY_OFFICE = "经审查，考试成绩合格，政治思想鉴定合格，准予毕业。"


def register(session: Session, row: Application) -> Facts:
    """Return 《毕业生登记表》 of an approved application. Raises NotFound before approval."""
    if row.state not in STATES:
        raise NotFound
    frozen = Frozen(session, last_submission(session, row.id))
    passed = [
        each
        for each in decided(session, row.id)
        if each.review.submission_id == frozen.row.id and each.review.decision == "pass"
    ]
    number = session.scalar(
        select(Certificate.number).where(Certificate.application_id == row.id, Certificate.voided_at.is_(None))
    )
    words = {
        **_person(frozen),
        **_study(frozen),
        "certificate": number or "",
        "remarks": _remarks(frozen, [each.review for each in passed]),
        "made-from": frozen.made_from,
        **_approvals(passed),
    }
    made = passed[-1].review.decided_at if passed else frozen.row.submitted_at
    assert made is not None
    return Facts("register", words, made, row.id, frozen.row.id, photo=_photo(session, frozen))


def _person(frozen: Frozen) -> dict[str, Any]:
    who = frozen.content.examinee
    value = frozen.value
    return {
        "name": who.name,
        "id_number": who.id_number,
        "id_label": "身份证号码" if who.id_type == "居民身份证" else "证件号码",
        "sex": value("profile.sex"),
        "birth": value("profile.birth_date"),
        "nation": value("profile.nation"),
        "politics": value("profile.political_status"),
        "ticket": frozen.content.ticket,
        "occupation": value("profile.occupation"),
        "address": value("profile.address"),
        "postcode": value("profile.postcode"),
        "phone": value("profile.phone"),
        "school": frozen.school,
        "statement": value("statement.statement"),
        "prior": _prior(frozen),
    }


def _prior(frozen: Frozen) -> dict[str, str] | None:
    """Return the prior degree; None for 专科, which has no such step."""
    if "prior_degree.diploma_number" not in frozen.content.values:
        return None
    return {
        "number": frozen.value("prior_degree.diploma_number"),
        "when": frozen.value("prior_degree.diploma_year"),
        "province": frozen.value("prior_degree.diploma_province"),
    }


def _study(frozen: Frozen) -> dict[str, Any]:
    """Return major, credits, and every passed course."""
    found = frozen.assessment
    if found is None:
        return {"major": frozen.value("scores.major"), "level": "", "credits": "", "courses": [], "thesis": ""}
    lines = [line for line in found.lines if line.state in PASSED]
    return {
        "major": f"{found.plan_key.split('.')[0].split('/')[0]} {found.plan_name}",
        "level": found.level,
        "credits": f"{found.credits_earned}（要求 {found.credits_needed}）",
        "courses": [_course(line) for line in lines],
        "thesis": "、".join(_mark(line) for line in lines if line.exam == "论文"),
    }


def _course(line: Line) -> dict[str, str]:
    earned = f"{line.credits}" if line.counted or line.state is not LineState.LEFT_OUT else f"({line.credits})"
    return {"code": line.code, "name": line.name, "mark": _mark(line), "credits": earned}


def _mark(line: Line) -> str:
    if line.state is LineState.EXEMPT:
        return "免考"
    return "、".join(grade.shown for grade in line.grades) or line.state.value


def _approvals(passed: list[Decided]) -> dict[str, Any]:
    """Return the last 通过 of each stage; with one stage, under the role that decided."""
    boxes: dict[str, Any] = {"school_opinion": None, "office_opinion": None}
    for review, role in passed:
        assert review.decided_at is not None
        office = review.stage == State.OFFICE_REVIEW or role not in SCHOOL_ROLES
        boxes["office_opinion" if office else "school_opinion"] = {
            "text": APPROVED_BY_OFFICE if office else APPROVED_BY_SCHOOL,
            "date": day(review.decided_at),
        }
    return boxes


def _remarks(frozen: Frozen, passed: list[Review]) -> list[str]:
    needed = f"该专业至少修满 {frozen.assessment.credits_needed} 学分方可毕业。" if frozen.assessment else ""
    lines = [f"{needed}以上成绩可向当地自学考试办公室查证。须加盖考委和主考学校印章方可生效。"]
    if frozen.assessment and any(line.state is LineState.LEFT_OUT for line in frozen.assessment.lines):
        lines.append("括号内的学分没有计入总学分。")
    given = {label: reason for review in passed for label, reason in waived(review, frozen)}
    lines += [f"{label} 没有合格成绩，经审核准予通过：{reason}" for label, reason in given.items()]
    return lines


def _photo(session: Session, frozen: Frozen) -> str:
    """Return the storage key of the submitted portrait, or ""."""
    public_id = next(
        (item.evidence for item in frozen.content.items if item.key.endswith(".portrait") and item.evidence), ""
    )
    return (
        (session.scalar(select(Evidence.storage_key).where(Evidence.public_id == public_id)) or "") if public_id else ""
    )


REGISTER = PaperKind("register", "毕业生登记表", "登记表", register, STATES, TEMPLATE)
