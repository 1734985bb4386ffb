"""Before a file opens that waits for a second look: who sees the first verdict now cannot look at it blind any more."""

from __future__ import annotations

from flask import render_template, request

from app.actions import scope
from app.actions.spot_checks.blind import note_opened, waiting
from app.extensions import db
from app.models import Window
from app.rules.review.lifecycle import State, for_decision
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.views import QUEUE, url


def note_answered(public_id: str) -> None:
    """A form of the file is answered with the file: recorded for who may still look at it blind. Who opened the page was asked."""
    by = principal().actor
    if waiting(db.session(), public_id, by):
        note_opened(public_id, by=by, on=arrived())


def asked_first(public_id: str) -> str | None:
    """The page that asks whether to open the file, or None to go on.

    Whoever has to decide on it now is not asked; that it was opened is recorded all the same.
    """
    by, session = principal().actor, db.session()
    place = waiting(session, public_id, by)
    if place is None:
        return None
    row = scope.application(session, public_id, by)
    stages = session.get_one(Window, row.window_id).stages
    if "opened" in request.args or for_decision("pass", State(row.state), by.role, stages):
        note_opened(public_id, by=by, on=arrived())
        return None
    filters = Filters.read(request.args)
    return render_template(
        "staff/file/before_second_look.html",
        section="applications",
        place=place,
        ticket=row.ticket_number,
        anyway=url(f"{QUEUE}/{public_id}", filters, opened="1"),
        queue=url(QUEUE, filters),
    )
