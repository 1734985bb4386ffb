"""What was ticked on the preview of many at once, where 身份确认 or signing in comes between: the page is back as it was."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request

from app.actions import scope
from app.actions.review import batches
from app.extensions import db
from app.rules.people.roles import Actor
from app.rules.refusals import NotFound
from app.security.csrf import keeps
from app.security.redirects import leads_back
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue.forms import BulkForm

PREVIEW = "staff.confirm_batch"


def undo_wanted() -> bool:
    """Whether 撤销 stays possible, as the address has it from the form; it is, unless said otherwise."""
    return request.args.get("undo", "1") == "1"


@leads_back(PREVIEW)
def preview() -> str:
    """Return the preview's address with the box of 撤销 as it was; the ticks are stored."""
    kept = {} if BulkForm().undo.data else {"undo": "0"}
    return f"{request.path}?{urlencode(request.args.to_dict() | kept)}"


@keeps(PREVIEW)
def keep_choice(by: Actor, address: dict[str, Any]) -> bool:
    """Keep the ticks, and to whom, of a preview that comes after the end of its session."""
    try:
        row = batches.of(db.session(), address["key"], by)
    except NotFound:
        return False
    if row.done_at is not None:
        return False
    form = BulkForm()
    batches.tick(row.id, set(form.pick.data), by=by)
    if by.role in scope.ASSIGNING and form.to.data:
        known = {ident for ident, _ in queue_counts.choices(by).people}
        batches.give_to(row.id, [int(ident) for ident in form.to.data if ident in known], by=by)
    return True
