"""Statistics of one window within scope: states, days, waiting times, reviewers' decisions, reasons for returns.

Every figure is read from an index in its order; cost: tests/bench/bench_million.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, String, column, false, func, select, true, values
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.office.asides import Moved, ages_moved, times_aside
from app.models import Application, Finding, ReturnReason, Review, School, Staff, stands
from app.models.base import UtcDateTime
from app.rules.calendar import from_local, today
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import UNDER_REVIEW, WORDS, State
from app.rules.windows import WindowFacts, time_waited

DAYS = 60  # days of the chart, back from today or the window's last day
LATELY = timedelta(days=7)  # period of a reviewer's throughput
REASONS = 10
REVIEWER_NUMBERS = {"pass": "passed", "return": "returned", "reject": "rejected", "back": "sent_back"}
SUBMITTED: list[State] = [state for state in State if state is not State.DRAFT]
STATE_GROUPS: dict[str, list[State]] = {
    "applied": SUBMITTED,
    "waiting": list(UNDER_REVIEW),
    "returned": [State.RETURNED],
    "rejected": [State.REJECTED],
    "approved": [State.APPROVED],
    "paid": [State.COMPLETED],
}
"""Figure -> the states that it counts."""
REASON = func.coalesce(ReturnReason.label, Finding.reason)
"""A reason as it is counted: by catalogue line, however edited, else by text."""
COLUMNS = (
    ("申请", "applied"),
    ("待审", "waiting"),
    ("退回", "returned"),
    ("不予通过", "rejected"),
    ("待缴费", "approved"),
    ("已办结", "paid"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Present states of one 主考学校's or day's applications. `waiting`: both stages; `approved`: unpaid; `paid`: 已办结."""

    name: str
    applied: int
    waiting: int
    returned: int
    rejected: int
    approved: int
    paid: int
    key: str = ""  # school code, or day; empty for all


class Reviewer(NamedTuple):
    """One person's decisions of the last days. `others`: 不予通过 and 退回初审."""

    id: int
    name: str
    passed: int
    returned: int
    others: int

    @property
    def number(self) -> int:
        return self.passed + self.returned + self.others


@dataclass(slots=True)
class Figures:
    """Data of page and workbook. `days`: by day submitted, present states; `waits`: stage, number, median age."""

    total: Line
    schools: list[Line] = field(default_factory=list)
    days: list[tuple[date, Line]] = field(default_factory=list)
    waits: list[tuple[str, int, str]] = field(default_factory=list)
    reviewers: list[Reviewer] = field(default_factory=list)
    reasons: list[tuple[str, int]] = field(default_factory=list)


def figures(session: Session, window: WindowFacts, by: Actor, on: datetime) -> Figures:
    """All figures of a window in the person's scope."""
    numbers: dict[str, dict[str, int]] = {}
    query = select(Application.school_code, Application.state, func.count().label("number"))
    query = query.where(Application.window_id == window.id, scope.applications(by))
    for row in session.execute(query.group_by(Application.school_code, Application.state)):
        numbers.setdefault(row.school_code, {})[row.state] = row.number
    names: dict[str, str] = dict(session.execute(select(School.code, School.name)).all())
    states: dict[str, int] = {}
    for each in numbers.values():
        for state, number in each.items():
            states[state] = states.get(state, 0) + number
    return Figures(
        total=_line("合计", states),
        schools=[_line(names.get(code, code), each, code) for code, each in sorted(numbers.items())],
        days=_days(session, window, by, on),
        waits=[*_waits(session, window, by, on, states), *times_aside(session, window, by, on)],
        reviewers=_reviewers(session, window, by, on),
        reasons=_reasons(session, window, by),
    )


def _line(name: str, states: dict[str, int], key: str = "") -> Line:
    numbers = {figure: sum(states.get(state, 0) for state in of) for figure, of in STATE_GROUPS.items()}
    return Line(name, **numbers, key=key)


