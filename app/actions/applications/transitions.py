"""An application goes along one arrow of the lifecycle table, by one conditional UPDATE."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people.messages import notify
from app.actions.services import service_for
from app.models import Application
from app.rules.people.roles import SYSTEM
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
    """Take `arrow` if the application is still in `state` at `version`; the new version. ChangedMeanwhile otherwise.

    The examinee is told in the same transaction, in the words of the service (its code).
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
    """已办结: paid, or nothing to pay; then what the service does at its end. `why` goes into the audit row."""
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
