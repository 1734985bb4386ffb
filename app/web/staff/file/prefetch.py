"""/staff/applications/coming: the pictures of the file that comes next, asked for by the review page once its own are there.

Apart from the page, so that opening a file waits for nothing that belongs to another one. It takes nobody's file in hand.
"""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from sqlalchemy import select

from app.actions import scope
from app.actions.applications.cases import windows
from app.extensions import db
from app.models import Application, Evidence
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.queue import query as queue_query
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.query import Cursor
from app.web.staff.queue.views import QUEUE


@bp.get(f"{QUEUE}/coming")
@allow("staff", roles=scope.REVIEWING)
def coming() -> Any:
    """Addresses of the pictures of the file after the place in the address, in the order of the page."""
    filters, place = Filters.read(request.args), Cursor.read(request.args)
    found = queue_query.following(principal().actor, filters, windows(db.session()), place, arrived())
    query = select(Evidence.public_id).join(Application, Application.id == Evidence.application_id)
    own = (Application.public_id == (found or ""), Evidence.current, Evidence.submitted)
    return jsonify([f"/evidence/{each}" for each in db.session.scalars(query.where(*own).order_by(Evidence.id))])
