"""Types, write transactions and access to plain Core."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, Executable, Row, event
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from app.extensions import Base, Reading, db

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class FairLock:
    """First-in, first-out lock.

    With threading.Lock a thread reacquires before waiting ones wake up; some saves under load then wait many times as
    long.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self) -> None:
        mine = threading.Lock()  # outside the guard, where no allocation may start a collection
        mine.acquire()
        with self._guard:
            if not self._held:
                self._held = True
                return
            self._waiting.append(mine)
        try:
            mine.acquire()  # released by release(), `_held` stays set
        except BaseException:  # such as Ctrl-C while waiting: leave the queue
            with self._guard:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    raise
            self.release()
            raise

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


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


@contextmanager
def transaction() -> Iterator[Session]:
    """Run one write transaction: BEGIN IMMEDIATE on SQLite, commit at the end, rollback on any error.

    Ends the session's read transaction first: upgrading one fails at once under concurrent writes.
    """
    session: Session = db.session()
    session.rollback()
    lock = _writer if session.get_bind().dialect.name == "sqlite" else None
    if lock:
        lock.acquire()
    try:
        with _immediately():
            session.connection()
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        if lock:
            lock.release()


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


@contextmanager
def _immediately() -> Iterator[None]:
    """This thread's next SQLite transaction takes the write lock when it begins."""
    _begin.immediate = True
    try:
        yield
    finally:
        _begin.immediate = False


def prepare_sqlite(engine: Engine, *, immediate: bool = False) -> None:
    """Configure durability and explicit BEGIN on every SQLite connection. `immediate`: every transaction writes."""

    @event.listens_for(engine, "connect")
    def settings(connection: Any, record: object) -> None:
        connection.isolation_level = None  # no implicit BEGIN by the driver
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Any) -> None:
        write = immediate or getattr(_begin, "immediate", False)
        connection.driver_connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    # the dialect's hook, not the engine's event: with a listener each statement takes 5 µs longer, a transaction 12
    engine.dialect.do_begin = begin  # type: ignore[method-assign,assignment]
