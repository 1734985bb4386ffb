"""PostgreSQL that does not answer: frozen, or behind a network that swallows what is sent.

statement_timeout is kept by the server, which then keeps nothing; TCP has its bytes acknowledged by the server's kernel. So whoever
waits has a deadline of its own. Imported where the database is PostgreSQL: psycopg is installed only there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import Engine, event

STATEMENT_TIMEOUT = 10.0
"""Seconds that the server gives one statement."""
STATEMENT = STATEMENT_TIMEOUT + 2
"""Seconds without a byte from the server, from which on it does not answer."""
MANY = 4 * STATEMENT_TIMEOUT
"""Likewise within one executemany: the server keeps its answers back until there are 8 kB of them."""
PING = 2.0
"""Likewise of a connection that was idle, before a page uses it."""
MOMENT = 0.5
"""Seconds in which a database that can be reached takes or refuses a connection."""

CONNECTING: dict[str, object] = {"connect_timeout": 3, "tcp_user_timeout": 10_000}
"""Seconds for a host that is gone; milliseconds for what its kernel does not acknowledge."""
OPTIONS = f"-c statement_timeout={STATEMENT_TIMEOUT:.0f}s -c lock_timeout=5s -c timezone=UTC"


class Unanswered(psycopg.OperationalError):
    """The database did not answer in time. Whether a statement under way takes effect is not known."""


class Bounded(psycopg.Connection[Any]):
    """A connection that is closed when the server is silent for too long. Raises Unanswered then."""

    door: Door
    patience = 0.0
    """Seconds; 0: those of a statement."""

    def wait(self, gen: Generator[Any, Any, Any], *given: Any, **named: Any) -> Any:
        seconds = self.patience or (MANY if self.pgconn.pipeline_status else STATEMENT)
        try:
            return super().wait(_while_answered(gen, seconds), *given, **named)
        except Unanswered:
            self.door.silent = True
            self.close()
            raise


def _while_answered(gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """Pass on what psycopg waits for; it comes back with nothing ready ten times a second."""
    until = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                until = time.monotonic() + seconds
            elif time.monotonic() > until:
                raise Unanswered(f"the database has not answered for {seconds:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value


class Door:
    """New connections. While the database is silent one thread at a time tries it, and the others are told so after a moment:
    eight that all wait would leave nobody to answer.
    """

    def __init__(self) -> None:
        self.silent = False
        self._one = threading.Lock()

    def connect(self, *given: Any, **named: Any) -> Bounded:
        """Raises psycopg.OperationalError, of which Unanswered is one."""
        if not self.silent:
            return self._tried(given, named)
        if not self._one.acquire(timeout=MOMENT):
            raise Unanswered("the database does not answer, and somebody waits for it already")
        try:
            return self._tried(given, named)
        finally:
            self._one.release()

    def _tried(self, given: Any, named: Any) -> Bounded:
        began = time.monotonic()
        try:
            made = Bounded.connect(*given, **named)
        except psycopg.OperationalError:
            self.silent = time.monotonic() - began > MOMENT  # to be refused is an answer
            raise
        made.door, self.silent = self, False
        return made


def bound_waiting(engine: Engine) -> None:
    """Let no statement, ping or connection of this engine wait for ever."""
    door, ping = Door(), engine.dialect.do_ping

    @event.listens_for(engine, "do_connect")
    def connect(dialect: object, record: object, given: Any, named: Any) -> Bounded:
        return door.connect(*given, **named)

    def answers(connection: Any) -> bool:
        connection.patience = PING
        try:
            return ping(connection)
        finally:
            connection.patience = 0.0

    engine.dialect.do_ping = answers  # type: ignore[method-assign,assignment]
