"""Progress of an application: timeline, returned items, steps to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.applications import leases
from app.actions.audit import Unreadable, read_events
from app.models import Application, AuditEvent, Finding, Order, Review, Revocation, School, Submission
from app.rules.calendar import short
from app.rules.case import SchoolFacts
from app.rules.orders import BEFORE, OVER, by_what, paid_words, unpaid_state
from app.rules.review import words
from app.rules.review.fixes import PAGE
from app.rules.review.follow_up import follow_up
from app.rules.review.lifecycle import EDITABLE, State
from app.wizard.card import Card
from app.wizard.service import service_for

WITHDRAWN = "application.withdrawn"
GIVEN_UP = {WITHDRAWN: "已撤回申请", "application.discarded": "已舍弃草稿"}
COMPLETED, TAKEN_BACK = "application.completed", "application.undo_completion"
"""Acts of the audit that the examinee reads in the timeline."""


Happened = tuple[datetime, dict[str, Any]]
"""When, and the event for the timeline."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A returned item, its reason and the address to change it (empty when too late)."""

    key: str
    label: str
    reason: str
    url: str = ""


@dataclass(slots=True)
class Progress:
    """Timeline of {kind, title, at, who, text, number}, fixes, school, last submission and order of an application."""

    events: list[dict[str, Any]] = field(default_factory=list)
    fixes: list[Fix] = field(default_factory=list)
    receipt: str = ""
    submission: Submission | None = None  # the last one
    ahead: list[str] = field(default_factory=list)  # what comes next, in order
    message: str = ""
    may_withdraw: bool = False
    kept: str = ""  # why it cannot be withdrawn, while the school has it
    school: SchoolFacts | None = None
    order_number: str = ""
    paid: bool = False
    paid_how: str = ""  # when and how, with the receipt
    follow_up: str = ""  # 后续事宜, from approval on


def progress(session: Session, card: Card, on: datetime) -> Progress:
    """Return the progress of an application."""
    found = Progress()
    ident = session.scalar(select(Application.id).where(Application.public_id == card.public_id))
    submissions = session.scalars(
        select(Submission).where(Submission.application_id == ident).order_by(Submission.number)
    ).all()
    reviews = session.execute(
        select(Review, Revocation)
        .outerjoin(Revocation, Revocation.review_id == Review.id)
        .where(Review.application_id == ident)
        .order_by(Review.begun_at, Review.id)
    ).all()
    order = _order(session, ident)
    decided = [row.Review for row in reviews if row.Review.decision and row.Review.decided_at]
    revoked = {row.Review.id: row.Revocation for row in reviews if row.Revocation}
    found.school = _school(session, card.school_code)
    if card.state is not None:
        own = service_for(card.window.service).words.afterwards
        found.follow_up = follow_up(card.state, card.window, on, _texts(found.school), own, undone=card.undone)
    found.submission = submissions[-1] if submissions else None
    found.receipt = found.submission.receipt if found.submission else ""
    if order is not None:
        found.order_number = order.number if order.state != "closed" else ""
        found.paid, found.paid_how = _payment(order)
    to_come = steps_to_come(card)
    found.ahead = [event["title"] for event in to_come]
    given_up = _given_up(session, ident, card) if submissions else []
    said = _submitted(submissions, given_up), _concluded(session, ident, card)
    found.events = _past(*said, decided, revoked, order, card, found.school) + to_come
    last = next((review for review in reversed(decided) if review.id not in revoked), None)
    if last and card.state in (State.RETURNED, State.REJECTED):
        found.message = last.message
        found.fixes = _fixes(session, last, submissions[-1], card)
    if ident and card.state is State.SCHOOL_REVIEW and card.window.is_open(on):
        begun = bool(reviews) or leases.holder(session, ident, on) is not None
        corrected = any(review.decision == "return" and review.id not in revoked for review in decided)
        found.kept = words.CORRECTED if corrected else words.BEGUN if begun else ""
        found.may_withdraw = not found.kept
    return found


def _order(session: Session, ident: int | None) -> Order | None:
    """Return the paid order, else the last one: after a change of the fee there are several."""
    query = select(Order).where(Order.application_id == ident).order_by(Order.paid_at.is_(None), Order.id.desc())
    return session.scalars(query).first()


