"""Pending decisions: stored without effect while they can be undone.

Until then the application keeps its state, so no payment, number or message depends on them. Due ones are applied by
periodic work or the next request; deleting the row decides which caller applies it, so once only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications import leases
from app.actions.applications.whose_turn import is_theirs_to_decide
from app.actions.audit import record
from app.actions.clashes import lock_ticket
from app.actions.repeats import once, take_back
from app.actions.review.decide import Intent, prepare, settle
from app.actions.review.opinions import Opinion, Seen, Verdict
from app.actions.windows.holding import hold_window
from app.extensions import db
from app.models import Application, PendingDecision, Review, Staff, stands
from app.models.base import WAIT, transaction
from app.rules.people.roles import Actor, staff_actor
from app.rules.refusals import ChangedMeanwhile, NotAllowed, Refused
from app.rules.service import ServiceLike

ServiceOf = Callable[[str], ServiceLike]
TOO_LATE = "没有可以撤销的决定：它已经生效，或者已经撤销过。"
NOTHING_WAITS = "没有等待生效的决定：它已经撤销。"
BATCH = 100  # decisions per run
_last_decision = select(Review.decision).where(stands() | (Review.decision == "")).order_by(Review.id.desc()).limit(1)


def decide_later(
    public_id: str,
    decision: str,
    opinion: Opinion,
    *,
    service: ServiceLike,
    by: Actor,
    on: datetime,
    seen: Seen,
    after: timedelta,
    batch: str = "",
    token: str = "",
) -> datetime:
    """Store a decision that takes effect `after` from now; return that time. Raises as `decide`.

    `batch`: shared by decisions undone together (app.actions.review.batches). Once for the `token` of a form.
    """
    intent, until = Intent(public_id, decision, opinion, service, by, on, seen), on + after
    with transaction() as session:

        def act() -> dict[str, Any]:
            return {"application_id": _wait(session, intent, until, batch), "until": until.isoformat()}

        done = once(session, token, intent.what, act, by=by, on=on)
        return datetime.fromisoformat(done["until"])


def _wait(session: Session, intent: Intent, until: datetime, batch: str) -> int:
    """Store the decision until then; return the application's id."""
    ident, by = prepare(session, intent).case.application_id, intent.by
    session.add(
        PendingDecision(
            application_id=ident,
            staff_id=by.id,
            decision=intent.decision,
            opinion=asdict(intent.opinion),
            sha256=intent.seen.sha256,
            version=intent.seen.version,
            decided_at=intent.on,
            effective_at=until,
            batch=batch,
        )
    )
    leases.drop(session, ident, by=by)
    _record(session, "review.decided", ident, by, intent.on, intent.decision, **({"batch": batch} if batch else {}))
    return ident


