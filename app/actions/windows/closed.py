"""The refusal of what came too late: after the closing (in the words of app.rules.closing), or when the application was out of one's hands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import Application, Review, Revocation, School, SiteText, Submission, Ticket
from app.rules.calendar import moment
from app.rules.closing import closed_words, school_words
from app.rules.refusals import ChangedMeanwhile, WindowClosed
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts


def its_school(of_ticket: SQLCoreOperations[str] = Ticket.school_code) -> ColumnElement[str]:
    """Code of an application's school: of its submission; before it, of the ticket."""
    return func.coalesce(func.nullif(Application.school_code, ""), of_ticket)


def too_late(session: Session, application_id: int, state: State, window: WindowFacts, on: datetime) -> WindowClosed:
    """The refusal for this application; reads whom to call, which only a refusal needs."""
    school = session.execute(
        select(School.name, School.phone)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(School, School.code == its_school())
        .where(Application.id == application_id)
        .select_from(Application)
    ).one_or_none()
    site = {row.key: row.value for row in session.execute(select(SiteText.key, SiteText.value))}
    return WindowClosed(
        closed_words(window, state is State.RETURNED, on, school_words(*school or ("", "")), site),
    )


def handed_in(session: Session, application_id: int) -> ChangedMeanwhile:
    """The refusal of a change to an application that is with the reviewers; a return that was revoked is named."""
    revoked = revoked_return(session, application_id)
    return ChangedMeanwhile(revoked or "申请已经提交，不能再修改。")


def revoked_return(session: Session, application_id: int) -> str:
    """What is said of a return that was revoked and not submitted anew since; '' where there is none."""
    last = session.execute(
        select(Review.stage, Review.decision, Revocation.revoked_at, Submission.number, Application.submissions)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Application, Application.id == Review.application_id)
        .outerjoin(Revocation, Revocation.review_id == Review.id)
        .where(Review.application_id == application_id, Review.decision != "")
        .order_by(Review.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.revoked_at is None or last.decision != "return" or last.number != last.submissions:
        return ""
    whose = "考办" if last.stage == State.OFFICE_REVIEW else "主考学校"
    return f"原来的退回已于 {moment(last.revoked_at)}（北京时间）撤销，{whose}会重新审核，你现在不用修改。刚才的内容没有保存。"
