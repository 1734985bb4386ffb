"""Move an application along one lifecycle transition by one conditional UPDATE."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from app.actions.people.messages import notify
from app.models import Application
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.lifecycle import State, Transition

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
