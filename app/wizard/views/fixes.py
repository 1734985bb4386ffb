"""/applications/<id>/fixes: change, explain and resubmit a returned application on one page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for

from app.actions.applications import drafts, submit
from app.actions.applications.fixes import replies_of, returned_of
from app.actions.windows.closed import revoked_return
from app.extensions import db
from app.rules.calendar import lately
from app.rules.case import Case
from app.rules.refusals import ChangedMeanwhile, Incomplete, NotAllowed, WindowClosed
from app.rules.review.fixes import PAGE, REPLIES
from app.rules.review.lifecycle import State
from app.rules.review.seen_items import SeenItems
from app.rules.text import LONGEST_LINE
from app.security.allow import allow
from app.security.limits import EVIDENCE_LENIENT, body_limit
from app.security.sessions import principal
from app.wizard import queries
from app.wizard.fixes_page import FixPage, load_fixes
from app.wizard.path import Path
from app.wizard.step import too_long_problem
from app.wizard.views import uploads
from app.wizard.views.answers import Answer, bad_picture, bp, case_of, not_saved, sending_of, version_of
from app.wizard.views.forms import FixesForm
from app.wizard.views.seen import seen_by, stale_since

Errors = dict[str, list[str]]
REPLY_LONGEST = 3_000  # characters kept of 我的说明: of its 300 字, an English word is one


@bp.get(f"/applications/<public_id>/{PAGE}")
@allow("examinee")
def fixes(public_id: str) -> Answer:
    """Show the returned items with their reasons; read-only after the deadline."""
    case, service = case_of(public_id)
    if case.state is not State.RETURNED:
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    return _page(case, Path(service, case))


@bp.post(f"/applications/<public_id>/{PAGE}")
@allow("examinee")
@body_limit(EVIDENCE_LENIENT)
def save_fixes(public_id: str) -> Answer:
    """保存, an autosave, a choice that changes the page, or 确认无误，提交申请, which saves first."""
    case, service = case_of(public_id)
    act = FixesForm().act.data
    if case.state is State.DRAFT or (act == "next" and _sent_already(case)):
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    seen = seen_by(FixesForm(), whole=False)
    try:
        long = _too_long(case, Path(service, case))
        if long and act == "autosave":
            return "", 413
        bad_files = _keep_files(case, Path(service, case))
        saved = _save(case, Path(service, case))
        if seen.version == case.version:  # nobody else saved: the rest is what this form sent
            seen = replace(seen, version=saved.version)
        case, service = case_of(public_id)
        path = Path(service, case)
        if act == "autosave":
            found = load_fixes(db.session(), case, path)
            states = found.states if found else {}
            return jsonify(version=saved.version, saved=lately(saved.at, case.on), fixes=states)
        if act == "next" and not bad_files and not long:
            return _submit(case, path, seen)
    except (ChangedMeanwhile, WindowClosed, NotAllowed) as refusal:
        return not_saved(refusal, public_id, PAGE, _typed(case, Path(service, case)))
    if bad_files or long:
        return _page(case, path, long | bad_files, typed=_sent(long)), 422
    return redirect(path.url_of(PAGE), 303)


@bp.post(f"/applications/<public_id>/{PAGE}/<slot>")
@allow("examinee")
@body_limit(EVIDENCE_LENIENT)
def fix_picture(public_id: str, slot: str) -> Answer:
    """Store one picture sent by itself, first so that nothing typed can lose it, and the text typed beside it."""
    case, service = case_of(public_id)
    path = Path(service, case)
    here = next((step for step in path.steps if slot in step.slots(case)), None)
    if here is None:
        abort(404)
    if _sent_already(case):
        return redirect(url_for("wizard.application", public_id=public_id), 303)
    try:
        bad = uploads.refused_act(case, here, slot, sending_of())
        case, service = case_of(public_id)
        path = Path(service, case)
        long = _too_long(case, path)
        _save(case, path)
    except (ChangedMeanwhile, WindowClosed, NotAllowed) as refusal:
        return not_saved(refusal, public_id, PAGE, _typed(case, path))
    if not bad and not long:
        return redirect(f"{path.url_of(PAGE)}#drop-{slot}", 303)
    case, service = case_of(public_id)
    errors = long | ({slot: [str(bad)]} if bad else {})
    return bad_picture(_page(case, Path(service, case), errors, typed=_sent(long)), bad)


def _sent_already(case: Case) -> bool:
    """Whether it was submitted anew, so that this is the second click; where the return was revoked it was not."""
    return case.state is not State.RETURNED and not revoked_return(db.session(), case.application_id)


def _keep_files(case: Case, path: Path) -> Errors:
    """Store pictures posted with the page (no script)."""
    if not any(file.filename for file in request.files.values()):
        return {}
    return uploads.keep_all(case, path.steps, sending_of())


def _save(case: Case, path: Path) -> drafts.Saved:
    """Save all steps and 我的说明 in one transaction."""
    labels = {name: words for step in path.steps for name, words in step.labels(case).items()}
    returned = returned_of(db.session(), case.application_id)
    parts, posted = _parts(case, path), FixesForm()
    if returned:
        labels |= {key: f"{returned.labels.get(key, key)}（我的说明）" for key in returned.reasons}
        before = replies_of(case)
        given = posted.reply.data
        words = {
            key: given[key] for key in returned.reasons if len(given.get(key, "")) <= REPLY_LONGEST and key in given
        }
        if any(text != before.get(key, "") for key, text in words.items()):
            parts[REPLIES] = before | words
    return drafts.save_parts(
        case.public_id,
        parts,
        version=version_of(case, posted),
        by=principal().actor,
        on=case.on,
        labels=labels,
        sending=sending_of(),
    )


def _parts(case: Case, path: Path) -> dict[str, dict[str, str]]:
    """Return step key -> answers, for steps with posted fields."""
    return {
        step.key: step.storable(case, step.read_posted(case, request.form))
        for step in path.steps
        if any(name in request.form and case.open(f"{step.key}.{name}") for name in step.fields(case))
    }


def _too_long(case: Case, path: Path) -> Errors:
    """Return field -> message for what is too long to be kept: told, and given back once."""
    found = {
        f"reply.{key}": too_long_problem(text, REPLY_LONGEST)
        for key, text in FixesForm().reply.data.items()
        if len(text) > REPLY_LONGEST
    }
    for step in path.steps:
        posted = {name: request.form[name] for name in step.fields(case) if name in request.form}
        if any(len(text) > LONGEST_LINE for text in posted.values()):
            found |= {
                name: told for name, told in step.too_long(step.read_posted(case, posted)).items() if name in posted
            }
    return found


def _sent(names: Errors) -> dict[str, str]:
    return {name: request.form.get(name, "") for name in names}


def _typed(case: Case, path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in path.steps:
        found |= step.typed(case, request.form)
    labels = {item.key: item.label for step in path.steps for item in step.items(case)}
    held = replies_of(case)
    said = {key: text for key, text in FixesForm().reply.sent.items() if text and text != held.get(key, "")}
    return found | {f"我的说明（{labels.get(key, i)}）": text for i, (key, text) in enumerate(said.items(), 1)}


def _submit(case: Case, path: Path, seen: SeenItems) -> Answer:
    try:
        receipt = submit.submit(
            case.public_id, path.service, by=principal().actor, on=case.on, seen=seen, store=uploads.store()
        )
    except ChangedMeanwhile:
        case, service = case_of(case.public_id)
        if case.state is not State.RETURNED:
            raise
        path = Path(service, case)
        return _page(case, path, stale=stale_since(seen, case, path)), 409
    except Incomplete as refusal:
        case = replace(case, memo={})
        page = load_fixes(db.session(), case, path)
        errors: Errors = {}
        links = {}
        for problem in refusal.problems:
            name = problem.field
            if problem.step != PAGE and (page is None or name not in page.names):
                name = f"{problem.step}.{problem.field}"
                links[name] = f"{path.url_of(problem.step, PAGE)}#{problem.field}"
            errors.setdefault(name, []).append(problem.message)
        return _page(case, path, errors, page=page, links=links), 422
    if receipt.first_time:
        flash(f"申请已重新提交，回执编号 {receipt.number}。", "ok")
    return redirect(url_for("wizard.application", public_id=case.public_id), 303)


def _page(
    case: Case,
    path: Path,
    errors: Errors | None = None,
    *,
    page: FixPage | None = None,
    typed: dict[str, str] | None = None,
    **more: Any,
) -> str:
    found = page or load_fixes(db.session(), case, path)
    if found is None:
        abort(404)
    return render_template(
        "wizard/fixes.html",
        section="services",
        service=path.service,
        case=case,
        path=path,
        page=found,
        card=queries.card_of(db.session(), case.public_id, case.on),
        here=path.url_of(PAGE),
        errors=found.errors | (errors or {}),
        values=found.values | (typed or {}),
        **more,
    )