def _days(session: Session, window: WindowFacts, by: Actor, on: datetime) -> list[tuple[date, Line]]:
    """Submitted per local day, by present state; each day and state is a range of an index."""
    first, last = today(window.opens_at), min(today(on), today(window.fixes_until))
    first = max(first, last - timedelta(days=DAYS - 1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if not days:
        return []
    begins = [from_local(datetime.combine(each, time())) for each in days]
    asked = values(column("day", Integer), column("begins_at", UtcDateTime), column("ends_at", UtcDateTime))
    ranges = asked.data([(i, begin, begin + timedelta(days=1)) for i, begin in enumerate(begins)]).cte("ranges")
    states = values(column("state", String)).data([(state.value,) for state in SUBMITTED]).cte("states")
    number = (
        select(func.count())
        .select_from(Application)
        .where(
            Application.window_id == window.id,
            Application.state == states.c.state,
            Application.submitted_at >= ranges.c.begins_at,
            Application.submitted_at < ranges.c.ends_at,
            scope.applications(by),
        )
        .correlate(ranges, states)
        .scalar_subquery()
        .label("number")
    )
    found: dict[int, dict[str, int]] = {}
    for row in session.execute(select(ranges.c.day, states.c.state, number).join(states, true())):
        found.setdefault(row.day, {})[row.state] = row.number
    return [(each, _line(each.isoformat(), found[i], each.isoformat())) for i, each in enumerate(days)]


def _waits(
    session: Session, window: WindowFacts, by: Actor, on: datetime, states: dict[str, int]
) -> list[tuple[str, int, str]]:
    """Per stage: number and median age, without the files and the time aside."""
    found = []
    for state in UNDER_REVIEW:
        ages = ages_moved(session, window, by, on, state)
        number = states.get(state, 0) - sum(each.aside for each in ages)
        found.append((WORDS[state], number, _median(session, window, by, on, state, number, ages)))
    return found


def _median(
    session: Session, window: WindowFacts, by: Actor, on: datetime, state: State, number: int, moved: Sequence[Moved]
) -> str:
    """The age in the middle. Files never aside come from the index in order; the few others are sorted in."""
    if number <= 0:
        return ""
    others = sorted(each.since for each in moved if not each.aside)
    skipped = max(0, number // 2 - len(others))
    query = select(Application.submitted_at).where(
        Application.window_id == window.id,
        Application.state == state,
        scope.applications(by),
        Application.id.not_in([each.id for each in moved]),
    )
    query = query.order_by(Application.submitted_at, Application.id).offset(skipped).limit(len(others) + 1)
    near = sorted([*(at for at in session.scalars(query) if at), *others])
    middle = near[number // 2 - skipped]
    return time_waited(middle, on)


def _reviewers(session: Session, window: WindowFacts, by: Actor, on: datetime) -> list[Reviewer]:
    """Decisions of the last seven days that stand, by reviewer, most first. Reviewed applications are never drafts again."""
    lately = (Review.window_id == window.id, Review.reviewer_id == Staff.id, Review.decided_at >= on - LATELY)
    numbers = [
        select(func.count())
        .where(*lately, Review.decision == decision, stands(), *_of_school(window, by))
        .scalar_subquery()
        .label(name)
        for decision, name in REVIEWER_NUMBERS.items()
    ]
    found = session.execute(select(Staff.id, Staff.name, *numbers).order_by(Staff.id))
    people = [Reviewer(row.id, row.name, row.passed, row.returned, row.rejected + row.sent_back) for row in found]
    return sorted((person for person in people if person.number), key=lambda person: -person.number)


def with_reasons(query: Select[Any]) -> Select[Any]:
    """Join and limit a query of findings to the returned items of decisions that stand."""
    return (
        query.join(Review, Review.id == Finding.review_id)
        .outerjoin(ReturnReason, ReturnReason.id == Finding.cause_id)
        .where(Finding.verdict == "return", stands())
    )


def _reasons(session: Session, window: WindowFacts, by: Actor) -> list[tuple[str, int]]:
    """Most frequent return reasons."""
    columns: tuple[Any, ...] = (REASON, func.count().label("number"))
    query = (
        with_reasons(select(*columns).select_from(Finding))
        .where(Review.window_id == window.id, *_of_school(window, by))
        .group_by(REASON)
        .order_by(func.count().desc(), REASON)
        .limit(REASONS)
    )
    return [(reason, number) for reason, number in session.execute(query)]


def _of_school(window: WindowFacts, by: Actor) -> list[ColumnElement[bool]]:
    """Condition on reviews: the whole window for the office, a school's own applications."""
    if not scope.of_school(by):
        return [] if by.role in scope.EVERYTHING else [false()]
    own = select(Application.id).where(Application.window_id == window.id, scope.applications(by))
    return [Review.application_id.in_(own.correlate(None))]


class Table(NamedTuple):
    """One table of the workbook."""

    name: str
    header: list[str]
    rows: list[list[Any]]


def tables(found: Figures) -> list[Table]:
    """The figures as the tables of the page, one sheet each."""
    words, names = zip(*COLUMNS, strict=True)

    def numbers(line: Line) -> list[Any]:
        return [line.name, *(getattr(line, name) for name in names)]

    return [
        Table("按主考学校", ["主考学校", *words], [numbers(line) for line in (*found.schools, found.total)]),
        Table("按提交日", ["日期", *words], [numbers(line) for _, line in found.days]),
        Table("等待", ["环节", "件数", "等待时间中位数"], [list(wait) for wait in found.waits]),
        Table("审核员近 7 天", ["姓名", "通过", "退回", "其他"], [list(each[1:5]) for each in found.reviewers]),
        Table("退回原因", ["原因", "次数"], [list(reason) for reason in found.reasons]),
    ]
