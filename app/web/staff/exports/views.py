"""/staff/exports/<kind>: lists as files with chosen columns; some also as papers, one per row, in one PDF."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.evidence.whole import reader
from app.actions.exports import column_sets, exports
from app.actions.exports.columns import CASE_STATES
from app.actions.exports.exports import LONGEST_REASON, Carried, Narrowed
from app.actions.exports.kinds import kinds
from app.actions.lists import Kind
from app.actions.papers.batch import write_papers
from app.actions.papers.papers import site_look
from app.actions.review import batches
from app.actions.services import choices, paper_kinds
from app.adapters.documents.tables import BadTable
from app.extensions import db
from app.models import PlanRow, School
from app.rules.calendar import local, read_days
from app.rules.papers.paper import PaperKind
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid, NotFound
from app.security.allow import allow
from app.security.redirects import leads_back
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.downloads import as_download
from app.web.staff.blueprint import bp
from app.web.staff.exports.forms import ExportForm, FilterForm
from app.web.staff.exports.from_queue import (
    NAMES,
    OWN_STATES,
    carried,
    chosen_under,
    hidden,
    left_out,
    states_of,
    takes,
    with_left_state,
)

FORMS_MOST = 200  # papers per PDF; more by `kaoji export <kind> forms.pdf`
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pdf": "application/pdf",
}
FIELDS = tuple(FilterForm.labels())
BESIDE = ("file", "reason", "set_name")
USUAL = "xlsx"
LONGEST_FILTER = 80


@bp.get("/staff/exports/<kind>")
@allow("staff", fresh=True)
def choose(kind: str) -> Any:
    """Render what the address holds; columns: of the named `set`, those named, else the last used."""
    _check_kind(kind)
    asked, by = ExportForm(request.args), principal().actor
    values = with_left_state(kinds()[kind], _filters(asked))
    wanted = request.args.get("set", 0, type=int)
    named = next((each.columns for each in column_sets.sets(kind, by=by) if each.id == wanted), None)
    columns = request.args["columns"].split(",") if "columns" in request.args else column_sets.last(kind, by=by)
    return _page(kind, values | _beside(asked), named or columns, {})


@bp.post("/staff/exports/<kind>")
@allow("staff", fresh=True)
def download(kind: str) -> Any:
    """Send the file, keep the columns; person and purpose are recorded."""
    _check_kind(kind)
    me, on, posted = principal().actor, arrived(), ExportForm()
    form, values = posted.file.data, _filters(posted) | _beside(posted)
    reason = values["reason"]
    columns = column_sets.remember(kind, posted.columns.data, by=me)
    try:
        narrowed = _narrowed(kind, values)
        if problem := exports.reason_problem(reason):
            raise Invalid("reason", problem)
        if form == "pdf" and (paper := _paper(kind)):
            _few_enough(kind, narrowed, paper)
            return _file(
                "pdf",
                f"{paper.title} {local(on):%Y-%m-%d}",
                lambda path: write_papers(
                    kind,
                    path,
                    narrowed=narrowed,
                    look=site_look(current_app.extensions["kaoji"], reader(current_app.extensions["kaoji.store"])),
                    by=me,
                    on=on,
                    reason=reason,
                ),
            )
        form = form if form in ("xlsx", "csv") else USUAL
        return _file(
            form,
            f"{kinds()[kind].title} {local(on):%Y-%m-%d}",
            lambda path: exports.export(kind, path, narrowed=narrowed, columns=columns, by=me, on=on, reason=reason),
        )
    except Invalid as refused:
        return _page(kind, values, columns, {refused.field: [refused.message]}), 422
    except (NotFound, BadTable) as refused:
        return _page(kind, values, columns, {"": [refused.message]}), 422


@bp.post("/staff/exports/<kind>/columns")
@allow("staff", fresh=True)
def columns(kind: str) -> Any:
    """Save the columns under a name, or delete a set; filters stay."""
    _check_kind(kind)
    me, form = principal().actor, ExportForm()
    values = _filters(form) | _beside(form)
    if ident := form.drop.data:
        column_sets.drop_set(kind, ident, by=me, on=arrived(), token=form.form_token.data)
        flash("已删除这组列。", "ok")
        return redirect(_address(kind, values), 303)
    chosen = column_sets.remember(kind, form.columns.data, by=me)
    name = values["set_name"]
    try:
        ident = column_sets.keep_set(kind, name, chosen, by=me)
    except Invalid as refused:
        return _page(kind, values, chosen, {refused.field: [refused.message]}), 422
    flash(f"已保存这组列：{name}。", "ok")
    return redirect(_address(kind, {**values, "set_name": ""}, set=str(ident)), 303)


@leads_back("staff.download", "staff.columns")
def _with_all() -> str:
    """Return the page's address with filters, columns and words of the posted form; of words that are too long only so much
    as shows that they are: an address that became too long would lose the filters.
    """
    form, kind = ExportForm(), (request.view_args or {})["kind"]
    columns = {} if form.drop.data else {"columns": ",".join(form.columns.data)}
    words = {name: text[: LONGEST_REASON + 1] for name, text in _beside(form).items()}
    return _address(kind, _filters(form) | words, **columns)


def _filters(form: FilterForm) -> dict[str, str]:
    return {name: form[name].data[:LONGEST_FILTER] for name in FIELDS}


def _beside(form: ExportForm) -> dict[str, str]:
    """Return what the page holds beside filters and columns."""
    return {name: form[name].data for name in BESIDE}


def _address(kind: str, values: Mapping[str, str], **more: str) -> str:
    """Return the page's address with what it holds; `more`: the column set, or the columns."""
    kept = {name: values[name] for name in (*FIELDS, *BESIDE) if values.get(name) not in (None, "", USUAL)} | more
    return f"{url_for('staff.choose', kind=kind)}{'?' if kept else ''}{urlencode(kept, safe=',')}"


