"""Exportable lists: columns, sources and formats.

Every value is text, ID numbers too, except counts and amounts. Times are local to the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, type_coerce

from app.actions import scope
from app.actions.lists import Column, Kind
from app.actions.services import word_of
from app.models import (
    Application,
    Examinee,
    PlanRow,
    School,
    Submission,
    Ticket,
    Window,
)
from app.rules.calendar import local, zone
from app.rules.review.lifecycle import State
from app.rules.review.words import IN_LISTS
from app.rules.submission import read


def _moment(value: str | datetime) -> str:
    """2026-12-07 16:00 from the driver's time: UTC text (SQLite) or aware (PostgreSQL)."""
    return _minute(value[:16], zone()) if isinstance(value, str) else _written(local(value))


@lru_cache(maxsize=20_000)  # two weeks of minutes: in a season many rows share one, and time zone conversion is slow
def _minute(text: str, where: ZoneInfo) -> str:
    return _written(datetime.fromisoformat(f"{text}+00:00").astimezone(where))


def _written(here: datetime) -> str:
    return here.isoformat(" ", "minutes")[:16]


def time_column(key: str, title: str, source: Any, usual: bool = True) -> Column:
    """A column of times as the driver returns them: making datetimes costs more than the rest of a row."""
    return Column(key, title, type_coerce(source, String), _moment, usual)


def date_cell(value: date | datetime) -> str:
    return (local(value).date() if isinstance(value, datetime) else value).isoformat()


def _state(value: str) -> str:
    """graduation/completed → 已办结, in the words of the service."""
    service, _, state = value.partition("/")
    return word_of(service, State(state))


STATE = Column("state", "状态", Application.service + "/" + Application.state, _state)


def _yes(value: bool) -> str:
    return "是" if value else "否"


@lru_cache(maxsize=4)
def _document(text: str) -> dict[str, str]:
    return read(text).values


def _item(key: str, text: str) -> str:
    return _document(text).get(key, "")


def frozen_column(key: str, title: str) -> Column:
    """A column read from the frozen submission; slower, so never a usual one."""
    return Column(key, title, Submission.document, partial(_item, key), usual=False)


NAME = Column("name", "姓名", Examinee.name, shown_to=scope.shown_name)
PEOPLE = (
    Column("ticket", "准考证号", Ticket.number),
    NAME,
    Column("sex", "性别", Examinee.sex),
    Column("id_type", "证件类型", Examinee.id_type, usual=False),
    Column("id_number", "证件号码", Examinee.id_number),
    Column("birth_date", "出生日期", Examinee.birth_date, date_cell, usual=False),
    Column("nation", "民族", Examinee.nation),
    Column("political_status", "政治面貌", Examinee.political_status),
    Column("phone", "手机号码", Examinee.phone),
)
MAJOR = (
    Column("major_code", "专业代码", Application.major_code),
    Column("major", "专业名称", PlanRow.name),
    Column("level", "层次", PlanRow.level),
    Column("school_code", "主考学校代码", Application.school_code),
    Column("school", "主考学校", School.name),
    Column("window", "办理时间", Window.name),
)


def cases(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Application)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Window, Window.id == Application.window_id)
        .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
        .outerjoin(School, School.code == Application.school_code)
        .join(
            Submission, (Submission.application_id == Application.id) & (Submission.number == Application.submissions)
        )
        .where(Application.state != State.DRAFT)
    )


def case_states(states: Iterable[State]) -> tuple[tuple[str, str], ...]:
    """States with their words in filters."""
    return tuple((state.value, IN_LISTS[state]) for state in states)


CASE_STATES = case_states(state for state in State if state is not State.DRAFT)


APPLICATIONS = Kind(
    "applications",
    "申请",
    (
        Column("receipt", "回执编号", Submission.receipt),
        *PEOPLE,
        *MAJOR,
        STATE,
        time_column("submitted_at", "提交时间", Application.submitted_at),
        Column("submissions", "提交次数", Application.submissions, usual=False),
        Column("missing", "尚缺课程", Application.missing, _yes, usual=False),
        time_column("decided_at", "审定时间", Application.decided_at, usual=False),
    ),
    cases,
    Application.id,
    Application.submitted_at,
    "提交日期",
    scope.REVIEWING,
    CASE_STATES,
    of_cases=True,
)
