"""Whose payment is recorded: applications by a typed number or name, and why nothing can be recorded for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from app.actions import scope
from app.actions.exports.columns import cases
from app.actions.exports.money import numbered, with_open_order
from app.actions.searching import of_name
from app.actions.services import shown
from app.actions.windows.own import own_window
from app.extensions import db
from app.models import Application, Examinee, Order
from app.rules.orders import FREE, paid_words, read_number
from app.rules.people.privacy import mask_id
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import NOT_ENDED, State
from app.web.staff.money.query import CASE, why_not_owed

MANY = 20  # applications of one search


@dataclass(frozen=True, slots=True)
class Found:
    """An application found for 登记现场缴费. `paid`: number of its paid order; `how`: when and by which receipt that was paid.

    `obstacle`: why nothing can be recorded.
    """

    public_id: str
    version: int
    name: str
    id_number: str
    ticket: str
    major: str
    school: str
    window: str
    receipt: str
    amount: int
    shown: Any
    paid: str
    how: str
    obstacle: str


def find(who: str, by: Actor, on: datetime) -> list[Found]:
    """Return submitted applications of this order number, 准考证号, 回执编号 or whole name, who owes first."""
    paid = Order.__table__.alias("paid_order")
    how = (paid.c.number.label("paid"), paid.c.paid_at, paid.c.paid_by, paid.c.receipt.label("paid_receipt"))
    mine = (paid.c.application_id == Application.id) & (paid.c.state == "paid")
    of_order = select(Order.application_id).where(Order.number == read_number(who))
    is_number = any(sign.isdigit() for sign in who)  # asked for as either, all names would be read for a number too
    is_meant = or_(numbered(who), Application.id.in_(of_order)) if is_number else of_name(Examinee.name, who)
    query = (
        with_open_order(cases(select(*CASE, *how)).outerjoin(paid, mine))
        .where(scope.applications(by), is_meant)
        .order_by(Application.id.desc())
        .limit(MANY)
    )
    rows = [_found(row, on) for row in db.session.execute(query)]
    return sorted(rows, key=lambda row: bool(row.obstacle))


def _found(row: Row[Any], on: datetime) -> Found:
    window, state = own_window(row), State(row.stored)
    seen = shown(state, window, on, not_owed=row.not_owed)
    major = f"{row.major}（{row.level}）" if row.level else row.major or ""
    how = paid_words(row.paid_at, row.paid_by, row.paid_receipt, row.paid) if row.paid else ""
    return Found(
        row.public_id,
        row.version,
        row.name,
        mask_id(row.id_number),
        row.ticket,
        major,
        row.school or "",
        window.name,
        row.receipt,
        row.amount or 0,
        seen,
        row.paid or "",
        how,
        f"已经缴过费：{how}" if how else _obstacle(row, state, seen.word, free=not window.fee),
    )


def _obstacle(row: Row[Any], state: State, word: str, *, free: bool) -> str:
    """Why nothing can be recorded for what is not paid, or ''. `word`: of its state, as shown."""
    if state is State.APPROVED:
        return why_not_owed(row) or (FREE if free else "")
    if state in NOT_ENDED:
        return f"现在的状态是“{word}”，审核通过以后才能缴费"
    return f"现在的状态是“{word}”，没有要缴的费用"
