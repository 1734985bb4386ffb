"""What the queue can be narrowed to, and the conditions that each filter means.

Whoever is searched for is read along the index of names or numbers, as long as those are not half the province; otherwise,
and without a search, the queue is walked in its order until the page is full. Either way the index answers alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select, true

from app.actions import scope
from app.extensions import db
from app.models import Application, PendingDecision, PlanRow, Submission, Window
from app.rules.evidence.flags import WORDS as EVIDENCE
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.words import IN_LISTS
from app.rules.windows import WindowFacts

ALL, DECIDED = "all", "decided"
STATES = (
    ("", "待我审核"),
    (DECIDED, "可撤销"),
    *((state.value, word) for state, word in IN_LISTS.items() if state is not State.DRAFT),
    (ALL, "全部"),
)
LEVELS = ("专科", "本科")
FLAGS = (("missing", "缺成绩"), ("again", "重新提交"), *EVIDENCE.items())
AGES = (("3", "等了 3 天以上"), ("7", "等了 7 天以上"), ("14", "等了 14 天以上"))
WHO = (("mine", "分给我的"), ("none", "未分配"))
ORDERS = (("", "先提交的在前"), ("new", "后提交的在前"), ("ticket", "准考证号"), ("name", "姓名"))
ORDERED_BY: dict[str, Any] = {"ticket": Application.ticket_number, "name": Application.holder_name}
OVERDUE = timedelta(days=7)  # a file that waited longer is marked
WIDE = 30_000  # a search that more files match than these says little: the queue is walked for it
FLAG_COLUMNS: dict[str, Any] = {
    "missing": Application.missing,
    "again": Application.resubmitted,
    "hinted": Application.flagged,
}
Part = Select[int, datetime | None]  # id and submitted_at of one state


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; kept in the address. `state` '' is what waits for this reviewer, `decided` what this
    reviewer decided and can still take back. `flag`: keys of FLAGS with commas between; a file has all of them. `order`: of
    ORDERS.

    `person` is an examinee's row: what an ID number that was searched for became, as the number belongs in no address.
    """

    state: str = ""
    service: str = ""
    school: str = ""
    major: str = ""
    window: str = ""
    level: str = ""
    flag: str = ""
    age: str = ""
    who: str = ""
    person: str = ""
    q: str = ""
    order: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        """From the address; what is not a filter is left out, what makes no sense finds nothing.

        Whoever looks for a person wants the file wherever it stands: a search without a state asks all of them.
        """
        filters = cls(**{name: args.get(name, "").strip()[:80] for name in cls.__dataclass_fields__})
        state = filters.state if filters.state in dict(STATES) else ""
        order = filters.order if filters.order in dict(ORDERS) else ""
        return replace(filters, state=state or (ALL if filters.q or filters.person else ""), order=order)

    def args(self) -> dict[str, str]:
        """For addresses: only what is set."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was looked up: the condition, and whether it says so little that the queue is walked for it."""

    within: ColumnElement[bool]
    wide: bool


def search_of(filters: Filters) -> Search | None:
    """What text or a person narrows the queue to; None without one.

    准考证号 and names by their beginning; 回执编号 whole.
    """
    if not filters.q and not filters.person:
        return None
    column = Application.ticket_number if _is_number(filters.q) else Application.holder_name
    within = and_(*_range(column, filters.q)) if filters.q else true()
    if filters.person:
        return Search(and_(within, _number(Application.examinee_id, filters.person)), wide=False)
    if db.session.scalar(select(Application.id).where(within).offset(WIDE).limit(1)) is not None:
        return Search(_hidden(within), wide=True)
    receipts = select(Submission.application_id).where(Submission.receipt == filters.q.upper())
    found = db.session.scalars(receipts).all()
    return Search(or_(within, Application.id.in_(found)) if found else within, wide=False)


def parts_of(
    by: Actor, filters: Filters, windows: Iterable[WindowFacts], on: datetime, search: Search | None = None
) -> list[Part]:
    """Queries of (id, submitted_at) that together are what was asked for: one a state, each along its own index.

    `search` is `search_of(filters)` where the caller has it already.
    """
    search = search or search_of(filters)
    columns = (Application.id, Application.submitted_at)
    if filters.state == DECIDED:  # a few rows, by their keys
        rest_of = [narrowed(by, filters, on), *([_hidden(search.within)] if search else [])]
        return [select(*columns).where(*conditions(by, DECIDED, windows), *rest_of)]
    if search and not search.wide:
        found = (in_state(by, filters.state, windows), scope.applications(by), *narrowing(by, filters, on))
        return [select(*columns).where(search.within, _hidden(and_(*found)))]
    if filters.order in ORDERED_BY:  # walked along the index of names or numbers, whatever the state
        found = (in_state(by, filters.state, windows), narrowed(by, filters, on), *([search.within] if search else []))
        return [select(*columns).where(_hidden(and_(*found)))]
    rest = [scope.applications(by), *narrowing(by, filters, on), *_not_pending(filters.state)]
    rest += [search.within] if search else []
    return [select(*columns).where(state, *rest) for state in conditions(by, filters.state, windows)]


