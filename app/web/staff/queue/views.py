"""/staff/applications: the queue, filters, saved views, next file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from app.actions import scope, services
from app.actions.applications.cases import windows as all_windows
from app.actions.review import assigning, batches, saved_filters
from app.actions.review.sharing import MOST
from app.extensions import db
from app.models import Examinee
from app.rules.people.identity import normalise_id
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid
from app.rules.review.lifecycle import State
from app.rules.review.words import passed
from app.rules.windows import WindowFacts
from app.security.allow import allow
from app.security.redirects import leads_back
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue import query as queries
from app.web.staff.queue.filters import (
    AGES,
    DECIDED,
    EVERYBODY,
    FEW,
    LEVELS,
    ORDERS,
    OTHERS,
    STATES,
    WHO,
    Filters,
    searched,
)
from app.web.staff.queue.forms import FindForm, SavedForm
from app.web.staff.queue.marks import FLAGS, MATCHES, marks_in_words
from app.web.staff.queue.query import Cursor
from app.web.staff.queue.rows import countdown, line
from app.wizard.forms import number_of

QUEUE = "/staff/applications"
LONGEST_QUERY = 4000  # characters, escaped


@bp.get(QUEUE)
@allow("staff", roles=scope.LOOKING)
def queue() -> str:
    """Render one page of the queue."""
    return queue_page()


def queue_page(errors: dict[str, list[str]] | None = None, unsaved: tuple[Filters, str] | None = None) -> str:
    """Render the queue; `unsaved`: filters, and the name typed for them."""
    by, on = principal().actor, arrived()
    filters, name = unsaved or (Filters.read(request.args), "")
    windows = all_windows(db.session())
    search = searched(by, filters)
    found = queries.page(by, filters, windows, Cursor.read(request.args), on, search=search)
    numbers = queue_counts.counts(by, filters, windows, on, search=search)
    facts = {window.id: window for window in windows}
    return render_template(
        "staff/queue/queue.html",
        lists=services.lists_of_cases(),
        section="applications",
        filters=filters,
        values=filters.args(),
        exported=filters.exported(),
        here=url(QUEUE, filters),
        **_options(by, filters, windows),
        rows=[line(row, facts, by, on) | {"url": url(f"{QUEUE}/{row.public_id}", filters)} for row in found.rows],
        most=MOST,
        more=numbers[filters.state] > len(found.rows),
        capped=numbers[filters.state] > MOST,
        pass_word=passed(State.SCHOOL_REVIEW if scope.of_school(by) else State.OFFICE_REVIEW),
        batches=[_batch(batch, on) for batch in batches.waiting(db.session(), by, on)] if numbers[DECIDED] else [],
        total=queue_counts.counted(numbers[filters.state]),
        previous=url(QUEUE, filters, before=found.previous) if found.previous else None,
        next=url(QUEUE, filters, after=found.next) if found.next else None,
        start=url(f"{QUEUE}/next", filters) if found.rows and by.role in scope.REVIEWING else None,
        tabs=[
            (url(QUEUE, replace(filters, state=key)), word, queue_counts.counted(numbers[key]), key == filters.state)
            for key, word in STATES
            if key not in FEW or numbers[key] or filters.state == key
        ],
        others=_others(filters, numbers[OTHERS]) if by.role in scope.REVIEWING else None,
        heading=dict(STATES)[filters.state],
        may_open=by.role in scope.REVIEWING,
        may_look=by.role in scope.LOOKING,
        may_assign=by.role in scope.ASSIGNING,
        **_words(errors, name),
    )


def _words(errors: dict[str, list[str]] | None, name: str) -> dict[str, Any]:
    return {"errors": errors or {}, "typed": {"name": name}, "labels": FindForm.labels() | SavedForm.labels()}


def _others(filters: Filters, number: int) -> tuple[str, str] | None:
    """Return address and words of the link that shows what is assigned to others, or hides it again."""
    if filters.state or filters.who not in ("", EVERYBODY) or not number:
        return None
    if filters.who:
        return url(QUEUE, replace(filters, who="")), "不看分给别人的"
    shown = replace(filters, who=EVERYBODY)
    return url(QUEUE, shown), f"另有 {queue_counts.counted(number)} 件分给了别人，一并列出"


def _options(by: Actor, filters: Filters, windows: list[WindowFacts]) -> dict[str, Any]:
    """Return the options of each filter; windows are those of the filtered service."""
    chosen = queue_counts.choices(by)
    chosen.majors = _with_unknown(chosen.majors, filters.major)
    chosen.schools = _with_unknown(chosen.schools, filters.school)
    named = [(str(window.id), window.name) for window in windows if filters.service in ("", window.service)]
    return {
        "services": _with_unknown(services.choices(), filters.service),
        "windows": _with_unknown(named, filters.window),
        "levels": _with_unknown([(level, level) for level in LEVELS], filters.level),
        "flags": FLAGS,
        "matches": MATCHES,
        "marks": marks_in_words(filters.flag, filters.match),
        "ages": _with_unknown(AGES, filters.age),
        "orders": ORDERS,
        "who": _with_unknown([*WHO, *chosen.people], filters.who),
        "choices": chosen,
        "behind": _behind(filters),
    }


def _with_unknown(options: Iterable[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """Return the options, and a value of the address that is none of them: the page shows what it filters by."""
    known = list(options)
    return [*known, (value, f"不在列表里的“{value}”")] if known and value and value not in dict(known) else known


def _behind(filters: Filters) -> list[tuple[str, dict[str, str], str]]:
    """Return what a figure led to: words, fields, and the address without it."""
    return [
        (
            said,
            {name: getattr(filters, name) for name in names},
            url(QUEUE, replace(filters, **dict.fromkeys(names, ""))),
        )
        for names, said in filters.behind.words()
    ]


@bp.post(f"{QUEUE}/find")
@allow("staff", roles=scope.LOOKING)
def find() -> Any:
    """Move posted filters to the address; an ID number is replaced by the examinee's row id."""
    filters = FindForm().filters()
    number = normalise_id(filters.q)
    if len(number) >= 15:
        by = principal().actor
        known = scope.examinees(by) if by.role in scope.REVIEWING else Examinee.id.is_(None)
        person = db.session.scalar(select(Examinee.id).where(Examinee.id_number == number, known))
        if person is not None:
            filters = replace(filters, q="", person=str(person))
        elif number[:-1].isdecimal():
            filters = replace(filters, q="", person="0")
    return redirect(_onward(filters, FindForm().then.data), 303)