def _payment(order: Order) -> tuple[bool, str]:
    """Return whether it is paid; when and how."""
    if order.paid_at is None:
        return False, ""
    return True, paid_words(order.paid_at, order.paid_by, order.receipt, order.number)


def _texts(school: SchoolFacts | None) -> dict[State, str]:
    """Return what the school asks in each state."""
    if school is None:
        return {}
    return {State.APPROVED: school.instructions, State.COMPLETED: school.completion_instructions}


def _past(
    submitted: Sequence[Happened],
    concluded: Sequence[Happened],
    decided: Sequence[Review],
    revoked: Mapping[int, Revocation],
    order: Order | None,
    card: Card,
    school: SchoolFacts | None,
) -> list[dict[str, Any]]:
    """Return the submissions, decisions, payment and 办结 so far, in order of time; at one moment in this order."""
    happened = list(submitted)
    for review in decided:
        happened += _judged(review, revoked.get(review.id), card, school.name if school else "")
    if order and order.paid_at:
        event = {
            "kind": "done",
            "title": f"已支付{card.fee_title}",
            "number": order.number,
            "text": by_what(order.paid_by, order.receipt),
        }
        happened.append((order.paid_at, event))
    return [{**event, "at": at} for at, event in sorted([*happened, *concluded], key=lambda pair: pair[0])]


def _concluded(session: Session, ident: int | None, card: Card) -> list[Happened]:
    """Return each 办结 and its undoing, with the reason."""
    if card.completed_at is None:
        return []
    acts = select(AuditEvent.at, AuditEvent.action, AuditEvent.detail).where(
        AuditEvent.subject == "application",
        AuditEvent.subject_id == ident,
        AuditEvent.action.in_((COMPLETED, TAKEN_BACK)),
    )
    found: list[Happened] = []
    for act in read_events(session, acts.order_by(AuditEvent.id), _concluding):
        if isinstance(act, Unreadable):
            continue
        at, event = act
        if event["kind"] == "done" and found:
            event["title"] = "已重新办结"
        elif found:
            found[-1][1].update(kind="off", title=f"{found[-1][1]['title']}（已撤销）")
        found.append((at, event))
    return found


def _concluding(row: Row[Any]) -> Happened:
    if row.action == COMPLETED:
        return row.at, {"kind": "done", "title": "已办结"}
    return row.at, {"kind": "stop", "title": "办结已撤销", "who": "考办", "text": f"原因：{row.detail['reason']}"}


def _given_up(session: Session, ident: int | None, card: Card) -> list[tuple[datetime, str]]:
    """Return when it was withdrawn (withdraw) and its draft discarded (discard). Only what is a draft now or was submitted again can have been."""
    if card.state is not State.DRAFT and card.submissions < 2:
        return []
    made = select(AuditEvent.at, AuditEvent.action).where(
        AuditEvent.subject == "application", AuditEvent.subject_id == ident, AuditEvent.action.in_(GIVEN_UP)
    )
    acts = read_events(session, made.order_by(AuditEvent.id), lambda row: (row.at, row.action))
    return [act for act in acts if not isinstance(act, Unreadable)]


def _submitted(submissions: Sequence[Submission], given_up: Sequence[tuple[datetime, str]]) -> list[Happened]:
    """Return the submissions, and what became of those that were withdrawn."""
    found: list[Happened] = []
    for each, following in zip_longest(submissions, submissions[1:]):
        until = following.submitted_at if following else None
        after = [
            at for at, act in given_up if act == WITHDRAWN and each.submitted_at <= at and not (until and at > until)
        ]
        title = "已提交" if each.number == 1 else f"第 {each.number} 次提交"
        kind, mark = ("off", "（已撤回）") if after else ("done", "")
        event = {"kind": kind, "title": title + mark, "number": each.receipt, "text": _replies(each)}
        found.append((each.submitted_at, event))
    return found + [(at, {"kind": "done", "title": GIVEN_UP[act]}) for at, act in given_up]


