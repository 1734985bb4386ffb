"""The queue's search by 准考证号, name or 回执编号, as its SQL condition.

A number is a prefix range of its index. A name is looked for anywhere, given names too, so an index cannot lead to it:
within one school its few thousand index rows are read in the queue's order; for the office one pass over the queue's
index finds up to FEW files, and a name that more people have is met so often that a page fills early.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, or_, select, true

from app.actions import scope
from app.actions.searching import named
from app.extensions import db
from app.models import Application, Submission
from app.rules.people.identity import normalise_digits
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import State
from app.rules.submission import read_receipt

WIDE = 30_000  # a number with more matches reads the queue in order
FEW = 500  # files of a name that are looked up one by one
SUBMITTED = tuple(state.value for state in State if state is not State.DRAFT)


@dataclass(frozen=True, slots=True)
class Search:
    """A resolved search; `wide`: too many matches, or none in an index, so that the queue is read in order."""

    within: ColumnElement[bool]
    wide: bool


def search_of(by: Actor, q: str, person: str, school: str) -> Search | None:
    """Return the search by text or person, or None. At most two statements.

    准考证号 by prefix, 回执编号 whole, name by any part. `school`: of the filter, to read its index.
    """
    if not q.strip() and not person:
        return None
    digits = normalise_digits(q)
    number = digits.isascii() and digits.isdecimal()
    within = _range(Application.ticket_number, digits) if number else named(Application.holder_name, q)
    if person:
        within = within if q.strip() else true()
        return Search(and_(within, number_is(Application.examinee_id, person)), wide=False)
    found = _by_receipt(q) if any(letter.isdigit() for letter in digits) else []
    if number:
        if db.session.scalar(select(Application.id).where(within).offset(WIDE).limit(1)) is not None:
            return Search(hidden(within), wide=True)
        return Search(or_(within, Application.id.in_(found)) if found else within, wide=False)
    if found:
        return Search(Application.id.in_(found), wide=False)
    if scope.of_school(by):
        return Search(hidden(within), wide=True)
    return _in_the_province(within, school)


def hidden(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Wrap the condition so that the database chooses no index for it."""
    return case((condition, 1), else_=0) == 1


def number_is(column: Any, text: str) -> ColumnElement[bool]:
    """Match a typed row number; anything else matches nothing."""
    known = text.isascii() and text.isdecimal() and len(text) < 10
    return column == int(text) if known else literal(False)


def _by_receipt(q: str) -> list[int]:
    return list(db.session.scalars(select(Submission.application_id).where(Submission.receipt == read_receipt(q))))


def _in_the_province(within: ColumnElement[bool], school: str) -> Search:
    """Read an index once for the files of a name, all states."""
    some = select(Application.id).where(Application.state.in_(SUBMITTED), hidden(within)).limit(FEW + 1)
    found = list(db.session.scalars(some.where(Application.school_code == school) if school else some))
    wide = len(found) > FEW
    return Search(hidden(within) if wide else Application.id.in_(found), wide)


def _range(column: Any, digits: str) -> ColumnElement[bool]:
    """Match the prefix."""
    return and_(column >= digits, column < digits[:-1] + chr(ord(digits[-1]) + 1))
