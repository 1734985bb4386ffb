"""/staff/applications/bulk: several files at once. First what would happen, then, confirmed, what did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, render_template, request

from app.actions import scope, sharing
from app.actions.opinions import Seen
from app.actions.sharing import Outcome, Picked
from app.extensions import db
from app.rules.privacy import mask_name
from app.security.allow import allow
from app.security.arrival import arrived
from app.security.sessions import principal
from app.web.staff import bp, queue_counts
from app.web.staff.queue import QUEUE, queue_page, url
from app.web.staff.queue_filters import Filters
from app.wizard.service import service_for

ACTS = {"pass": "批量通过", "assign": "分配", "even": "平均分配", "ids": "所选申请的准考证号"}


@bp.post(f"{QUEUE}/bulk")
@allow("staff", roles=scope.REVIEWING)
def bulk() -> Any:
    """`pick` are the files, `act` what to do; with `sure` it is done, to the files as they stood on the first page."""
    by, act = principal().actor, request.form.get("act", "")
    if act not in ACTS or (act in ("assign", "even") and by.role not in scope.ASSIGNING):
        abort(400 if act not in ACTS else 403)
    chosen = dict(_read(value) for value in request.form.getlist("pick"))
    if not chosen:
        return queue_page({"": ["请先在列表里勾选申请"]}), 422
    files = sharing.pick(db.session(), chosen, by)
    people = _people(act)
    if request.form.get("sure") and act != "ids":
        seen = [replace(file, seen=chosen[file.public_id] or file.seen) for file in files]
        return _page(act, _done(act, seen, people), people, sure=True)
    return _page(act, [_foreseen(act, file) for file in files], people, sure=False)


def _read(value: str) -> tuple[str, Seen | None]:
    """`id`, or `id.version.sha256` as the first page wrote it."""
    public_id, _, rest = value.partition(".")
    version, _, sha256 = rest.partition(".")
    seen = Seen(sha256, int(version)) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    return public_id, seen


def _people(act: str) -> list[int]:
    """Who is to get them: only those that this person may choose."""
    if act not in ("assign", "even"):
        return []
    known = {ident for ident, _ in queue_counts.choices(principal().actor).people}
    named = request.form.getlist("to")
    if any(ident and ident not in known for ident in named):
        abort(404)
    if act == "even" and not any(named):
        named = sorted(known, key=int)
    return [int(ident) for ident in named if ident]


def _done(act: str, files: list[Picked], people: list[int]) -> list[Outcome]:
    by, on = principal().actor, arrived()
    if act == "pass":
        return sharing.pass_many(files, service_of=service_for, by=by, on=on)
    return sharing.assign_many(files, people, by=by, on=on)


def _foreseen(act: str, file: Picked) -> Outcome:
    if act == "ids":
        return Outcome(file, True, "")
    why = sharing.why_not_passed(file, principal().actor) if act == "pass" else sharing.why_not_assigned(file)
    return Outcome(file, not why, why or "可以办理")


def _page(act: str, outcomes: list[Outcome], people: list[int], *, sure: bool) -> str:
    filters = Filters.read(request.args)
    names = dict(queue_counts.choices(principal().actor).people)
    good = sum(outcome.done for outcome in outcomes)
    return render_template(
        "staff/bulk.html",
        section="applications",
        act=act,
        title=ACTS[act],
        sure=sure,
        here=url(f"{QUEUE}/bulk", filters),
        back=url(QUEUE, filters),
        good=good,
        skipped=len(outcomes) - good,
        people=[(str(ident), names[str(ident)]) for ident in people],
        rows=[
            {
                "pick": f"{one.picked.public_id}.{one.picked.seen.version}.{one.picked.seen.sha256}",
                "url": url(f"{QUEUE}/{one.picked.public_id}", filters),
                "ticket": one.picked.ticket,
                "name": mask_name(one.picked.name),
                "done": one.done,
                "words": one.words,
            }
            for one in outcomes
        ],
    )
