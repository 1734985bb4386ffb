"""Content of papers, from the frozen submission and its decisions, or from a paid order.

Facts are JSON-safe. The same submission, decisions and certificate number always give equal facts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions.services import title_of
from app.actions.submissions import last_submission
from app.models import Application, Examinee, Finding, Order, Review, School, Staff, Submission, Ticket, Window, stands
from app.rules.calendar import day, moment
from app.rules.orders import way
from app.rules.papers.money import capital_yuan, format_fen
from app.rules.papers.paper import Facts
from app.rules.people.contacts import phone_problem
from app.rules.people.privacy import mask_id, mask_phone, with_masks
from app.rules.people.roles import SCHOOL_ROLES
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State
from app.rules.review.waivers import gaps
from app.rules.review.words import DECISIONS, stage

KEPT = ("number", "ticket", "sha256", "made-from")
"""Words that are numbers of ours."""
MASKED = "工作人员打印，号码已遮住"


class Decided(NamedTuple):
    """A decided review, with the reviewer's role."""

    review: Review
    role: str


class Frozen:
    """A submission with its document, and its school's name."""

    def __init__(self, session: Session, submission: Submission) -> None:
        self.row = submission
        self.content = submission.content
        self.assessment = self.content.assessment
        self.school = self.content.school.name or school_name(session, submission.application_id)

    def value(self, key: str) -> str:
        return self.content.values.get(key, "")

    @property
    def head(self) -> dict[str, Any]:
        """Top lines of a receipt or opinion."""
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


def school_name(session: Session, application_id: int) -> str:
    code = select(Application.school_code).where(Application.id == application_id).scalar_subquery()
    return session.scalar(select(School.name).where(School.code == code)) or ""


def receipt(session: Session, row: Application) -> Facts:
    """回执 of the last submission; NotFound once withdrawn."""
    if row.state == State.DRAFT:
        raise NotFound
    frozen = Frozen(session, last_submission(session, row.id))
    items = [[item.label, item.value or "（未填写）"] for item in frozen.content.items]
    words = {**frozen.head, "items": items, "sha256": frozen.row.sha256, "made-from": frozen.made_from}
    return Facts("receipt", words, frozen.row.submitted_at, row.id, frozen.row.id, for_staff=_masked(words, frozen))


def _masked(words: dict[str, Any], frozen: Frozen) -> dict[str, Any]:
    """Return what staff print in place of some words: the person's numbers masked wherever they stand."""
    number, phones = (
        frozen.content.examinee.id_number,
        {text for text in frozen.content.values.values() if not phone_problem(text)},
    )
    hidden = {number: mask_id(number), **{phone: mask_phone(phone) for phone in phones}}
    given = {name: value for name, value in words.items() if name not in KEPT}
    masked = {name: with_masks(value, hidden) for name, value in given.items()}
    changed = {name: value for name, value in masked.items() if value != words[name]}
    return {**changed, "made-from": f"{words['made-from']}；{MASKED}"} if changed else {}


def opinion(session: Session, row: Application) -> Facts:
    """审核意见: all decisions on the submission decided last. NotFound before the first decision."""
    reviews = decided(session, row.id)
    if not reviews or row.state == State.DRAFT:
        raise NotFound
    submission = session.get_one(Submission, reviews[-1].review.submission_id)
    frozen = Frozen(session, submission)
    own = [each for each in reviews if each.review.submission_id == submission.id]
    stages = session.scalar(select(Window.stages).where(Window.id == row.window_id)) or 2
    words = {
        **frozen.head,
        "reviews": [_review(session, each, frozen, stages) for each in own],
        "made-from": frozen.made_from,
    }
    last = own[-1].review
    assert last.decided_at is not None
    masked = _masked(words, frozen)
    return Facts("opinion", words, last.decided_at, row.id, submission.id, last_review_id=last.id, for_staff=masked)


def decided(session: Session, application_id: int) -> list[Decided]:
    """Decisions that stand, by time."""
    query = (
        select(Review, Staff.role)
        .join(Staff, Staff.id == Review.reviewer_id)
        .where(Review.application_id == application_id, stands(), Review.decided_at.is_not(None))
        .order_by(Review.decided_at, Review.id)
    )
    return [Decided(review, role) for review, role in session.execute(query)]


def _review(session: Session, made: Decided, frozen: Frozen, stages: int) -> dict[str, Any]:
    review, sent_back = made.review, made.review.decision == "back"  # its words are for the school
    labels = frozen.content.labels
    returned = session.execute(
        select(Finding.item, Finding.reason)
        .where(Finding.review_id == review.id, Finding.verdict == "return")
        .order_by(Finding.id)
    ).all()
    by_school = review.stage == State.SCHOOL_REVIEW and made.role in SCHOOL_ROLES
    assert review.decided_at is not None
    return {
        "title": f"第 {frozen.row.number} 次提交 · {stage(review.stage, stages)}",
        "date": day(review.decided_at),
        "decision": DECISIONS[review.decision],
        "who": frozen.school if by_school else "自学考试办公室",
        "message": "" if sent_back else review.message,
        "returned": [] if sent_back else [[labels.get(row.item, row.item), row.reason] for row in returned],
        "waived": [] if sent_back else waived(review, frozen),
    }


def waived(review: Review, frozen: Frozen) -> list[list[str]]:
    labels = {gap.key: gap.label for gap in gaps(frozen.assessment)}
    return [[labels.get(key, key), reason] for key, reason in review.waivers.items() if reason]


def payment(session: Session, order: Order) -> Facts:
    """缴费凭证 of a paid order; NotFound otherwise."""
    if order.state != "paid" or order.paid_at is None:
        raise NotFound
    row = session.get_one(Application, order.application_id)
    words = {
        "number": order.number,
        "fee": order.fee,
        "amount": format_fen(order.amount),
        "capitals": capital_yuan(order.amount),
        "paid": moment(order.paid_at),
        "way": way(order.paid_by),
        "receipt": order.receipt,
        "name": session.get_one(Examinee, order.examinee_id).name,
        "ticket": session.get_one(Ticket, row.ticket_id).number,
        "service": f"{title_of(row.service)} · {session.get_one(Window, row.window_id).name}",
        "school": school_name(session, row.id),
        "made-from": f"订单号 {order.number}",
    }
    return Facts("payment", words, order.paid_at, row.id, order_id=order.id)
