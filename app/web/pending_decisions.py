"""Pending decisions that are due take effect before a page is rendered.
The periodic work does the same where it runs. The due time is read with the login session: no extra statement when
nothing is due. One host makes the decision, the others find it made.
"""

from __future__ import annotations

import logging
import time

from flask import current_app, g, request
from sqlalchemy.exc import OperationalError

from app.actions.review.undo import publish_due
from app.extensions import db
from app.models.base import NO_WAIT
from app.security.principal import Principal
from app.security.request_time import arrived
from app.wizard.service import service_for

log = logging.getLogger(__name__)

LONGEST = 0.5  # seconds per page: a bulk act may make hundreds due at once
PAUSE = 10.0  # seconds before this process retries after a failure
FAILED = "kaoji.due_failed"


def publish() -> None:
    """Publish due decisions: an examinee's own, for staff all. Runs in `before_request` after the access check."""
    me: Principal | None = g.get("kaoji_me")
    on = arrived()
    if me is None or me.next_decision_at is None or me.next_decision_at > on:
        return
    failed = current_app.extensions.get(FAILED)
    if failed is not None and time.monotonic() - failed < PAUSE:
        return
    first = str((request.view_args or {}).get("public_id", ""))
    try:
        publish_due(service_for, on=on, examinee_id=me.examinee_id, first=first, within=LONGEST, wait=NO_WAIT)
    except OperationalError:  # others write: the page does not wait for them
        db.session.rollback()
        current_app.extensions[FAILED] = time.monotonic()
    except Exception:  # the page stays usable; the periodic work retries
        db.session.rollback()
        current_app.extensions[FAILED] = time.monotonic()
        log.exception("decisions that are due were not made")
