"""A site of an earlier revision: rows put in by their columns, and the way there and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

import app.cli.migrations as migrations
from app.config import REAL, Config, load, stamp_instance

MOVED = (
    "statement_min",
    "statement_max",
    "refuse_missing",
    "portrait",
    "portrait_width",
    "portrait_height",
    "portrait_background",
)
USUAL = (300, 800, False, False, 480, 640, "")
ROUNDS = {
    1: USUAL,
    2: (1, 1, False, False, 100, 2000, ""),
    3: (500, 5000, True, False, 480, 640, ""),
    4: (300, 800, False, True, 2000, 100, "blue"),
    5: (300, 800, True, True, 295, 413, "white"),
    6: (200, 900, True, True, 480, 640, "grey"),
}
"""Window -> what it says in the moved columns."""


def insert(connection: sa.Connection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def fill(connection: sa.Connection) -> None:
    """The rounds, and an application in one of them."""
    for ident, said in ROUNDS.items():
        _round(connection, ident, said)
    _person(connection)
    _draft(connection)


def _round(connection: sa.Connection, ident: int, said: tuple[Any, ...]) -> None:
    insert(
        connection,
        "service_window",
        id=ident,
        service="graduation",
        name=f"第 {ident} 次",
        opens_at="2026-11-01 01:00:00.000000",
        closes_at="2026-12-01 08:00:00.123456",
        fixes_close_at="2026-12-05 08:00:00.000000" if ident % 2 else None,
        pay_opens_at=None,
        pay_closes_at=None,
        notice=f"须知\n“{ident}”",
        fee=ident * 100,
        stages=1 + ident % 2,
        strict_files=ident == 4,
        version=ident,
        **dict(zip(MOVED, said, strict=True)),
    )


def _person(connection: sa.Connection) -> None:
    insert(
        connection,
        "examinee",
        id=1,
        id_number="11010119900307002X",
        id_type="居民身份证",
        name="林晓雯",
        sex="女",
        nation="汉族",
        political_status="群众",
        phone="",
        created_at="2026-11-01 00:00:00",
    )
    insert(
        connection,
        "ticket",
        id=1,
        examinee_id=1,
        number="010126100001",
        status="在籍",
        major_code="",
        school_code="",
        plan_version="",
        graduated_majors="",
    )


def _draft(connection: sa.Connection) -> None:
    insert(
        connection,
        "application",
        id=1,
        public_id="a" * 32,
        examinee_id=1,
        holder_name="林晓雯",
        ticket_id=1,
        ticket_number="010126100001",
        service="graduation",
        window_id=5,
        state="draft",
        version=1,
        answers="{}",
        reached="",
        at_step="",
        major_code="",
        school_code="",
        missing=False,
        marks="",
        hinted=False,
        submissions=0,
        again=False,
        created_at="2026-11-02 00:00:00",
        saved_at="2026-11-02 00:00:00",
    )


def upgrade_to(config: Config, revision: str) -> None:
    with migrations._connection(config, write=True) as connection, connection.begin():
        settings = migrations._settings()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


def downgrade_to(config: Config, revision: str) -> None:
    with migrations._connection(config, write=True) as connection, connection.begin():
        settings = migrations._settings()
        settings.attributes["connection"] = connection
        command.downgrade(settings, revision)


def site(folder: Path, database: str) -> Config:
    """An instance without tables yet."""
    stamp_instance(folder, REAL)
    return load(folder, {"KAOJI_DATABASE_URL": database} if database else {})


def grown(folder: Path, database: str, revision: str, rows: Callable[[sa.Connection], None]) -> Config:
    """A site that began with the first revision (`fill`), at `revision` now, with more rows."""
    config = site(folder, database)
    for step, add in (("0001", fill), (revision, rows)):
        upgrade_to(config, step)
        with migrations._connection(config, write=True) as connection, connection.begin():
            add(connection)
    return config
