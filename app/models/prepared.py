"""Statements of the hottest reads, past most of SQLAlchemy: compiled once per dialect, run on the driver's own cursor.

Used where it pays, and nowhere else: the session's row, home (its cards, facts and announcements: 17 % of that page), the case,
the draft of a save, and papers used twice (a statement of hundreds of parameters: 0.1 ms, by Core 4 to 15). Everything else
is read by `app.models.base.read_rows`. The statement is ordinary Core, its types convert as always, and inside a transaction
of the session it reads what that transaction wrote.

It leans on internal names of SQLAlchemy; tests/models/test_prepared.py names each and fails on a version that lacks one.
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

Row = Any  # a named tuple of the statement's columns


class Compiled(NamedTuple):
    """What one dialect needs of a statement."""

    sql: str
    order: tuple[str, ...] | None  # names in the order of the ?; None where the driver takes names
    constants: dict[str, Any]
    to_database: dict[str, Callable[[Any], Any]]
    from_database: tuple[tuple[int, Callable[[Any], Any]], ...]
    row: Callable[[Any], Row]


class Prepared:
    """A statement with bound parameters, ready to be used again and again: `ask = Prepared(select(…))`, `ask(session, name=…)`."""

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self._ready: dict[str, Compiled] = {}

    def __call__(self, session: Session, **given: Any) -> list[Row]:
        """All rows. Pending objects of the session are written first, as `Session.execute` does."""
        if session.in_transaction():
            session.flush()
            connection = session.connection()
            return self._run(connection.connection.cursor(), connection.dialect, given)
        assert isinstance(session, Reading)
        lent = session.lend()
        try:
            return self._run(lent.connection.cursor(), lent.dialect, given)
        except BaseException:
            session.return_connection()  # PostgreSQL answers nothing more on it before a rollback
            raise

    def one(self, session: Session, **given: Any) -> Row | None:
        """The first row, or None."""
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
        except driver.Error as error:  # as SQLAlchemy says it, so that it is answered alike
            raise DBAPIError.instance(ready.sql, None, error, driver.Error, dialect=dialect) from error
        return ready

    def _compile(self, dialect: Dialect) -> Compiled:
        statement = cloned_traverse(self.statement, {}, {"bindparam": _write_in})
        done: Any = statement.compile(dialect=dialect)
        asked = {name: None for name, bind in done.binds.items() if bind.required}
        state = done.construct_expanded_state(asked)  # with the literals that SQLAlchemy writes in at the last moment
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
    """Constants stand in the text: SQLite plans a statement anew at every call when a value that is given to it could bring
    another index in (`state = ?` beside an index of what is open), which costs five times the statement."""
    bind.literal_execute = not bind.required


def _converted(row: Any, converters: tuple[tuple[int, Callable[[Any], Any]], ...]) -> list[Any]:
    values = list(row)
    for position, convert in converters:
        values[position] = convert(values[position])
    return values
