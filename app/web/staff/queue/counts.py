"""Counters and filter choices of the queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, case, cast, func, literal, select, union_all

from app.actions import scope
from app.actions.review.assigning import news_for
from app.extensions import db
from app.models import Application, PlanRow, SavedView, School, Staff
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.windows import WindowFacts
from app.web.staff.queue.filters import ALL, FEW, OTHERS, STATES, Filters, in_state, narrowed, parts_of, searched
from app.web.staff.queue.search import Search

CAP = 1000  # limit of counters: "1000+"


def counts(
    by: Actor,
    filters: Filters,
    windows: Iterable[WindowFacts],
    on: datetime,
    states: Iterable[str] | None = None,
    search: Search | None = None,
) -> dict[str, int]:
    """Return state (and OTHERS) -> number under the other filters, up to CAP + 1.
    One statement, plus up to two for the search unless `search` is given.
    """
    windows, search = list(windows), search or searched(by, filters)
    asked = list(states) if states is not None else [*(key for key, _ in STATES if key != ALL), OTHERS]
    found = dict.fromkeys(asked, 0)
    if search and not search.wide:
        found = _among(search, by, filters, windows, on, asked)
    else:
        for key, number in db.session.execute(union_all(*_capped(search, by, filters, windows, on, asked))):
            found[key] += number
    if states is None:
        found[ALL] = sum(number for key, number in found.items() if key not in ("", *FEW, OTHERS))
    return found


def _capped(
    search: Search | None, by: Actor, filters: Filters, windows: list[WindowFacts], on: datetime, asked: list[str]
) -> list[Any]:
    """Return one query per state and index, limited to CAP + 1."""
    selects = []
    for key in asked:
        for part in parts_of(by, replace(filters, state=key, order=""), windows, on, search):
            capped = part.order_by(None).limit(CAP + 1).subquery()
            selects.append(select(literal(key).label("key"), func.count().label("number")).select_from(capped))
    return selects


def _among(
    search: Search, by: Actor, filters: Filters, windows: list[WindowFacts], on: datetime, asked: list[str]
) -> dict[str, int]:
    """Count all states within a search in one statement."""
    each = [func.count(case((in_state(by, replace(filters, state=key), windows), 1))) for key in asked]
    query = select(*each).select_from(Application).where(search.within, narrowed(by, filters, on))
    numbers = db.session.execute(query).one()
    return {key: min(number, CAP + 1) for key, number in zip(asked, numbers, strict=True)}


def count(by: Actor, filters: Filters, windows: Iterable[WindowFacts], on: datetime) -> int:
    """Return the number under the filters, up to CAP + 1."""
    if filters.state == ALL:
        return counts(by, filters, windows, on)[ALL]
    return counts(by, filters, windows, on, [filters.state])[filters.state]


def counted(number: int) -> str:
    """Return 1,284, or 1,000+ above CAP."""
    return f"{CAP:,}+" if number > CAP else f"{number:,}"


@dataclass(slots=True)
class Choices:
    """Pairs of value and label; `views`: triples (id, name, query); `told`: who newly assigned how many to this person."""

    majors: list[tuple[str, str]] = field(default_factory=list)
    schools: list[tuple[str, str]] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    views: list[tuple[str, str, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)


def choices(by: Actor) -> Choices:
    """Return majors with a plan, schools and reviewers in scope, own saved views and new assignments. One statement."""
    wanted: list[Any] = [
        select(
            literal("major").label("kind"),
            PlanRow.major_code.label("value"),
            func.max(PlanRow.name).label("word"),
            literal("").label("more"),
        ).group_by(PlanRow.major_code),
        select(literal("view"), _text(SavedView.id), SavedView.name, SavedView.query).where(
            SavedView.staff_id == by.id
        ),
    ]
    news = news_for(by).subquery()
    wanted.append(select(literal("told"), news.c.name, _text(news.c.number), literal("")))
    if not scope.of_school(by):
        wanted.append(select(literal("school"), School.code, School.name, literal("")))
    if by.role in scope.ASSIGNING:
        reviewers = [*SCHOOL_ROLES, "office_reviewer"]
        people = select(literal("who"), _text(Staff.id), Staff.name, Staff.school_code)
        people = people.where(Staff.active, Staff.role.in_(reviewers))
        wanted.append(people.where(Staff.school_code == by.school_code) if scope.of_school(by) else people)
    found = Choices()
    rows = db.session.execute(union_all(*wanted)).all()
    for row in sorted(rows, key=lambda row: (row.kind, row.more, row.value)):
        if row.kind == "major":
            found.majors.append((row.value, f"{row.value} {row.word}"))
        elif row.kind == "school":
            found.schools.append((row.value, row.word))
        elif row.kind == "who":
            named = row.more and not scope.of_school(by)  # with the school if several are shown
            found.people.append((row.value, f"{row.word}（{row.more}）" if named else row.word))
        elif row.kind == "told":
            found.told.append((row.value, row.word))
        else:
            found.views.append((row.value, row.word, row.more))
    return found


def _text(column: Any) -> Any:
    return cast(column, String)
