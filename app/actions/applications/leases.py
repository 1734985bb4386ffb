"""Who has a file in hand: 15 minutes, visible to everybody, renewed while in use, given back on leaving and deciding.

A lease that is over counts for nothing, so nothing has to clean up. Taking one is one conditional statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, and_, delete, exists, false, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.extensions import db
from app.models import Application, Lease, PendingDecision, Staff, Window
from app.models.base import transaction
from app.rules.calendar import clock
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.lifecycle import UNDER_REVIEW, for_decision

SPAN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the file, until when (aware UTC)."""

    staff_id: int
    name: str
    until: datetime


def holder(session: Session, application_id: int, on: datetime) -> Holder | None:
    """Whoever has the file in hand at this moment."""
    query = select(Lease.staff_id, Staff.name, Lease.until).join(Staff, Staff.id == Lease.staff_id)
    row = session.execute(query.where(Lease.application_id == application_id, Lease.until > on)).one_or_none()
    return Holder(*row) if row else None


def live(on: datetime) -> Exists:
    """For an UPDATE of applications: somebody has it in hand."""
    return exists().where(Lease.application_id == Application.id, Lease.until > on)


def hold(public_id: str, *, by: Actor, on: datetime) -> Holder | None:
    """Take the file in hand, or renew: whoever has it afterwards, which is another one where they were first.

    None where there is nothing to review for them: decided, with the examinee, or at the other stage. NotFound out of scope.
    """
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)
        if not _is_judged_by(session, row.id, by):
            return None
        acquire(session, row.id, by=by, on=on)
        return holder(session, row.id, on)


def open_for_review(public_id: str, *, by: Actor, on: datetime) -> None:
    """Opening a file takes it in hand, where it is theirs to judge and nobody else has it. One statement."""
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    file = select(Application.id, literal(by.id), literal(on + SPAN, Lease.until.type)).where(
        Application.public_id == public_id, scope.applications(by), _judged_by(by)
    )
    insert = dialect.insert(Lease).from_select(["application_id", "staff_id", "until"], file.with_for_update())
    with transaction() as session:
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["application_id"],
                set_={"staff_id": insert.excluded.staff_id, "until": insert.excluded.until},
                where=or_(Lease.until <= on, Lease.staff_id == by.id),
            )
        )


def acquire(session: Session, application_id: int, *, by: Actor, on: datetime, force: bool = False) -> bool:
    """Within a transaction: it is theirs for 15 minutes from now, unless another one has it. One statement."""
    insert: Any = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(Lease)
    free = or_(Lease.until <= on, Lease.staff_id == by.id)
    done = session.execute(
        insert.values(application_id=application_id, staff_id=by.id, until=on + SPAN).on_conflict_do_update(
            index_elements=["application_id"],
            set_={"staff_id": by.id, "until": on + SPAN},
            where=None if force else free,
        )
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def take_over(public_id: str, *, by: Actor, on: datetime) -> None:
    """接手: from the colleague who has it in hand, after being asked. What they noted so far stays on the file."""
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)
        if not _is_judged_by(session, row.id, by):
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
    """Give the file back; nothing happens where another one has it.

    `until`: only the lease that ends then. A page that is left gives back its own, not what was renewed meanwhile, by a
    reload or in another tab.
    """
    with transaction() as session:
        row = scope.application(session, public_id, by)
        drop(session, row.id, by=by, until=until)


def drop(session: Session, application_id: int, *, by: Actor, until: datetime | None = None) -> None:
    """Within a transaction: their lease (of that end) ends."""
    gone = delete(Lease).where(Lease.application_id == application_id, Lease.staff_id == by.id)
    session.execute(gone if until is None else gone.where(Lease.until == until))


def release_all(*, by: Actor) -> None:
    """Signing out gives back every file."""
    with transaction() as session:
        session.execute(delete(Lease).where(Lease.staff_id == by.id))


def refuse_while_held(session: Session, application_id: int, *, by: Actor, on: datetime) -> None:
    """ChangedMeanwhile while another one has it in hand."""
    now = holder(session, application_id, on)
    if now and now.staff_id != by.id:
        raise ChangedMeanwhile(
            f"{now.name}正在审核这一件，保留到 {clock(now.until)}，你的决定没有保存。可以等对方审完，或在问过对方后接手。"
        )


def _judged_by(by: Actor) -> ColumnElement[bool]:
    """At a stage where a person of this role decides, and not decided yet: who only looks takes a file from nobody."""
    stages = [
        and_(Application.state == state, Application.window_id.in_(select(Window.id).where(Window.stages == number)))
        for state in UNDER_REVIEW
        for number in (1, 2)
        if for_decision("pass", state, by.role, number)
    ]
    return or_(false(), *stages) & ~exists().where(PendingDecision.application_id == Application.id)


def _is_judged_by(session: Session, application_id: int, by: Actor) -> bool:
    found = session.scalar(select(Application.id).where(Application.id == application_id, _judged_by(by)))
    return found is not None


def free(by: Actor, on: datetime) -> ColumnElement[bool]:
    """For a query of applications: nobody else has it in hand, and no decision about it waits to take effect."""
    held = exists().where(Lease.application_id == Application.id, Lease.until > on, Lease.staff_id != by.id)
    waiting = exists().where(PendingDecision.application_id == Application.id)
    return ~held & ~waiting
