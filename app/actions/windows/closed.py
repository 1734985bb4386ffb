"""The refusal of what came too late, in the words of app.rules.closing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models import Application, School, SiteText, Ticket
from app.rules.closing import closed_words, school_words
from app.rules.refusals import WindowClosed
from app.rules.review.lifecycle import State
from app.rules.windows import WindowFacts


def its_school() -> ColumnElement[str]:
    """Code of an application's school: of its submission; before it, of the ticket."""
    return func.coalesce(func.nullif(Application.school_code, ""), Ticket.school_code)


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
