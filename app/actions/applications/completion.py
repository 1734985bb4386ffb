"""办结 and its undoing: what a graduation uses up is recorded, and set free again (contract.md "States of an application")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.transitions import move
from app.actions.audit import record
from app.actions.clashes import lock_ticket, refuse_stopped, stop, stop_of
from app.actions.people.messages import send_message
from app.actions.repeats import once
from app.actions.services import service_for
from app.actions.submissions import last_submission
from app.actions.windows.holding import hold_window
from app.models import Application, Completion, Order, Window
from app.models.base import transaction
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.rules.review.clashes import FREED, MESSAGES, read_clash
from app.rules.review.lifecycle import NOT_ENDED, State, Transition, transition

MAX_REASON = 200


def complete(
    session: Session, application_id: int, service: str, *, version: int, on: datetime, why: str, by: Actor = SYSTEM
) -> None:
    """Move to 已办结 (paid, or nothing to pay), record what it uses up and call on_completed. `why`: for the audit row.

    What was ordered and is not paid is not owed any more. Raises ChangedMeanwhile, NotAllowed (the ticket has graduated by another application in this major or on its courses).
    """
    row = session.get_one(Application, application_id)
    lock_ticket(session, Application.id == row.id)
    refuse_stopped(session, row.id)
    _move(session, row, transition("complete"), version=version, on=on)
    _write_down(session, row, on)
    session.execute(update(Order).where(Order.application_id == row.id, Order.state == "open").values(state="closed"))
    record(
        session,
        on=on,
        by=by,
        action="application.completed",
        subject="application",
        subject_id=application_id,
        detail={"why": why},
    )
    for ident, kind in _stopped_by(session, row):
        send_message(session, ident, MESSAGES[kind], on)
    service_for(service).on_completed(session, application_id, on)


def _stopped_by(session: Session, row: Application) -> list[tuple[int, str]]:
    """Unfinished applications of the ticket that this one's completion bars: id and kind of the clash."""
    found = select(Application.id, stop()).where(Application.ticket_id == row.ticket_id, Application.id != row.id)
    others = [
        (ident, read_clash(said)) for ident, said in session.execute(found.where(Application.state.in_(NOT_ENDED)))
    ]
    return [(ident, clash.kind) for ident, clash in others if clash and clash.public_id == row.public_id]


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
        lock_ticket(session, Application.public_id == public_id)
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
    held = _stopped_by(session, row)
    _move(session, row, transition("undo_completion"), version=row.version, on=on)
    done = session.get_one(Completion, row.id)
    done.undone_at, done.undone_reason = on, reason
    session.flush()
    for ident, _ in held:
        if stop_of(session, ident) is None:
            send_message(session, ident, FREED, on)
    record(
        session,
        on=on,
        by=by,
        action="application.undo_completion",
        subject="application",
        subject_id=row.id,
        detail={"reason": reason, "major": done.major_code},
    )


def complete_by_office(public_id: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """重新办结 after 撤销办结, where the fee is paid or there is none; once for the `token` of a form.

    And 办结 of what no payment completes: approved in a window that takes no fee any more. Raises NotFound, NotAllowed,
    ChangedMeanwhile (the fee is not paid, never undone and paid, or undone again since).
    """
    if by.role not in scope.OFFICE:
        raise NotAllowed("只有考办能办结。")
    with transaction() as session:
        hold_window(session, Application.public_id == public_id)
        lock_ticket(session, Application.public_id == public_id)
        row = scope.application(session, public_id, by, lock=True)
        if row.state == State.COMPLETED:
            return  # the second click

        def act() -> dict[str, Any]:
            _complete_by_office(session, row, by=by, on=on)
            return {}

        once(session, token, ["complete_by_office", public_id], act, by=by, on=on)
        session.refresh(row)
        if row.state != State.COMPLETED:
            raise ChangedMeanwhile("办结过一次，后来又撤销，现在没有办结。要再办结，请看过现在的情况再按一次。")


def _complete_by_office(session: Session, row: Application, *, by: Actor, on: datetime) -> None:
    again, fee = undone(session, row.id), session.get_one(Window, row.window_id).fee
    if row.state != State.APPROVED or not (again or not fee):
        raise ChangedMeanwhile("这项申请没有撤销过办结。")
    paid = session.scalar(select(exists().where(Order.application_id == row.id, Order.state == "paid")))
    if fee and not paid:
        raise ChangedMeanwhile("这项申请还没有缴费，缴费后自动办结。")
    why = "重新办结" if again else "不收费，考办办结"
    complete(session, row.id, row.service, version=row.version, on=on, why=why, by=by)


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
