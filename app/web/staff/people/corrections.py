"""更正 by the office: a form with a reason, then a page that says old, new and what it touches, and only then the act."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import current_app, flash, redirect, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.actions import scope
from app.actions.corrections import asking
from app.actions.corrections.asking import PERSON, SCORE, TICKET, Act
from app.actions.corrections.plan import LONGEST_REASON
from app.extensions import db
from app.models import Examinee, School, Ticket
from app.rules.people.identity import ID_TYPES
from app.rules.people.privacy import mask_id
from app.rules.plans.marks import Origin
from app.rules.refusals import ChangedMeanwhile, Invalid, NotFound
from app.security.allow import allow
from app.security.redirects import leads_back
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.people.query import PEOPLE
from app.wizard.forms import TICKED, Choice, Form, Line, Number, Text

HERE = "/staff/corrections"
TITLES = {PERSON: "更正个人信息", TICKET: "更正准考证号", SCORE: "更正成绩"}


class CorrectForm(Form):
    """A person's, a ticket's or a score's, by `ticket` and `score`."""

    ticket = Number()
    score = Number()
    again = Text()  # of what was asked before, to change it
    name = Line("姓名")
    id_type = Choice("证件类型")
    id_number = Line("证件号码")
    school_code = Choice("报考学校")
    major_code = Line("报考专业代码")
    plan_version = Line("计划版本")
    to_number = Line("应归的人的证件号码")
    to_name = Line("应归的人的姓名")
    course_code = Line("课程代码")
    course_name = Line("课程名称")
    session = Line("考次")
    mark = Line("成绩")
    origin = Choice("取得方式")
    withdraw = Choice("这条成绩作废", TICKED)
    reason = Line("更正的原因和依据")


class ConfirmForm(Form):
    shown = Text()
    sure = Choice("已核实", TICKED)


@bp.get(f"{PEOPLE}/<int:ident>/correct")
@allow("staff", roles=scope.OFFICE)
def correction_form(ident: int) -> str:
    """Render the form; with `again` as it was asked before."""
    form = CorrectForm(request.args)
    before = asking.asked_before(db.session(), form.again.data, by=principal().actor, on=arrived())
    return _form_page(ident, form, before, {})


@bp.post(f"{PEOPLE}/<int:ident>/correct")
@allow("staff", roles=scope.OFFICE)
def ask_correction(ident: int) -> Any:
    """Check and keep what is asked; nothing is changed yet."""
    form = CorrectForm()
    subject, subject_id = _subject(ident, form)
    names = [*asking.present(db.session(), subject, subject_id), "reason"]
    fields = {name: form[name].data for name in names}
    try:
        key = asking.ask(subject, subject_id, fields, by=principal().actor, on=arrived())
    except Invalid as refused:
        return _form_page(ident, form, fields, {refused.field: [refused.message]}), 422
    return redirect(f"{HERE}/{key}", 303)


@bp.get(f"{HERE}/<key>")
@allow("staff", roles=scope.OFFICE, fresh=True)
def look_at_correction(key: str) -> Any:
    """Say what changes and what it touches."""
    return _confirm_page(key, sure=ConfirmForm(request.args).sure.data)


@leads_back("staff.do_correction")
def _ticked() -> str:
    return f"{request.path}?{urlencode({'sure': ConfirmForm().sure.data})}"


@bp.post(f"{HERE}/<key>")
@allow("staff", roles=scope.OFFICE, fresh=True)
def do_correction(key: str) -> Any:
    """Correct what the page showed."""
    by, on, form = principal().actor, arrived(), ConfirmForm()
    secret = current_app.extensions["kaoji"].secret_key
    try:
        owner = asking.confirm(key, Act(by, on, secret, form.shown.data, bool(form.sure.data)))
    except Invalid as refused:
        db.session.rollback()
        if refused.field == "sure":
            return _confirm_page(key, errors={"sure": [refused.message]}), 422
        return _back_to_form(key, refused.message)
    except ChangedMeanwhile as refused:
        db.session.rollback()
        return _confirm_page(key, errors={"": [refused.message]}, status=409)
    flash("已更正，考生会收到站内消息。", "ok")
    return redirect(f"{PEOPLE}/{owner}", 303)


def _subject(ident: int, form: CorrectForm) -> tuple[str, int]:
    """Return what is corrected. Raises NotFound for another person's."""
    found = (PERSON, ident)
    if form.score.data:
        found = (SCORE, form.score.data)
    elif form.ticket.data:
        found = (TICKET, form.ticket.data)
    if db.session.get(Examinee, ident) is None or asking.owner_of(db.session(), *found) != ident:
        raise NotFound
    return found


def _form_page(ident: int, form: CorrectForm, typed: dict[str, str], errors: dict[str, list[str]]) -> str:
    subject, subject_id = _subject(ident, form)
    person = db.session.get_one(Examinee, ident)
    ticket = db.session.get(Ticket, subject_id) if subject == TICKET else None
    return render_template(
        "staff/people/correct.html",
        section="examinees",
        subject=subject,
        title=TITLES[subject],
        person=person,
        id_number=mask_id(person.id_number),
        ticket=ticket,
        hidden={"ticket": form.ticket.data, "score": form.score.data},
        values=asking.present(db.session(), subject, subject_id) | typed,
        errors=errors,
        labels=CorrectForm.labels(),
        most=LONGEST_REASON,
        id_types=[(each, each) for each in ID_TYPES],
        origins=[(each.value, each.value) for each in Origin],
        schools=_schools(ticket.school_code if ticket else ""),
        here=f"{PEOPLE}/{ident}/correct",
        back=f"{PEOPLE}/{ident}",
    )


def _schools(present: str) -> list[tuple[str, str]]:
    """Return all schools, and a code that is none's where the ticket has it."""
    rows = db.session.execute(select(School.code, School.name).order_by(School.code))
    found = {row.code: f"{row.code} {row.name}" for row in rows}
    unknown = {present: f"{present}（没有这所学校）"} if present and present not in found else {}
    return list((unknown | found).items())


def _confirm_page(key: str, *, errors: dict[str, list[str]] | None = None, sure: str = "", status: int = 200) -> Any:
    by, on = principal().actor, arrived()
    try:
        found = asking.asked(db.session(), key, by=by, on=on)
    except ChangedMeanwhile as refused:
        flash(refused.message)
        return redirect(f"{PEOPLE}/{asking.whose_page(db.session(), key, by=by, on=on)}", 303)
    except Invalid as refused:
        return _back_to_form(key, refused.message)
    page = render_template(
        "staff/people/correction.html",
        section="examinees",
        title=TITLES[found.subject],
        found=found,
        plan=found.plan,
        person=db.session.get_one(Examinee, found.examinee_id),
        reason=found.fields["reason"],
        errors=errors or {},
        values={"sure": sure},
        here=f"{HERE}/{key}",
        again=_form_address(key),
        back=f"{PEOPLE}/{found.examinee_id}",
    )
    return page if status == 200 else (page, status)


def _back_to_form(key: str, message: str) -> Response:
    flash(message, "bad")
    return redirect(_form_address(key), 303)


def _form_address(key: str) -> str:
    subject, subject_id, examinee_id = asking.what(db.session(), key, by=principal().actor, on=arrived())
    query = {"again": key} | ({} if subject == PERSON else {subject: subject_id})
    return f"{PEOPLE}/{examinee_id}/correct?{urlencode(query)}"
