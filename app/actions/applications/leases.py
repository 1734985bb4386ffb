"""Leases on files: 15 minutes, visible to all staff, renewed while in use, released on leaving and deciding.

Expired leases are ignored and need no clean-up. Acquiring is one conditional statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Exists, delete, exists, literal, or_, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.whose_turn import is_theirs_to_decide, theirs_to_decide
from app.actions.audit import record
from app.models import Application, Lease, PendingDecision, Staff
from app.models.base import BRIEFLY, insert_into, transaction
from app.rules.calendar import clock
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile

SPAN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Holder:
    """Holder of a lease and its end (aware UTC)."""

    staff_id: int
    name: str
    until: datetime


def holder(session: Session, application_id: int, on: datetime) -> Holder | None:
    """Current holder of the lease, if any."""
    query = select(Lease.staff_id, Staff.name, Lease.until).join(Staff, Staff.id == Lease.staff_id)
    row = session.execute(query.where(Lease.application_id == application_id, Lease.until > on)).one_or_none()
    return Holder(*row) if row else None


def live(on: datetime) -> Exists:
    """Condition for an UPDATE of applications: a lease is in force."""
    return exists().where(Lease.application_id == Application.id, Lease.until > on)


def hold(public_id: str, *, by: Actor, on: datetime) -> Holder | None:
    """Acquire or renew the lease; return its holder afterwards, maybe another person.

    None if they have nothing to decide: decided, with the examinee, put aside, another person's. NotFound out of scope.
    """
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)
        if not is_theirs_to_decide(session, row.id, by):
            return None
        acquire(session, row.id, by=by, on=on)
        return holder(session, row.id, on)


def open_for_review(public_id: str, *, by: Actor, on: datetime) -> None:
    """Acquire the lease if it is free and the file theirs to decide. One statement, which does not wait long for the database."""
    file = select(Application.id, literal(by.id), literal(on + SPAN, Lease.until.type)).where(
        Application.public_id == public_id, scope.applications(by), theirs_to_decide(by)
    )
    with transaction(BRIEFLY) as session:
        insert = insert_into(session, Lease).from_select(
            ["application_id", "staff_id", "until"], file.with_for_update()
        )
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["application_id"],
                set_={"staff_id": insert.excluded.staff_id, "until": insert.excluded.until},
                where=or_(Lease.until <= on, Lease.staff_id == by.id),
            )
        )


def acquire(session: Session, application_id: int, *, by: Actor, on: datetime, force: bool = False) -> bool:
    """Acquire a 15-minute lease unless another person holds one (`force`: even then); return whether acquired.

    One statement, caller's transaction.
    """
    free = or_(Lease.until <= on, Lease.staff_id == by.id)
    done = session.execute(
        insert_into(session, Lease)
        .values(application_id=application_id, staff_id=by.id, until=on + SPAN)
        .on_conflict_do_update(
            index_elements=["application_id"],
            set_={"staff_id": by.id, "until": on + SPAN},
            where=None if force else free,
        )
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def take_over(public_id: str, *, by: Actor, on: datetime) -> None:
    """接手: acquire the lease from its holder; audited. Their notes stay. Raises ChangedMeanwhile."""
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)
        if not is_theirs_to_decide(session, row.id, by):
            raise ChangedMeanwhile("这一件现在没有可以接手的审核。")
        before = holder(session, row.id, on)
        acquire(session, row.id, by=by, on=on, force=True)
        if before and before.staff_id != by.id:
            record(
                session,
                on=on,
                by=by,
                action="review.taken_over",
                subject="application",
                subject_id=row.id,
                detail={"from": before.name},
            )


def release(public_id: str, *, by: Actor, until: datetime | None = None) -> None:
    """Release the person's lease.

    `until`: only if it ends then, so that leaving a page keeps a lease renewed by a reload or another tab.
    """
    with transaction() as session:
        row = scope.application(session, public_id, by)
        drop(session, row.id, by=by, until=until)


def drop(session: Session, application_id: int, *, by: Actor, until: datetime | None = None) -> None:
    """Delete the person's lease (with that end) in the caller's transaction."""
    gone = delete(Lease).where(Lease.application_id == application_id, Lease.staff_id == by.id)
    session.execute(gone if until is None else gone.where(Lease.until == until))


def release_all(*, by: Actor) -> None:
    """Release all leases of the person."""
    with transaction() as session:
        session.execute(delete(Lease).where(Lease.staff_id == by.id))


def refuse_while_held(session: Session, application_id: int, *, by: Actor, on: datetime) -> None:
    """Raise ChangedMeanwhile while another person holds the lease."""
    now = holder(session, application_id, on)
    if now and now.staff_id != by.id:
        raise ChangedMeanwhile(
            f"{now.name}正在审核这一件，保留到 {clock(now.until)}，你的决定没有保存。可以等对方审完，或在问过对方后接手。"
        )


def free(by: Actor, on: datetime) -> ColumnElement[bool]:
    """Condition on applications: no lease of another person and no pending decision."""
    held = exists().where(Lease.application_id == Application.id, Lease.until > on, Lease.staff_id != by.id)
    waiting = exists().where(PendingDecision.application_id == Application.id)
    return ~held & ~waiting
