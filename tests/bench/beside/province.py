"""A province's season for the benches: that many applications in one window, as rows, on SQLite or PostgreSQL.

Five in a hundred miss a course, one in ten came back, three in ten are assigned; each form holds what a real one does (3 KB).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Column, Index, Table, func, insert, select, text
from sqlalchemy.orm import Session

from app import create_app
from app.config import REAL, load, stamp_instance
from app.extensions import db
from app.models import Application, Examinee, Finding, PlanRow, Review, School, Staff, Submission, Ticket, Window
from app.models.base import transaction
from app.rules.evidence.flags import stored
from tests import builders
from tests.builders import NOW

BATCH = 20_000
SCHOOLS, MAJORS, REVIEWERS = 40, 60, 80
STATES = (
    ("school_review", 25),
    ("office_review", 15),
    ("returned", 8),
    ("rejected", 2),
    ("approved", 20),
    ("completed", 30),
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅建文辉晓雨欣怡梓涵子轩浩宇博思佳琪雪莹"
FLAGS = (("unclear", 0.03), ("portrait", 0.02), ("turned", 0.01), ("code", 0.005), ("double", 0.001), ("gone", 0.0001))
TABLES = (Examinee, Ticket, Application, Submission, Review, Finding)


def opened(folder: Path, size: int, url: str = "") -> Flask:
    """A site with that many applications: the one that is kept in the folder, else a new one."""
    new = not folder.exists()
    if new:
        folder.mkdir(parents=True)
        stamp_instance(folder, REAL)
    settings = {"KAOJI_STAFF_TOTP": "optional", **({"KAOJI_DATABASE_URL": url} if url else {})}
    app = create_app(load(folder, settings))
    app.extensions["kaoji.clock"].now = lambda: NOW
    with app.app_context():
        if new:
            begun = time.perf_counter()
            fill(size)
            name = db.engine.dialect.name
            print(f"{size:>9,} applications made in {time.perf_counter() - begun:.0f} s ({name})", flush=True)
        elif db.session.scalar(select(func.count()).select_from(Application)) != size:
            raise SystemExit(f"{folder} holds another number of applications: remove it, or choose another folder")
    return app


def fill(size: int) -> None:
    """Every table of the season. The indexes are made last, which is several times as fast."""
    db.create_all()
    indexes = [index for model in TABLES for index in sorted(model.__table__.indexes, key=_name)]  # type: ignore[attr-defined]
    for index in indexes:
        index.drop(db.engine)
    fixed()
    rng = Random(1)
    for start in range(0, size, BATCH):
        chunk(rng, start, min(BATCH, size - start), size)
    with transaction() as session:
        if db.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL statement_timeout = 0"))
        for index in indexes:
            index.create(session.connection())
    if db.engine.dialect.name == "postgresql":
        settle()


def settle() -> None:
    """What PostgreSQL's autovacuum does by itself after so many rows."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("RESET statement_timeout"))


def _name(index: Index) -> str:
    return str(index.name)


def fixed() -> None:
    """Schools, plans, one window, reviewers."""
    with transaction() as session:
        session.execute(insert(School), _schools())
        session.execute(insert(PlanRow), _plans())
        session.execute(insert(Staff), _reviewers())
        if db.engine.dialect.name == "postgresql":  # numbers were given by hand
            session.execute(text("SELECT setval('staff_id_seq', 1000)"))
    builders.window(opens_at=NOW - timedelta(days=30), closes_at=NOW + timedelta(days=13))


def _schools() -> list[dict[str, Any]]:
    empty = dict.fromkeys(("phone", "address", "website", "instructions"), "")
    return [{"code": f"{10000 + n}", "name": f"学校{n}", **empty} for n in range(SCHOOLS)]


def _plans() -> list[dict[str, Any]]:
    return [
        {
            "id": n + 1,
            "major_code": f"{50000 + n:06}",
            "school_code": "*",
            "version": "2024",
            "name": f"专业{n}",
            "level": "本科" if n % 3 else "专科",
            "body": {},
            "imported_at": NOW,
        }
        for n in range(MAJORS)
    ]


def _reviewers() -> list[dict[str, Any]]:
    return [
        {
            "id": n + 1,
            "username": f"chushen{n}",
            "name": f"初审{n}",
            "role": "school_reviewer",
            "active": True,
            "school_code": f"{10000 + n % SCHOOLS}",
            "created_at": NOW,
        }
        for n in range(REVIEWERS)
    ]


