"""Orders, and who owes a fee: rows as staff see them. Who is looked up to record a payment: lookup.py."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_

from app.actions import scope
from app.actions.clashes import not_owed, stop
from app.actions.exports.exports import Narrowed, narrow
from app.actions.exports.money import (
    AMOUNT,
    APPROVED_AT,
    ORDER_STATE,
    ORDERS,
    PAID_OR_MADE,
    UNPAID,
    order_rows,
    unpaid_rows,
    unpaid_sort,
)
from app.actions.services import shown
from app.actions.windows.own import OWN_WINDOW, own_window
from app.extensions import db
from app.models import Application, Examinee, Order, PlanRow, School, Submission, Ticket, Window
from app.rules.calendar import Days, read_days
from app.rules.orders import FREE, NONE, STATES, STOPPED, TONES, UNPAID_STATES, paid_words, way
from app.rules.people.roles import Actor
from app.rules.review.clashes import REFUSED, read_clash
from app.rules.review.lifecycle import State
from app.web.staff.queue.query import Cursor, place

PAGE = 50
PAID = 5  # that are named beside who owes
ORDER: tuple[Any, ...] = (
    Order.id,
    Order.number,
    Order.fee,
    Order.amount,
    ORDER_STATE.label("state"),
    Order.paid_by,
    Order.receipt,
    Order.created_at,
    Order.paid_at,
    PAID_OR_MADE.label("at"),
    Application.public_id,
    Ticket.number.label("ticket"),
    Examinee.name,
    School.name.label("school"),
    Window.name.label("window"),
    stop().label("stop"),
)
CASE: tuple[Any, ...] = (
    Application.id,
    Application.public_id,
    Application.version,
    Application.state.label("stored"),
    Application.service,
    APPROVED_AT.label("at"),
    Ticket.number.label("ticket"),
    Examinee.name,
    Examinee.id_number,
    School.name.label("school"),
    PlanRow.name.label("major"),
    PlanRow.level,
    Submission.receipt,
    AMOUNT.label("amount"),
    Order.number,
    not_owed().label("not_owed"),
    stop().label("stop"),
    *OWN_WINDOW,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a list, in the address. `order`: '' latest first, 'old' the other way."""

    q: str = ""
    state: str = ""
    window: str = ""
    school: str = ""
    major: str = ""
    since: str = ""
    until: str = ""
    order: str = ""

    @classmethod
    def read(cls, values: dict[str, str], states: tuple[tuple[str, str], ...]) -> Filters:
        """Read the typed values; an unknown state or order is none."""
        given = {field.name: values.get(field.name, "")[:60] for field in fields(cls)}
        known = {"state": dict(states), "order": {"old": ""}}
        return cls(**{name: value if value in known.get(name, {value: ""}) else "" for name, value in given.items()})

    def args(self) -> dict[str, str]:
        """Return the set filters for addresses."""
        return {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name)}

    def days(self) -> Days:
        return read_days(self.since, self.until)

    def narrowed(self) -> Narrowed:
        """Return them as an export has them, so that page and file hold the same rows."""
        days = self.days()
        return Narrowed(
            window=self.window,
            school=self.school,
            major=self.major,
            state=self.state,
            since=days.since,
            until=days.until,
            q=self.q,
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list; `older`: position of the next page, or ''. Totals: (state, number, amount in 分) of all pages.

    `beside`: how many more owe nothing, as another application of the ticket was completed. `paid`: how many of those that were
    looked for have paid, and the latest of them (order_shown).
    """

    rows: list[dict[str, Any]]
    older: str
    totals: list[tuple[str, int, int]]
    beside: int = 0
    paid: tuple[int, list[dict[str, Any]]] = (0, [])


def orders(filters: Filters, cursor: Cursor | None, by: Actor, on: datetime) -> Listed:
    """Return a page of orders by the time paid, or made. Raises Invalid (a filter)."""
    narrowed = filters.narrowed()
    query = narrow(order_rows(select(*ORDER)), ORDERS, narrowed, by, on)
    rows, older = _page(query, PAID_OR_MADE, Order.id, filters.order, cursor)
    totals = narrow(order_rows(_sums(ORDER_STATE.label("as_shown"), Order.amount)), ORDERS, narrowed, by, on)
    return Listed([order_shown(row, by) for row in rows], older, _totals(totals.group_by("as_shown")))


def owing(filters: Filters, cursor: Cursor | None, by: Actor, on: datetime) -> Listed:
    """Return a page of who owes a fee, by the time of approval. Raises Invalid (a filter)."""
    narrowed = filters.narrowed()
    query = narrow(unpaid_rows(select(*CASE)), UNPAID, narrowed, by, on)
    rows, older = _page(query, APPROVED_AT, Application.id, filters.order, cursor)
    free = replace(narrowed, state=NONE)
    beside = 0 if filters.state else _count(narrow(unpaid_rows(select(func.count())), UNPAID, free, by, on))
    shown_rows = [case_shown(row, by, on) for row in rows]
    return Listed(shown_rows, older, owed(narrowed, by, on), beside, _paid(narrowed, by, on))


def _paid(narrowed: Narrowed, by: Actor, on: datetime) -> tuple[int, list[dict[str, Any]]]:
    """Return how many of those looked for have paid, and the latest; none where nobody is looked for."""
    if not narrowed.q:
        return 0, []
    asked = replace(narrowed, state="paid", since=None, until=None)  # these days are of the approval
    query = narrow(order_rows(select(*ORDER, func.count().over().label("all"))), ORDERS, asked, by, on)
    rows = list(db.session.execute(query.order_by(PAID_OR_MADE.desc(), Order.id.desc()).limit(PAID)))
    return (rows[0].all if rows else 0), [order_shown(row, by) for row in rows]


def owed(narrowed: Narrowed, by: Actor, on: datetime) -> list[tuple[str, int, int]]:
    """Return state, number and amount in 分 of who owes a fee. Raises Invalid (a filter)."""
    query = narrow(unpaid_rows(_sums(unpaid_sort(on).label("sort"), AMOUNT)), UNPAID, narrowed, by, on)
    order = [state for state, _ in UNPAID_STATES]
    return sorted(_totals(query.group_by("sort")), key=lambda line: order.index(line[0]))


def _count(query: Select[Any]) -> int:
    return db.session.scalar(query) or 0


def _sums(state: Any, amount: Any) -> Select[Any]:
    return select(state, func.count(), func.sum(amount))


def _totals(query: Select[Any]) -> list[tuple[str, int, int]]:
    return [(state, number, int(amount)) for state, number, amount in db.session.execute(query)]


def _page(query: Select[Any], at: Any, ident: Any, order: str, cursor: Cursor | None) -> tuple[list[Row[Any]], str]:
    rising = order == "old"
    if cursor is not None:
        key, here = tuple_(at, ident), tuple_(cursor.at, cursor.id)
        query = query.where(key > here if rising else key < here)
    query = query.order_by(*((at, ident) if rising else (at.desc(), ident.desc())))
    rows = list(db.session.execute(query.limit(PAGE + 1)))
    return rows[:PAGE], place(rows[PAGE - 1].at, rows[PAGE - 1].id) if len(rows) > PAGE else ""


def order_of(number: str, by: Actor) -> Row[Any] | None:
    """Return the order of that number in scope."""
    query = order_rows(select(*ORDER)).where(scope.orders(by), Order.number == number)
    return db.session.execute(query).one_or_none()


def order_shown(row: Row[Any], by: Actor) -> dict[str, Any]:
    return {
        **row._asdict(),
        "name": scope.shown_name(row.name, by),
        "word": STATES[row.state],
        "tone": TONES[row.state],
        "by": way(row.paid_by),
        "how": paid_words(row.paid_at, row.paid_by, row.receipt, row.number) if row.paid_at else "",
        "why": (why_not_owed(row) or FREE) if row.state == STOPPED else "",
        "can_see_file": by.role in scope.LOOKING,
    }


def why_not_owed(row: Row[Any]) -> str:
    """Return why the application owes nothing, or ''."""
    found = read_clash(row.stop)
    return REFUSED[found.kind].rstrip("。") if found else ""


def case_shown(row: Row[Any], by: Actor, on: datetime) -> dict[str, Any]:
    """Return an application with its fee."""
    window = own_window(row)
    return {
        "public_id": row.public_id,
        "ticket": row.ticket,
        "name": scope.shown_name(row.name, by),
        "school": row.school or "",
        "major": row.major or "",
        "level": row.level or "",
        "window": window.name,
        "receipt": row.receipt,
        "amount": row.amount,
        "order": row.number or "",
        "at": row.at,
        "closes": window.pay_closes_at,
        "shown": shown(State(row.stored), window, on, not_owed=row.not_owed),
        "why": why_not_owed(row),
        "can_see_file": by.role in scope.LOOKING,
    }
