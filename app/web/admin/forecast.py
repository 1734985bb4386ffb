"""/admin/forecast: 毕业预测 of all tickets as page, xlsx or csv."""

from __future__ import annotations

import io
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from sqlalchemy import select

from app.actions.exports.exports import taken
from app.actions.records.forecast import COLUMNS, Wanted, check, note
from app.actions.records.forecast import forecast as lines_of
from app.adapters.documents.lists import write_list
from app.extensions import db
from app.models import PlanRow, School
from app.rules.calendar import local, today
from app.rules.refusals import Invalid
from app.security.allow import allow
from app.security.redirects import leads_back
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.admin import bp
from app.web.admin.site_forms import ForecastForm
from app.web.downloads import as_download

SHOWN = 50  # lines on the page
LOOKED_AT = 5_000  # tickets read for the page; the file covers all
FILES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


@bp.get("/forecast")
@allow("staff", roles=("admin",))
def forecast() -> Any:
    """Render the filters, and with `show` the first lines."""
    wanted, values, errors = _asked(ForecastForm(request.args))
    if errors or wanted is None:
        return _page(values, errors), 422
    return _page(values, {}, wanted if "show" in request.args else None)


@bp.post("/forecast")
@allow("staff", roles=("admin",), fresh=True)
def download_forecast() -> Any:
    """Send the whole list as a file; recorded in the audit log."""
    form = ForecastForm()
    wanted, values, errors = _asked(form)
    if errors or wanted is None:
        return _page(values, errors), 422
    kind = form.file.data
    on = arrived()
    with tempfile.TemporaryDirectory(prefix="kaoji-") as folder:
        path = Path(folder) / f"forecast.{kind if kind in FILES else 'xlsx'}"
        lines = write_list(
            path, "毕业预测", COLUMNS, lines_of(db.session(), wanted, today(on)), taken(principal().actor, on)
        )
        data = io.BytesIO(path.read_bytes())  # some MB for a province
    note(wanted, lines, by=principal().actor, on=on)
    name = f"毕业预测 {local(on):%Y-%m-%d}{path.suffix}"
    return as_download(data, FILES[path.suffix[1:]], name)


@leads_back("admin.download_forecast")
def _with_filters() -> str:
    """Return the page's address with the filters of the posted form, and its lines."""
    form = ForecastForm()
    filters = {"school": form.school.data, "major": form.major.data, "short": form.short.data}
    return f"{request.path}?{urlencode({'show': '1'} | filters)}"


def _asked(form: ForecastForm) -> tuple[Wanted | None, dict[str, str], dict[str, list[str]]]:
    values = {**form.values(), "short": form.short.data or "1"}
    if not (values["short"].isascii() and values["short"].isdecimal() and len(values["short"]) < 3):
        return None, values, {"short": ["最多还差几门应为 0 到 99 的数字"]}
    wanted = Wanted(values["school"], values["major"], int(values["short"]))
    try:
        check(db.session(), wanted)
    except Invalid as refused:
        return None, values, {refused.field: [refused.message]}
    return wanted, values, {}


def _page(values: dict[str, str], errors: dict[str, list[str]], wanted: Wanted | None = None) -> str:
    rows, more, stopped = _first(wanted) if wanted else ([], False, False)
    majors = db.session.execute(select(PlanRow.major_code, PlanRow.name).distinct().order_by(PlanRow.major_code)).all()
    schools = db.session.execute(select(School.code, School.name).order_by(School.code)).all()
    return render_template(
        "admin/forecast.html",
        section="admin",
        values=values,
        errors=errors,
        labels=ForecastForm.labels(),
        shown=wanted is not None,
        rows=rows,
        more=more,
        stopped=stopped,
        looked_at=LOOKED_AT,
        majors=[(code, f"{code} {name}") for code, name in majors],
        schools=[(code, f"{code} {name}") for code, name in schools],
    )


class _Enough(Exception):
    """The page has read LOOKED_AT tickets."""


def _first(wanted: Wanted) -> tuple[list[Any], bool, bool]:
    """Return first lines, whether there are more, whether LOOKED_AT was reached."""
    done = 0

    def looked(tickets: int) -> None:
        nonlocal done
        done += tickets
        if done >= LOOKED_AT:
            raise _Enough

    rows: list[Any] = []
    try:
        for line in islice(lines_of(db.session(), wanted, today(arrived()), looked), SHOWN + 1):
            rows.append(line)
    except _Enough:
        return rows[:SHOWN], False, True
    return rows[:SHOWN], len(rows) > SHOWN, False
