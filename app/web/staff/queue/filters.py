"""Filters of the queue and their SQL conditions.
A search (queue.search) that found few files is looked up; otherwise the queue is read in its order until the page is
full. Either way one index answers alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import ColumnElement, Select, and_, literal, not_, or_, select, true

from app.actions import scope
from app.actions.applications.asides import asked_of
from app.actions.applications.waiting import older
from app.actions.applications.whose_turn import barred, is_aside
from app.actions.review.assigning import assignee_may_review
from app.models import Application, Aside, PendingDecision, PlanRow, Staff, Window
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.words import IN_LISTS
from app.rules.windows import WindowFacts
from app.web.staff.queue.figures import Behind
from app.web.staff.queue.marks import MATCHES, UNMARKED, marked
from app.web.staff.queue.search import Search, hidden, number_is, search_of

ALL, DECIDED = "all", "decided"
ASIDE, ASKED = "aside", "asked"
FEW = (DECIDED, ASIDE, ASKED)  # states of few files, found by key; their tabs stand only where there are some
OTHERS = "others"  # counted only: would wait for this reviewer, but is assigned to somebody else
STATES = (
    ("", "待我审核"),
    (ASKED, "待我答复"),
    (DECIDED, "可撤销"),
    (ASIDE, "请示中"),
    *((state.value, word) for state, word in IN_LISTS.items() if state is not State.DRAFT),
    (ALL, "全部"),
)
LEVELS = ("专科", "本科")
AGES = (("3", "等了 3 天以上"), ("7", "等了 7 天以上"), ("14", "等了 14 天以上"))
EVERYBODY = "all"
WHO = (("mine", "分给我的"), ("none", "未分配"), (EVERYBODY, "含分给别人的"))
ORDERS = (("", "先提交的在前"), ("new", "后提交的在前"), ("ticket", "准考证号"), ("name", "姓名"))
ORDERED_BY: dict[str, Any] = {"ticket": Application.ticket_number, "name": Application.holder_name}
OVERDUE = timedelta(days=7)  # longer waits are highlighted
Part = Select[int, datetime | None]  # id, submitted_at


WAITING = "waiting"  # the empty state, in the address of an export


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters in the address.
    `state`: '' pending for this reviewer (without `who` not what is assigned to others), `decided` own decisions that
    can be undone; `flag`: keys of FLAGS, comma separated, all required unless `match` says any, or none of all marks; `order`: of ORDERS; `person`: examinee id
    replacing a searched ID number, which must appear in no address; from `since` on: what a figure leads to (queue.figures).
    """

    state: str = ""
    service: str = ""
    school: str = ""
    major: str = ""
    window: str = ""
    level: str = ""
    flag: str = ""
    match: str = ""
    age: str = ""
    who: str = ""
    person: str = ""
    q: str = ""
    order: str = ""
    since: str = ""
    until: str = ""
    group: str = ""
    reviewed: str = ""
    reason: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        """Read from the address: unknown names are dropped, invalid values match nothing.
        A search without state covers all states.
        """
        filters = cls(**{name: args.get(name, "").strip()[:80] for name in cls.__dataclass_fields__})
        state = filters.state if filters.state in dict(STATES) else ""
        order = filters.order if filters.order in dict(ORDERS) else ""
        match = filters.match if filters.match in dict(MATCHES) else ""
        flag = "" if match == UNMARKED else filters.flag
        match = match if match == UNMARKED or "," in flag else ""  # of one mark all and any are the same
        state = state or (ALL if filters.q or filters.person else "")
        return replace(filters, state=state, order=order, flag=flag, match=match)

    @property
    def behind(self) -> Behind:
        return Behind(self.since, self.until, self.group, self.reviewed, self.reason, self.window)

    def args(self) -> dict[str, str]:
        """Return the set filters for addresses."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}

    def exported(self) -> dict[str, str]:
        """Return them for the address of an export, whose `reason` is its purpose and whose `since` and `until` are of its
        own date; the order is none of its rows'.
        """
        state = {"": WAITING, ALL: ""}.get(self.state, self.state)
        days = {"since": "", "until": "", "submitted_since": self.since, "submitted_until": self.until}
        changed = {"state": state, "order": "", "reason": "", "returned": self.reason, **days}
        return {name: text for name, text in {**self.args(), **changed}.items() if text}

    def kept(self) -> str:
        """Return them as a query to be stored: han characters as they are, where escapes would take nine characters each."""
        escaped = {
            name: re.sub("[\x00-\x7f]+", lambda found: quote_plus(found[0]), text) for name, text in self.args().items()
        }
        return "&".join(f"{name}={text}" for name, text in escaped.items())


def searched(by: Actor, filters: Filters) -> Search | None:
    """Resolve the search of the filters."""
    return search_of(by, filters.q, filters.person, filters.school)


def parts_of(
    by: Actor, filters: Filters, windows: Iterable[WindowFacts], on: datetime, search: Search | None = None
) -> list[Part]:
    """Return queries of (id, submitted_at), one per state and index, that together are the result.
    `search`: `searched` if already known.
    """
    search = search or searched(by, filters)
    columns = (Application.id, Application.submitted_at)
    if filters.state in FEW:
        rest_of = [narrowed(by, filters, on), *([hidden(search.within)] if search else [])]
        return [select(*columns).where(*conditions(by, filters.state, windows), *rest_of)]
    if search and not search.wide:
        found = (in_state(by, filters, windows), scope.applications(by), *narrowing(by, filters, on))
        return [select(*columns).where(search.within, hidden(and_(*found)))]
    if filters.order in ORDERED_BY and not (search and scope.of_school(by)):  # in index order of names or numbers
        found = (in_state(by, filters, windows), narrowed(by, filters, on), *([search.within] if search else []))
        return [select(*columns).where(hidden(and_(*found)))]
    rest = [scope.applications(by), *narrowing(by, filters, on), *_own_turn(by, filters)]
    rest += [search.within] if search else []
    return [select(*columns).where(state, *rest) for state in conditions(by, filters.state, windows)]


def sent_back_first(by: Actor, filters: Filters) -> bool:
    """Whether what the office sent back stands first: in a school's own list, in its usual order."""
    return scope.of_school(by) and filters.state in ("", State.SCHOOL_REVIEW) and not filters.order


