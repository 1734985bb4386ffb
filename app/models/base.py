"""Types, write transactions and access to plain Core."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, Executable, Row, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from app.extensions import Base, Reading, db
from app.models.fair_lock import FairLock, Jammed
from app.models.health.guard import refuse_damaged, refuse_moved
from app.models.health.integrity import NOISE

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


# SQLite's busy handler is unfair; this lock cuts the longest waits of one process tenfold.
_writer = FairLock()
_begin = threading.local()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetime in UTC; naive in SQLite, timestamptz in PostgreSQL. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime says no moment")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # replace(tzinfo=UTC) takes eight times as long, for every row of a list
        return _EPOCH + (value - _NAIVE_EPOCH) if value.tzinfo is None else value.astimezone(UTC)


def random_id() -> str:
    """Return 128 random bits in hexadecimal, for unguessable addresses."""
    return secrets.token_hex(16)


WAIT = 4.5
"""Seconds from asking to write until the database is taken, the turnstile included: an answer comes within five."""
NO_WAIT = 0.0
"""For what can be left out: nobody waits to read because it would have written."""
BRIEFLY = 0.3
"""For what a page that is read has to write."""


class Busy(OperationalError):
    """The database is written by others for too long; nothing was done."""

    def __init__(self) -> None:
        super().__init__("BEGIN", None, TimeoutError("the database is locked: others write"))


@contextmanager
def transaction(wait: float = WAIT) -> Iterator[Session]:
    """Run one write transaction: BEGIN IMMEDIATE on SQLite, commit at the end, rollback on any error.

    Ends the session's read transaction first: upgrading one fails at once under concurrent writes. `wait`: seconds until Busy (or,
    by the database, OperationalError) is raised; on PostgreSQL a lock's waiting time is its own, but NO_WAIT holds there too.
    Raises Damaged at once, and after the commit where the files were taken away meanwhile: nobody is told that it was saved.
    """
    session: Session = db.session()
    engine = db.engine
    session.rollback()
    refuse_damaged(engine)
    turnstile = session.get_bind().dialect.name == "sqlite"
    if turnstile:
        _enter(session, wait)
    try:
        session.connection()
        refuse_moved(engine)  # while it waited
        if not turnstile and wait == NO_WAIT:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = 20")
        yield session
        session.commit()
        refuse_moved(engine)
    except BaseException:
        session.rollback()
        raise
    finally:
        if turnstile:
            _writer.release()


def _enter(session: Session, wait: float) -> None:
    """Pass the turnstile and take the database, both within one deadline. Raises Busy, holding nothing."""
    until = time.monotonic() + wait
    try:
        _writer.acquire(wait)
    except Jammed:
        raise Busy from None
    try:
        with _immediately(until):
            session.connection()
    except BaseException as error:
        session.rollback()
        _writer.release(jammed=isinstance(error, OperationalError))
        raise
    _writer.moved()


def core(session: Session) -> Connection:
    """Flush and return the connection of the session's transaction, for plain Core."""
    session.flush()
    return session.connection()


def read_rows(session: Session, statement: Executable, **given: Any) -> Sequence[Row[Any]]:
    """Return a statement's rows by plain Core, in the session's transaction or on the request's read connection."""
    if session.in_transaction():
        return core(session).execute(statement, given).all()
    assert isinstance(session, Reading)
    try:
        return session.lend().execute(statement, given).all()
    except BaseException:
        session.return_connection()  # PostgreSQL refuses further statements before a rollback
        raise


def insert_into(session: Session, table: type[Base] | Table) -> Any:
    """Return the INSERT of the session's database, which knows ON CONFLICT (that of plain Core does not)."""
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


@contextmanager
def _immediately(until: float) -> Iterator[None]:
    """This thread's next SQLite transaction takes the write lock when it begins, by then (monotonic)."""
    _begin.until = until
    try:
        yield
    finally:
        _begin.until = None


def prepare_sqlite(engine: Engine, *, immediate: bool = False) -> None:
    """Configure durability and explicit BEGIN on every SQLite connection. `immediate`: every transaction writes."""

    @event.listens_for(engine, "connect")
    def settings(connection: Any, record: object) -> None:
        connection.isolation_level = None  # no implicit BEGIN by the driver
        cursor = connection.cursor()
        try:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                f"busy_timeout={int(WAIT * 1000)}",
            ):
                cursor.execute(f"PRAGMA {pragma}")
        except UnicodeDecodeError as error:
            raise connection.DatabaseError(NOISE) from error
        cursor.close()

    def begin(connection: Any) -> None:
        driver, until = connection.driver_connection, getattr(_begin, "until", None)
        left = WAIT if until is None else until - time.monotonic()
        if left > WAIT - 0.1:  # the connection's own time
            driver.execute("BEGIN" if until is None and not immediate else "BEGIN IMMEDIATE")
            return
        driver.execute(f"PRAGMA busy_timeout={max(0, int(left * 1000))}")
        try:
            driver.execute("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout={int(WAIT * 1000)}")

    # the dialect's hook, not the engine's event: with a listener each statement takes 5 µs longer, a transaction 12
    engine.dialect.do_begin = begin  # type: ignore[method-assign,assignment]
