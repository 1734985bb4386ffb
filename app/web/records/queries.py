"""Scores of one ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.actions.records.holdings import office_of
from app.models import PlanRow, School, Score, Ticket
from app.models.prepared import Prepared
from app.rules.case import Finished
from app.rules.plans.marks import Mark, parse_mark

_latest = select(func.max(Score.session))
_columns = (
    Score.session,
    Score.course_code.label("code"),
    Score.course_name.label("name"),
    Score.mark,
    Score.origin,
)
_of_ticket = select(*_columns).where(Score.ticket_id == bindparam("ticket"))
_at = _of_ticket.where(Score.session == bindparam("session")).order_by(Score.course_code, Score.origin)
_before = _of_ticket.where(Score.session < bindparam("session")).order_by(
    Score.session.desc(), Score.course_code, Score.origin
)


_school = Prepared(
    select(School.name, School.phone)
    .join(Ticket, Ticket.school_code == School.code)
    .where(Ticket.id == bindparam("ticket"))
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


def _rows(session: Session, query: Select[*tuple[Any, ...]], ticket_id: int, exam: str) -> list[Row]:
    found = session.execute(query, {"ticket": ticket_id, "session": exam})
    return [Row(row.session, row.code, row.name, row.mark, row.origin) for row in found]


def school_of(session: Session, ticket_id: int) -> tuple[str, str]:
    """Return name and phone of the ticket's 主考学校, empty where the roster names none."""
    row = _school.one(session, ticket=ticket_id)
    return (row.name, row.phone) if row else ("", "")


def latest_exam_session(session: Session) -> str:
    """Return the latest exam session (考次), or ''."""
    return session.scalar(_latest) or ""


def at(session: Session, ticket_id: int, exam: str) -> list[Row]:
    """当次成绩: return the ticket's scores of one exam session."""
    return _rows(session, _at, ticket_id, exam)


def before(session: Session, ticket_id: int, exam: str, course: str = "") -> list[tuple[str, list[Row]]]:
    """历次成绩: return scores by exam session, latest first; `course`: code or name, in part."""
    found: dict[str, list[Row]] = {}
    for row in _rows(session, _before, ticket_id, exam):
        if not course or course in row.name or course in row.code:
            found.setdefault(row.session, []).append(row)
    return list(found.items())


@dataclass(frozen=True, slots=True)
class UsedUp:
    """Majors that the ticket has finished, each with its words, and the courses used up: code -> major."""

    majors: tuple[tuple[Finished, str], ...] = ()
    used: Mapping[str, str] = field(default_factory=dict)


def used_up(session: Session, ticket_id: int | None, on: date) -> UsedUp:
    """Return what the ticket has finished."""
    ticket = office_of(session, ticket_id, on).ticket if ticket_id else None
    if ticket is None or not ticket.all_finished:
        return UsedUp()
    codes = [each.major_code for each in ticket.all_finished]
    named = select(PlanRow.major_code, PlanRow.name, PlanRow.level).where(PlanRow.major_code.in_(codes))
    names = {code: f"{code} {name}（{level}）" for code, name, level in session.execute(named)}
    majors = tuple((each, names.get(each.major_code, each.major_code)) for each in ticket.all_finished)
    return UsedUp(majors, ticket.record().used)
