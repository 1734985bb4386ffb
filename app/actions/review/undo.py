"""Five minutes to take a decision back: until then it is kept aside and nothing follows from it.

The application stays where it is, so nobody sees a payment, a number or a message that may yet be taken back. When its
time has come the decision is made like any other, by the periodic work or by whoever looks first; the row that is
deleted decides who does it, so it happens once.
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
from app.actions.audit import record
from app.actions.review.decide import prepare, settle
from app.actions.review.opinions import Opinion, Seen, Verdict
from app.extensions import db
from app.models import Application, PendingDecision, Staff
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, NotAllowed, Refused
from app.rules.service import ServiceLike

ServiceOf = Callable[[str], ServiceLike]
TOO_LATE = "没有可以撤销的决定：它已经生效，或者已经撤销过。"
BATCH = 100  # decisions published in one go


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
) -> datetime:
    """Decide, to take effect `after` from now; the moment it does. Refused for all that `decide` refuses.

    `batch` is the same for decisions that are one act and can be taken back as one (app.actions.review.batches).
    """
    with transaction() as session:
        ready = prepare(session, public_id, decision, opinion, service=service, by=by, on=on, seen=seen)
        case = ready.case
        session.add(
            PendingDecision(
                application_id=case.application_id,
                staff_id=by.id,
                decision=decision,
                opinion=asdict(opinion),
                sha256=seen.sha256,
                version=seen.version,
                decided_at=on,
                effective_at=on + after,
                batch=batch,
            )
        )
        leases.drop(session, case.application_id, by=by)
        _record(session, "review.decided", case.application_id, by, on, decision, **({"batch": batch} if batch else {}))
        return on + after


def undo(public_id: str, *, by: Actor, on: datetime) -> None:
    """撤销: the decision never was; what was noted stays. Only its own reviewer, only before it takes effect."""
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)
        waiting = session.get(PendingDecision, row.id)
        if waiting is None or waiting.effective_at <= on:
            raise ChangedMeanwhile(TOO_LATE)
        _own(waiting, by)
        session.delete(waiting)
        leases.acquire(session, row.id, by=by, on=on)
        _record(session, "review.undone", row.id, by, on, waiting.decision)


def publish_now(public_id: str, service_of: ServiceOf, *, by: Actor, on: datetime) -> None:
    """立即生效: the reviewer does not want to take it back. One that has taken effect already stays as it is."""
    session = db.session()
    row = scope.application(session, public_id, by)
    waiting = session.get(PendingDecision, row.id)
    if waiting is not None:
        _own(waiting, by)
        _publish(row.id, service_of, on=on, due=False)


def publish_due(
    service_of: ServiceOf, *, on: datetime, examinee_id: int | None = None, first: str = "", within: float | None = None
) -> int:
    """Make every decision whose time has come, at most BATCH; how many took effect now. Run as often as one likes.

    `examinee_id`: only those about this person's applications. `first`: the public id of the application that goes before
    the others. `within`: begin no further one after so many seconds; the rest is the next one's to make.
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
        done += _publish(ident, service_of, on=on)
        if within is not None and time.monotonic() - began > within:
            break
    return done


def _publish(application_id: int, service_of: ServiceOf, *, on: datetime, due: bool = True) -> bool:
    """One decision takes effect, or lapses where it no longer may: its file is then back in the queue as it was noted."""
    try:
        with transaction() as session:
            waiting = _claim(session, application_id, on if due else None)
            if waiting is None:
                return False
            public_id, service = session.execute(
                select(Application.public_id, Application.service).where(Application.id == application_id)
            ).one()
            settle(
                session,
                public_id,
                waiting["decision"],
                opinion_of(waiting["opinion"]),
                service=service_of(service),
                by=_reviewer(session, waiting["staff_id"]),
                on=on,
                seen=Seen(waiting["sha256"], waiting["version"]),
            )
            return True
    except Refused as refused:
        with transaction() as session:
            waiting = _claim(session, application_id, None)
            if waiting is not None:
                by = _reviewer(session, waiting["staff_id"])
                _record(session, "review.lapsed", application_id, by, on, waiting["decision"], why=refused.message)
        return False


def _claim(session: Session, application_id: int, on: datetime | None) -> dict[str, Any] | None:
    """Take the waiting decision away, one deletion that succeeds for one caller only."""
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
    """An opinion as it was kept (its fields as JSON)."""
    findings = {key: Verdict(**finding) for key, finding in stored["findings"].items()}
    return Opinion(findings, stored["message"], stored["waivers"], stored["again"])


def _own(waiting: PendingDecision, by: Actor) -> None:
    if waiting.staff_id != by.id:
        raise NotAllowed("这个决定不是你作的。")


def _reviewer(session: Session, staff_id: int) -> Actor:
    """The reviewer with the role of now: what they may no longer decide lapses."""
    person = session.get_one(Staff, staff_id)
    return Actor("staff", person.id, person.name, person.role, person.school_code)


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
