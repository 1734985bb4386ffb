"""Move an application along one lifecycle transition by one conditional UPDATE."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people.messages import notify
from app.actions.services import service_for
from app.models import Application
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.lifecycle import State, Transition, transition

CONTENT_CHANGED = "内容已更新，请看过新的内容再决定。你填写的意见还在下面。"


def move(
    session: Session,
    application_id: int,
    service: str,
    arrow: Transition,
    *,
    state: State,
    version: int,
    values: dict[str, Any],
    on: datetime,
) -> int:
    """Apply `arrow` if still in `state` at `version`; return the new version. Raises ChangedMeanwhile.

    Notifies the examinee in the same transaction, in the words of the service.
    """
    if state not in arrow.sources:
        raise ChangedMeanwhile(CONTENT_CHANGED)
    done = session.execute(
        update(Application)
        .where(Application.id == application_id, Application.state == state, Application.version == version)
        .values(state=arrow.target, version=version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise ChangedMeanwhile(CONTENT_CHANGED)
    notify(session, application_id, service, arrow, on)
    return version + 1


def complete(session: Session, application_id: int, service: str, *, version: int, on: datetime, why: str) -> None:
    """Move to 已办结 (paid, or nothing to pay) and call on_completed. `why`: for the audit row."""
    arrow = transition("complete")
    move(session, application_id, service, arrow, state=State.APPROVED, version=version, values={}, on=on)
    record(
        session,
        on=on,
        by=SYSTEM,
        action="application.completed",
        subject="application",
        subject_id=application_id,
        detail={"why": why},
    )
    service_for(service).on_completed(session, application_id, on)


def take_back(session: Session, row: Application, reason: str, *, by: Actor, on: datetime) -> None:
    """Take 已办结 back to 审核通过 in the caller's transaction. `reason`: may be shown to the examinee.

    Raises ChangedMeanwhile. A certificate number that was given stays the application's.
    """
    arrow = transition("undo_completion")
    move(session, row.id, row.service, arrow, state=State(row.state), version=row.version, values={}, on=on)
    record(
        session,
        on=on,
        by=by,
        action="application.completion_undone",
        subject="application",
        subject_id=row.id,
        detail={"reason": reason},
    )
