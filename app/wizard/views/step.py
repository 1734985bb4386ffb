"""/applications/<id>/<step>: one step of the wizard and its pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.actions.applications import drafts, submit
from app.rules.calendar import lately
from app.rules.case import Case
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, WindowClosed
from app.rules.review.fixes import PAGE
from app.rules.review.seen_items import SeenItems
from app.security.allow import allow
from app.security.limits import EVIDENCE_LENIENT, body_limit
from app.security.sessions import principal
from app.wizard.drawing import fields_of
from app.wizard.path import Path
from app.wizard.step import Step
from app.wizard.views import uploads
from app.wizard.views.answers import Answer, bad_picture, bp, case_of, not_saved, refused, sending_of, version_of
from app.wizard.views.forms import StepForm, SubmitForm
from app.wizard.views.seen import seen_by, stale_since


@bp.get("/applications/<public_id>/<slug>")
@allow("examinee")
def step(public_id: str, slug: str) -> str | BaseResponse:
    """Show one step."""
    case, chosen = case_of(public_id)
    path = Path(chosen, case)
    here = path.find(slug)
    if here is None:
        abort(404)
    if not case.writable:
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    if not path.may_open(here):
        return redirect(path.resume_url(), 303)
    values = here.load(case)
    errors = here.errors(case, values)
    if not path.passed(here):  # errors left by 上一步 are marked, empty fields not
        errors = {name: found for name, found in errors.items() if case.answer(here.key).get(name)}
    return _page(case, path, here, values, errors)


@bp.post("/applications/<public_id>/<slug>")
@allow("examinee")
@body_limit(EVIDENCE_LENIENT)
def save(public_id: str, slug: str) -> Answer:
    """下一步, 上一步, 返回（保存所作修改）, an autosave, a choice that changes the page; on the last step 确认无误，提交申请."""
    case, chosen = case_of(public_id)
    path = Path(chosen, case)
    here = path.find(slug)
    if here is None:
        abort(404)
    posted = StepForm()
    if here is path.steps[-1] and posted.act.data == "next":
        return _submit(case, path, here)
    if case.writable and not path.may_open(here):
        return redirect(path.resume_url(), 303)
    bad_files: dict[str, list[str]] = {}
    try:
        if any(file.filename for file in request.files.values()):
            bad_files = uploads.keep_all(case, [here], sending_of())
            case, chosen = case_of(public_id)
        return _save(case, Path(chosen, case), here, posted, bad_files)
    except (ChangedMeanwhile, WindowClosed, NotAllowed) as refusal:
        return not_saved(refusal, public_id, here.slug, here.typed(case, request.form))


def _save(case: Case, path: Path, here: Step, posted: StepForm, bad_files: dict[str, list[str]]) -> Answer:
    act = posted.act.data
    onward = act in ("next", "return")
    values = here.read_posted(case, request.form)
    filled = replace(case, answers={**case.answers, here.key: values}, memo={})
    long = here.too_long(values)
    if long and act == "autosave":
        return "", 413
    errors = {**here.errors(filled, values), **long, **bad_files}
    after = Path(path.service, filled)
    back = _back(after)
    target = {"back": after.before(here)}.get(act, here) if not long else here
    if onward and not errors:
        target = after.find(back) or after.after(here)
    saved = drafts.save_step(
        case.public_id,
        here.key,
        here.storable(case, values),
        version=version_of(case, posted),
        by=principal().actor,
        on=case.on,
        at_step=target.slug,
        reached=after.reach(target).slug,
        labels=here.labels(case),
        sending=sending_of(),
    )
    if act == "autosave":
        return jsonify(version=saved.version, saved=lately(saved.at, case.on))
    if errors and (onward or bad_files or long):
        filled.version, filled.saved_at = saved.version, saved.at
        return _page(filled, after, here, values, errors), 422
    if back and onward:
        return redirect(after.url_of(back), 303)
    return redirect(after.url(target, back), 303)


def _back(path: Path) -> str:
    return path.returns_to(StepForm(request.values).back.data)


def _submit(case: Case, path: Path, here: Step) -> Answer:
    seen = seen_by(SubmitForm(), whole=True)
    try:
        receipt = submit.submit(
            case.public_id, path.service, by=principal().actor, on=case.on, seen=seen, store=uploads.store()
        )
    except Incomplete as refusal:
        links: dict[str, str] = {}
        errors: dict[str, list[str]] = {}
        for problem in refusal.problems:
            name, back = f"{problem.step}.{problem.field}", here.slug if path.find(problem.step) else ""
            links[name] = f"{path.url_of(problem.step, back)}#{problem.field}"
            errors.setdefault(name, []).append(problem.message)
        return _page(case, path, here, {}, errors, links=links), 422
    except ChangedMeanwhile as refusal:
        return _seen_anew(refusal, seen, case.public_id, here)
    except WindowClosed as refusal:
        return refused(refusal, {})
    if receipt.first_time:
        flash(f"申请已提交，回执编号 {receipt.number}。", "ok")
    return redirect(url_for("wizard.application", public_id=case.public_id), 303)


def _seen_anew(refusal: ChangedMeanwhile, seen: SeenItems, public_id: str, here: Step) -> Answer:
    """Show the application as it is now, with what changed since the page was made marked."""
    case, chosen = case_of(public_id)
    path = Path(chosen, case)
    if not case.writable or here not in path.steps:
        return refused(refusal, {})
    return _page(case, path, here, {}, {}, stale=stale_since(seen, case, path)), 409


@bp.post("/applications/<public_id>/<slug>/<slot>")
@allow("examinee")
@body_limit(EVIDENCE_LENIENT)
def upload(public_id: str, slug: str, slot: str) -> Answer:
    """Store one slot's picture, by itself and first so that other errors do not lose it, and the typed text."""
    case, chosen = case_of(public_id)
    path = Path(chosen, case)
    here = path.find(slug)
    if here is None or slot not in here.slots(case):
        abort(404)
    if case.writable and not path.may_open(here):
        return redirect(path.resume_url(), 303)
    values: dict[str, str] = {}
    try:
        bad = uploads.refused_act(case, here, slot, sending_of())
        case, chosen = case_of(public_id)
        if any(name in request.form for name in here.fields(case)):
            values = here.read_posted(case, request.form)
            drafts.save_step(
                public_id,
                here.key,
                here.storable(case, values),
                version=version_of(case, StepForm()),
                by=principal().actor,
                on=case.on,
                at_step=here.slug,
                labels=here.labels(case),
                sending=sending_of(),
            )
    except (ChangedMeanwhile, WindowClosed, NotAllowed) as refusal:
        return not_saved(refusal, public_id, here.slug, here.typed(case, request.form))
    long = here.too_long(values)
    if not bad and not long:
        return redirect(f"{path.url(here, _back(path))}#drop-{slot}", 303)
    case, chosen = case_of(public_id)
    given = here.load(case) | {name: values[name] for name in long}
    errors = long | ({slot: [str(bad)]} if bad else {})
    return bad_picture(_page(case, Path(chosen, case), here, given, errors), bad)


def _page(case: Case, path: Path, here: Step, values: dict[str, str], errors: dict[str, list[str]], **more: Any) -> str:
    back = _back(path)
    return render_template(
        here.template or f"{case.service}/{here.slug}.html",
        section="services",
        service=path.service,
        case=case,
        path=path,
        step=here,
        values=values,
        errors=errors,
        back=back,
        changing=bool(back) and back not in (PAGE, here.slug),
        fields=fields_of(here, case, values),
        **here.context(case, values),
        **more,
    )
