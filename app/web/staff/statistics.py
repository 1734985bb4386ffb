"""/staff/statistics: figures of a window as charts, tables and workbook."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from flask import render_template, request

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.audit import record
from app.actions.office.statistics import COLUMNS, STATE_GROUPS, Figures, Line, Table, figures, tables
from app.actions.services import choices
from app.adapters.documents.lists import NOTES, Sheet, write_sheets
from app.extensions import db
from app.models.base import transaction
from app.rules.calendar import local, moment
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import UNDER_REVIEW, WORDS
from app.rules.windows import WindowFacts
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.downloads import as_download
from app.web.staff.blueprint import bp
from app.web.staff.queue.figures import FREE, GROUPS, LONGEST
from app.web.staff.queue.filters import ALL, ASIDE, STATES, Filters
from app.web.staff.queue.views import QUEUE, url
from app.wizard.forms import Choice, Form

HERE = "/staff/statistics"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BAR, GAP, HEIGHT, WIDTH = 14, 4, 160, 160  # of daily chart and school bars, in SVG units
# parts of a bar from its foot; distinguished by pattern, for print and colour blindness
PARTS = (
    ("through", "审核通过", ("approved", "paid")),
    ("waiting", "待审", ("waiting",)),
    ("back", "退回、不予通过", ("returned", "rejected")),
)


class StatisticsForm(Form):
    """What is looked at."""

    service = Choice("业务")
    window = Choice("办理时间")


@bp.get(HERE)
@allow("staff", roles=scope.LOOKING)
def statistics() -> str:
    """Render the window in the address, else the last opened."""
    windows, window = _window()
    found = figures(db.session(), window, principal().actor, arrived()) if window else None
    return render_template(
        "staff/statistics.html",
        section="statistics",
        window=window,
        windows=[(str(each.id), each.name) for each in windows],
        services=choices(),
        labels=StatisticsForm.labels(),
        values={"window": str(window.id) if window else "", "service": StatisticsForm(request.args).service.data},
        found=found,
        chart=_chart(found) if found else None,
        bars=[_parts(line, line.applied, WIDTH) for line in (*found.schools, found.total)] if found else [],
        columns=COLUMNS,
        heads=[(word, "r") for word, _ in COLUMNS],
        parts=PARTS,
        width=WIDTH,
        files=partial(_files, window) if window else None,
        longest=LONGEST,
        waiting=_waiting(window) if window else {},
        may_check=principal().role in scope.ASSIGNING,
    )


@bp.get(f"{HERE}.xlsx")
@allow("staff", roles=scope.LOOKING, fresh=True)
def workbook() -> Any:
    """Send the figures as a workbook; recorded in the audit log."""
    _, window = _window()
    if window is None:
        raise NotFound
    by, on = principal().actor, arrived()
    found = figures(db.session(), window, by, on)
    with tempfile.TemporaryDirectory(prefix="kaoji-") as folder:
        path = Path(folder) / "list.xlsx"
        write_sheets(path, [Sheet(*table) for table in (*tables(found), _notes(window, on))])
        data = io.BytesIO(path.read_bytes())
    with transaction() as session:
        record(
            session,
            on=on,
            by=by,
            action="export.statistics",
            subject="window",
            subject_id=window.id,
            detail={"count": sum(len(table.rows) for table in tables(found))},
        )
    name = f"统计 {window.name} {local(on):%Y-%m-%d}.xlsx"
    return as_download(data, WORKBOOK, name)


def _files(window: WindowFacts, figure: str = "applied", *, school: str = "", day: str = "", **more: str) -> str:
    """Return the address of the files that a figure counts, of a school or of a day."""
    states = STATE_GROUPS[figure]
    state = states[0].value if len(states) == 1 else ALL
    group = figure if figure in GROUPS else ""
    chosen = Filters(state=state, group=group, window=str(window.id), school=school, since=day, until=day)
    return url(QUEUE, replace(chosen, **more))


def _waiting(window: WindowFacts) -> dict[str, str]:
    """Return the addresses of the files that wait, by the words of their state."""
    chosen = Filters(window=str(window.id), group=FREE)
    under = {WORDS[state]: url(QUEUE, replace(chosen, state=state.value)) for state in UNDER_REVIEW}
    return under | {dict(STATES)[ASIDE]: url(QUEUE, replace(chosen, state=ASIDE, group=""))}


def _notes(window: WindowFacts, on: datetime) -> Table:
    """Who took the figures, of what and when."""
    by = principal().actor
    said = [
        ["办理时间", window.name],
        ["导出人", by.label],
        ["导出时间", moment(on)],
        ["范围", by.school_code or "全部主考学校"],
    ]
    return Table(NOTES, ["说明", "内容"], said)


def _window() -> tuple[list[WindowFacts], WindowFacts | None]:
    asked = StatisticsForm(request.args)
    service, wanted = asked.service.data, asked.window.data
    windows = [window for window in all_windows(db.session()) if service in ("", window.service)]
    windows.sort(key=lambda window: window.opens_at, reverse=True)
    if not wanted:  # a window not yet open has no figures
        opened = [window for window in windows if window.opens_at <= arrived()]
        return windows, next(iter(opened or windows), None)
    found = next((window for window in windows if str(window.id) == wanted), None)
    if found is None and service:  # window of another service
        return windows, next(iter(windows), None)
    if found is None:
        raise NotFound
    return windows, found


def _chart(found: Figures) -> dict[str, Any]:
    """Return the bars by day and their parts from the foot, in SVG units."""
    most = max((line.applied for _, line in found.days), default=0)
    bars = [
        {
            "x": place * (BAR + GAP),
            "day": day,
            "line": line,
            "top": HEIGHT - round(HEIGHT * line.applied / (most or 1)),
            "parts": [(kind, HEIGHT - at - size, size) for kind, at, size in _parts(line, most, HEIGHT)],
        }
        for place, (day, line) in enumerate(found.days)
    ]
    return {"bars": bars, "width": max(len(bars) * (BAR + GAP), 1), "height": HEIGHT, "bar": BAR, "most": most}


def _parts(line: Line, most: int, length: int) -> list[tuple[str, int, int]]:
    """Return kind, start and length of each non-empty part; `most` applications fill `length`."""
    found, counted = [], 0
    for kind, _, names in PARTS:
        number = sum(getattr(line, name) for name in names)
        begin = round(length * counted / (most or 1))
        counted += number
        if number:
            found.append((kind, begin, round(length * counted / (most or 1)) - begin))
    return found
