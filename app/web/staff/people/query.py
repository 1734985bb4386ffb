"""Search for examinees and read their records, within scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.clashes import not_owed
from app.actions.exports.money import ORDER_STATE
from app.actions.records.holdings import office_of
from app.actions.services import shown
from app.actions.windows.own import live, window_facts
from app.models import Application, Examinee, Extension, Order, PlanRow, School, Score, Ticket, Window
from app.rules.calendar import today
from app.rules.people.identity import normalise_digits, normalise_id, squeezed
from app.rules.people.roles import Actor
from app.rules.plans.marks import mark_words
from app.rules.review.lifecycle import Shown, State
from app.rules.windows import extended

PEOPLE = "/staff/examinees"
MOST = 50  # results

SET_ASIDE = Shown("已舍弃", "off")


@dataclass(frozen=True, slots=True)
class Found:
    """A search result."""

    id: int
    name: str
    id_number: str
    tickets: str


@dataclass(frozen=True, slots=True)
class TicketRow:
    id: int
    number: str
    status: str
    major: str
    school: str
    scores: tuple[Any, ...]
    finished: str  # 已毕业的专业, joined


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    public_id: str  # '' for a draft
    window: str
    ticket: str
    state: Shown
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """Data of the person's page."""

    person: Examinee
    tickets: tuple[TicketRow, ...]
    applications: tuple[ApplicationRow, ...]
    orders: tuple[Any, ...]  # number, amount, state as shown


def find(session: Session, typed: str, by: Actor) -> list[Found]:
    """Return people in scope with exactly this 证件号码, 准考证号 or name."""
    number, names = normalise_id(typed), (typed.strip(), squeezed(typed))
    if not number:
        return []
    tickets = select(Ticket.examinee_id).where(Ticket.number == normalise_digits(typed))
    query = (
        select(Examinee.id, Examinee.name, Examinee.id_number)
        .where(
            or_(Examinee.id_number == number, Examinee.name.in_(names), Examinee.id.in_(tickets)), scope.examinees(by)
        )
        .order_by(Examinee.id)
        .limit(MOST)
    )
    people = session.execute(query).all()
    numbers: dict[int, list[str]] = {}
    held = select(Ticket.examinee_id, Ticket.number).where(Ticket.examinee_id.in_([person.id for person in people]))
    for examinee_id, ticket in session.execute(held.order_by(Ticket.number)):
        numbers.setdefault(examinee_id, []).append(ticket)
    return [Found(row.id, row.name, row.id_number, "、".join(numbers.get(row.id, []))) for row in people]


def load_record(session: Session, examinee_id: int, by: Actor, *, on: datetime) -> Record:
    """Return the person's data in scope. Raises NotFound."""
    person = scope.examinee(session, examinee_id, by)
    tickets = _tickets(session, examinee_id, by)
    return Record(
        person=person,
        tickets=tuple(_ticket_row(session, ticket, on) for ticket in tickets),
        applications=tuple(_applications(session, [ticket.id for ticket in tickets], by, on)),
        orders=tuple(
            session.execute(
                select(
                    Order.number, Order.amount, ORDER_STATE.label("state"), Order.paid_at, Order.paid_by, Order.receipt
                )
                .join(Application, Application.id == Order.application_id)
                .join(Window, Window.id == Application.window_id)
                .where(Order.examinee_id == examinee_id, scope.orders(by))
                .order_by(Order.id.desc())
            )
        ),
    )


def _tickets(session: Session, examinee_id: int, by: Actor) -> list[Ticket]:
    query = select(Ticket).where(Ticket.examinee_id == examinee_id, scope.tickets(by))
    return list(session.scalars(query.order_by(Ticket.number)))


def _ticket_row(session: Session, ticket: Ticket, on: datetime) -> TicketRow:
    scores = session.scalars(
        select(Score).where(Score.ticket_id == ticket.id).order_by(Score.session.desc(), Score.course_code)
    )
    found = office_of(session, ticket.id, today(on)).ticket.all_finished
    codes = [ticket.major_code, *(each.major_code for each in found)]
    named = select(PlanRow.major_code, PlanRow.name).where(PlanRow.major_code.in_(codes))
    names = {code: f"{code} {name}" for code, name in session.execute(named)}
    school = session.scalar(select(School.name).where(School.code == ticket.school_code))
    return TicketRow(
        id=ticket.id,
        number=ticket.number,
        status=ticket.status,
        major=names.get(ticket.major_code, ticket.major_code),
        school=school or ticket.school_code,
        scores=tuple((row, mark_words(row.mark)) for row in scores),
        finished="、".join(names.get(each.major_code, each.major_code) for each in found),
    )


def _applications(session: Session, tickets: list[int], by: Actor, on: datetime) -> list[ApplicationRow]:
    """Return submitted applications in scope, and drafts to report progress to a caller."""
    columns: tuple[Any, ...] = (Application, Window, Ticket.number, Extension.what, Extension.until)
    query = (
        select(*columns, not_owed().label("not_owed"))
        .join(Window, Window.id == Application.window_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(Extension, live(Application.ticket_id))
        .where(Application.ticket_id.in_(tickets), scope.visible(by))
        .order_by(Application.id.desc())
    )
    return [_application_row(row, on) for row in session.execute(query)]


def _application_row(row: Any, on: datetime) -> ApplicationRow:
    application: Application = row.Application
    window = extended(window_facts(row.Window), row.what, row.until)
    return ApplicationRow(
        public_id="" if application.state == State.DRAFT else application.public_id,
        window=row.Window.name,
        ticket=row.number,
        state=SET_ASIDE
        if application.discarded_at
        else shown(State(application.state), window, on, not_owed=row.not_owed),
        at=application.submitted_at or application.saved_at,
    )
