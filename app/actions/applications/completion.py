"""办结 and its undoing: what a graduation uses up is recorded, and set free again (contract.md "States of an application")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.transitions import move
from app.actions.audit import record
from app.actions.repeats import once
from app.actions.services import service_for
from app.actions.submissions import last_submission
from app.models import Application, Completion, Order, Window
from app.models.base import transaction
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.lifecycle import State, Transition, transition

MAX_REASON = 200
GRADUATED = "这个准考证号已经在本专业毕业，不能再次办理。"


def complete(
    session: Session, application_id: int, service: str, *, version: int, on: datetime, why: str, by: Actor = SYSTEM
) -> None:
    """Move to 已办结 (paid, or nothing to pay), record what it uses up and call on_completed. `why`: for the audit row.

    Raises ChangedMeanwhile, NotAllowed (the ticket has graduated in this major by another application).
    """
    row = session.get_one(Application, application_id)
    if graduated_otherwise(session, row):
        raise NotAllowed(GRADUATED)
    _move(session, row, transition("complete"), version=version, on=on)
    _write_down(session, row, on)
    record(
        session,
        on=on,
        by=by,
        action="application.completed",
        subject="application",
        subject_id=application_id,
        detail={"why": why},
    )
    service_for(service).on_completed(session, application_id, on)


def graduated_otherwise(session: Session, row: Application) -> bool:
    """Whether the ticket has graduated in the application's major by another application."""
    if not row.major_code or not service_for(row.service).completes_major:
        return False
    other = select(Completion.application_id).where(
        Completion.ticket_id == row.ticket_id,
        Completion.major_code == row.major_code,
        Completion.undone_at.is_(None),
        Completion.application_id != row.id,
    )
    return session.scalar(other) is not None


def undo_completion(public_id: str, reason: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """撤销办结: back to 审核通过; its courses are free again, its certificate number stays reserved for it.

    `reason`: for the examinee. Once for the `token` of a form. Raises NotFound, NotAllowed, Invalid(reason),
    ChangedMeanwhile (not 已办结, or 已办结 again since).
    """
    if by.role not in scope.OFFICE:
        raise NotAllowed("只有考办能撤销办结。")
    if not reason or len(reason) > MAX_REASON:
        raise Invalid("reason", f"请写明撤销办结的原因，最多 {MAX_REASON} 个字")
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)

        def act() -> dict[str, Any]:
            take_back(session, row, reason, by=by, on=on)
            return {}

        once(session, token, ["undo_completion", public_id, reason], act, by=by, on=on)
        session.refresh(row)
        if row.state == State.COMPLETED:
            raise ChangedMeanwhile("办结撤销过一次，后来又重新办结，现在是已办结。要再撤销，请看过现在的情况再写原因。")


def take_back(session: Session, row: Application, reason: str, *, by: Actor, on: datetime) -> None:
    """`undo_completion` in the caller's transaction, without its checks of who and why."""
    if row.state != State.COMPLETED:
        raise ChangedMeanwhile("这项申请现在不是已办结，没有可以撤销的办结。")
    _move(session, row, transition("undo_completion"), version=row.version, on=on)
    done = session.get_one(Completion, row.id)
    done.undone_at, done.undone_reason = on, reason
    record(
        session,
        on=on,
        by=by,
        action="application.undo_completion",
        subject="application",
        subject_id=row.id,
        detail={"reason": reason, "major": done.major_code},
    )


def complete_again(public_id: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """重新办结 after 撤销办结, where the fee is paid or there is none; once for the `token` of a form.

    Raises NotFound, NotAllowed, ChangedMeanwhile (nothing undone, the fee is not paid, or undone again since).
    """
    if by.role not in scope.OFFICE:
        raise NotAllowed("只有考办能重新办结。")
    with transaction() as session:
        row = scope.application(session, public_id, by, lock=True)
        if row.state == State.COMPLETED:
            return  # the second click

        def act() -> dict[str, Any]:
            _complete_again(session, row, by=by, on=on)
            return {}

        once(session, token, ["complete_again", public_id], act, by=by, on=on)
        session.refresh(row)
        if row.state != State.COMPLETED:
            raise ChangedMeanwhile("重新办结过一次，后来又撤销，现在没有办结。要再办结，请看过现在的情况再按一次。")


def _complete_again(session: Session, row: Application, *, by: Actor, on: datetime) -> None:
    if row.state != State.APPROVED or not undone(session, row.id):
        raise ChangedMeanwhile("这项申请没有撤销过办结。")
    paid = session.scalar(select(exists().where(Order.application_id == row.id, Order.state == "paid")))
    if session.get_one(Window, row.window_id).fee and not paid:
        raise ChangedMeanwhile("这项申请还没有缴费，缴费后自动办结。")
    complete(session, row.id, row.service, version=row.version, on=on, why="重新办结", by=by)


def undone(session: Session, application_id: int) -> bool:
    """Whether the application was completed and this was undone."""
    found = session.get(Completion, application_id)
    return found is not None and found.undone_at is not None


def _move(session: Session, row: Application, arrow: Transition, *, version: int, on: datetime) -> None:
    (state,) = arrow.sources
    move(session, row.id, row.service, arrow, state=state, version=version, values={}, on=on)


def _write_down(session: Session, row: Application, on: datetime) -> None:
    """Record the major and the courses in the totals of the frozen assessment."""
    service = service_for(row.service)
    assessment = last_submission(session, row.id).content.assessment if service.completes_major else None
    done = session.get(Completion, row.id) or Completion(application_id=row.id, ticket_id=row.ticket_id)
    done.major_code = row.major_code if service.completes_major else ""
    done.courses = "、".join(assessment.used_up) if assessment else ""
    done.completed_at, done.undone_at, done.undone_reason = on, None, ""
    session.add(done)
    session.flush()
