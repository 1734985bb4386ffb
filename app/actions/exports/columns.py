"""The lists that can be exported: their columns, where each value comes from, and how it is written.

Every value is text, identity numbers too, but for plain counts and amounts. Times are the office's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, select, type_coerce

from app.actions import scope
from app.actions.lists import Column, Kind
from app.actions.services import services, word_of
from app.models import (
    Application,
    AuditEvent,
    Examinee,
    Order,
    PlanRow,
    School,
    Submission,
    Ticket,
    Window,
)
from app.rules import orders
from app.rules.calendar import local, zone
from app.rules.papers.money import plain_yuan
from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES
from app.rules.review.lifecycle import State
from app.rules.review.words import IN_LISTS
from app.rules.submission import read


def _moment(value: str | datetime) -> str:
    """2026-12-07 16:00 from a time as the driver gives it: text in UTC (SQLite) or aware (PostgreSQL)."""
    return _minute(value[:16], zone()) if isinstance(value, str) else _written(local(value))


@lru_cache(maxsize=20_000)  # two weeks of minutes: in a season many rows share one, and asking the zone is dear
def _minute(text: str, where: ZoneInfo) -> str:
    return _written(datetime.fromisoformat(f"{text}+00:00").astimezone(where))


def _written(here: datetime) -> str:
    return here.isoformat(" ", "minutes")[:16]


def time_column(key: str, title: str, source: Any, usual: bool = True) -> Column:
    """A column of moments, read as the driver gives them: making a datetime of each costs more than the rest of its row."""
    return Column(key, title, type_coerce(source, String), _moment, usual)


def date_cell(value: date | datetime) -> str:
    return (local(value).date() if isinstance(value, datetime) else value).isoformat()


def _state(value: str) -> str:
    """graduation/completed → 已办结, in the words of the business."""
    service, _, state = value.partition("/")
    return word_of(service, State(state))


STATE = Column("state", "状态", Application.service + "/" + Application.state, _state)


def _yes(value: bool) -> str:
    return "是" if value else "否"


@lru_cache(maxsize=4)
def _document(text: str) -> dict[str, str]:
    """Key -> value of the items of a frozen submission; several columns of one row read the same one."""
    return read(text).values


def _item(key: str, text: str) -> str:
    return _document(text).get(key, "")


def frozen_column(key: str, title: str) -> Column:
    """A column that is read from the frozen submission; slower, so never a usual one."""
    return Column(key, title, Submission.document, partial(_item, key), usual=False)


PEOPLE = (
    Column("ticket", "准考证号", Ticket.number),
    Column("name", "姓名", Examinee.name),
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
    """As the filter of a list of applications says them."""
    return tuple((state.value, IN_LISTS[state]) for state in states)


CASE_STATES = case_states(state for state in State if state is not State.DRAFT)


def _orders(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Order)
        .join(Application, Application.id == Order.application_id)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Examinee, Examinee.id == Order.examinee_id)
        .join(Window, Window.id == Application.window_id)
        .outerjoin(School, School.code == Application.school_code)
    )


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
    scope.REVIEWING,
    CASE_STATES,
    of_cases=True,
)
ORDERS = Kind(
    "orders", "订单",
    (
        Column("number", "订单号", Order.number), Column("ticket", "准考证号", Ticket.number),
        Column("name", "姓名", Examinee.name), Column("school_code", "主考学校代码", Application.school_code, usual=False),
        Column("school", "主考学校", School.name), Column("window", "办理时间", Window.name),
        Column("fee", "费用", Order.fee), Column("amount", "金额（元）", Order.amount, plain_yuan),
        Column("state", "状态", Order.state, orders.STATES.__getitem__),
        Column("paid_by", "支付方式", Order.paid_by, orders.way),
        Column("receipt", "收据号", Order.receipt), time_column("created_at", "下单时间", Order.created_at),
        time_column("paid_at", "支付时间", Order.paid_at),
    ),
    _orders, Order.id, Order.created_at, (*scope.MONEY, *SCHOOL_ROLES), tuple(orders.STATES.items()),
)  # fmt: skip
AUDIT = Kind(
    "audit", "操作记录",
    (
        Column("id", "序号", AuditEvent.id), time_column("at", "时间", AuditEvent.at),
        Column("actor_kind", "身份", AuditEvent.actor_kind), Column("actor_label", "操作人", AuditEvent.actor_label),
        Column("actor_role", "角色", AuditEvent.actor_role, lambda role: str(STAFF_ROLES.get(role, role))),
        Column("address", "来源地址", AuditEvent.address), Column("action", "动作", AuditEvent.action),
        Column("subject", "对象", AuditEvent.subject), Column("subject_id", "对象编号", AuditEvent.subject_id),
        Column("detail", "详情", AuditEvent.detail, lambda detail: json.dumps(detail, ensure_ascii=False, sort_keys=True)),
    ),
    lambda query: query.select_from(AuditEvent), AuditEvent.id, AuditEvent.at, scope.AUDITING,
)  # fmt: skip


def kinds() -> dict[str, Kind]:
    """Every list by its key: that of all applications with the columns that services add, those of services, the others."""
    added = {column.key: column for each in services() for column in each.columns}
    applications = replace(APPLICATIONS, columns=(*APPLICATIONS.columns, *added.values()))
    own = [kind for each in services() for kind in each.lists]
    return {kind.key: kind for kind in (applications, *own, ORDERS, AUDIT)}


def selected(kind: Kind, columns: list[Column]) -> Select[Any]:
    """The kind's rows with these columns, in its order."""
    return kind.base(select(*(column.source.label(f"c{place}") for place, column in enumerate(columns)))).order_by(
        kind.order
    )