def in_state(by: Actor, filters: Filters, windows: Iterable[WindowFacts]) -> ColumnElement[bool]:
    """Return the condition of the state filter."""
    if filters.state == ALL:
        return true()  # drafts are out of every scope
    return and_(or_(*conditions(by, filters.state, windows)), *_own_turn(by, filters))


def narrowed(by: Actor, filters: Filters, on: datetime) -> ColumnElement[bool]:
    """Return scope and all filters but state, text and person, hidden from index choice."""
    return hidden(and_(scope.applications(by), *narrowing(by, filters, on)))


def _own_turn(by: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """Exclude from the default state what is not this reviewer's to decide now.

    Pending decisions, files put aside, files that need another person's eyes, and without `who` those assigned to somebody else.
    """
    if filters.state not in ("", OTHERS):
        return []
    pending = select(PendingDecision.application_id).where(PendingDecision.application_id == Application.id).exists()
    found: list[ColumnElement[bool]] = [
        ~pending,
        ~is_aside(),
        *([] if scope.of_school(by) else [hidden(not_(barred(by.id)))]),
    ]
    if filters.state == OTHERS:
        return [*found, hidden(not_(nobody_elses(by)))]
    return found if filters.who else [*found, hidden(nobody_elses(by))]


def nobody_elses(by: Actor) -> ColumnElement[bool]:
    """Match files assigned to nobody, to this person, or to somebody who cannot decide now: of the other stage, or no longer a reviewer of the file."""
    at_school = select(Staff.id).where(Staff.role.in_(SCHOOL_ROLES)).correlate(None)
    two_stages = select(Window.id).where(Window.stages == 2).correlate(None)
    done = and_(Application.state == State.OFFICE_REVIEW, Application.assignee_id.in_(at_school))
    to_come = and_(
        Application.state == State.SCHOOL_REVIEW,
        Application.assignee_id.not_in(at_school),
        Application.window_id.in_(two_stages),
    )
    open_to_all = (Application.assignee_id.is_(None), ~assignee_may_review(), done, to_come)
    return or_(Application.assignee_id == by.id, *open_to_all)


def conditions(by: Actor, state: str, windows: Iterable[WindowFacts]) -> list[ColumnElement[bool]]:
    """Return one condition per state asked for."""
    if state == DECIDED:
        mine = select(PendingDecision.application_id).where(PendingDecision.staff_id == by.id)
        return [Application.id.in_(mine.correlate(None))]
    if state == ASKED:
        return [asked_of(by)]
    if state == ASIDE:
        waiting = select(Aside.application_id).where(Aside.ended_at.is_(None))
        return [Application.id.in_(waiting.correlate(None))]
    if state == ALL:
        return [Application.state == each for each in State if each is not State.DRAFT]
    if state not in ("", OTHERS):
        return [Application.state == state]
    if scope.of_school(by):
        return [Application.state == State.SCHOOL_REVIEW]
    if by.role == "office_reviewer":
        # the office decides at once in one-stage windows
        one_stage = [window.id for window in windows if window.stages == 1]
        at_once = and_(Application.state == State.SCHOOL_REVIEW, Application.window_id.in_(one_stage))
        return [Application.state == State.OFFICE_REVIEW, *([at_once] if one_stage else [])]
    return [Application.state == each for each in UNDER_REVIEW]


def narrowing(by: Actor, filters: Filters, on: datetime) -> list[ColumnElement[bool]]:
    """Return all filters but state, text and person."""
    found: list[ColumnElement[bool]] = []
    if filters.service:  # by window, which the queue's indexes contain
        found.append(Application.window_id.in_(select(Window.id).where(Window.service == filters.service)))
    if filters.school:
        found.append(Application.school_code == filters.school)
    if filters.major:
        found.append(Application.major_code == filters.major)
    if filters.window:
        found.append(number_is(Application.window_id, filters.window))
    if filters.level:
        plans = select(PlanRow.id).where(PlanRow.level == filters.level)
        found.append(Application.plan_id.in_(plans))
    found += marked(filters.flag, filters.match)
    if filters.age:
        days = int(filters.age) if filters.age in dict(AGES) else None
        found += older(timedelta(days=days), on) if days else [literal(False)]
    if filters.who:
        who = {
            "mine": Application.assignee_id == by.id,
            "none": Application.assignee_id.is_(None),
            EVERYBODY: true(),
        }
        found.append(who.get(filters.who, number_is(Application.assignee_id, filters.who)))
    return found + filters.behind.conditions(on)
