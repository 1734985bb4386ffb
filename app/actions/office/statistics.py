"""The figures of one window within scope: how many stand where, day by day, how long files wait, who decided, why they came back.

Every figure is read from an index in its own order; docs and tests/bench/bench_million.py say what that costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, column, false, func, select, true, values
from sqlalchemy.orm import Session

from app.actions import scope
from app.models import Application, Finding, ReturnReason, Review, School, Staff
from app.models.base import UtcDateTime
from app.rules.calendar import from_local, today
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import UNDER_REVIEW, WORDS, State
from app.rules.windows import WindowFacts, time_waited

DAYS = 60  # of the chart, counted back from today or the window's last day
LATELY = timedelta(days=7)  # what a reviewer's throughput is counted over
REASONS = 10
SUBMITTED = [state for state in State if state is not State.DRAFT]
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
    """Where the applications of one 主考学校 (or of one day) stand now. `waiting` both stages, `approved` not yet paid,
    `paid` 已办结."""

    name: str
    applied: int
    waiting: int
    returned: int
    rejected: int
    approved: int
    paid: int


@dataclass(slots=True)
class Figures:
    """What the page and the workbook show. `days`: what was submitted each day and where it stands now; `waits`: stage,
    number, median age in words."""

    total: Line
    schools: list[Line] = field(default_factory=list)
    days: list[tuple[date, Line]] = field(default_factory=list)
    waits: list[tuple[str, int, str]] = field(default_factory=list)
    reviewers: list[tuple[str, int, int, int]] = field(default_factory=list)  # name, passed, returned, others
    reasons: list[tuple[str, int]] = field(default_factory=list)


def figures(session: Session, window: WindowFacts, by: Actor, on: datetime) -> Figures:
    """All figures of a window that this person may see."""
    numbers: dict[str, dict[str, int]] = {}
    query = select(Application.school_code, Application.state, func.count())
    query = query.where(Application.window_id == window.id, scope.applications(by))
    for school, state, number in session.execute(query.group_by(Application.school_code, Application.state)):
        numbers.setdefault(school, {})[state] = number
    names: dict[str, str] = dict(session.execute(select(School.code, School.name)).all())
    states: dict[str, int] = {}
    for each in numbers.values():
        for state, number in each.items():
            states[state] = states.get(state, 0) + number
    return Figures(
        total=_line("合计", states),
        schools=[_line(names.get(code, code), each) for code, each in sorted(numbers.items())],
        days=_days(session, window, by, on),
        waits=[
            (WORDS[state], states.get(state, 0), _median(session, window, by, on, state, states.get(state, 0)))
            for state in UNDER_REVIEW
        ],
        reviewers=_reviewers(session, window, by, on),
        reasons=_reasons(session, window, by),
    )


def _line(name: str, states: dict[str, int]) -> Line:
    def of(*wanted: State) -> int:
        return sum(states.get(state, 0) for state in wanted)

    return Line(
        name,
        sum(states.values()),
        of(*UNDER_REVIEW),
        of(State.RETURNED),
        of(State.REJECTED),
        of(State.APPROVED),
        of(State.COMPLETED),
    )


def _days(session: Session, window: WindowFacts, by: Actor, on: datetime) -> list[tuple[date, Line]]:
    """What was submitted each day of the office's calendar, by its state of now; each day and state is a range
    of an index."""
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
    )
    found: dict[int, dict[str, int]] = {}
    for day, state, count in session.execute(select(ranges.c.day, states.c.state, number).join(states, true())):
        found.setdefault(day, {})[state] = count
    return [(each, _line(each.isoformat(), found[i])) for i, each in enumerate(days)]


def _median(session: Session, window: WindowFacts, by: Actor, on: datetime, state: State, number: int) -> str:
    if not number:
        return ""
    query = select(Application.submitted_at).where(
        Application.window_id == window.id, Application.state == state, scope.applications(by)
    )
    middle = session.scalar(query.order_by(Application.submitted_at, Application.id).offset(number // 2).limit(1))
    return time_waited(middle, on) if middle else ""


def _reviewers(session: Session, window: WindowFacts, by: Actor, on: datetime) -> list[tuple[str, int, int, int]]:
    """Decisions of the last seven days by reviewer, most first. What was reviewed is never a draft again."""
    lately = (Review.window_id == window.id, Review.reviewer_id == Staff.id, Review.decided_at >= on - LATELY)
    numbers = [
        select(func.count()).where(*lately, Review.decision == word, *_of_school(window, by)).scalar_subquery()
        for word in ("pass", "return", "reject", "back")
    ]
    found = session.execute(select(Staff.name, *numbers).order_by(Staff.id))
    lines = [(name, passed, returned, rejected + back) for name, passed, returned, rejected, back in found]
    lines = [line for line in lines if any(line[1:])]
    return sorted(lines, key=lambda line: -sum(line[1:]))


def _reasons(session: Session, window: WindowFacts, by: Actor) -> list[tuple[str, int]]:
    """What items were returned for most often: by the catalogue's line where one was chosen, however its words were changed
    and its placeholders filled; else by the words themselves."""
    word = func.coalesce(ReturnReason.label, Finding.reason)
    query = (
        select(word, func.count().label("number"))
        .select_from(Finding)
        .join(Review, Review.id == Finding.review_id)
        .outerjoin(ReturnReason, ReturnReason.id == Finding.cause_id)
        .where(
            Finding.verdict == "return", Review.decision != "", Review.window_id == window.id, *_of_school(window, by)
        )
        .group_by(word)
        .order_by(func.count().desc(), word)
        .limit(REASONS)
    )
    return [(reason, number) for reason, number in session.execute(query)]


def _of_school(window: WindowFacts, by: Actor) -> list[ColumnElement[bool]]:
    """Whose reviews count: the office's figures are of the whole window, a school's of its applications."""
    if not scope.of_school(by):
        return [] if by.role in scope.EVERYTHING else [false()]
    own = select(Application.id).where(Application.window_id == window.id, scope.applications(by))
    return [Review.application_id.in_(own.correlate(None))]


def lines(found: Figures) -> Iterator[list[Any]]:
    """The same as rows of one list: 表, 项目, 指标, 数值."""
    for line in (found.total, *found.schools):
        for word, name in COLUMNS:
            yield ["按主考学校", line.name, word, getattr(line, name)]
    for _, line in found.days:
        for word, name in COLUMNS:
            yield ["按提交日", line.name, word, getattr(line, name)]
    for stage, number, median in found.waits:
        yield ["等待", stage, "件数", number]
        yield ["等待", stage, "等待时间中位数", median]
    for name, passed, returned, others in found.reviewers:
        yield ["审核员近 7 天", name, "通过", passed]
        yield ["审核员近 7 天", name, "退回", returned]
        yield ["审核员近 7 天", name, "其他", others]
    for reason, number in found.reasons:
        yield ["退回原因", reason, "次数", number]
