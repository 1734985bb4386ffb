"""Before a page is made: decisions whose time to be taken back is over take effect, so that it shows what holds now.

The periodic work makes them as well, where a process does it. Whether anything is due comes with the session's row, so a page
on which nothing is due costs no statement more; whichever host asks first makes a decision, the others find it made.
"""

from __future__ import annotations

import logging
import time

from flask import current_app, g, request

from app.actions.review.undo import publish_due
from app.extensions import db
from app.security.principal import Principal
from app.security.request_time import arrived
from app.wizard.service import service_for

log = logging.getLogger(__name__)

LONGEST = 0.5  # seconds that one page works for the others: a bulk act may make hundreds due at the same moment
PAUSE = 10.0  # seconds that this process leaves it alone after a failure
FAILED = "kaoji.due_failed"


def publish() -> None:
    """For `before_request`, behind the check of who may enter: an examinee's page makes their own, the staff's all."""
    me: Principal | None = g.get("kaoji_me")
    on = arrived()
    if me is None or me.next_decision_at is None or me.next_decision_at > on:
        return
    failed = current_app.extensions.get(FAILED)
    if failed is not None and time.monotonic() - failed < PAUSE:
        return
    first = str((request.view_args or {}).get("public_id", ""))
    try:
        publish_due(service_for, on=on, examinee_id=me.examinee_id, first=first, within=LONGEST)
    except Exception:  # the page is still worth showing as it stands, and the periodic work goes on trying
        db.session.rollback()
        current_app.extensions[FAILED] = time.monotonic()
        log.exception("decisions that are due were not made")