def _check_kind(kind: str) -> None:
    if kind not in kinds():
        abort(404)
    exports.kind_for(kind, principal().actor)


def _paper(kind: str) -> PaperKind | None:
    return paper_kinds().get(kinds()[kind].paper)


def _few_enough(kind: str, narrowed: Narrowed, paper: PaperKind) -> None:
    number = exports.count(kind, narrowed, by=principal().actor, on=arrived())
    if number > FORMS_MOST:
        raise Invalid(
            "",
            f"有 {number} 份{paper.short}，网页上一次最多 {FORMS_MOST} 份：请缩小范围，或请管理员用 kaoji export {kind} 导出",
        )


def _file(form: str, name: str, write: Any) -> Any:
    """Send the file written by `write`; nothing stays on disk."""
    with tempfile.TemporaryDirectory(prefix="kaoji-") as folder:
        path = Path(folder) / f"list.{form}"
        write(path)
        data = io.BytesIO(path.read_bytes())
    answer = as_download(data, TYPES[form], f"{name}.{form}")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _narrowed(kind: str, values: Mapping[str, str]) -> Narrowed:
    days = read_days(values["since"], values["until"])
    for field, (message, *_) in days.errors.items():
        raise Invalid(field, message)
    return Narrowed(
        values["window"],
        values["school"],
        values["major"],
        "" if values["state"] in dict(OWN_STATES) else values["state"],
        since=days.since,
        until=days.until,
        files=_chosen(values),
        service=values["service"],
        q="" if takes(kinds()[kind]) else values["q"],
        carried=(*_chosen_under(values), *_carried(kind, values)),
        actor=values["actor"],
        action=values["action"],
    )


def _chosen(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files chosen in the queue. Raises NotFound for another person's choice."""
    if not values["batch"]:
        return ()
    return tuple(batches.seen(batches.of(db.session(), values["batch"], principal().actor)))


def _carried(kind: str, values: Mapping[str, str]) -> tuple[Carried, ...]:
    return carried(kinds()[kind], values, principal().actor, all_windows(db.session()), arrived())


def _chosen_under(values: Mapping[str, str]) -> tuple[Carried, ...]:
    """Return the filters under which files were chosen, for the file's words alone."""
    if not values["batch"]:
        return ()
    by = principal().actor
    words = chosen_under(batches.of(db.session(), values["batch"], by).query, by)
    return (Carried("选自", words),) if words else ()


def _page(kind: str, values: Mapping[str, str], columns: list[str], errors: dict[str, list[str]]) -> str:
    found, paper, by = kinds()[kind], _paper(kind), principal().actor
    return render_template(
        "staff/exports/export.html",
        section="staff-orders" if kind in ("orders", "unpaid") else "admin" if kind == "audit" else "applications",
        kind=found,
        values={**values, "columns": columns},
        errors={**read_days(values["since"], values["until"]).errors, **errors},
        labels=ExportForm.labels(),
        **_selection(kind, values),
        **_options(found, values, by),
        acts=exports.acts_in_words(values["actor"], values["action"]) if kind == "audit" else {},
        carried=[(each.label, each.words) for each in _carried(kind, values) if each.label != "状态"],
        left_out="；".join(left_out(found, values, by)),
        kept={name: values[name] for name in FIELDS if values.get(name)},
        hidden=hidden(found, values),
        without=_address(kind, {**values, **dict.fromkeys(NAMES, "")}),
        sets=[(each.id, each.name, _address(kind, values, set=str(each.id))) for each in column_sets.sets(kind, by=by)],
        files=[("xlsx", "Excel 工作簿（.xlsx）"), ("csv", "CSV")]
        + ([("pdf", f"{paper.title}（PDF，每人一份）")] if paper else []),
        paper=paper,
        most=FORMS_MOST,
    )


def _selection(kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return how many files were chosen in the queue, under what, and how many of them this list has."""
    chosen, found = _chosen(values), kinds()[kind]
    listed = exports.count(kind, Narrowed(files=chosen), by=principal().actor, on=arrived()) if chosen else 0
    return {
        "chosen": len(chosen),
        "chosen_under": [each.words for each in _chosen_under(values)],
        "listed": listed,
        "only": "、".join(words for _, words in found.states) if found.states != CASE_STATES else "",
    }


def _options(kind: Kind, values: Mapping[str, str], by: Actor) -> dict[str, list[tuple[str, str]]]:
    """Return the options of each filter; a value that is none of them is one too, or leaving it out would export more."""
    session = db.session()
    majors = session.execute(select(PlanRow.major_code, PlanRow.name).distinct().order_by(PlanRow.major_code)).all()
    schools = session.execute(select(School.code, School.name).order_by(School.code)).all()
    offered = {
        "services": ("service", choices() if not kind.service else []),
        "windows": ("window", [(str(window.id), window.name) for window in all_windows(session)]),
        "majors": ("major", [(row.major_code, f"{row.major_code} {row.name}") for row in majors]),
        "schools": ("school", [(row.code, row.name) for row in schools] if not scope.of_school(by) else []),
        "states": ("state", list(states_of(kind))),
    }
    return {
        name: [*options, *([(values[field], values[field])] if values[field] not in ("", *dict(options)) else [])]
        for name, (field, options) in offered.items()
    }
