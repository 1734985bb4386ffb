"""/staff/examinees: find a record, 延长, reset a password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import current_app, flash, redirect, render_template, request

from app.actions import scope
from app.actions.people.accounts import issue_reset_code
from app.actions.people.reveals import reveal_person
from app.actions.windows.extensions import end
from app.extensions import db
from app.rules.people.privacy import mask_id, mask_phone
from app.rules.refusals import ChangedMeanwhile, Invalid
from app.security.allow import allow, confirm_first
from app.security.redirects import leads_back
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.people import extensions
from app.web.staff.people.forms import PersonForm, SearchForm
from app.web.staff.people.query import PEOPLE, find, load_record


@bp.get(PEOPLE)
@allow("staff", roles=scope.REVIEWING)
def people() -> str:
    """Render the empty search."""
    return _search_page("")


@bp.post(PEOPLE)
@allow("staff", roles=scope.REVIEWING)
def search() -> Any:
    """Search by POST, as an ID number must appear in no address or log. A single result is opened."""
    typed = SearchForm().q.data.strip()[:80]
    if not typed:
        return _search_page("", errors={"q": ["请填写证件号码、准考证号或姓名"]}), 422
    found = find(db.session(), typed, principal().actor)
    if len(found) == 1:
        return redirect(f"{PEOPLE}/{found[0].id}", 303)
    return _search_page(
        typed,
        [
            (f"{PEOPLE}/{row.id}", scope.shown_name(row.name, principal().actor), mask_id(row.id_number), row.tickets)
            for row in found
        ],
    )


def _search_page(
    typed: str, found: list[tuple[Any, ...]] | None = None, errors: dict[str, list[str]] | None = None
) -> str:
    return render_template(
        "staff/people/people.html",
        section="examinees",
        typed=typed,
        found=found,
        errors=errors or {},
        labels=SearchForm.labels(),
    )


@bp.get(f"{PEOPLE}/<int:ident>")
@allow("staff", roles=scope.REVIEWING)
def person(ident: int) -> str:
    """One person's record."""
    return _page(ident)


@bp.post(f"{PEOPLE}/<int:ident>")
@allow("staff", roles=scope.REVIEWING)
def act(ident: int) -> Any:
    """显示, 延长 and its early end, or 重置密码. The code stands on this one answer and nowhere else."""
    by, on, form = principal().actor, arrived(), PersonForm()
    if form.act.data in ("extend", "end"):
        return _longer(ident, form)
    if form.act.data == "reveal":
        reveal_person(ident, by=by, on=on, fresh=principal().is_fresh(on))
        return _page(ident, reveal=True)
    return _reset(ident, form)


@leads_back("staff.act")
def _chosen() -> str:
    """Return the page's address with the tick before 重置密码; the other forms come back as they are typed."""
    form = PersonForm()
    return f"{request.path}?{urlencode({'checked': form.checked.data})}" if form.act.data == "reset" else ""


def _reset(ident: int, form: PersonForm) -> Any:
    """重置密码, after 身份确认."""
    by, on = principal().actor, arrived()
    scope.examinee(db.session(), ident, by)
    if not principal().is_fresh(on):
        return confirm_first()
    if not form.checked.data:
        return _page(ident, errors={"checked": ["请先核对本人身份，再重置密码"]}), 422
    key = current_app.extensions["kaoji"].secret_key
    try:
        code = issue_reset_code(ident, by=by, secret=key, on=on, token=form.form_token.data)
    except ChangedMeanwhile as refused:
        return _page(ident, errors={"": [refused.message]}), 409
    return _page(ident, code=code)


def _longer(ident: int, form: PersonForm) -> Any:
    """延长 or 提前结束."""
    by, on = principal().actor, arrived()
    scope.examinee(db.session(), ident, by)
    try:
        if form.act.data == "extend":
            extensions.read_and_extend(form, by=by, on=on)
            flash("已延长，考生会收到站内消息。", "ok")
        else:
            end(form.extension.data, by=by, on=on, token=form.form_token.data)
            flash("已提前结束，考生会收到站内消息。", "ok")
    except Invalid as refused:
        return _page(ident, errors={refused.field: [refused.message]}, typed=form.values()), 422
    return redirect(f"{PEOPLE}/{ident}#longer", 303)


def _page(
    ident: int,
    *,
    reveal: bool = False,
    code: str = "",
    errors: dict[str, list[str]] | None = None,
    typed: dict[str, str] | None = None,
) -> str:
    record = load_record(db.session(), ident, principal().actor, on=arrived())
    tickets = [ticket.id for ticket in record.tickets]
    offered = extensions.offers(db.session(), tickets, principal().actor, arrived())
    person = record.person
    return render_template(
        "staff/people/person.html",
        section="examinees",
        record=record,
        here=f"{PEOPLE}/{ident}",
        id_number=person.id_number if reveal else mask_id(person.id_number),
        phone=person.phone if reveal else mask_phone(person.phone),
        name=scope.shown_name(person.name, principal().actor),
        reveal=reveal,
        correcting=principal().actor.role in scope.OFFICE,
        code=code,
        errors=errors or {},
        labels=PersonForm.labels(),
        given=extensions.extensions_of(db.session(), tickets, arrived()),
        offered=[(each.value, each.words) for each in offered],
        kinds=extensions.KINDS,
        values=typed or extensions.first_values(offered, request.args.get("extend", "")),
        checked={"checked": PersonForm(request.args).checked.data},
    )
