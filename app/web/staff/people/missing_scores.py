"""/staff/questions: 缺成绩 reports and answers."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from sqlalchemy import Row, Select, func, select

from app.actions import scope
from app.actions.records.missing_scores import answer, grades_of, question_in_scope
from app.extensions import db
from app.models import Examinee, PlanRow, School, ScoreQuestion, Staff, Ticket
from app.rules.people.roles import Actor
from app.rules.plans.marks import mark_words
from app.rules.plans.missing_scores import STATE_TONES, STATE_WORDS, QuestionState
from app.rules.refusals import ChangedMeanwhile, Invalid, NotFound
from app.security.allow import allow
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.staff.blueprint import bp
from app.web.staff.people.forms import AnswerForm

QUESTIONS = "/staff/questions"
PAGE = 50


@bp.get(QUESTIONS)
@allow("staff", roles=scope.REVIEWING)
def questions() -> str:
    """List open ones oldest first, answered ones latest first."""
    by = principal().actor
    state = _state(request.args.get("state", "")) or QuestionState.OPEN
    place = request.args.get("after", "")
    query = _rows(by).where(ScoreQuestion.state == state)
    order = ScoreQuestion.id if state is QuestionState.OPEN else ScoreQuestion.id.desc()
    if place.isascii() and place.isdecimal() and len(place) < 15:
        past = ScoreQuestion.id > int(place) if state is QuestionState.OPEN else ScoreQuestion.id < int(place)
        query = query.where(past)
    rows = db.session.execute(query.order_by(order).limit(PAGE + 1)).all()
    return render_template(
        "staff/people/questions.html",
        section="questions",
        state=state,
        states=[(each, STATE_WORDS[each]) for each in QuestionState],
        rows=[_shown(row) for row in rows[:PAGE]],
        waiting=waiting(by),
        in_office=by.role in scope.OFFICE,
        more=f"{QUESTIONS}?state={state}&after={rows[PAGE - 1].id}" if len(rows) > PAGE else None,
    )


@bp.get(f"{QUESTIONS}/<int:ident>")
@allow("staff", roles=scope.REVIEWING)
def question(ident: int) -> str:
    """Render a report beside the office's grades of the course."""
    return _page(ident, {}, {})


@bp.post(f"{QUESTIONS}/<int:ident>")
@allow("staff", roles=scope.REVIEWING)
def answer_question(ident: int) -> Any:
    """Answer 已补录 or 不成立."""
    form = AnswerForm()
    values, state = form.values(), _state(form.state.data) or QuestionState.OPEN
    try:
        answer(ident, state, form.answer.data, by=principal().actor, on=arrived(), token=form.form_token.data)
    except Invalid as refused:
        return _page(ident, values, {refused.field: [refused.message]}), 422
    except ChangedMeanwhile as refused:
        return _page(ident, values, {"": [refused.message]}), 409
    flash(f"已答复：{STATE_WORDS[state]}。", "ok")
    return redirect(QUESTIONS, 303)


def waiting(by: Actor) -> int:
    """Return the number of open reports in scope."""
    query = select(func.count()).select_from(ScoreQuestion)
    return db.session.scalar(query.where(ScoreQuestion.state == QuestionState.OPEN, scope.questions(by))) or 0


def _state(text: str) -> QuestionState | None:
    return QuestionState(text) if text in list(QuestionState) else None


def _rows(by: Actor) -> Select[Any]:
    major = select(PlanRow.name).where(PlanRow.major_code == ScoreQuestion.major_code).limit(1).scalar_subquery()
    return (
        select(
            *ScoreQuestion.__table__.c,
            Ticket.number.label("ticket"),
            Ticket.school_code.label("declared"),
            Examinee.id.label("person"),
            Examinee.name,
            School.name.label("school"),
            Staff.name.label("who"),
            major.label("major"),
        )
        .join(Ticket, Ticket.id == ScoreQuestion.ticket_id)
        .join(Examinee, Examinee.id == Ticket.examinee_id)
        .outerjoin(School, School.code == ScoreQuestion.school_code)
        .outerjoin(Staff, Staff.id == ScoreQuestion.answered_by)
        .where(scope.questions(by))
    )


def _shown(row: Row[Any]) -> dict[str, Any]:
    state = QuestionState(row.state)
    return {
        **row._asdict(),
        "url": f"{QUESTIONS}/{row.id}",
        "name": scope.shown_name(row.name, principal().actor),
        "word": STATE_WORDS[state],
        "tone": STATE_TONES[state],
    }


def _page(ident: int, values: dict[str, str], errors: dict[str, list[str]]) -> str:
    by = principal().actor
    row = db.session.execute(_rows(by).where(ScoreQuestion.id == ident)).one_or_none()
    if row is None:
        raise NotFound
    grades = grades_of(db.session(), question_in_scope(db.session(), ident, by))
    return render_template(
        "staff/people/question.html",
        section="questions",
        here=f"{QUESTIONS}/{ident}",
        row=_shown(row),
        known=by.role in scope.OFFICE or row.declared == by.school_code,  # else the person is out of scope
        grades=[(grade.session, mark_words(grade.mark), grade.origin) for grade in grades],
        open=row.state == QuestionState.OPEN,
        results=[(QuestionState.ADDED, "已补录", "成绩已在系统里"), (QuestionState.REFUSED, "不成立", "须写明原因")],
        values=values,
        errors=errors,
        labels=AnswerForm.labels(),
    )
