"""Every statement that reaches a SQLite database, whatever way it took there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

QUIET = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "--")


@contextmanager
def by_core() -> Iterator[list[tuple[str, Any]]]:
    """The statements with their parameters that SQLAlchemy executes meanwhile, on whatever engine; no PRAGMA."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if not statement.startswith(QUIET):
            sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile; BEGIN, COMMIT and ROLLBACK are not among them."""
    sent: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith(QUIET):
            sent.append(" ".join(statement.split()))

    def begin(driver: Any, *rest: Any) -> None:
        driver.set_trace_callback(note)

    def end(driver: Any, *rest: Any) -> None:
        driver.set_trace_callback(None)

    event.listen(engine, "checkout", begin)
    event.listen(engine, "checkin", end)
    try:
        yield sent
    finally:
        event.remove(engine, "checkout", begin)
        event.remove(engine, "checkin", end)