@leads_back("staff.find")
def _with_filters() -> str:
    """Return where the posted filters would have led; a number that stands in no address is typed again."""
    form = FindForm()
    filters, then = form.filters(), form.then.data
    if len(normalise_id(filters.q)) >= 15:
        filters = replace(filters, q="")
    return _onward(filters, "" if then == "next" else then)


def _onward(filters: Filters, then: str) -> str:
    """Return the list with these filters, or what was asked for instead: an export, the next file."""
    if then in ("applications", *(key for key, _ in services.lists_of_cases())):
        return f"{url_for('staff.choose', kind=then)}?{urlencode(filters.exported())}"
    return url(f"{QUEUE}/next" if then == "next" else QUEUE, filters)


@bp.post(f"{QUEUE}/told")
@allow("staff", roles=scope.REVIEWING)
def told() -> Any:
    """知道了: what is newly assigned to this person is told no longer."""
    assigning.known(by=principal().actor)
    return redirect(url(QUEUE, Filters.read(request.args)), 303)


@bp.post(f"{QUEUE}/views")
@allow("staff", roles=scope.LOOKING)
def keep_view() -> Any:
    """Save the filters under a name, or delete a saved view."""
    by, form = principal().actor, SavedForm()
    filters = Filters.read(dict(parse_qsl(form.query.data[:LONGEST_QUERY])))
    if form.drop.data:
        saved_filters.drop_view(number_of(form.drop.data), by=by, on=arrived(), token=form.form_token.data)
        flash("已删除这组筛选。", "ok")
        return redirect(QUEUE, 303)
    try:
        saved_filters.save_view(form.name.data, filters.kept(), by=by)
    except Invalid as refused:
        return queue_page({refused.field: [refused.message]}, (filters, form.name.data)), 422
    flash("已保存这组筛选。", "ok")
    return redirect(url(QUEUE, filters), 303)


@bp.get(f"{QUEUE}/next")
@allow("staff", roles=scope.REVIEWING)
def next_file() -> Any:
    """开始审核 and 跳过: redirect to the file after the cursor."""
    keep = {"undo": request.args["undo"]} if "undo" in request.args else {}
    return to_next(Filters.read(request.args), Cursor.read(request.args), **keep)


def to_next(filters: Filters, cursor: Cursor | None, said: str = "", **more: str) -> Any:
    """Redirect to the next file, or to the queue if there is none, with the message `said`."""
    found = queries.following(principal().actor, filters, all_windows(db.session()), cursor, arrived())
    words = said if found else f"{said}队列里没有下一件了。"
    if words:
        flash(words, "ok")
    return redirect(url(f"{QUEUE}/{found}", filters, **more) if found else url(QUEUE, filters), 303)


def url(path: str, filters: Filters, **more: str) -> str:
    """Return a path with the filters."""
    query = urlencode({**filters.args(), **more})
    return f"{path}?{query}" if query else path


def _batch(batch: batches.Waiting, on: datetime) -> dict[str, Any]:
    """Return a batch that can still be undone, for the queue's first line."""
    left = (batch.until - on).total_seconds()
    return {"id": batch.id, "number": batch.number, "until": countdown(left), "left": int(left)}
