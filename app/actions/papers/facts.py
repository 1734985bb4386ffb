"""What stands on a paper, read from the frozen submission and what was decided about it, or from a paid order.

Facts are plain JSON-safe data. The same submission, decisions and certificate number always give the same facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.services import title_of
from app.actions.submissions import last_submission
from app.models import (
    Application,
    Certificate,
    Evidence,
    Examinee,
    Finding,
    Order,
    Review,
    School,
    Staff,
    Submission,
    Ticket,
    Window,
)  # fmt: skip
from app.rules.calendar import day, moment
from app.rules.orders import way
from app.rules.papers.money import capital_yuan, format_fen
from app.rules.people.roles import SCHOOL_ROLES
from app.rules.plans.eligibility.model import Line
from app.rules.plans.eligibility.model import State as LineState
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State
from app.rules.review.waivers import gaps
from app.rules.review.words import DECISIONS, stage

PASSED = (LineState.PASSED, LineState.EXEMPT, LineState.REPLACED, LineState.LEFT_OUT)
APPROVED_BY_SCHOOL = "审查合格，准予毕业。"
APPROVED_BY_OFFICE = "经审查，考试成绩合格，政治思想鉴定合格，准予毕业。"


@dataclass(frozen=True, slots=True)
class Facts:
    """One paper before it has a code. `made` is the moment it speaks of; `photo` the storage key of a portrait or "".

    `last_review_id`: the last decision that an opinion tells of.
    """

    kind: str
    words: dict[str, Any]
    made: datetime
    application_id: int
    submission_id: int | None = None
    order_id: int | None = None
    photo: str = ""
    last_review_id: int | None = None


class Frozen:
    """A submission with its document, and the school's name where the document has none."""

    def __init__(self, session: Session, submission: Submission) -> None:
        self.row = submission
        self.content = submission.content
        self.assessment = self.content.assessment
        self.school = self.content.school.name or _school_name(session, submission.application_id)

    def value(self, key: str) -> str:
        return self.content.values.get(key, "")

    @property
    def head(self) -> dict[str, Any]:
        """The lines that stand on top of a receipt and of an opinion."""
        content = self.content
        return {
            "number": self.row.receipt,
            "name": content.examinee.name,
            "ticket": content.ticket,
            "service": f"{title_of(content.service)} · {content.window.name}",
            "school": self.school,
            "submitted": moment(self.row.submitted_at),
        }

    @property
    def made_from(self) -> str:
        return f"回执编号 {self.row.receipt}，第 {self.row.number} 次提交，{day(self.row.submitted_at)}"


def _school_name(session: Session, application_id: int) -> str:
    code = select(Application.school_code).where(Application.id == application_id).scalar_subquery()
    return session.scalar(select(School.name).where(School.code == code)) or ""


def receipt(session: Session, row: Application) -> Facts:
    """回执 of the last submission, while it stands: a withdrawn application has none."""
    if row.state == State.DRAFT:
        raise NotFound
    frozen = Frozen(session, last_submission(session, row.id))
    items = [[item.label, item.value or "（未填写）"] for item in frozen.content.items]
    words = {**frozen.head, "items": items, "sha256": frozen.row.sha256, "made-from": frozen.made_from}
    return Facts("receipt", words, frozen.row.submitted_at, row.id, frozen.row.id)


def opinion(session: Session, row: Application) -> Facts:
    """审核意见: every decision about the submission that was decided last. NotFound before the first decision."""
    reviews = _decided(session, row.id)
    if not reviews or row.state == State.DRAFT:
        raise NotFound
    submission = session.get_one(Submission, reviews[-1][0].submission_id)
    frozen = Frozen(session, submission)
    own = [(review, role) for review, role in reviews if review.submission_id == submission.id]
    stages = session.scalar(select(Window.stages).where(Window.id == row.window_id)) or 2
    words = {
        **frozen.head,
        "reviews": [_review(session, review, role, frozen, stages) for review, role in own],
        "made-from": frozen.made_from,
    }
    last = own[-1][0].decided_at
    assert last is not None
    return Facts("opinion", words, last, row.id, submission.id, last_review_id=own[-1][0].id)


def _decided(session: Session, application_id: int) -> list[tuple[Review, str]]:
    """Decided reviews with the reviewer's role, in the order of their decisions."""
    query = (
        select(Review, Staff.role)
        .join(Staff, Staff.id == Review.reviewer_id)
        .where(Review.application_id == application_id, Review.decision != "", Review.decided_at.is_not(None))
        .order_by(Review.decided_at, Review.id)
    )
    return [(review, role) for review, role in session.execute(query)]


