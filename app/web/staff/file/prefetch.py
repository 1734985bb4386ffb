"""/staff/applications/coming: pictures of the next file, requested after the page's own.
Apart from the review page, so that opening it does not wait. Acquires no lease.
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
    """Return picture addresses of the file after the cursor, in page order."""
    filters, place = Filters.read(request.args), Cursor.read(request.args)
    found = queue_query.following(principal().actor, filters, windows(db.session()), place, arrived())
    query = select(Evidence.public_id).join(Application, Application.id == Evidence.application_id)
    own = (Application.public_id == (found or ""), Evidence.current, Evidence.submitted)
    return jsonify([f"/evidence/{each}" for each in db.session.scalars(query.where(*own).order_by(Evidence.id))])
