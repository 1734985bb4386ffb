"""Scores of one ticket."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.models import Score
from app.rules.plans.marks import Mark, parse_mark

_latest = select(func.max(Score.session))
_columns = (Score.session, Score.course_code, Score.course_name, Score.mark, Score.origin)
_of_ticket = select(*_columns).where(Score.ticket_id == bindparam("ticket"))
_at = _of_ticket.where(Score.session == bindparam("session")).order_by(Score.course_code, Score.origin)
_before = _of_ticket.where(Score.session < bindparam("session")).order_by(
    Score.session.desc(), Score.course_code, Score.origin
)


@dataclass(frozen=True, slots=True)
class Row:
    """One score for display."""

    session: str
    code: str
    name: str
    mark: str
    origin: str

    @property
    def read(self) -> Mark:
        return parse_mark(self.mark)


def latest_exam_session(session: Session) -> str:
    """Return the latest exam session (考次), or ''."""
    return session.scalar(_latest) or ""


def at(session: Session, ticket_id: int, exam: str) -> list[Row]:
    """当次成绩: return the ticket's scores of one exam session."""
    return [Row(*row) for row in session.execute(_at, {"ticket": ticket_id, "session": exam})]


def before(session: Session, ticket_id: int, exam: str, course: str = "") -> list[tuple[str, list[Row]]]:
    """历次成绩: return scores by exam session, latest first; `course`: code or name, in part."""
    rows = [Row(*row) for row in session.execute(_before, {"ticket": ticket_id, "session": exam})]
    found: dict[str, list[Row]] = {}
    for row in rows:
        if not course or course in row.name or course in row.code:
            found.setdefault(row.session, []).append(row)
    return list(found.items())