def _review(session: Session, review: Review, role: str, frozen: Frozen, stages: int) -> dict[str, Any]:
    labels = frozen.content.labels
    returned = session.execute(
        select(Finding.item, Finding.reason)
        .where(Finding.review_id == review.id, Finding.verdict == "return")
        .order_by(Finding.id)
    ).all()
    by_school = review.stage == State.SCHOOL_REVIEW and role in SCHOOL_ROLES
    assert review.decided_at is not None
    return {
        "title": f"第 {frozen.row.number} 次提交 · {stage(review.stage, stages)}",
        "date": day(review.decided_at),
        "decision": DECISIONS[review.decision],
        "who": frozen.school if by_school else "自学考试办公室",
        "message": review.message,
        "returned": [[labels.get(row.item, row.item), row.reason] for row in returned],
        "waived": _waived(review, frozen),
    }


def _waived(review: Review, frozen: Frozen) -> list[list[str]]:
    labels = {gap.key: gap.label for gap in gaps(frozen.assessment)}
    return [[labels.get(key, key), reason] for key, reason in review.waivers.items() if reason]


def register(session: Session, row: Application) -> Facts:
    """《毕业生登记表》 of an approved application; NotFound before."""
    if row.state not in (State.APPROVED, State.COMPLETED):
        raise NotFound
    frozen = Frozen(session, last_submission(session, row.id))
    passed = [
        pair
        for pair in _decided(session, row.id)
        if pair[0].submission_id == frozen.row.id and pair[0].decision == "pass"
    ]
    number = session.scalar(
        select(Certificate.number).where(Certificate.application_id == row.id, Certificate.voided_at.is_(None))
    )
    words = {
        **_person(frozen),
        **_study(frozen),
        "certificate": number or "",
        "remarks": _remarks(frozen, [review for review, _ in passed]),
        "made-from": frozen.made_from,
        **_approvals(passed),
    }
    made = passed[-1][0].decided_at if passed else frozen.row.submitted_at
    assert made is not None
    return Facts("register", words, made, row.id, frozen.row.id, photo=_photo(session, frozen))


def _person(frozen: Frozen) -> dict[str, Any]:
    who = frozen.content.examinee
    value = frozen.value
    return {
        "name": who.name, "id_number": who.id_number,
        "id_label": "身份证号码" if who.id_type == "居民身份证" else "证件号码",
        "sex": value("profile.sex"), "birth": value("profile.birth_date"), "nation": value("profile.nation"),
        "politics": value("profile.political_status"), "ticket": frozen.content.ticket,
        "occupation": value("profile.occupation"), "address": value("profile.address"),
        "postcode": value("profile.postcode"), "phone": value("profile.phone"), "school": frozen.school,
        "statement": value("statement.statement"), "prior": _prior(frozen),
    }  # fmt: skip


def _prior(frozen: Frozen) -> dict[str, str] | None:
    """Nothing for 专科, which has no such step."""
    if "prior_degree.diploma_number" not in frozen.content.values:
        return None
    return {
        "number": frozen.value("prior_degree.diploma_number"),
        "when": frozen.value("prior_degree.diploma_year"),
        "province": frozen.value("prior_degree.diploma_province"),
    }


def _study(frozen: Frozen) -> dict[str, Any]:
    """Major, credits, and every course with a passing grade."""
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


def _approvals(passed: list[tuple[Review, str]]) -> dict[str, Any]:
    """Each box holds the last 通过 of its stage; in a one-stage round the box of whoever decided."""
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
    waived = {label: reason for review in passed for label, reason in _waived(review, frozen)}
    lines += [f"{label} 没有合格成绩，经审核准予通过：{reason}" for label, reason in waived.items()]
    return lines


def _photo(session: Session, frozen: Frozen) -> str:
    """The storage key of the portrait that was submitted, "" without one."""
    public_id = next(
        (item.evidence for item in frozen.content.items if item.key.endswith(".portrait") and item.evidence), ""
    )
    return (
        (session.scalar(select(Evidence.storage_key).where(Evidence.public_id == public_id)) or "") if public_id else ""
    )


def payment(session: Session, order: Order) -> Facts:
    """缴费凭证 of a paid order; NotFound while it is not."""
    if order.state != "paid" or order.paid_at is None:
        raise NotFound
    row = session.get_one(Application, order.application_id)
    words = {
        "number": order.number, "fee": order.fee, "amount": format_fen(order.amount), "capitals": capital_yuan(order.amount),
        "paid": moment(order.paid_at), "way": way(order.paid_by), "receipt": order.receipt,
        "name": session.get_one(Examinee, order.examinee_id).name, "ticket": session.get_one(Ticket, row.ticket_id).number,
        "service": f"{title_of(row.service)} · {session.get_one(Window, row.window_id).name}",
        "school": _school_name(session, row.id), "made-from": f"订单号 {order.number}",
    }  # fmt: skip
    return Facts("payment", words, order.paid_at, row.id, order_id=order.id)
