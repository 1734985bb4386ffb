"""/staff/applications: the queue, and where the next file is."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request

from app.actions import scope
from app.actions.cases import windows as all_windows
from app.extensions import db
from app.rules.lifecycle import State, shown
from app.rules.privacy import mask_name
from app.rules.windows import time_waited
from app.security.allow import allow
from app.security.arrival import arrived
from app.security.sessions import principal
from app.web.staff import bp
from app.web.staff import queue_query as queries
from app.web.staff.queue_query import Cursor, Filters

QUEUE = "/staff/applications"


@bp.get(QUEUE)
@allow("staff", roles=scope.LOOKING)
def queue() -> str:
    """One page of the queue under the filters of the address."""
    by, on = principal().actor, arrived()
    filters = Filters.read(request.args)
    windows = all_windows(db.session())
    found = queries.page(by, filters, windows, Cursor.read(request.args))
    facts = {window.id: window for window in windows}
    return render_template(
        "staff/queue.html",
        section="applications",
        filters=filters,
        rows=[_row(row, filters, facts, on) for row in found.rows],
        total=queries.counted(queries.count(by, filters, windows)),
        previous=url(QUEUE, filters, before=found.previous) if found.previous else None,
        next=url(QUEUE, filters, after=found.next) if found.next else None,
        start=url(f"{QUEUE}/next", filters) if found.rows else None,
        states=queries.STATES,
        heading=dict(queries.STATES)[filters.state],
        majors=queries.majors(),
        schools=queries.schools() if not scope.of_school(by) else [],
        windows=[(str(window.id), window.name) for window in windows],
    )


@bp.get(f"{QUEUE}/next")
@allow("staff", roles=scope.REVIEWING)
def next_file() -> Any:
    """开始审核 and 跳过: to the file after the place in the address."""
    return to_next(Filters.read(request.args), Cursor.read(request.args))


def to_next(filters: Filters, cursor: Cursor | None, said: str = "") -> Any:
    """To the next file of the queue, or back to the queue when there is none, saying `said` there in one message."""
    found = queries.following(principal().actor, filters, all_windows(db.session()), cursor)
    words = said if found else f"{said}队列里没有下一件了。"
    if words:
        flash(words, "ok")
    return redirect(url(f"{QUEUE}/{found}" if found else QUEUE, filters), 303)


def url(path: str, filters: Filters, **more: str) -> str:
    """A path with the filters kept in it."""
    query = urlencode({**filters.args(), **more})
    return f"{path}?{query}" if query else path


def _row(row: Any, filters: Filters, facts: dict[int, Any], on: Any) -> dict[str, Any]:
    """A line of the table; people are masked here."""
    state = shown(State(row.state), facts[row.window_id], on)
    marks = [f"第 {row.submissions} 次"] if row.submissions > 1 else []
    return {
        "url": url(f"{QUEUE}/{row.public_id}", filters),
        "ticket": row.ticket,
        "name": mask_name(row.name),
        "major": row.major or row.major_code,
        "level": row.level or "",
        "school": row.school or "",
        "waited": time_waited(row.submitted_at, on),
        "tone": "off" if row.begun_by else state.tone or "warn",
        "word": f"审核中 · {row.begun_by}" if row.begun_by else state.word,
        "marks": "，".join(marks + (["缺成绩"] if row.missing else [])),
    }