def in_state(by: Actor, state: str, windows: Iterable[WindowFacts]) -> ColumnElement[bool]:
    """One of the filter's states, as one condition."""
    if state == ALL:
        return true()  # drafts are in nobody's scope
    return and_(or_(*conditions(by, state, windows)), *_not_pending(state))


def narrowed(by: Actor, filters: Filters, on: datetime) -> ColumnElement[bool]:
    """Scope and every filter but state, text and person, as one condition that no index is chosen for."""
    return _hidden(and_(scope.applications(by), *narrowing(by, filters, on)))


def _not_pending(state: str) -> list[ColumnElement[bool]]:
    """What was decided and waits for its time waits for nobody."""
    if state:
        return []
    return [~select(PendingDecision.application_id).where(PendingDecision.application_id == Application.id).exists()]


def _hidden(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same, so that no index looks better to the database for it than the one that is meant."""
    return case((condition, 1), else_=0) == 1


def conditions(by: Actor, state: str, windows: Iterable[WindowFacts]) -> list[ColumnElement[bool]]:
    """The states that are asked for, one condition each."""
    if state == DECIDED:
        mine = select(PendingDecision.application_id).where(PendingDecision.staff_id == by.id)
        return [Application.id.in_(mine.correlate(None))]
    if state == ALL:
        return [Application.state == each for each in State if each is not State.DRAFT]
    if state:
        return [Application.state == state]
    if scope.of_school(by):
        return [Application.state == State.SCHOOL_REVIEW]
    if by.role == "office_reviewer":
        # in a window of one stage the office may decide at once
        one_stage = [window.id for window in windows if window.stages == 1]
        at_once = and_(Application.state == State.SCHOOL_REVIEW, Application.window_id.in_(one_stage))
        return [Application.state == State.OFFICE_REVIEW, *([at_once] if one_stage else [])]
    return [Application.state == each for each in UNDER_REVIEW]


def narrowing(by: Actor, filters: Filters, on: datetime) -> list[ColumnElement[bool]]:
    """Every filter but state, text and person."""
    found: list[ColumnElement[bool]] = []
    if filters.service:  # by its windows, which the indexes of the queue hold
        found.append(Application.window_id.in_(select(Window.id).where(Window.service == filters.service)))
    if filters.school:
        found.append(Application.school_code == filters.school)
    if filters.major:
        found.append(Application.major_code == filters.major)
    if filters.window:
        found.append(_number(Application.window_id, filters.window))
    if filters.level:
        plans = select(PlanRow.id).where(PlanRow.level == filters.level)
        found.append(Application.plan_id.in_(plans))
    for flag in filter(None, filters.flag.split(",")):
        found += (
            [FLAG_COLUMNS["hinted"], has_flag(flag)] if flag in EVIDENCE else [FLAG_COLUMNS.get(flag, literal(False))]
        )
    if filters.age:
        days = int(filters.age) if filters.age in dict(AGES) else None
        found.append(Application.submitted_at <= on - timedelta(days=days) if days else literal(False))
    if filters.who:
        who = {"mine": Application.assignee_id == by.id, "none": Application.assignee_id.is_(None)}
        found.append(who.get(filters.who, _number(Application.assignee_id, filters.who)))
    return found


def has_flag(flag: str) -> ColumnElement[bool]:
    """A hint about the evidence, as app.rules.evidence.flags stores it."""
    return Application.flags.contains(f",{flag},")


def _number(column: Any, text: str) -> ColumnElement[bool]:
    known = text.isascii() and text.isdecimal() and len(text) < 10
    return column == int(text) if known else literal(False)


def _is_number(q: str) -> bool:
    return q.isascii() and q.isdecimal()


def _range(column: Any, q: str) -> list[ColumnElement[bool]]:
    """Begins with q, in the order of code points (the column's collation says so on PostgreSQL)."""
    last = ord(q[-1])
    if last == 0x10FFFF:
        return [column >= q]
    return [column >= q, column < q[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)]
