"""缺成绩: examinees report missing grades; the 主考学校 or the office answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.repeats import once
from app.models import Score, ScoreQuestion, Ticket
from app.models.base import transaction
from app.models.parts import Part
from app.rules.calendar import today
from app.rules.people.roles import Actor
from app.rules.plans.missing_scores import (
    ANSWER_MOST,
    MOST_OPEN,
    Claim,
    Question,
    QuestionState,
    problems,
    read_exam_session,
)
from app.rules.refusals import ChangedMeanwhile, Incomplete, Invalid, NotAllowed, NotFound, Problem


class Asked(NamedTuple):
    """`first_time` is False when the course already had an open question."""

    id: int
    first_time: bool


def _question(state: str, **given: Any) -> Question:
    return Question(state=QuestionState(state), **given)


QUESTION = Part("question", _question, {name: ScoreQuestion.__table__.c[name] for name in Question._fields})
_of_ticket = (
    select(*QUESTION.columns).where(ScoreQuestion.ticket_id == bindparam("ticket")).order_by(ScoreQuestion.id.desc())
)


def ask(ticket_number: str, school_code: str, major_code: str, claim: Claim, *, by: Actor, on: datetime) -> Asked:
    """Send a question to the school; a second click (or tab) gets the open one.

    Raises NotFound (not their ticket), Incomplete (fields), NotAllowed (too many open).
    """
    wrong = problems(claim, today(on))
    if wrong:
        raise Incomplete([Problem("missing", name, message) for name, texts in wrong.items() for message in texts])
    try:
        with transaction() as session:
            ticket = _own(session, ticket_number, by)
            waiting = _waiting(session, ticket, claim.course_code)
            if waiting is not None:
                return Asked(waiting, first_time=False)
            _not_too_many(session, ticket)
            row = _question_row(ticket, school_code, major_code, claim, on)
            session.add(row)
            session.flush()
            detail = {"course": row.course_code, "session": row.session, "school": school_code}
            record(
                session,
                on=on,
                by=by,
                action="question.asked",
                subject="score_question",
                subject_id=row.id,
                detail=detail,
            )
            return Asked(row.id, first_time=True)
    except IntegrityError:  # created meanwhile in another tab
        with transaction() as session:
            found = _waiting(session, _own(session, ticket_number, by), claim.course_code)
        if found is None:
            raise
        return Asked(found, first_time=False)


def _question_row(ticket_id: int, school_code: str, major_code: str, claim: Claim, on: datetime) -> ScoreQuestion:
    return ScoreQuestion(
        ticket_id=ticket_id,
        school_code=school_code,
        major_code=major_code,
        course_code=claim.course_code,
        course_name=claim.course_name,
        session=read_exam_session(claim.session, today(on)),
        place=claim.place,
        text=claim.text,
        asked_at=on,
    )


def _own(session: Session, ticket_number: str, by: Actor) -> int:
    ident = session.scalar(select(Ticket.id).where(Ticket.number == ticket_number, Ticket.examinee_id == by.id))
    if ident is None:
        raise NotFound
    return ident


def _waiting(session: Session, ticket_id: int, course_code: str) -> int | None:
    mine = (ScoreQuestion.ticket_id == ticket_id, ScoreQuestion.course_code == course_code)
    return session.scalar(select(ScoreQuestion.id).where(*mine, ScoreQuestion.state == QuestionState.OPEN))


def _not_too_many(session: Session, ticket_id: int) -> None:
    mine = (ScoreQuestion.ticket_id == ticket_id, ScoreQuestion.state == QuestionState.OPEN)
    if (session.scalar(select(func.count()).select_from(ScoreQuestion).where(*mine)) or 0) >= MOST_OPEN:
        raise NotAllowed(f"已有 {MOST_OPEN} 门课程在等待处理，请等主考学校答复后再报告，或直接电话联系。")


def answer(question_id: int, state: QuestionState, text: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """Answer once: 已补录 (needs a stored grade of the course) or 不成立 (needs a reason). `token`: of the form.

    Raises NotFound (out of scope), Invalid (state, answer), ChangedMeanwhile (answered already).
    """
    if state is QuestionState.OPEN:
        raise Invalid("state", "请选择处理结果")
    if state is QuestionState.REFUSED and not text:
        raise Invalid("answer", "不成立须写明原因，考生会看到")
    if len(text) > ANSWER_MOST:
        raise Invalid("answer", f"答复最多 {ANSWER_MOST} 字，现在是 {len(text)} 字")
    with transaction() as session:
        what = ["question", question_id, state.value, text]
        once(session, token, what, lambda: _answer(session, question_id, state, text, by, on), by=by, on=on)


def _answer(
    session: Session, question_id: int, state: QuestionState, text: str, by: Actor, on: datetime
) -> dict[str, Any]:
    row = question_in_scope(session, question_id, by)
    if state is QuestionState.ADDED and not grades_of(session, row):
        raise Invalid("state", "系统里还没有这门课程的成绩，请先由考办导入成绩，再标为已补录")
    done = session.execute(
        update(ScoreQuestion)
        .where(ScoreQuestion.id == question_id, ScoreQuestion.state == QuestionState.OPEN)
        .values(state=state.value, answer=text, answered_by=by.id, answered_at=on)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise ChangedMeanwhile("这个问题刚刚已有人处理过，结果如下。")
    record(
        session,
        on=on,
        by=by,
        action=f"question.{state.value}",
        subject="score_question",
        subject_id=question_id,
        detail={"course": row.course_code, "session": row.session},
    )
    return {}


def question_in_scope(session: Session, question_id: int, by: Actor) -> ScoreQuestion:
    """The question of that id; NotFound when absent or out of scope."""
    row = session.scalar(select(ScoreQuestion).where(ScoreQuestion.id == question_id, scope.questions(by)))
    if row is None:
        raise NotFound
    return row


def grades_of(session: Session, question: ScoreQuestion) -> Sequence[Score]:
    """Stored grades of the question's ticket and course, the latest first."""
    mine = (Score.ticket_id == question.ticket_id, Score.course_code == question.course_code)
    return session.scalars(select(Score).where(*mine).order_by(Score.session.desc(), Score.id)).all()


def questions_of(session: Session, ticket_id: int) -> list[Question]:
    """All questions of a ticket, the latest first."""
    return [QUESTION.read(row) for row in session.execute(_of_ticket, {"ticket": ticket_id})]
