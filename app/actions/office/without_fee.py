"""A window that takes no fee any more: what is approved in it is completed, as an approval without a fee is.

In batches, each a transaction: the first with the change itself, the rest at once after it (`go_on`) or, if that was cut short,
by the periodic work. `Window.completing_since` says that some are left.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from app.actions.applications.completion import complete
from app.actions.clashes import lock_ticket, stopped
from app.actions.payments.on_the_spot import NOT_PAID
from app.extensions import db
from app.models import Application, Completion, Order, Window
from app.models.base import transaction
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import ChangedMeanwhile, NotAllowed
from app.rules.review.lifecycle import State

BATCH = 100
MOST = 1000  # of one request
WHY = "改为不收费"


def undone_by_office() -> ColumnElement[bool]:
    """Condition on applications: its 办结 was undone for another reason than a payment taken back; the office concludes it again."""
    return exists().where(
        Completion.application_id == Application.id,
        Completion.undone_at.is_not(None),
        Completion.undone_reason != NOT_PAID,
    )


def _left(window_id: int) -> Any:
    paid = exists().where(Order.application_id == Application.id, Order.state == "paid")
    mine = (Application.window_id == window_id, Application.state == State.APPROVED)
    return select(Application.id).where(*mine, ~paid, ~stopped(), ~undone_by_office()).order_by(Application.id)


def begin(session: Session, window_id: int, *, by: Actor, on: datetime) -> tuple[int, bool]:
    """Complete the first batch in the caller's transaction, which holds the window; return how many, and whether more are left."""
    done, last = _batch(session, window_id, 0, by=by, on=on)
    more = last > 0 and session.scalar(_left(window_id).where(Application.id > last).limit(1)) is not None
    session.execute(update(Window).where(Window.id == window_id).values(completing_since=on if more else None))
    return done, more


def go_on(window_id: int, *, by: Actor = SYSTEM, on: datetime, most: int = MOST) -> int:
    """Complete what is left, at most about `most`; return how many. Nothing where the window takes a fee again."""
    done, last, more = 0, 0, True
    while more and done < most:
        with transaction() as session:
            row = session.get(Window, window_id, with_for_update=True)
            if row is None or row.fee or row.completing_since is None:
                return done
            number, last = _batch(session, window_id, last, by=by, on=on)
            done += number
            more = last > 0 and session.scalar(_left(window_id).where(Application.id > last).limit(1)) is not None
            if not more:
                row.completing_since = None
    return done


def windows_left() -> list[int]:
    """Return the windows in which some are left to be completed."""
    session = db.session()
    found = list(session.scalars(select(Window.id).where(Window.completing_since.is_not(None), Window.fee == 0)))
    session.rollback()
    return found


def _batch(session: Session, window_id: int, after: int, *, by: Actor, on: datetime) -> tuple[int, int]:
    """Complete the next ones; return how many, and the last id looked at (0: there was none)."""
    found = session.scalars(_left(window_id).where(Application.id > after).limit(BATCH)).all()
    done = sum(_complete(session, ident, by=by, on=on) for ident in found)
    return done, found[-1] if found else 0


def _complete(session: Session, ident: int, *, by: Actor, on: datetime) -> bool:
    """Complete one; False where something came between, such as another application of the ticket in this same batch."""
    lock_ticket(session, Application.id == ident)
    row = session.get(Application, ident, with_for_update=True, populate_existing=True)
    if row is None or row.state != State.APPROVED:
        return False
    try:
        with session.begin_nested():
            complete(session, ident, row.service, version=row.version, on=on, why=WHY, by=by)
    except (ChangedMeanwhile, NotAllowed):
        return False
    return True
