"""People and things for tests: sensible defaults, anything overridden by keyword. Each returns the stored row's id or the row."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.demo.real_plans import real_plans
from app.extensions import db
from app.models import Application, Examinee, LoginSession, Order, PlanRow, School, Score, Staff, Ticket, Window
from app.models.base import transaction
from app.rules.people.identity import check_digit
from app.rules.plans.plan import Plan, to_json
from app.security.principal import token_sha256
from app.services.graduation.options import GraduationOptions

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
_numbers = itertools.count(1)
STATEMENT = "本人在自学考试期间遵守国家法律法规和考试纪律，学习态度端正，坚持利用业余时间系统学习各门课程。" * 8


def id_number(born: date = date(1995, 3, 2), area: str = "310101", serial: int | None = None) -> str:
    body = f"{area}{born:%Y%m%d}{(serial or next(_numbers)) % 1000:03}"
    return body + check_digit(body)


def store(row: Any) -> Any:
    with transaction() as session:
        session.add(row)
        session.flush()
        session.expunge(row)
    return row


def school(code: str = "10574", **over: Any) -> School:
    given = {"name": "华东某大学", "phone": "021-0000 0001", **over}
    return store(School(code=code, **given))


def plan_of(ident: str) -> Plan:
    """A real plan by 专业代码 and 计划版本, for example 050101/2024."""
    major, _, version = ident.partition("/")
    return next(p for p in real_plans() if p.major_code == major and (not version or p.version == version))


def plan(ident: str = "050101/2024") -> Plan:
    found = plan_of(ident)
    store(
        PlanRow(
            major_code=found.major_code,
            school_code=found.school_code,
            version=found.version,
            name=found.name,
            level=found.level,
            starts_on=found.starts_on,
            ends_on=found.ends_on,
            body=to_json(found),
            imported_at=NOW + timedelta(microseconds=next(_numbers)),  # plans are kept by id and time of import
        )
    )
    return found


def examinee(**over: Any) -> Examinee:
    given = {
        "id_number": id_number(),
        "name": "林晓雯",
        "sex": "女",
        "birth_date": date(1995, 3, 2),
        "nation": "汉族",
        "political_status": "群众",
        "phone": "13812345678",
        "created_at": NOW,
        **over,
    }
    return store(Examinee(**given))


def ticket(person: Examinee, **over: Any) -> Ticket:
    given = {
        "number": f"0101261{next(_numbers):05}",
        "registered_on": date(2024, 9, 1),
        "major_code": "050101",
        "school_code": "10574",
        **over,
    }
    return store(Ticket(examinee_id=person.id, **given))


def window(**over: Any) -> Window:
    """`over`: columns, or options of graduation by their names (statement_min=400)."""
    options = {name: over.pop(name) for name in GraduationOptions.__dataclass_fields__.keys() & over.keys()}
    given = {
        "service": "graduation",
        "name": "2026 年下半年毕业",
        "opens_at": NOW - timedelta(days=3),
        "closes_at": NOW + timedelta(days=13),
        "pay_opens_at": NOW + timedelta(days=20),
        "pay_closes_at": NOW + timedelta(days=30),
        "notice": "请仔细阅读。",
        "fee": 5000,
        "options": options,
        **over,
    }
    return store(Window(**given))


def staff(role: str = "school_reviewer", **over: Any) -> Staff:
    given = {
        "username": f"staff{next(_numbers)}",
        "name": "周明",
        "created_at": NOW,
        "school_code": "10574" if role == "school_reviewer" else "",
        **over,
    }
    return store(Staff(role=role, **given))


def scores(tick: Ticket, marks: dict[str, str], session: str = "2026-04", origin: str = "统考") -> None:
    with transaction() as writing:
        writing.add_all(
            Score(ticket_id=tick.id, course_code=code, course_name=code, session=session, mark=mark, origin=origin)
            for code, mark in marks.items()
        )


def all_passed(found: Plan, without: tuple[str, ...] = ()) -> dict[str, str]:
    """A passed grade for every course of the plan."""
    return {c.code: "良好" if c.credits == 0 else "80" for c in found.courses if c.code not in without}


def application(tick: Ticket, win: Window, **over: Any) -> Application:
    given = {"service": "graduation", "created_at": NOW, "saved_at": NOW, "answers": {}, **over}
    return store(Application(examinee_id=tick.examinee_id, ticket_id=tick.id, window_id=win.id, **given))


def paid_order(number: str, on: datetime) -> None:
    """The order is paid, by whatever way."""
    with transaction() as session:
        session.execute(update(Order).where(Order.number == number).values(state="paid", paid_by="offline", paid_at=on))


def sign_in(
    client: FlaskClient, *, tick: Ticket | None = None, person: Staff | None = None, on: datetime = NOW
) -> None:
    """Put a live session into this browser without the sign-in page."""
    token = f"test-token-{next(_numbers)}"
    store(
        LoginSession(
            token_sha256=token_sha256(token),
            kind="examinee" if tick else "staff",
            examinee_id=tick.examinee_id if tick else None,
            ticket_id=tick.id if tick else None,
            staff_id=person.id if person else None,
            created_at=on,
            seen_at=on,
            proved_at=on if person else None,
            expires_at=on + timedelta(hours=12),
        )
    )
    with client.session_transaction() as browser:
        browser["_user_id"], browser["_fresh"] = token, True


def answers(**over: Any) -> dict[str, Any]:
    """A complete draft of a 本科 application, evidence apart."""
    return {
        "notice": {"read_at": NOW.isoformat()},
        "profile": {
            "phone": "13812345678",
            "email": "",
            "address": "上海市黄浦区某路 1 号",
            "postcode": "200001",
            "nation": "汉族",
            "political_status": "群众",
            "occupation": "",
        },
        "scores": {"major": "050101.10574.2024", "missing_reason": "", "level": "本科"},
        "statement": {"statement": STATEMENT},
        "prior_degree": {
            "diploma_number": "103311201806001234",
            "diploma_year": "2018",
            "diploma_month": "6",
            "diploma_province": "江苏",
            "diploma_remark": "",
            "proof_kind": "record",
            "record_code": "A1B2C3D4E5F6G7H8",
            "record_remark": "",
        },
        **over,
    }


def csrf_of(page: str) -> str:
    """The token of the page's first form."""
    mark = 'name="csrf_token" value="'
    start = page.index(mark) + len(mark)
    return page[start : page.index('"', start)]


def plain_phones(page: str) -> str:
    """The page without what keeps a phone number on one line."""
    return re.sub(r'<span class="nowrap">([0-9 -]*)</span>', r"\1", page)


def refresh(row: Any) -> Any:
    """The row as it is stored now."""
    return db.session.get(type(row), row.id, populate_existing=True)


def ticket_of(row: Application) -> Ticket:
    """The ticket of an application."""
    return db.session.get_one(Ticket, row.ticket_id)


def put_picture(app: Flask, application: str, slot: str, item: str, picture: Any, by: Any, on: datetime) -> None:
    """Store a picture in a slot as an upload does."""
    from app.actions.evidence.pictures import claim_slot, store_picture
    from app.rules.sending import Sending

    sending = Sending("0" * 16, next(_numbers))
    assert claim_slot(application, slot, item, sending, by=by, on=on)
    store = app.extensions["kaoji.store"]
    store_picture(application, slot, item, picture, "IMG.jpg", store, by=by, on=on, sending=sending)
