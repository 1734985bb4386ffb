"""A change of a 办理时间 and what becomes of the applications and orders that are there (domain.md §5).

Whom it touches is asked first (app.rules.window_changes says it in words). An open order whose amount is not the new fee is
closed, and made anew when the examinee pays; without a fee what is approved is completed (app.actions.office.without_fee).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from app.actions.audit import changes as audit_changes
from app.actions.audit import record
from app.actions.clashes import stopped
from app.actions.office.without_fee import begin, undone_by_office
from app.actions.repeats import once
from app.actions.services import service_for
from app.actions.windows.own import window_facts
from app.actions.windows.windows import changes_of, check, cleaned, general, note, row_of, set_values, states
from app.models import Application, Message, Order, PendingDecision, Window
from app.models.base import UtcDateTime, transaction
from app.rules.papers.money import format_fen
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.settings import plain
from app.rules.window_changes import Touched, refuse_outgrown, weight
from app.rules.windows import WindowFacts, stages_problem

CHUNK = 500  # ids of one statement


class Done(NamedTuple):
    """What a change did: orders closed, applications completed, and whether more of them are still to be completed."""

    orders: int = 0
    completed: int = 0
    more: bool = False


def touched(session: Session, window_id: int) -> Touched:
    """Return who is touched by a change of the window."""
    mine = (Application.window_id == window_id, Application.discarded_at.is_(None))
    found = states(session, window_id)
    orders = select(func.count()).select_from(Order).join(Application, Application.id == Order.application_id)
    owing, undone = _count(session, owes(window_id)), 0
    if found.get(State.APPROVED):
        undone = _count(session, approved(window_id) & undone_by_office())
    return Touched(
        drafts=found.get(State.DRAFT, 0),
        reviewing=sum(found.get(state, 0) for state in UNDER_REVIEW),
        returned=found.get(State.RETURNED, 0),
        owing=owing,
        undone=undone,
        orders=session.scalar(orders.where(*mine, Order.state == "open")) or 0,
        completed=found.get(State.COMPLETED, 0),
        other=found.get(State.REJECTED, 0) + found.get(State.APPROVED, 0) - owing - undone,
    )


def approved(window_id: int) -> Any:
    """Condition on applications: approved in the window, and nothing bars it."""
    return (Application.window_id == window_id) & (Application.state == State.APPROVED) & ~stopped()


def owes(window_id: int) -> Any:
    """Condition on applications: approved, and waits for its payment alone; taken back by a 更正 too."""
    paid = exists().where(Order.application_id == Application.id, Order.state == "paid")
    return approved(window_id) & ~paid & ~undone_by_office()


def _count(session: Session, which: Any) -> int:
    return session.scalar(select(func.count()).select_from(Application).where(which)) or 0


def edit_window(
    window_id: int,
    window: WindowFacts,
    *,
    version: int | None = None,
    seen: Sequence[int] | None = None,
    by: Actor,
    on: datetime,
    token: str = "",
) -> Done:
    """Change a window, once for the `token` of a form; ChangedMeanwhile if its version is no longer `version`.

    `seen`: the weight that was confirmed; Outgrown where it is more by now, counted while nobody is approved, hands in or orders
    (app.actions.windows.holding). With applications its service cannot change (NotAllowed), nor the second stage be taken away while some wait for it
    (Invalid). `more`: `without_fee.go_on` completes the rest, else the periodic work.
    """
    window = cleaned(window)
    check(window)
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = row_of(session, window_id)
            if version is not None and row.version != version:
                raise ChangedMeanwhile("这个办理时间刚刚被别人改过，没有保存。")
            if seen is not None:
                refuse_outgrown(seen, weight(window_facts(row), window, touched(session, row.id), on))
            return _edit(session, row, window, by, on)._asdict()

        return Done(**once(session, token, ["window", window_id, version, repr(window)], act, by=by, on=on))


def refuse(session: Session, row: Window, window: WindowFacts) -> None:
    """Raise NotAllowed (another service) or Invalid(stages) where the change cannot be made."""
    used = session.scalar(select(Application.id).where(Application.window_id == row.id).limit(1))
    if window.service != row.service and used is not None:
        raise NotAllowed("已有考生在这个办理时间内申请，不能换成别的业务。")
    if window.stages < row.stages and (message := stages_problem(_of_the_office(session, row.id))):
        raise Invalid("stages", message)


def _edit(session: Session, row: Window, window: WindowFacts, by: Actor, on: datetime) -> Done:
    refuse(session, row, window)
    stored = window_facts(row)
    changes = changes_of(general(stored), general(window))
    own = changes_of(plain(stored.options), plain(window.options))
    if not changes and not own:
        return Done()
    said = audit_changes(general(stored) | plain(stored.options), general(window) | plain(window.options))
    if "closes_at" in changes:
        changes["planned_closes_at"] = None
    set_values(session, row, {**changes, "options": plain(window.options)})
    note(session, "window.edited", row.id, by, on, said)
    session.flush()
    return _of_the_fee(session, row.id, stored, window, by=by, on=on) if "fee" in changes else Done()


def _of_the_fee(session: Session, ident: int, old: WindowFacts, new: WindowFacts, *, by: Actor, on: datetime) -> Done:
    if new.fee and old.fee:
        _tell(session, ident, old, new, on)
    orders = _close_orders(session, ident, new.fee, by=by, on=on)
    if new.fee:
        session.execute(update(Window).where(Window.id == ident).values(completing_since=None))
        return Done(orders)
    completed, more = begin(session, ident, by=by, on=on)
    return Done(orders, completed, more)


def _tell(session: Session, ident: int, old: WindowFacts, new: WindowFacts, on: datetime) -> None:
    """Say to all who have to pay what they have to pay now. One statement."""
    text = (
        f"{service_for(new.service).words.fee_title}由 {format_fen(old.fee)} 改为 {format_fen(new.fee)}。"
        "没有支付的订单已关闭，请按新的金额支付；改动以前已经付出的款，收到后照样入账。"
    )
    said = select(
        Application.examinee_id, Application.id, Application.state, literal(text), literal(on, UtcDateTime)
    ).where(owes(ident))
    names = ["examinee_id", "application_id", "state", "text", "created_at"]
    session.execute(insert(Message).from_select(names, said))


def _close_orders(session: Session, window_id: int, fee: int, *, by: Actor, on: datetime) -> int:
    """Close the open orders whose amount is not the fee; each is written down."""
    query = select(Order.id, Order.number, Order.amount).join(Application, Application.id == Order.application_id)
    wrong = (Application.window_id == window_id, Order.state == "open", Order.amount != fee)
    found = session.execute(query.where(*wrong).order_by(Order.id)).all()
    for chunk in _chunks([row.id for row in found]):
        session.execute(update(Order).where(Order.id.in_(chunk), Order.state == "open").values(state="closed"))
    for row in found:
        detail = {"number": row.number, "amount": row.amount, "fee": fee, "reason": "办理时间的费用改了"}
        record(session, on=on, by=by, action="order.closed", subject="order", subject_id=row.id, detail=detail)
    return len(found)


def _chunks(idents: Sequence[int]) -> list[Sequence[int]]:
    return [idents[start : start + CHUNK] for start in range(0, len(idents), CHUNK)]


def _of_the_office(session: Session, window_id: int) -> int:
    """How many applications of the window wait for the second stage, go there in a few minutes, or come back to it after a return."""
    back = (Application.state == State.RETURNED) & (Application.returned_stage == State.OFFICE_REVIEW)
    passed = exists().where(PendingDecision.application_id == Application.id, PendingDecision.decision == "pass")
    query = select(func.count()).select_from(Application).where(Application.window_id == window_id)
    return session.scalar(query.where(or_(Application.state == State.OFFICE_REVIEW, back, passed))) or 0
