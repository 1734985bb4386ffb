"""站内消息 about an application, written in the transaction that changes it."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from app.actions.services import service_for
from app.models import Application, Message
from app.models.base import UtcDateTime, transaction
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import Transition
from app.rules.service import ServiceLike

APPROVED = "审核通过。"
TO_PAY = "需要缴费的，请在缴费时间内支付{fee}。"
TEXTS = {
    "submit": "已提交，等待{reviewer}初审。",
    "resubmit_school": "已重新提交，等待{reviewer}初审。",
    "resubmit_office": "已重新提交，等待考办终审。",
    "withdraw": "已撤回，修改后可以再次提交。",
    "pass_school": "初审通过，等待考办终审。",
    "approve": APPROVED,
    "approve_at_once": APPROVED,
    "return_school": "审核未通过，请查看原因，修改后重新提交。",
    "return_one_stage": "审核未通过，请查看原因，修改后重新提交。",
    "return_office": "审核未通过，请查看原因，修改后重新提交。",
    "reject_school": "不予通过，请查看原因。",
    "reject_one_stage": "不予通过，请查看原因。",
    "reject_office": "不予通过，请查看原因。",
    "back_to_school": "考办请主考学校再核对一次，你现在不需要操作。",
    "revoke_to_school": "原来的审核决定已撤销，由{reviewer}重新审核。你现在不需要操作，原因请看办理进度。",
    "revoke_to_office": "原来的审核决定已撤销，由考办重新审核。你现在不需要操作，原因请看办理进度。",
    "complete": "已办结。",
    "undo_completion": "办结已撤销，请查看原因。",
}
"""Transition -> message, unless the service has its own."""


def text_of(service: ServiceLike, arrow: Transition) -> str:
    """Message of a transition; of an approval also the fee."""
    text = service.words.messages.get(arrow.name) or TEXTS[arrow.name].format(reviewer=service.words.reviewer)
    return text + TO_PAY.format(fee=service.words.fee_title) if text == APPROVED and service.words.fee_title else text


def subject(text: str) -> str:
    """First clause of a message, for lists."""
    return re.split("[，。；]", text, maxsplit=1)[0]


def notify(session: Session, application_id: int, service: str, arrow: Transition, on: datetime) -> None:
    """Write the message of a transition in the service's words. One statement, in the caller's transaction."""
    text = text_of(service_for(service), arrow)
    owner = select(
        Application.examinee_id, Application.id, literal(arrow.target.value), literal(text), literal(on, UtcDateTime)
    ).where(Application.id == application_id)
    names = ["examinee_id", "application_id", "state", "text", "created_at"]
    session.execute(insert(Message).from_select(names, owner))


def send_message(session: Session, application_id: int, text: str, on: datetime) -> None:
    """Write a message without a transition, with the present state. One statement, in the caller's transaction."""
    owner = select(
        Application.examinee_id, Application.id, Application.state, literal(text), literal(on, UtcDateTime)
    ).where(Application.id == application_id)
    names = ["examinee_id", "application_id", "state", "text", "created_at"]
    session.execute(insert(Message).from_select(names, owner))


def read_one(ident: int, *, by: Actor, on: datetime) -> None:
    """Set the person's message read, keeping the first time; no effect on another person's."""
    with transaction() as session:
        own = (Message.id == ident, Message.examinee_id == by.id, Message.read_at.is_(None))
        session.execute(update(Message).where(*own).values(read_at=on))


def read_all(*, by: Actor, on: datetime, until: int) -> None:
    """全部标为已读: the person's messages up to `until`, the last id shown."""
    with transaction() as session:
        own = (Message.examinee_id == by.id, Message.read_at.is_(None), Message.id <= until)
        session.execute(update(Message).where(*own).values(read_at=on))