def _judged(review: Review, revoked: Revocation | None, card: Card, school_name: str) -> list[Happened]:
    """Return a decision, and its revocation if any."""
    assert review.decided_at is not None
    stage, word = _stage(review.stage, card), words.DECISIONS[review.decision]
    decision = {
        "kind": "off" if revoked else "stop" if review.decision in ("return", "reject") else "done",
        "title": f"{stage}：{word}" + ("（已撤销）" if revoked else ""),
        "who": school_name if review.stage == State.SCHOOL_REVIEW else "考办",
        "text": review.message if review.decision != "back" else "",
    }
    if revoked is None:
        return [(review.decided_at, decision)]
    text = f"{words.REVOKED_BECAUSE}：{revoked.reason}"
    undone = {"kind": "done", "title": f"{words.REVOKE}：{stage}{word}", "text": text}
    return [(review.decided_at, decision), (revoked.revoked_at, undone)]


def _replies(submission: Submission) -> str:
    """Return 我的说明 of a submission, one line per item."""
    if submission.number == 1:
        return ""
    content = submission.content
    return "\n".join(f"我的说明（{content.labels.get(key, key)}）：{text}" for key, text in content.replies.items())


def _stage(stage: str, card: Card) -> str:
    return words.ONLY_STAGE if card.window.stages == 1 else words.STAGES_OF_WHOM[State(stage)]


def steps_to_come(card: Card) -> list[dict[str, Any]]:
    """Return the steps to come, first the present one: that of the state, also where the window was changed since."""
    if card.state in (State.REJECTED, State.COMPLETED) or card.dead:
        return []
    if card.undone:
        return [{"kind": "now", "title": "等待考办重新办理"}]
    if card.stopped and card.state is State.APPROVED:
        return [{"kind": "now", "title": "待考办处理"}]
    if card.state in EDITABLE and card.on >= card.deadline:
        return [{"kind": "now", "title": card.shown.word, "at": card.deadline}]
    ahead: list[tuple[State, str]] = [(State.DRAFT, "填写并提交"), (State.RETURNED, "等待你修改")]
    ahead.append((State.SCHOOL_REVIEW, _stage("school_review", card)))
    if card.window.stages == 2 or card.state is State.OFFICE_REVIEW:
        ahead.append((State.OFFICE_REVIEW, words.STAGES_OF_WHOM[State.OFFICE_REVIEW]))
    if card.window.fee or card.free:
        ahead.append((State.APPROVED, "等待考办办结" if card.free else _paying(card)))
    ahead.append((State.COMPLETED, "办结"))
    start = [state for state, _ in ahead].index(card.state or State.DRAFT)
    rest = [(state, word) for state, word in ahead[start:] if state is not State.RETURNED or state is card.state]
    return [{"kind": "now" if i == 0 else "", "title": word} for i, (_, word) in enumerate(rest)]


def _paying(card: Card) -> str:
    """Return the step of paying: from when, or that its time is over."""
    window, on = card.window, card.on
    state = unpaid_state(window, on)
    if state == OVER and window.pay_closes_at:
        return f"{card.fee_title}逾期未缴（{short(window.pay_closes_at, on)} 截止）"
    opens = f"（{short(window.pay_opens_at, on)} 起）" if state == BEFORE and window.pay_opens_at else ""
    return f"支付{card.fee_title}{opens}"


def _school(session: Session, code: str) -> SchoolFacts | None:
    columns = (School.__table__.c[name] for name in SchoolFacts.__dataclass_fields__)
    row = session.execute(select(*columns).where(School.code == code)).one_or_none()
    return SchoolFacts(*row) if row else None


def _fixes(session: Session, review: Review, submission: Submission, card: Card) -> list[Fix]:
    labels = submission.content.labels
    rows = session.execute(
        select(Finding.item, Finding.reason).where(Finding.review_id == review.id, Finding.verdict == "return")
    ).all()
    order = list(labels)
    rows = sorted(rows, key=lambda row: order.index(row.item) if row.item in order else len(order))
    return [Fix(row.item, labels.get(row.item, row.item), row.reason, _fix_url(row.item, card)) for row in rows]


def _fix_url(key: str, card: Card) -> str:
    return f"{card.application_url}/{PAGE}#fix-{key}" if card.may_fix else ""
