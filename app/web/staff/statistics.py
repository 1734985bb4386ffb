"""/staff/statistics: the figures of a window, as pictures beside their tables, and as a workbook."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from flask import render_template, request, send_file

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.audit import record
from app.actions.office.statistics import COLUMNS, Figures, Line, figures, lines
from app.actions.services import choices
from app.adapters.documents.lists import write_list
from app.extensions import db
from app.models.base import transaction
from app.rules.calendar import local
from app.rules.refusals import NotFound
from app.rules.windows import WindowFacts
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp

HERE = "/staff/statistics"
HEADER = ["表", "项目", "指标", "数值"]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BAR, GAP, HEIGHT, WIDTH = 14, 4, 160, 160  # of the chart by day and of a school's bar, in their own units
# what a bar is made of, from its foot: told apart by pattern, so also in print and by those who see no colours
PARTS = (
    ("through", "审核通过", ("approved", "paid")),
    ("waiting", "待审", ("waiting",)),
    ("back", "退回、不予通过", ("returned", "rejected")),
)


@bp.get(HERE)
@allow("staff", roles=scope.LOOKING)
def statistics() -> str:
    """The window of the address, else the one that opened last."""
    windows, window = _window()
    found = figures(db.session(), window, principal().actor, arrived()) if window else None
    return render_template(
        "staff/statistics.html",
        section="statistics",
        window=window,
        windows=[(str(each.id), each.name) for each in windows],
        services=choices(),
        values={"window": str(window.id) if window else "", "service": request.args.get("service", "")},
        found=found,
        chart=_chart(found) if found else None,
        bars=[_parts(line, line.applied, WIDTH) for line in (*found.schools, found.total)] if found else [],
        columns=COLUMNS,
        heads=[(word, "r") for word, _ in COLUMNS],
        parts=PARTS,
        width=WIDTH,
    )


@bp.get(f"{HERE}.xlsx")
@allow("staff", roles=scope.LOOKING, fresh=True)
def workbook() -> Any:
    """The same figures as a list; who took them is written down."""
    _, window = _window()
    if window is None:
        raise NotFound
    by, on = principal().actor, arrived()
    found = figures(db.session(), window, by, on)
    with tempfile.TemporaryDirectory(prefix="kaoji-") as folder:
        path = Path(folder) / "list.xlsx"
        number = write_list(path, "统计", HEADER, lines(found))
        data = io.BytesIO(path.read_bytes())
    with transaction() as session:
        record(
            session,
            on=on,
            by=by,
            action="export.statistics",
            subject="window",
            subject_id=window.id,
            detail={"count": number},
        )
    name = f"统计 {window.name} {local(on):%Y-%m-%d}.xlsx"
    return send_file(data, mimetype=WORKBOOK, as_attachment=True, download_name=name, max_age=0)


def _window() -> tuple[list[WindowFacts], WindowFacts | None]:
    service = request.args.get("service", "")
    windows = [window for window in all_windows(db.session()) if service in ("", window.service)]
    windows.sort(key=lambda window: window.opens_at, reverse=True)
    wanted = request.args.get("window", "")
    if not wanted:  # one that is still to open has nothing to show
        opened = [window for window in windows if window.opens_at <= arrived()]
        return windows, next(iter(opened or windows), None)
    found = next((window for window in windows if str(window.id) == wanted), None)
    if found is None and service:  # another business was chosen beside the window of the former
        return windows, next(iter(windows), None)
    if found is None:
        raise NotFound
    return windows, found


def _chart(found: Figures) -> dict[str, Any]:
    """Bars by day: place of each and its parts from the foot, in units of the picture."""
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
    """Kind, beginning and length of each part of a bar; `most` applications make the whole length. Empty parts are left out."""
    found, counted = [], 0
    for kind, _, names in PARTS:
        number = sum(getattr(line, name) for name in names)
        begin = round(length * counted / (most or 1))
        counted += number
        if number:
            found.append((kind, begin, round(length * counted / (most or 1)) - begin))
    return found
