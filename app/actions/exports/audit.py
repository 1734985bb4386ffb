"""The list of acts: whose application each was about, and how acts are found."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, case, cast, func, or_, select

from app.actions import scope
from app.actions.audit import Unreadable, number_in, read_events
from app.actions.exports.act_words import Lists, told_by
from app.actions.exports.columns import time_column
from app.actions.lists import Column, Kind
from app.models import Application, AuditEvent, Order, Review, ScoreQuestion, SpotCheckFile, Submission, Ticket
from app.rules.audit_words import SUBJECTS, VALUES, WORDS
from app.rules.people.identity import normalise_digits
from app.rules.people.roles import STAFF_ROLES, Actor
from app.rules.submission import read_receipt


def _by_subject(told: dict[str, Select[Any]]) -> ColumnElement[str]:
    """What the subject of an act tells; NULL for others."""
    return case(
        *((AuditEvent.subject == name, query.correlate(AuditEvent).scalar_subquery()) for name, query in told.items())
    )


_drawn = SpotCheckFile.spot_check_id == AuditEvent.subject_id
_looked_at = and_(_drawn, SpotCheckFile.place == number_in(AuditEvent.detail, "number"))
_of_order = Order.id == AuditEvent.subject_id
TICKET = _by_subject(
    {
        "application": select(Application.ticket_number).where(Application.id == AuditEvent.subject_id),
        "order": select(Application.ticket_number).join(Order, Order.application_id == Application.id).where(_of_order),
        "score_question": select(Ticket.number)
        .join(ScoreQuestion, ScoreQuestion.ticket_id == Ticket.id)
        .where(ScoreQuestion.id == AuditEvent.subject_id),
        "spot_check": select(Application.ticket_number)
        .join(Review, Review.application_id == Application.id)
        .join(SpotCheckFile, SpotCheckFile.review_id == Review.id)
        .where(_looked_at),
        "ticket": select(Ticket.number).where(Ticket.id == AuditEvent.subject_id),
        "examinee": select(func.aggregate_strings(Ticket.number, "、")).where(
            Ticket.examinee_id == AuditEvent.subject_id
        ),
    }
)
"""准考证号 of the subject; all of an examinee's; of a draw, that of the file looked at."""
_last = select(Submission.receipt).order_by(Submission.number.desc()).limit(1)
RECEIPT = _by_subject(
    {
        "application": _last.where(Submission.application_id == AuditEvent.subject_id),
        "order": _last.join(Order, Order.application_id == Submission.application_id).where(_of_order),
        "spot_check": select(Submission.receipt)
        .join(Review, Review.submission_id == Submission.id)
        .join(SpotCheckFile, SpotCheckFile.review_id == Review.id)
        .where(_looked_at),
    }
)
"""回执编号 of the application's last submission; of a draw, of the one looked at."""


def acts_on(q: str) -> ColumnElement[bool]:
    """Acts on the application, order, report, ticket or person of a whole 准考证号 or 回执编号, and draws that it is in."""
    number = normalise_digits(q)
    received = select(Submission.application_id).where(Submission.receipt == read_receipt(q))
    files = select(Application.id).where(or_(Application.ticket_number == number, Application.id.in_(received)))
    tickets = select(Ticket.id).where(Ticket.number == number)
    found = {
        "application": files,
        "order": select(Order.id).where(Order.application_id.in_(files)),
        "score_question": select(ScoreQuestion.id).where(ScoreQuestion.ticket_id.in_(tickets)),
        "ticket": tickets,
        "examinee": select(Ticket.examinee_id).where(Ticket.number == number),
    }
    draws = select(SpotCheckFile.place).join(Review, Review.id == SpotCheckFile.review_id)
    in_draw = draws.where(Review.application_id.in_(files), or_(AuditEvent.action == "spot_check.drawn", _looked_at))
    return or_(
        *(and_(AuditEvent.subject == name, AuditEvent.subject_id.in_(ids)) for name, ids in found.items()),
        and_(AuditEvent.subject == "spot_check", in_draw.where(_drawn).correlate(AuditEvent).exists()),
    )


def shown_actor(actor: str, by: Actor) -> str:
    """Who acted (`kind/label`) for this reader: an examinee's name like any other, everybody else as written down."""
    kind, _, label = actor.partition("/")
    return scope.shown_name(label, by) if kind == "examinee" else label


_detail = cast(AuditEvent.detail, String)
AUDIT = Kind(
    "audit", "操作记录",
    (
        Column("id", "序号", AuditEvent.id), time_column("at", "时间", AuditEvent.at),
        Column("actor_kind", "身份", AuditEvent.actor_kind, lambda kind: str(VALUES.get(kind, kind))),
        Column("actor_label", "操作人", AuditEvent.actor_kind + "/" + AuditEvent.actor_label, shown_to=shown_actor),
        Column("actor_role", "角色", AuditEvent.actor_role, lambda role: str(STAFF_ROLES.get(role, role))),
        Column("address", "来源地址", AuditEvent.address),
        Column("action", "动作", AuditEvent.action, lambda action: str(WORDS.get(action, action))),
        Column("action_key", "动作代码", AuditEvent.action),
        Column("subject", "对象", AuditEvent.subject, lambda subject: str(SUBJECTS.get(subject, subject))),
        Column("subject_id", "对象编号", AuditEvent.subject_id),
        Column("ticket", "准考证号", TICKET), Column("receipt", "回执编号", RECEIPT),
        Column("detail", "详情", AuditEvent.action + "/" + _detail),
        Column("stored", "详情（JSON）", AuditEvent.detail,
               lambda detail: json.dumps(detail, ensure_ascii=False, sort_keys=True), usual=False),
    ),
    lambda query: query.select_from(AuditEvent), AuditEvent.id, AuditEvent.at, "操作日期", scope.AUDITING, find=acts_on,
)  # fmt: skip


def rows_of(
    connection: Connection, narrowed: Select[Any], whole: Select[Any], made: Callable[[Row[Any]], list[Any]], chunk: int
) -> Iterator[list[Any] | Unreadable]:
    """Return the cells of each act, `chunk` read at a time. `narrowed`: which acts; `whole`: the columns of all."""
    idents = array("q", connection.execute(narrowed.with_only_columns(AuditEvent.id)).scalars())
    for start in range(0, len(idents), chunk):
        some = idents[start : start + chunk].tolist()
        yield from read_events(connection, whole.where(AuditEvent.id.in_(some)), made)


def cells_of(found: Unreadable, columns: list[Column]) -> list[Any]:
    """Return the cells of an act that nobody can read: its number, and in 详情 (else the last one) that it is so."""
    keys = [column.key for column in columns]
    told = "detail" if "detail" in keys else keys[-1]
    said = {told: f"这一条读不懂：操作记录 {found.id} 直接在数据库里被改过，请运行 kaoji verify", "id": found.id}
    return [said.get(key, "") for key in keys]


def in_words(lists: Lists) -> Kind:
    """Return the list with its details told as the page tells them; `lists`: the others, whose columns acts name."""
    told = told_by({**lists, AUDIT.key: AUDIT})
    columns = (replace(column, show=told) if column.key == "detail" else column for column in AUDIT.columns)
    return replace(AUDIT, columns=tuple(columns))
