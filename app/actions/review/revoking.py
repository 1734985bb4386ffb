"""撤销决定: a decision found wrong after it took effect, before the examinee acted or paid (contract.md "States of an application").

The review stays as it was made, marked as revoked; the file goes back to the stage that decided, to be reviewed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications import leases
from app.actions.applications.transitions import move
from app.actions.applications.waiting import waits_since
from app.actions.audit import record
from app.actions.clashes import stop_of
from app.actions.repeats import once, take_back
from app.actions.windows.holding import hold_window
from app.adapters.documents.fonts import printing_problem
from app.models import Application, Order, PendingDecision, Review, Revocation, Submission, Window, stands
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.lifecycle import UNDER_REVIEW, State, Transition, revocation
from app.rules.review.words import REVOKED_BECAUSE

MAX_REASON = 500  # characters
NOT_YOURS = "这个决定不由你撤销：主考学校负责人可以撤销本校初审的决定，考办可以撤销所有的决定。"


@dataclass(frozen=True, slots=True)
class Revocable:
    """The decision in effect, and the way back."""

    review: Review
    arrow: Transition
    stages: int  # of the window


def revocable(session: Session, row: Application, *, by: Actor, on: datetime) -> Revocable:
    """The decision that can be revoked. Raises NotAllowed with the reason why there is none."""
    if row.state == State.COMPLETED:
        raise NotAllowed("这项申请已经办结。请先撤销办结，再撤销决定。")
    last = select(Review).where(Review.application_id == row.id, stands())
    review = session.scalar(last.order_by(Review.decided_at.desc(), Review.id.desc()).limit(1))
    if review is None or not _in_effect(session, row, review):
        raise NotAllowed("这项申请现在没有可以撤销的决定。")
    arrow = revocation(review.stage, State(row.state), by.role)
    if arrow is None:
        raise NotAllowed(NOT_YOURS)
    if why := _acted(session, row, review) or _office_began(session, row, by, on):
        raise NotAllowed(why)
    return Revocable(review, arrow, session.get_one(Window, row.window_id).stages)


def revoke(public_id: str, reason: str, *, version: int, by: Actor, on: datetime, token: str = "") -> State:
    """撤销决定, once for the `token` of a form; return the new state.

    `reason`: for the examinee. `version`: of the application on the page.

    Raises NotFound, Invalid(reason), NotAllowed (`revocable`), ChangedMeanwhile.
    """
    with transaction() as session:

        def act() -> dict[str, Any]:
            return {"state": _revoke(session, public_id, reason, version, by, on).value}

        return State(once(session, token, ["revoke", public_id, version, reason], act, by=by, on=on)["state"])


def _revoke(session: Session, public_id: str, reason: str, version: int, by: Actor, on: datetime) -> State:
    hold_window(session, Application.public_id == public_id)
    row = scope.application(session, public_id, by, lock=True)
    if row.version != version:
        raise ChangedMeanwhile("这一件刚刚有了变化，没有撤销。请看过现在的情况再决定。")
    found = revocable(session, row, by=by, on=on)
    _check(reason)
    review, state = found.review, State(row.state)
    moved = _moved(session, row, review, on)
    session.add(
        Revocation(
            review_id=review.id, staff_id=by.id, state=state.value, reason=reason, revoked_at=on, waits_since=moved
        )
    )
    session.flush()
    take_back(session, row.id)
    session.execute(update(Order).where(Order.application_id == row.id, Order.state == "open").values(state="closed"))
    before: dict[str, Any] = {"decided_at": None, "open_items": None, "returned_stage": None}
    before["sent_back"] = found.arrow.target is State.SCHOOL_REVIEW and _sent_back(session, row.id)
    move(session, row.id, row.service, found.arrow, state=state, version=version, values=before, on=on)
    record(
        session,
        on=on,
        by=by,
        action=f"application.{found.arrow.name}",
        subject="application",
        subject_id=row.id,
        detail={
            "decision": review.decision,
            "from": state.value,
            "to": found.arrow.target.value,
            "why": reason,
        },
    )
    return found.arrow.target


def _moved(session: Session, row: Application, review: Review, on: datetime) -> datetime | None:
    """Since when the file waits once the decision is revoked: not while it was in force, unless it waited for 终审 then."""
    if State(row.state) in UNDER_REVIEW:
        return None
    since = session.scalar(select(waits_since()).where(Application.id == row.id)) or row.submitted_at
    assert since is not None
    assert review.decided_at is not None
    return since + (on - review.decided_at)


def _sent_back(session: Session, application_id: int) -> bool:
    """Whether the last decision that stands is the office's 退回初审."""
    made = select(Review.decision).where(Review.application_id == application_id, stands())
    return session.scalar(made.order_by(Review.id.desc()).limit(1)) == "back"


def _check(reason: str) -> None:
    if not reason or len(reason) > MAX_REASON:
        long = f"，现在是 {len(reason)} 字" if reason else ""
        raise Invalid("reason", f"请写明{REVOKED_BECAUSE}，1 至 {MAX_REASON} 字{long}")
    if problem := printing_problem(reason):
        raise Invalid("reason", problem)


def _in_effect(session: Session, row: Application, review: Review) -> bool:
    """Whether the present state comes of this review of the last submission."""
    made = {"pass": (State.OFFICE_REVIEW, State.APPROVED), "return": (State.RETURNED,), "reject": (State.REJECTED,)}
    if row.state not in made.get(review.decision, ()):
        return False
    number = session.scalar(select(Submission.number).where(Submission.id == review.submission_id))
    return number == row.submissions


def _acted(session: Session, row: Application, review: Review) -> str:
    """What the examinee has done since the decision, in words, or ''."""
    if session.scalar(select(exists().where(Order.application_id == row.id, Order.state == "paid"))):
        return "考生已经缴费，不能再撤销审核通过的决定。"
    begun = session.scalar(select(exists().where(Order.application_id == row.id, Order.state == "open")))
    if begun and stop_of(session, row.id) is None:  # else nobody can pay it
        return "考生已经生成缴费订单，可能正在付款，不能再撤销审核通过的决定。"
    assert review.decided_at is not None
    if row.state == State.RETURNED and row.saved_at >= review.decided_at:
        return "考生已经开始修改，不能再撤销退回的决定。请等考生重新提交后再审核。"
    again = exists().where(
        Application.ticket_id == row.ticket_id,
        Application.service == row.service,
        Application.id != row.id,
        Application.created_at >= review.decided_at,
    )
    if row.state == State.REJECTED and session.scalar(select(again)):
        return "考生已经另外申请了同一业务，不能再撤销不予通过的决定。"
    return ""


def _office_began(session: Session, row: Application, by: Actor, on: datetime) -> str:
    """Whether the second stage has begun with a file that the first passed, in words, or ''."""
    if row.state != State.OFFICE_REVIEW:
        return ""
    began = exists().where(Review.application_id == row.id, Review.stage == State.OFFICE_REVIEW, Review.decision == "")
    decided = exists().where(PendingDecision.application_id == row.id)
    holder = leases.holder(session, row.id, on)
    if session.scalar(select(began | decided)) or (holder and holder.staff_id != by.id):
        return "考办已经开始终审，不能再撤销初审通过的决定。请联系考办，由考办退回初审。"
    return ""