def chunk(rng: Random, start: int, count: int, size: int) -> None:
    """One batch of people with what belongs to them."""
    words, weights = zip(*STATES, strict=True)
    window = db.session.scalar(select(Window.id)) or 0
    answers = builders.answers()
    rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in TABLES}
    for ident in range(start + 1, start + count + 1):
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + (rng.choice(GIVEN) if rng.random() < 0.7 else "")
        state, major, school = rng.choices(words, weights)[0], rng.randrange(MAJORS), rng.randrange(SCHOOLS)
        at = NOW - timedelta(seconds=30 * 86400 * (1 - ident / size) + 60)
        rows[Examinee].append({"id": ident, "id_number": f"X{ident:017}", "name": name, "created_at": at})
        rows[Ticket].append({"id": ident, "examinee_id": ident, "number": f"01{ident:010}", "status": "在籍"})
        said = {"holder_name": name, "window_id": window, "state": state, "answers": answers}
        application = said | _application(rng, ident, at, major, school)
        rows[Application].append(application)
        rows[Submission].append(_submission(ident, at))
        if state != "school_review":
            review = _review(application, school)
            rows[Review].append(review)
            if review["decision"] == "return":
                rows[Finding].append(_finding(rng, ident))
    _write(rows)


def _application(rng: Random, ident: int, at: datetime, major: int, school: int) -> dict[str, Any]:
    again = rng.random() < 0.1
    marks = stored(flag for flag, share in FLAGS if rng.random() < share)
    return {
        "id": ident,
        "public_id": f"{ident:032x}",
        "examinee_id": ident,
        "ticket_id": ident,
        "service": "graduation",
        "ticket_number": f"01{ident:010}",
        "version": 2,
        "major_code": f"{50000 + major:06}",
        "school_code": f"{10000 + school}",
        "plan_id": major + 1,
        "missing": rng.random() < 0.05,
        "submissions": 1 + again,
        "again": again,
        "marks": marks,
        "hinted": bool(marks),
        "submitted_at": at,
        "created_at": at,
        "saved_at": at,
        "assignee_id": school + 1 if rng.random() < 0.3 else None,
    }


def _submission(ident: int, at: datetime) -> dict[str, Any]:
    return {
        "id": ident,
        "application_id": ident,
        "number": 1,
        "receipt": f"B26-{ident:09}",
        "document": "{}",
        "sha256": f"{ident:064x}",
        "submitted_at": at,
    }


def _review(application: dict[str, Any], school: int) -> dict[str, Any]:
    return {
        "id": application["id"],
        "application_id": application["id"],
        "window_id": application["window_id"],
        "submission_id": application["id"],
        "stage": "school_review",
        "round": 1,
        "reviewer_id": school + 1,
        "decision": {"returned": "return", "rejected": "reject"}.get(application["state"], "pass"),
        "message": "",
        "waivers": {},
        "begun_at": application["submitted_at"],
        "decided_at": min(application["submitted_at"] + timedelta(days=2), NOW),
    }


def _finding(rng: Random, review_id: int) -> dict[str, Any]:
    return {
        "review_id": review_id,
        "item": "prior_degree.diploma_number",
        "verdict": "return",
        "reason": f"原因{rng.randrange(30)}",
    }


def _write(rows: dict[Any, list[dict[str, Any]]]) -> None:
    with transaction() as session:
        if db.engine.dialect.name == "postgresql":  # every row has its parents: not asked once more for each
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text("SET LOCAL statement_timeout = 0"))
        for model, batch in rows.items():
            if batch and db.engine.dialect.name == "postgresql":
                copy(session, model.__table__, batch)
            elif batch:
                session.execute(insert(model), batch)


def copy(session: Session, table: Table, batch: list[dict[str, Any]]) -> None:
    """The same by COPY, which is several times as fast as INSERT on PostgreSQL."""
    columns = [
        column
        for column in table.columns
        if column.name in batch[0] or getattr(column.default, "is_scalar", False) or _empty(column)
    ]
    absent = {
        column.name: [] if _empty(column) == "list" else {} if _empty(column) else getattr(column.default, "arg", None)
        for column in columns
        if column.name not in batch[0]
    }
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(column.name for column in columns)}) FROM STDIN") as into:
        for row in batch:
            given = absent | row
            into.write_row([_plain(column, given[column.name]) for column in columns])


def _empty(column: Column[Any]) -> str:
    """The name of the factory of a column that starts as an empty list or dictionary."""
    name = getattr(getattr(column.default, "arg", None), "__name__", "")
    return name if name in ("list", "dict") else ""


def _plain(column: Column[Any], value: Any) -> Any:
    return json.dumps(value) if isinstance(column.type, JSON) and value is not None else value


@contextmanager
def databases(postgres: bool, keep: Path | None) -> Iterator[Any]:
    """A function that gives the address of a database by name; '' means a SQLite file of the site's own."""
    if not postgres:
        yield lambda name: ""
        return
    from tests.postgres import start

    server = start(keep / "postgres" if keep else None)
    known = {row[0] for row in server.rows("SELECT datname FROM pg_database")}

    def address(name: str) -> str:
        if name not in known:
            server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return server.url(name)

    try:
        yield address
    finally:
        server.stop()
