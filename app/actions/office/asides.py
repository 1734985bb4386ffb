"""Files put aside in the statistics: their time counts apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.applications.waiting import is_moved, waits_since
from app.actions.applications.whose_turn import is_aside
from app.models import Application, Aside
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts, time_waited


class Moved(NamedTuple):
    """A file under review that was put aside, or whose decision was revoked: since when it waits without that time; `aside`: it still is."""

    id: int
    since: datetime
    aside: bool


def ages_moved(session: Session, window: WindowFacts, by: Actor, on: datetime, state: State) -> list[Moved]:
    """Files of that state whose age is not that of their submission."""
    query = select(
        Application.id, waits_since().label("since"), Application.submitted_at, is_aside().label("aside")
    ).where(
        is_moved(),
        Application.window_id == window.id,
        Application.state == state,
        scope.applications(by),
    )
    return [Moved(row.id, row.since or row.submitted_at, bool(row.aside)) for row in session.execute(query)]


def times_aside(session: Session, window: WindowFacts, by: Actor, on: datetime) -> list[tuple[str, int, str]]:
    """Open questions with their median age, answered ones with the median time aside; nothing where none was asked."""
    query = (
        select(Aside.asked_at, Aside.ended_at, Aside.answered_by)
        .join(Application, Application.id == Aside.application_id)
        .where(Application.window_id == window.id, scope.applications(by))
    )
    rows = session.execute(query).all()
    waiting = [on - row.asked_at for row in rows if row.ended_at is None]
    over = [row.ended_at - row.asked_at for row in rows if row.answered_by is not None]
    return [(word, len(each), _middle(each, on)) for word, each in (("请示中", waiting), ("请示已答复", over)) if each]


def _middle(spans: list[timedelta], on: datetime) -> str:
    seconds = median(span.total_seconds() for span in spans) if spans else 0
    return time_waited(on - timedelta(seconds=seconds), on) if spans else ""