def undo(public_id: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """撤销 a pending decision of the person's own; its findings stay. Once for the `token` of a form.

    Raises NotFound, ChangedMeanwhile (in effect already), NotAllowed.
    """
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = scope.application(session, public_id, by, lock=True)
            waiting = session.get(PendingDecision, row.id)
            if waiting is None or waiting.effective_at <= on:
                raise ChangedMeanwhile(TOO_LATE)
            _own(waiting, by)
            session.delete(waiting)
            take_back(session, row.id)
            if is_theirs_to_decide(session, row.id, by):
                leases.acquire(session, row.id, by=by, on=on)
            _record(session, "review.undone", row.id, by, on, waiting.decision)
            return {}

        once(session, token, ["undo", public_id], act, by=by, on=on)


def publish_now(public_id: str, service_of: ServiceOf, *, by: Actor, on: datetime) -> None:
    """立即生效: apply the person's pending decision; no effect if already applied.

    Raises NotFound, NotAllowed, ChangedMeanwhile (none waits, and the file is not decided).
    """
    session = db.session()
    row = scope.application(session, public_id, by)
    waiting = session.get(PendingDecision, row.id)
    if waiting is not None:
        _own(waiting, by)
        _publish(row.id, service_of, on=on, due=False)
    elif not session.scalar(_last_decision.where(Review.application_id == row.id)):
        raise ChangedMeanwhile(NOTHING_WAITS)


def publish_due(
    service_of: ServiceOf,
    *,
    on: datetime,
    examinee_id: int | None = None,
    first: str = "",
    within: float | None = None,
    wait: float = WAIT,
) -> int:
    """Apply due decisions, at most BATCH; return how many took effect. Idempotent.

    `examinee_id`: only this person's. `first`: public id to apply first. `within`: seconds after which none is begun.
    `wait`: seconds for the database, each time.
    """
    query = (
        select(PendingDecision.application_id)
        .join(Application, Application.id == PendingDecision.application_id)
        .where(PendingDecision.effective_at <= on)
        .order_by((Application.public_id == first).desc(), PendingDecision.effective_at)
        .limit(BATCH)
    )
    if examinee_id is not None:
        query = query.where(Application.examinee_id == examinee_id)
    due = db.session().scalars(query).all()
    began, done = time.monotonic(), 0
    for ident in due:
        done += _publish(ident, service_of, on=on, wait=wait)
        if within is not None and time.monotonic() - began > within:
            break
    return done


def any_due(*, on: datetime) -> bool:
    """Whether a decision has come due that has no effect yet."""
    session = db.session()
    found = session.scalar(select(PendingDecision.application_id).where(PendingDecision.effective_at <= on).limit(1))
    session.rollback()
    return found is not None


def _publish(application_id: int, service_of: ServiceOf, *, on: datetime, due: bool = True, wait: float = WAIT) -> bool:
    """Apply one decision, or let it lapse if no longer allowed: the file returns to the queue."""
    try:
        with transaction(wait) as session:
            hold_window(session, Application.id == application_id)
            lock_ticket(session, Application.id == application_id)  # a pass may complete at once
            waiting = _claim(session, application_id, on if due else None)
            if waiting is None:
                return False
            public_id, service = session.execute(
                select(Application.public_id, Application.service).where(Application.id == application_id)
            ).one()
            opinion, seen = opinion_of(waiting["opinion"]), Seen(waiting["sha256"], waiting["version"])
            by = _reviewer(session, waiting["staff_id"])
            settle(session, Intent(public_id, waiting["decision"], opinion, service_of(service), by, on, seen))
            return True
    except Refused as refused:
        with transaction() as session:
            waiting = _claim(session, application_id, None)
            if waiting is not None:
                by = _reviewer(session, waiting["staff_id"])
                _record(session, "review.lapsed", application_id, by, on, waiting["decision"], why=refused.message)
        return False


def _claim(session: Session, application_id: int, on: datetime | None) -> dict[str, Any] | None:
    """Delete the pending decision and return its data; succeeds for one caller only."""
    session.execute(select(Application.id).where(Application.id == application_id).with_for_update())
    row = session.get(PendingDecision, application_id)
    if row is None:
        return None
    kept = {name: getattr(row, name) for name in ("staff_id", "decision", "opinion", "sha256", "version")}
    which = delete(PendingDecision).where(PendingDecision.application_id == application_id)
    if on is not None:
        which = which.where(PendingDecision.effective_at <= on)
    gone = session.execute(which.execution_options(synchronize_session="fetch"))
    return kept if gone.rowcount == 1 else None  # type: ignore[attr-defined]


def opinion_of(stored: dict[str, Any]) -> Opinion:
    """Opinion from its stored JSON."""
    findings = {key: Verdict(**finding) for key, finding in stored["findings"].items()}
    return Opinion(
        findings, stored["message"], stored["waivers"], stored["again"], stored["to_school"], stored.get("rest", False)
    )


def _own(waiting: PendingDecision, by: Actor) -> None:
    if waiting.staff_id != by.id:
        raise NotAllowed("这个决定不是你作的。")


def _reviewer(session: Session, staff_id: int) -> Actor:
    """The reviewer with the present role: what it no longer allows lapses."""
    return staff_actor(session.get_one(Staff, staff_id))


def _record(
    session: Session, action: str, application_id: int, by: Actor, on: datetime, decision: str, **more: str
) -> None:
    record(
        session,
        on=on,
        by=by,
        action=action,
        subject="application",
        subject_id=application_id,
        detail={"decision": decision, **more},
    )
