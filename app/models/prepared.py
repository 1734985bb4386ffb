"""Prepared statements for the most frequent reads: compiled once per dialect, run on the driver's cursor.

Only for the login session's row, sign-in (services on offer: 2 % of the page), home (cards, facts, announcements: 17 %),
the case with its pictures, grades and plans (16 % of 登记成绩), the draft of a save, and papers used twice (hundreds of
parameters: 0.1 ms, by Core 4 to 15).
All else uses `app.models.base.read_rows`.
Types convert as in Core; inside a transaction its writes are read.

Uses internal names of SQLAlchemy; tests/models/test_prepared.py lists them and fails without one.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.visitors import cloned_traverse

from app.extensions import Reading

Row = Any  # named tuple of the columns


class Compiled(NamedTuple):
    """Compiled form for one dialect."""

    sql: str
    order: tuple[str, ...] | None  # parameter names in order; None where the driver takes names
    constants: dict[str, Any]
    to_database: dict[str, Callable[[Any], Any]]
    from_database: tuple[tuple[int, Callable[[Any], Any]], ...]
    row: Callable[[Any], Row]


class Prepared:
    """A reusable statement with bound parameters: `ask = Prepared(select(…))`, `ask(session, name=…)`."""

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self._ready: dict[str, Compiled] = {}

    def __call__(self, session: Session, **given: Any) -> list[Row]:
        """Return all rows. Flushes first, as `Session.execute` does."""
        if session.in_transaction():
            session.flush()
            connection = session.connection()
            return self._run(connection.connection.cursor(), connection.dialect, given)
        assert isinstance(session, Reading)
        lent = session.lend()
        try:
            return self._run(lent.connection.cursor(), lent.dialect, given)
        except BaseException:
            session.return_connection()  # PostgreSQL refuses further statements before a rollback
            raise

    def one(self, session: Session, **given: Any) -> Row | None:
        """Return the first row, or None."""
        rows = self(session, **given)
        return rows[0] if rows else None

    def _run(self, cursor: Any, dialect: Dialect, given: dict[str, Any]) -> list[Row]:
        try:
            ready = self._execute(cursor, dialect, given)
            rows = cursor.fetchall()
        finally:
            cursor.close()
        if ready.from_database:
            rows = [_converted(row, ready.from_database) for row in rows]
        return [ready.row(row) for row in rows]

    def _execute(self, cursor: Any, dialect: Dialect, given: dict[str, Any]) -> Compiled:
        ready = self._ready.get(dialect.name) or self._compile(dialect)
        values = {**ready.constants, **given}
        for name, convert in ready.to_database.items():
            values[name] = convert(values[name])
        driver = dialect.loaded_dbapi
        try:
            cursor.execute(ready.sql, values if ready.order is None else [values[name] for name in ready.order])
        except driver.Error as error:  # wrapped as by SQLAlchemy
            raise DBAPIError.instance(ready.sql, None, error, driver.Error, dialect=dialect) from error
        return ready

    def _compile(self, dialect: Dialect) -> Compiled:
        statement = cloned_traverse(self.statement, {}, {"bindparam": _write_in})
        done: Any = statement.compile(dialect=dialect)
        asked = {name: None for name, bind in done.binds.items() if bind.required}
        state = done.construct_expanded_state(asked)  # with the literals that SQLAlchemy renders last
        columns = done._result_columns
        converters = [column.type._cached_result_processor(dialect, None) for column in columns]
        named: Any = namedtuple("Row", [column.keyname for column in columns], rename=True)  # type: ignore[misc]
        self._ready[dialect.name] = ready = Compiled(
            sql=state.statement,
            order=tuple(state.positiontup) if done.positional else None,
            constants={name: value for name, value in state.parameters.items() if name not in asked},
            to_database={**done._bind_processors, **state.processors},
            from_database=tuple((i, convert) for i, convert in enumerate(converters) if convert),
            row=named._make,
        )
        return ready


def _write_in(bind: BindParameter[Any]) -> None:
    """Render constants as literals.

    SQLite replans at every call when a parameter could select another index (`state = ?` beside a partial index), which
    costs five times the statement.
    """
    bind.literal_execute = not bind.required


def _converted(row: Any, converters: tuple[tuple[int, Callable[[Any], Any]], ...]) -> list[Any]:
    values = list(row)
    for position, convert in converters:
        values[position] = convert(values[position])
    return values
