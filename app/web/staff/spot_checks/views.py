"""/staff/spot-checks: draw some of the passed files, look at them again without knowing who decided, see how often one disagrees."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request
from sqlalchemy import Row

from app.actions import scope
from app.actions.applications.cases import windows as all_windows
from app.actions.people.reveals import ConfirmFirst, reveal_id
from app.actions.review.opinions import OK, RETURN, Opinion
from app.actions.spot_checks import drawing, second_look
from app.actions.spot_checks.blind import note_told
from app.extensions import db
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State
from app.rules.review.spot_checks import AGREE, DISAGREE, RULE, VERDICTS, WAYS
from app.rules.review.words import STAGES, stage
from app.security.allow import CONFIRM, allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.file.decision.reason_choices import choices, has_unwritten, written_out
from app.web.staff.file.evidence_notes import notes_of
from app.web.staff.file.forms import errors_of
from app.web.staff.file.kept import typed
from app.web.staff.file.order import blind_order
from app.web.staff.file.query import File, load_file
from app.web.staff.file.views import REVEAL
from app.web.staff.spot_checks import query
from app.web.staff.spot_checks.forms import CheckForm, DrawForm

HERE = "/staff/spot-checks"
FOUND = {OK: "没有问题", RETURN: "有问题"}
Errors = dict[str, list[str]]


@bp.get(HERE)
@allow("staff", roles=scope.ASSIGNING)
def spot_check_list() -> str:
    """List the draws, with the form of a new one."""
    opened = [window for window in all_windows(db.session()) if window.opens_at <= arrived()]
    window = str(opened[0].id) if opened else ""
    return _list({"window": window, "way": "percent", "stage": State.SCHOOL_REVIEW.value}, {})


@bp.post(HERE)
@allow("staff", roles=scope.ASSIGNING)
def draw_files() -> Any:
    """抽取."""
    form = DrawForm()
    try:
        ident = drawing.draw(form.rule(), by=principal().actor, on=arrived(), token=form.form_token.data)
    except Invalid as refused:
        return _list(form.values(), {refused.field: [refused.message]}), 422
    flash("已抽取。种子和规则已记下，不能更改。", "ok")
    return redirect(f"{HERE}/{ident}", 303)


def _list(values: dict[str, Any], errors: Errors) -> str:
    by, session = principal().actor, db.session()
    of_school = scope.of_school(by)
    return render_template(
        "staff/spot_checks/list.html",
        section="statistics",
        rows=query.draws(session, by),
        values=values,
        errors=errors,
        labels=DrawForm.labels(),
        windows=[(str(window.id), window.name) for window in all_windows(session)],
        stages=[(key.value, word) for key, word in STAGES.items() if not of_school or key is State.SCHOOL_REVIEW],
        schools=[] if of_school else query.schools(session),
        reviewers=query.reviewers(session, by),
        ways=tuple(WAYS.items()),
        stage_word=stage,
    )


@bp.get(f"{HERE}/<int:ident>")
@allow("staff", roles=scope.ASSIGNING)
def spot_check(ident: int) -> str:
    """Show a draw: its rule, its files, and how often the second look disagreed. `again=1`: drawn once more to compare."""
    by, session = principal().actor, db.session()
    row = drawing.of(session, ident, by)
    files = query.files(session, ident, by)
    _told(files)
    return render_template(
        "staff/spot_checks/draw.html",
        section="statistics",
        here=f"{HERE}/{ident}",
        draw=query.one(session, ident, by),
        files=files,
        shown_name=lambda name: scope.shown_name(name, by),
        next=_next(files),
        rates=query.rates(files),
        reasons=query.reasons(session, files),
        verdicts=VERDICTS,
        ways=WAYS,
        rule=RULE,
        stage_word=stage,
        repeated=drawing.repeated(session, row) if request.args.get("again") else None,
    )


@bp.get(f"{HERE}/<int:ident>/<int:place>")
@allow("staff", roles=scope.ASSIGNING)
def drawn_file(ident: int, place: int) -> str:
    """Show a drawn file as it was submitted, without anything of the first verdict until it was looked at."""
    return _file(ident, place)


@bp.post(f"{HERE}/<int:ident>/<int:place>")
@allow("staff", roles=scope.ASSIGNING)
def check_again(ident: int, place: int) -> Any:
    """Write down the second look, and go on to the next file; or 显示."""
    form, by, session = CheckForm(), principal().actor, db.session()
    if form.result.data == REVEAL:
        return _reveal(ident, place, form)
    row = _row(ident, place)
    opinion: Opinion = form.opinion()
    if has_unwritten(opinion):
        opinion = written_out(opinion, _as_submitted(row, by), by)
    try:
        given: dict[str, Any] = {"by": by, "on": arrived(), "token": form.form_token.data}
        second_look.check(ident, place, form.result.data, opinion.findings, form.note.data, **given)
    except Incomplete as refused:
        return _file(ident, place, form.shown(), errors_of(refused.problems)), 422
    except ChangedMeanwhile as refused:
        return _file(ident, place, form.shown(), {"": [refused.message]}), 409
    except NotAllowed as refused:
        return _file(ident, place, form.shown(), {"": [refused.message]}), 403
    following = _next(query.files(session, ident, by))
    flash(f"第 {place} 件已复核：{VERDICTS[form.result.data]}。", "ok")
    return redirect(f"{HERE}/{ident}/{following}" if following else f"{HERE}/{ident}", 303)


def _next(files: list[Row[Any]]) -> int:
    """Place of the first file that this person may look at and nobody has; 0 for none."""
    left = (row.SpotCheckFile for row in files if not row.knows and not row.void)
    return next((each.place for each in left if not each.verdict), 0)


def _row(ident: int, place: int) -> Row[Any]:
    session, by = db.session(), principal().actor
    drawing.of(session, ident, by)
    row = query.file_at(session, ident, place, by)
    if row is None:
        raise NotFound
    return row


def _as_submitted(row: Row[Any], by: Actor, *, reveal: bool = False) -> File:
    return load_file(db.session(), row.public_id, by, on=arrived(), reveal=reveal, number=row.number)


def _reveal(ident: int, place: int, form: CheckForm) -> Any:
    """显示: the numbers in full, what was filled in still there; nothing of the first verdict is told with them."""
    by, on = principal().actor, arrived()
    try:
        reveal_id(_row(ident, place).public_id, by=by, on=on, fresh=principal().is_fresh(on))
    except ConfirmFirst:  # what was filled in is stored nowhere: the identity is confirmed in a window of its own
        return _file(ident, place, form.shown(), confirm=f"{CONFIRM}?{urlencode({'next': request.path})}"), 403
    return _file(ident, place, form.shown(), reveal=True)


def _told(rows: list[Row[Any]]) -> bool:
    """Write down whose first verdict the page tells to somebody who did not know it; return whether it tells all of them."""
    shown = [row.SpotCheckFile.review_id for row in rows if query.told(row) and not row.knows]
    note_told(shown, by=principal().actor, on=arrived())
    return all(map(query.told, rows))


def _why_not(row: Row[Any], by: Actor) -> str:
    if row.void:
        return second_look.REVOKED
    if row.untold:
        return second_look.ELSEWHERE
    return second_look.OWN if row.reviewer_id == by.id else second_look.SEEN


def _file(
    ident: int,
    place: int,
    values: dict[str, str] | None = None,
    errors: Errors | None = None,
    *,
    reveal: bool = False,
    confirm: str = "",
) -> str:
    """Render the page; `reveal`: with the numbers in full, `confirm`: address of the 身份确认 that they wait for."""
    by, session = principal().actor, db.session()
    row = _row(ident, place)
    file = _as_submitted(row, by, reveal=reveal)
    notes = notes_of(session, file.submission.content.items, file.case, file.stored.evidence, by)
    done = _told([row])
    may = not row.SpotCheckFile.verdict and not row.knows and not row.void
    return render_template(
        "staff/spot_checks/file.html",
        section="statistics",
        here=f"{HERE}/{ident}/{place}",
        back=f"{HERE}/{ident}",
        row=row,
        file=file,
        order=blind_order(file, notes, values or {}, errors or {}),
        may=may,
        done=done,
        refused="" if done or may else _why_not(row, by),
        verdicts=VERDICTS,
        agree=AGREE,
        disagree=DISAGREE,
        labels={item.key: item.label for item in file.submission.content.items},
        reasons=choices(file, by) if may else {},
        notes=notes,
        confirm=confirm,
        reveal=reveal,
        values=values or {},
        typed=() if may else typed(file, values or {}, labels=CheckForm.own_labels(), verdicts=FOUND),
        errors=errors or {},
        note_label=CheckForm.labels()["note"],
    )
