"""What every model shares: types, the one way to write, and the way to plain Core."""

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


class Turnstile:
    """A lock that is given in the order of asking. threading.Lock lets a thread that just released it take it again
    before those who wait wake up, which under load makes single saves wait many times as long as the others.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self) -> None:
        mine = threading.Lock()  # made out here: in the guarded lines nothing may be allocated that starts a collection
        mine.acquire()
        with self._guard:
            if not self._held:
                self._held = True
                return
            self._waiting.append(mine)
        try:
            mine.acquire()  # handed over by release(), still held
        except BaseException:  # Ctrl-C while waiting: nobody may wait for us
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


# SQLite's busy handler is unfair: a lock in front of the write cuts the longest waits of one process tenfold.
_writer = Turnstile()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite keeps it as naive UTC, PostgreSQL as timestamptz; Python always sees it aware."""

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
        # counted from the epoch: replace(tzinfo=UTC) takes eight times as long, and every row of a list has a time
        return _EPOCH + (value - _NAIVE_EPOCH) if value.tzinfo is None else value.astimezone(UTC)


def random_id() -> str:
    """128 random bits for an address that cannot be guessed: 32 hexadecimal characters."""
    return secrets.token_hex(16)


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: BEGIN IMMEDIATE on SQLite, commit at the end, rollback on any error.

    An open read transaction of this session is ended first, since upgrading one fails at once under concurrent writes.
    """
    session: Session = db.session()
    session.rollback()
    lock = _writer if session.get_bind().dialect.name == "sqlite" else None
    if lock:
        lock.acquire()
    try:
        session.connection(execution_options={"kaoji_write": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        if lock:
            lock.release()


def core(session: Session) -> Connection:
    """The connection of the session's transaction, for plain Core; what is pending is written first."""
    session.flush()
    return session.connection()


def read_rows(session: Session, statement: Executable, **given: Any) -> Sequence[Row[Any]]:
    """What a statement reads, by plain Core: in the session's transaction where there is one, else on the request's connection."""
    if session.in_transaction():
        return core(session).execute(statement, given).all()
    assert isinstance(session, Reading)
    try:
        return session.lend().execute(statement, given).all()
    except BaseException:
        session.return_connection()  # PostgreSQL answers nothing more on it before a rollback
        raise


def prepare_sqlite(engine: Engine) -> None:
    """Give every SQLite connection the durability and the explicit BEGIN that the promises rest on."""

    @event.listens_for(engine, "connect")
    def settings(connection: Any, record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if not options.get("kaoji_read"):  # one that is lent for reading holds nothing between two statements
            # by the driver: SQLAlchemy's own way takes as long as a whole statement
            connection.connection.driver_connection.execute(
                "BEGIN IMMEDIATE" if options.get("kaoji_write") else "BEGIN"
            )
