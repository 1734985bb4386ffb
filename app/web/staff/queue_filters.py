"""What the queue can be narrowed to, and the conditions that each filter means.

What is searched for is looked up first: few people are read by their keys, many by walking the queue until the page is full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from app.actions import scope
from app.extensions import db
from app.models import Application, Examinee, PendingDecision, PlanRow, Submission, Ticket
from app.rules.lifecycle import UNDER_REVIEW, WORDS, State
from app.rules.people import Actor
from app.rules.windows import WindowFacts

ALL = "all"
STATES = (
    ("", "待我审核"),
    *(
        (state.value, "审核未通过" if state is State.RETURNED else WORDS[state])
        for state in State
        if state is not State.DRAFT
    ),
    (ALL, "全部"),
)
LEVELS = ("专科", "本科")
FLAGS = (("missing", "缺成绩"), ("again", "重新提交"))
AGES = (("3", "等了 3 天以上"), ("7", "等了 7 天以上"), ("14", "等了 14 天以上"))
WHO = (("mine", "分给我的"), ("none", "未分配"))
OVERDUE = timedelta(days=7)  # a file that waited longer is marked
FEW = 1000  # so many matches of a search are read by their keys
Part = Select[int, datetime | None]  # id and submitted_at of one state


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; kept in the address. `state` '' is what waits for this reviewer.

    `person` is an examinee's row: what an ID number that was searched for became, as the number belongs in no address.
    """

    state: str = ""
    school: str = ""
    major: str = ""
    window: str = ""
    level: str = ""
    flag: str = ""
    age: str = ""
    who: str = ""
    person: str = ""
    q: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        """From the address; what is not a filter is left out, what makes no sense finds nothing.

        Whoever looks for a person wants the file wherever it stands: a search without a state asks all of them.
        """
        filters = cls(**{name: args.get(name, "").strip()[:80] for name in cls.__dataclass_fields__})
        state = filters.state if filters.state in dict(STATES) else ""
        return replace(filters, state=state or (ALL if filters.q or filters.person else ""))

    def args(self) -> dict[str, str]:
        """For addresses: only what is set."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}


def parts_of(by: Actor, filters: Filters, windows: Iterable[WindowFacts], on: datetime) -> list[Part]:
    """Queries of (id, submitted_at) that together are what was asked for: one a state, each along its own index."""
    narrowed = [scope.applications(by), *narrowing(by, filters, on)]
    if not filters.state:  # what was decided and waits for its time waits for nobody
        narrowed.append(~select(PendingDecision).where(PendingDecision.application_id == Application.id).exists())
    states = conditions(by, filters.state, windows)
    if not filters.q:
        return [select(Application.id, Application.submitted_at).where(state, *narrowed) for state in states]
    few = found_ids(filters.q)
    if few is not None:  # behind CASE no other index looks better to the database than the keys themselves
        matches = case((and_(or_(*states), *narrowed), 1), else_=0) == 1
        return [select(Application.id, Application.submitted_at).where(Application.id.in_(few), matches)]
    many = _many(filters.q)
    return [select(Application.id, Application.submitted_at).where(state, *narrowed, many) for state in states]


def conditions(by: Actor, state: str, windows: Iterable[WindowFacts]) -> list[ColumnElement[bool]]:
    """The states that are asked for, one condition each."""
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
    """Every filter but state and text."""
    found: list[ColumnElement[bool]] = []
    if filters.school:
        found.append(Application.school_code == filters.school)
    if filters.major:
        found.append(Application.major_code == filters.major)
    if filters.window:
        found.append(_number(Application.window_id, filters.window))
    if filters.person:
        found.append(_number(Application.examinee_id, filters.person))
    if filters.level:
        plans = select(PlanRow.id).where(PlanRow.level == filters.level)
        found.append(Application.plan_id.in_(plans))
    if filters.flag:
        flags = {"missing": Application.missing.is_(True), "again": Application.submissions > 1}
        found.append(flags.get(filters.flag, literal(False)))
    if filters.age:
        days = int(filters.age) if filters.age in dict(AGES) else None
        found.append(Application.submitted_at <= on - timedelta(days=days) if days else literal(False))
    if filters.who:
        who = {"mine": Application.assignee_id == by.id, "none": Application.assignee_id.is_(None)}
        found.append(who.get(filters.who, _number(Application.assignee_id, filters.who)))
    return found


def _number(column: Any, text: str) -> ColumnElement[bool]:
    known = text.isascii() and text.isdecimal() and len(text) < 10
    return column == int(text) if known else literal(False)


def found_ids(q: str) -> list[int] | None:
    """The applications that a search means, or None when it means more people than FEW.

    准考证号 and names by their beginning, as a range that the index serves; 回执编号 whole.
    """
    if _is_number(q):
        holders = select(Ticket.id).where(*_range(Ticket.number, q)).limit(FEW + 1).subquery()
        query = select(Application.id).where(Application.ticket_id.in_(select(holders.c.id)))
    else:
        holders = select(Examinee.id).where(*_range(Examinee.name, q)).limit(FEW + 1).subquery()
        query = select(Application.id).where(Application.examinee_id.in_(select(holders.c.id)))
    if (db.session.scalar(select(func.count()).select_from(holders)) or 0) > FEW:
        return None
    receipts = select(Submission.application_id).where(Submission.receipt == q.upper())
    return [*db.session.scalars(query), *db.session.scalars(receipts)]


def _many(q: str) -> ColumnElement[bool]:
    """The same of too many people, asked of each application on the way through the queue."""
    if _is_number(q):
        holder = select(Ticket.id).where(Ticket.id == Application.ticket_id, *_range(Ticket.number, q))
    else:
        holder = select(Examinee.id).where(Examinee.id == Application.examinee_id, *_range(Examinee.name, q))
    return holder.correlate(Application).exists()


def _is_number(q: str) -> bool:
    return q.isascii() and q.isdecimal()


def _range(column: Any, q: str) -> list[ColumnElement[bool]]:
    """Begins with q, in the order of code points (the column's collation says so on PostgreSQL)."""
    last = ord(q[-1])
    if last == 0x10FFFF:
        return [column >= q]
    return [column >= q, column < q[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)]
