"""Scores that were passed and no longer are, of tickets on which somebody applied or graduated: named one by one, never only counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.imports.common import chunks
from app.actions.services import title_of
from app.models import Application, Examinee, Submission, Ticket
from app.rules.people.roles import Actor
from app.rules.plans.marks import mark_words, parse_mark
from app.rules.review.lifecycle import WORDS, State


class Change(NamedTuple):
    """A stored score that an import changes; marks as stored."""

    ticket_id: int
    course_code: str
    course_name: str
    session: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fall:
    """One score below passing after an application or graduation. `after`: those, in words; `applications`: their ids."""

    ticket: str
    name: str
    change: Change
    after: tuple[str, ...]
    applications: tuple[int, ...]

    def words(self) -> str:
        """One line: who, course, old and new mark, what came before."""
        change = self.change
        course = f"{change.course_code} {change.course_name}".strip()
        marks = f"{mark_words(change.old)} 改为 {mark_words(change.new)}"
        return f"{self.ticket} {self.name}：{course}（{change.session}）由 {marks}，不再合格；{'，'.join(self.after)}"


def is_fall(old: str, new: str) -> bool:
    """Whether a change of a stored mark takes the pass away."""
    return old != new and _passed(old) and not _passed(new)


def _passed(mark: str) -> bool:
    try:
        return parse_mark(mark).passed
    except ValueError:  # stored before there was a rule
        return False


def falls(session: Session, changes: Sequence[Change]) -> tuple[Fall, ...]:
    """Return the changes (each a fall) of tickets with an application that was handed in, or with a major finished before."""
    ids = sorted({change.ticket_id for change in changes})
    people: dict[int, Row[Any]] = {}
    applied: dict[int, list[Row[Any]]] = defaultdict(list)
    for part in chunks(ids):
        people.update((row.id, row) for row in session.execute(_people().where(Ticket.id.in_(part))))
        for row in session.execute(_applications().where(Application.ticket_id.in_(part))):
            applied[row.ticket_id].append(row)
    found = (_fall(change, people[change.ticket_id], applied[change.ticket_id]) for change in changes)
    return tuple(sorted((fall for fall in found if fall.after), key=lambda fall: (fall.ticket, fall.change)))


def _people() -> Any:
    columns = (Ticket.id, Ticket.number, Ticket.graduated_majors, Examinee.name)
    return select(*columns).join(Examinee, Examinee.id == Ticket.examinee_id)


def _applications() -> Any:
    columns = (Application.id, Application.ticket_id, Application.service, Application.state, Application.counted)
    latest = (
        select(Submission.receipt)
        .where(Submission.application_id == Application.id)
        .order_by(Submission.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    handed_in = (Application.submitted_at.is_not(None), Application.state != State.DRAFT.value)
    return select(*columns, func.coalesce(latest, "").label("receipt")).where(*handed_in).order_by(Application.id)


def _fall(change: Change, person: Row[Any], applied: list[Row[Any]]) -> Fall:
    after = [_named(row, change.course_code) for row in applied]
    if person.graduated_majors:
        after.append(f"考生名单里已毕业的专业：{person.graduated_majors}")
    return Fall(person.number, person.name, change, tuple(after), tuple(row.id for row in applied))


def _named(row: Row[Any], course: str) -> str:
    counted = "，计入了这门课程" if course in row.counted.split("、") else ""
    return f"{title_of(row.service)} {row.receipt or f'第 {row.id} 件'}（{WORDS[State(row.state)]}{counted}）"


def record_falls(session: Session, found: Sequence[Fall], *, by: Actor, on: datetime) -> dict[str, int]:
    """Write one audit row for each score and application, of one without application about the ticket; return what to count."""
    for fall in found:
        change = fall.change
        detail = {
            "ticket": fall.ticket,
            "course": change.course_code,
            "session": change.session,
            "before": change.old,
            "after": change.new,
        }
        about = [("application", ident) for ident in fall.applications] or [("ticket", change.ticket_id)]
        for subject, ident in about:
            record(session, on=on, by=by, action="score.fell", subject=subject, subject_id=ident, detail=detail)
    return {"fallen": len(found)} if found else {}
