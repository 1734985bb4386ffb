"""The records a member of staff may see: one condition per table, for every query and act.

Conditions are uncorrelated (correlate(None)), to work in any query. A record out of scope is answered like an absent
one. School staff see their 主考学校; the office and the auditor see all. The auditor changes nothing; files opened and
numbers revealed are audited. An examinee's own rows are found by their owner in each action, not here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from app.models import Application, Examinee, Order, ScoreQuestion, SpotCheck, Ticket
from app.rules.people.privacy import mask_name
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State

OFFICE = ("office_reviewer", "admin")
REVIEWING = (*SCHOOL_ROLES, *OFFICE)  # open a file, decide at their stage
ASSIGNING = ("school_lead", *OFFICE)  # assign reviewers
READING_ONLY = ("auditor",)
LOOKING = (*REVIEWING, *READING_ONLY)  # queue, files with pictures, statistics
AUDITING = ("admin", "auditor")
MONEY = ("finance", *OFFICE)
EVERYTHING = (*MONEY, *READING_ONLY)  # not bound to one school


def of_school(by: Actor) -> bool:
    """Whether the person is bound to one 主考学校."""
    return by.role in SCHOOL_ROLES


def shown_name(name: str, by: Actor) -> str:
    """A person's name for this reader: in full for those who review, who must know it, and for a command, else masked.

    One rule for pages and lists (SR-43).
    """
    return name if by.role in REVIEWING or by.kind == "system" else mask_name(name)


def kept_name(name: str) -> str:
    """A person's name as the audit keeps it, which is read by who sees none in full."""
    return mask_name(name)


def applications(by: Actor) -> ColumnElement[bool]:
    """Submitted applications in scope; a draft is visible to its examinee only."""
    submitted = Application.state != State.DRAFT
    if of_school(by):
        return submitted & (Application.school_code == by.school_code)
    return submitted if by.role in EVERYTHING else false()


def visible(by: Actor) -> ColumnElement[bool]:
    """Applications in scope, and all drafts (they have no school yet): those whose state a caller may learn."""
    return or_(applications(by), Application.state == State.DRAFT)


def examinees(by: Actor) -> ColumnElement[bool]:
    """People whose ticket declares the school or who applied there."""
    if of_school(by):
        declared = select(Ticket.examinee_id).where(Ticket.school_code == by.school_code)
        applied = select(Application.examinee_id).where(applications(by))
        return or_(Examinee.id.in_(declared.correlate(None)), Examinee.id.in_(applied.correlate(None)))
    return true() if by.role in OFFICE else false()


def tickets(by: Actor) -> ColumnElement[bool]:
    """Tickets that declare the school or were used to apply there."""
    if of_school(by):
        applied = select(Application.id).where(Application.ticket_id == Ticket.id, applications(by)).correlate(Ticket)
        return or_(Ticket.school_code == by.school_code, applied.exists())
    return true() if by.role in OFFICE else false()


def orders(by: Actor) -> ColumnElement[bool]:
    """Orders of applications in scope."""
    if of_school(by):
        own = select(Application.id).where(Application.school_code == by.school_code)
        return Order.application_id.in_(own.correlate(None))
    return true() if by.role in EVERYTHING else false()


def questions(by: Actor) -> ColumnElement[bool]:
    """缺成绩 questions: a school's own, or all for the office."""
    if of_school(by):
        return ScoreQuestion.school_code == by.school_code
    return true() if by.role in OFFICE else false()


def spot_checks(by: Actor, draw: Any = SpotCheck) -> ColumnElement[bool]:
    """Draws of 抽查 (`draw`: SpotCheck or an alias): of the lead's own school, or all for the office."""
    if by.role == "school_lead":
        return draw.school_code == by.school_code  # type: ignore[no-any-return]
    return true() if by.role in OFFICE else false()


def application(session: Session, public_id: str, by: Actor, *, lock: bool = False) -> Application:
    """The application of that public id; NotFound when absent or out of scope.

    `lock`: the row, until the transaction ends (PostgreSQL; SQLite has one writer).
    """
    query = select(Application).where(Application.public_id == public_id, applications(by))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound
    return row


def examinee(session: Session, ident: int, by: Actor) -> Examinee:
    """The examinee of that id; NotFound when absent or out of scope."""
    row = session.scalar(select(Examinee).where(Examinee.id == ident, examinees(by)))
    if row is None:
        raise NotFound
    return row
