"""Staff who are refused a page (403), or ask for what is there and is another's (404), are written down (security.md SR-46).

The answer stays that for what is absent (SR-18).
"""

from __future__ import annotations

import re
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import SQLAlchemyError

from app.actions.counted import count_refused
from app.extensions import db
from app.models import Application, Evidence, Examinee, Order, ReturnReason, ScoreQuestion, SpotCheck
from app.rules.review.lifecycle import State
from app.security.principal import Principal
from app.security.request_time import arrived

NUMBER = re.compile(r"(?<![0-9a-fA-F])\d{11,}[Xx]?(?![0-9a-fA-F])|\0")
"""What may be a personal number, typed into an address; ids of objects are shorter, or hexadecimal. PostgreSQL keeps no NUL."""
OBJECTS: dict[str, tuple[Any, Any, str]] = {
    "/staff/applications/<public_id>": (Application, Application.public_id, "application"),
    "/applications/<public_id>": (Application, Application.public_id, "application"),
    "/evidence/<public_id>": (Evidence, Evidence.public_id, "application"),
    "/staff/orders/<number>": (Order, Order.number, "order"),
    "/orders/<number>": (Order, Order.number, "order"),
    "/staff/examinees/<int:ident>": (Examinee, Examinee.id, "examinee"),
    "/staff/questions/<int:ident>": (ScoreQuestion, ScoreQuestion.id, "score_question"),
    "/staff/spot-checks/<int:ident>": (SpotCheck, SpotCheck.id, "spot_check"),
    "/admin/reasons/<int:ident>": (ReturnReason, ReturnReason.id, "return_reason"),
}
"""Addresses of what can be another's, by how their rule begins: its table, key, and name in the audit."""


def note(response: Response) -> Response:
    """Count the refusal; where the database cannot be written the answer goes out all the same, and the log says so."""
    me: Principal | None = g.get("kaoji_me")
    if response.status_code not in (403, 404) or me is None or me.staff_id is None or request.url_rule is None:
        return response
    try:
        db.session.rollback()
        about = ("staff", me.staff_id) if response.status_code == 403 else _foreign()
        if about:
            count_refused(
                path=NUMBER.sub("…", request.path),
                status=response.status_code,
                subject=about[0],
                subject_id=about[1],
                by=me.actor,
                address=request.remote_addr or "",
                on=arrived(),
            )
    except SQLAlchemyError:
        db.session.rollback()
        current_app.logger.warning("a refusal was not written down: staff %s", me.staff_id)
    return response


def _foreign() -> tuple[str, int] | None:
    """Return name and id of what was asked for and is there; None where it is not, or was only withdrawn."""
    rule, given = str(request.url_rule), request.view_args or {}
    known = next((each for begin, each in OBJECTS.items() if rule == begin or rule.startswith(f"{begin}/")), None)
    if known is None:
        return None
    model, column, subject = known
    asked: ColumnElement[bool] = column == given.get(column.key, given.get("ident"))
    ident = model.application_id if model is Evidence else model.id
    query = select(ident).where(asked)
    if model is Application:
        query = query.where(Application.state != State.DRAFT)
    found = db.session.scalar(query)
    db.session.rollback()
    return (subject, found) if found is not None else None
