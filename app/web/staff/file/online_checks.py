"""已在学信网核对 on the review page, and /staff/applications/<id>/checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, request

from app.actions import scope
from app.actions.review.decide import save_opinion
from app.actions.review.online_checks import stamp, take_off
from app.actions.review.opinions import Opinion
from app.extensions import db
from app.rules.calendar import short
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, NotAllowed
from app.rules.review.online_checks import proofs_of
from app.rules.service import OfficialPage
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.file.decision.reason_choices import has_unwritten, written_out
from app.web.staff.file.forms import ReviewForm
from app.web.staff.file.query import File, load_file
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.views import QUEUE, url
from app.wizard.forms import Text
from app.wizard.service import service_for


@dataclass(frozen=True, slots=True)
class Checkable:
    """An item whose code an official page knows. `checks`: who and when, for this code and picture; `mine`: one's own is among them;
    `before`: another code or picture was checked.
    """

    page: OfficialPage
    checks: tuple[tuple[str, datetime], ...]
    mine: bool
    before: bool


class CheckForm(ReviewForm):
    """The review page's form with the button of an item: `check` or `uncheck` is its key."""

    check = Text()
    uncheck = Text()


def checkable(file: File, by: Actor) -> dict[str, Checkable]:
    """Return item -> its page and its checks, from the rows of `load_file`."""
    proofs = service_for(file.application.service).proofs
    pictures = {row.public_id: row.sha256 for row in file.stored.evidence}
    now = proofs_of(file.submission.content.items, tuple(proofs.online), proofs.read_from, pictures)
    written = [(row.what.split(" "), row.who, row.at) for row in file.stored.written("checked")]
    found = {}
    for key, proof in now.items():
        checks = tuple((who, at) for what, who, at in written if what[:2] == [key, proof])
        found[key] = Checkable(
            page=proofs.online[key],
            checks=checks,
            mine=any(what == [key, proof, str(by.id)] for what, _, _ in written),
            before=not checks and any(what[0] == key for what, _, _ in written),
        )
    return found


@bp.post(f"{QUEUE}/<public_id>/checks")
@allow("staff", roles=scope.REVIEWING)
def check(public_id: str) -> Any:
    """Write down or take off a check; JSON for the script, which saves nothing else. Without script the opinion is saved first."""
    form, by, on = CheckForm(), principal().actor, arrived()
    item = form.check.data or form.uncheck.data
    by_script = request.headers.get("Accept", "").startswith("application/json")
    try:
        if not by_script:
            _keep(public_id, form)
        (stamp if form.check.data else take_off)(public_id, item, sha256=form.sha256.data, by=by, on=on)
    except (ChangedMeanwhile, NotAllowed) as refused:
        if by_script:
            return jsonify(error=refused.message), 409
        raise  # the page of a refusal gives back what was typed
    if by_script:
        return jsonify(who=by.label, at=short(on, on))
    flash("已记下：这一项核对过了。" if form.check.data else "已取消这一项的核对记录。", "ok")
    return redirect(url(f"{QUEUE}/{public_id}", Filters.read(request.args)) + f"#label-{item}", 303)


def _keep(public_id: str, form: ReviewForm) -> None:
    """Save the opinion typed so far, unless it is empty."""
    opinion, by, on = form.opinion(), principal().actor, arrived()
    if has_unwritten(opinion):
        opinion = written_out(opinion, load_file(db.session(), public_id, by, on=on), by)
    if opinion != Opinion():
        save_opinion(public_id, opinion, by=by, on=on, seen=form.seen())
