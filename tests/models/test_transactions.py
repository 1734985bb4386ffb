"""When a transaction takes a SQLite database, and what a read beside it sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.models import SiteText
from app.models.base import read_rows, transaction

pytestmark = pytest.mark.sqlite
NAME = select(SiteText.value).where(SiteText.key == "site_name")


@pytest.fixture
def other(app: Flask) -> Iterator[Any]:
    """Another program at the same file, which never waits."""
    connection: Any = sqlite.connect(db.engine.url.database, timeout=0, isolation_level=None)
    yield connection
    connection.close()


def say(word: str, connection: Any) -> None:
    connection.execute("INSERT OR REPLACE INTO site_text (key, value) VALUES ('site_name', ?)", [word])


def test_a_write_transaction_holds_the_write_lock_from_its_beginning(app: Flask, other: Any) -> None:
    with transaction(), pytest.raises(sqlite.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")


def test_the_next_transaction_of_a_session_only_reads(app: Flask, other: Any) -> None:
    with transaction():
        pass
    db.session.execute(NAME)
    other.execute("BEGIN IMMEDIATE")


def test_a_write_that_finds_the_database_taken_is_refused_as_busy(app: Flask, other: Any) -> None:
    db.session.execute(NAME)
    db.session.connection().exec_driver_sql("PRAGMA busy_timeout=0")
    db.session.rollback()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction() as session:
        session.execute(update(SiteText).values(value=""))
    db.session.execute(NAME)  # what follows on this thread only reads
    other.execute("COMMIT")
    say("甲", other)


def test_a_session_sees_one_moment_and_plain_reads_each_their_own(app: Flask, other: Any) -> None:
    say("甲", other)
    assert db.session.scalar(NAME) == "甲"
    say("乙", other)
    assert db.session.scalar(NAME) == "甲"
    db.session.rollback()
    assert [row.value for row in read_rows(db.session(), NAME)] == ["乙"]
    say("丙", other)
    assert [row.value for row in read_rows(db.session(), NAME)] == ["丙"]
    db.session.rollback()
