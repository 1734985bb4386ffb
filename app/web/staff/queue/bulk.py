"""/staff/applications/bulk: acts on several files: choice, preview, confirmation, result.
The choice is stored (app.actions.review.batches), so that reload and 身份确认 keep it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.review import assigning, batches, look_first, sharing
from app.actions.review.decision_settings import decision_settings
from app.actions.review.opinions import Seen
from app.actions.review.sharing import Outcome, Picked
from app.actions.services import lists_of_cases
from app.extensions import db
from app.models import Batch
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.lifecycle import WORDS, State
from app.rules.review.words import passed
from app.security.allow import allow, confirm_first
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue import query as queue_query
from app.web.staff.queue.filters import Filters
from app.web.staff.queue.forms import BulkForm, UndoForm
from app.web.staff.queue.kept_choice import undo_wanted
from app.web.staff.queue.marks import marks
from app.web.staff.queue.rows import countdown
from app.web.staff.queue.views import QUEUE, queue_page, url
from app.wizard.service import service_for

ACTS = {"pass": "批量通过", "assign": "分配", "even": "平均分配", "ids": "所选申请的准考证号", "export": "导出所选申请"}
SHARING = ("assign", "even")
SHOWING = ("ids", "export")  # nothing to confirm
LONGEST = timedelta(minutes=5)  # a batch without a result by then was interrupted


@bp.post(f"{QUEUE}/bulk")
@allow("staff", roles=scope.REVIEWING)
def pick_files() -> Any:
    """Store the files in `pick`, or with `all` the oldest under the filters, for `act`."""
    by, on, form = principal().actor, arrived(), BulkForm()
    act = form.act.data
    if act not in ACTS or (act in SHARING and by.role not in scope.ASSIGNING):
        abort(400 if act not in ACTS else 403)
    filters, found = Filters.read(request.args), None
    chosen = form.pick.data
    if form.all.data:
        found = queue_counts.count(by, filters, all_windows(db.session()), on)
        chosen = queue_query.first(by, filters, all_windows(db.session()), on, sharing.MOST)
    if not chosen:
        return queue_page({"": ["请先在列表里勾选申请"]}), 422
    files = sharing.pick(db.session(), chosen, by, on)
    people = _people(act, form.to.data)
    token = form.form_token.data
    ident = batches.make(act, files, people=people, query=filters.kept(), found=found, by=by, on=on, token=token)
    return redirect(url(f"{QUEUE}/bulk/{ident}", filters), 303)


@bp.get(f"{QUEUE}/bulk/<key>")
@allow("staff", roles=scope.REVIEWING)
def batch_page(key: str) -> Any:
    """Render preview or result. 身份确认 comes before the preview, so that ticks are set after it."""
    by, on = principal().actor, arrived()
    row = batches.of(db.session(), key, by)
    if _asks_who(row):
        return confirm_first()
    seen = batches.seen(row)
    files = sharing.pick(db.session(), seen, by, on, seen)
    if row.done_at is None:
        return _page(row, _foreseen(row, files, by))
    if row.outcomes is None and on - row.done_at < LONGEST:
        here = request.full_path.rstrip("?")
        page = render_template("staff/queue/working.html", section="applications", number=len(seen), here=here)
        return page, {"Refresh": "2"}
    said = batches.said(row)
    done = [_stored(file, said.get(file.public_id)) for file in files]
    return _page(row, [_since(one, seen[one.picked.public_id]) for one in done] if row.act == "pass" else done)


@bp.post(f"{QUEUE}/bulk/<key>")
@allow("staff", roles=scope.REVIEWING)
def confirm_batch(key: str) -> Any:
    """Process (办理) the ticked files (`pick`); a second post changes nothing, and waits for the first one's result."""
    by, on = principal().actor, arrived()
    row = batches.of(db.session(), key, by)
    form = BulkForm()
    ticked = set(form.pick.data)
    if _asks_who(row):
        batches.tick(key, ticked, by=by)
        return confirm_first()
    act, seen = row.act, batches.seen(row)
    if act in SHOWING or (act in SHARING and by.role not in scope.ASSIGNING):
        abort(400 if act in SHOWING else 403)
    people = _people(act, form.to.data)
    here = url(f"{QUEUE}/bulk/{key}", Filters.read(request.args))
    if form.again.data:  # 重新预览
        batches.give_to(key, people, by=by)
        return redirect(here, 303)
    picked = sharing.pick(db.session(), seen, by, on, seen)
    files = [file for file in picked if file.public_id in ticked]
    left = [_unticked(one) for one in _foreseen(row, [file for file in picked if file.public_id not in ticked], by)]
    if not files:
        flash("没有勾选任何一件，没有办理。", "warn")
    elif batches.claim(key, people, by=by, on=on):
        if act == "pass":
            after = decision_settings(db.session()).undo if form.undo.data else timedelta(0)
            done = sharing.pass_many(files, seen, service_of=service_for, by=by, on=on, after=after, batch=key)
        else:
            done = assigning.assign_many(files, people, by=by, on=on)
        batches.finish(key, [*done, *left], by=by, on=on)
    return redirect(here, 303)


