"""The roster in the database: which columns of a file are whose, what a new row holds, and what is stored already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.imports.common import chunks
from app.models import Examinee, Ticket
from app.rules.people.identity import RESIDENT
from app.rules.people.roles import RECORD_STATES

PERSON = {
    "证件类型": "id_type",
    "姓名": "name",
    "性别": "sex",
    "出生日期": "birth_date",
    "民族": "nation",
    "政治面貌": "political_status",
    "手机号码": "phone",
}
RECORD = {
    "考籍状态": "status",
    "状态截止日期": "status_until",
    "注册日期": "registered_on",
    "报考专业代码": "major_code",
    "报考学校代码": "school_code",
    "计划版本": "plan_version",
    "已毕业专业代码": "graduated_majors",
}
IDENTITY = ("证件类型", "姓名", "性别", "出生日期")  # what cannot differ between two rows of one person
CONTACT = ("nation", "political_status", "phone")
NEW_PERSON = {
    "id_type": RESIDENT,
    "name": "",
    "sex": "",
    "birth_date": None,
    "nation": "",
    "political_status": "",
    "phone": "",
    "initial_mac": None,
}
NEW_RECORD = {
    "status": RECORD_STATES[0],
    "status_until": None,
    "registered_on": None,
    "major_code": "",
    "school_code": "",
    "plan_version": "",
    "graduated_majors": "",
}

_PERSON_COLUMNS = (
    Examinee.id,
    Examinee.id_number,
    *(getattr(Examinee, name) for name in NEW_PERSON),
    Examinee.contact_confirmed_at,
    Examinee.activated_at,
)


def stored_people(session: Session, numbers: list[str], *, lock: bool) -> dict[str, Row[Any]]:
    """证件号码 -> the person. `lock`: nobody confirms contact data between this reading and the writing (PostgreSQL)."""
    query = select(*_PERSON_COLUMNS)
    if lock:
        query = query.with_for_update()
    return {
        row.id_number: row
        for part in chunks(sorted(numbers))
        for row in session.execute(query.where(Examinee.id_number.in_(part)))
    }


def stored_tickets(session: Session, numbers: list[str | None]) -> dict[str, Row[Any]]:
    """准考证号 -> the ticket, with the 证件号码 of its person."""
    columns = (Ticket.number, Ticket.examinee_id, *(getattr(Ticket, name) for name in NEW_RECORD), Examinee.id_number)
    query = select(*columns).join(Examinee, Examinee.id == Ticket.examinee_id)
    return {
        row.number: row
        for part in chunks([number for number in numbers if number])
        for row in session.execute(query.where(Ticket.number.in_(part)))
    }