@bp.post(f"{QUEUE}/undo")
@allow("staff", roles=scope.REVIEWING)
def undo_in_queue() -> Any:
    """撤销 one decision (`undo`) or a batch (`batch`)."""
    by, on, filters = principal().actor, arrived(), Filters.read(request.args)
    form = UndoForm()
    batch, one = form.batch.data[:32], form.undo.data[:32]
    try:
        number = batches.undo_batch(by=by, on=on, batch=batch, public_id=one, token=form.form_token.data)
        flash(f"已撤销 {number} 件决定，这些申请回到队列。" if batch else "已撤销决定，这一件回到队列。", "ok")
    except ChangedMeanwhile as refused:
        flash(refused.message, "warn")
    stay = form.stay.data
    return redirect(url(f"{QUEUE}/bulk/{stay}" if stay.isalnum() else QUEUE, filters), 303)


def _asks_who(row: Batch) -> bool:
    """Require 身份确认 before bulk decisions: an unattended browser must not make them (security.md SR-11)."""
    return row.act == "pass" and row.done_at is None and not principal().is_fresh(arrived())


def _people(act: str, named: list[str]) -> list[int]:
    """Return the assignees, limited to the permitted ones; 平均分配 without names takes all."""
    if act not in SHARING:
        return []
    known = {ident for ident, _ in queue_counts.choices(principal().actor).people}
    if any(ident and ident not in known for ident in named):
        abort(404)
    if act == "even" and not any(named):
        named = sorted(known, key=int)
    return [int(ident) for ident in named if ident]


def _stored(file: Picked, said: batches.Said | None) -> Outcome:
    return Outcome(file, said.done, said.words) if said else Outcome(file, False, "没有办到这一件，请重新勾选")


def _since(one: Outcome, seen: Seen) -> Outcome:
    """Return a decision's present status: pending, undone or in effect."""
    if not one.done or one.picked.waiting:
        return one
    if one.picked.seen == seen:
        return Outcome(one.picked, False, "决定已撤销，没有生效")
    now = "" if one.picked.state is State.DRAFT else f"，现在是“{WORDS[one.picked.state]}”"
    return Outcome(one.picked, True, f"已生效{now}")


def _foreseen(row: Batch, files: list[Picked], by: Actor) -> list[Outcome]:
    """Return the expected outcome per file."""
    seen = batches.seen(row)
    if row.act == "pass":
        return [_pass(file, sharing.why_not_passed(file, by, seen[file.public_id])) for file in files]
    if row.act in SHOWING:
        return [Outcome(file, True, "") for file in files]
    names = dict(queue_counts.choices(by).people)
    return [_share(file, to, names) for file, to in assigning.shares(files, row.people)]


def _pass(file: Picked, why: str) -> Outcome:
    """Return the outcome of a pass; `why` it is impossible, as far as known."""
    found = None if why else look_first.look_at(db.session(), file, service_for)
    if found:
        why, file = found.missing, replace(file, to_check=found.to_check)
    return Outcome(file, not why, why or _may(file))


def _unticked(one: Outcome) -> Outcome:
    """Return the outcome of an unticked file; one that was not offered keeps its reason."""
    return Outcome(one.picked, False, "没有勾选，没有办理") if one.done else one


def _share(file: Picked, to: int, names: dict[str, str]) -> Outcome:
    why = assigning.why_not_assigned(file)
    if not why and to == assigning.NOBODY:
        why = assigning.NO_REVIEWER
    return Outcome(file, not why, why or (f"分给{names[str(to)]}" if to else "取消分配"))


def _page(row: Batch, outcomes: list[Outcome]) -> str:
    by, on, filters = principal().actor, arrived(), Filters.read(request.args)
    names = queue_counts.choices(by).people if row.act in SHARING else []
    good, ticked = [outcome for outcome in outcomes if outcome.done], batches.ticked(row)
    left = next((one.until for one in batches.waiting(db.session(), by, on) if one.id == row.id), None)
    seconds = (left - on).total_seconds() if left else 0
    title = {"pass": f"批量{passed(State.SCHOOL_REVIEW if by.role in SCHOOL_ROLES else State.OFFICE_REVIEW)}"}.get(
        row.act, ACTS[row.act]
    )
    return render_template(
        "staff/queue/bulk.html",
        lists=lists_of_cases(),
        section="applications",
        batch=row,
        act=row.act,
        title=title,
        sure=row.done_at is not None,
        here=url(f"{QUEUE}/bulk/{row.id}", filters),
        undo_url=url(f"{QUEUE}/undo", filters),
        back=url(QUEUE, filters),
        good=len(good),
        first=_to_look_at_first(good) if row.act == "pass" else [],
        skipped=len(outcomes) - len(good),
        news=_news(row, by) if row.found is not None and row.done_at is None else "",
        capped=row.found is not None and row.found > sharing.MOST,
        found=queue_counts.counted(row.found or 0),
        most=sharing.MOST,
        people=[(ident, name, int(ident) in row.people) for ident, name in names],
        sums=Counter(outcome.words for outcome in good).most_common() if row.act in SHARING else [],
        undo=undo_wanted(),
        minutes=int(decision_settings(db.session()).undo.total_seconds() // 60),
        until=countdown(seconds) if seconds > 0 else "",
        left=int(seconds),
        rows=[_line(one, row, ticked, seconds > 0, filters) for one in outcomes],
    )


def _may(file: Picked) -> str:
    why = "；".join(look_first.reasons(file))
    return f"可以办理；{why}，请先打开看过" if why else "可以办理"


def _to_look_at_first(good: list[Outcome]) -> list[str]:
    """Return how many of those that can be passed were left unticked, and why."""
    found = Counter(name for one in good for name, *_ in look_first.REASONS if getattr(one.picked, name))
    return [f"{found[name]} 件{words}" for name, _, words in look_first.REASONS if found[name]]


def _news(row: Batch, by: Actor) -> str:
    """Return the change in the number under the filters since the choice, or ''."""
    filters = Filters.read(dict(request.args))
    now = queue_counts.count(by, filters, all_windows(db.session()), arrived())
    then = row.found or 0
    if now == then or min(now, then) > queue_counts.CAP:
        return ""
    return f"选好时有 {then} 件符合条件，现在有 {now} 件；只办理下面列出的。"


def _line(one: Outcome, row: Batch, ticked: dict[str, bool], undo: bool, filters: Filters) -> dict[str, Any]:
    """Return a table row; `undo`: the batch can still be undone."""
    tone, word = ("ok", "已办" if row.done_at else "办理") if one.done else ("warn", "跳过")
    return {
        "tone": tone,
        "word": word,
        "undo": undo and one.done and one.picked.waiting,
        "pick": one.picked.public_id,
        "ticked": ticked.get(one.picked.public_id, row.act != "pass" or not look_first.reasons(one.picked)),
        "url": url(f"{QUEUE}/{one.picked.public_id}", filters),
        "ticket": one.picked.ticket,
        "name": scope.shown_name(one.picked.name, principal().actor),
        "flags": marks(one.picked, one.picked.flags, one.picked.clash),
        "done": one.done,
        "words": one.words,
    }
