"""Audit rows, written in the transaction of the act, and read though a hand left something unreadable in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import JSON, Connection, Integer, Row, Select, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import GenericFunction

from app.models import AuditEvent
from app.models.base import core
from app.models.upkeep.seal import audit_key, seal
from app.rules.people.roles import Actor

_insert = insert(cast(Table, AuditEvent.__table__)).inline()  # no RETURNING: the new id is unused


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a detail with what differs, before and after; a moment as text. Empty where nothing does.

    Of what is new: only what it is after.
    """
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        word: {name: _plain(values.get(name)) for name in names}
        for word, values in (("before", before), ("after", after))
        if names and values
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def record(
    session: Session,
    *,
    on: datetime,
    by: Actor,
    action: str,
    subject: str,
    subject_id: int | None,
    detail: dict[str, Any] | None = None,
    address: str = "",
) -> None:
    """Write one audit row. `detail` holds no ID number, phone or password."""
    row = {
        "at": on,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_label": by.label,
        "actor_role": by.role,
        "address": address,
        "action": action,
        "subject": subject,
        "subject_id": subject_id,
        "detail": detail or {},
    }
    core(session).execute(_insert, {**row, "seal": seal(audit_key(), row)})


T = TypeVar("T")
UNREADABLE = (DBAPIError, ValueError, TypeError, LookupError, RecursionError)
"""By what the driver, the types of columns and whoever makes words of a detail refuse a value."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An audit row in which a hand left bytes, or no JSON. `kaoji verify` names it."""

    id: int


def read_events(
    session: Session | Connection,
    query: Select[*tuple[Any, ...]],
    made: Callable[[Row[*tuple[Any, ...]]], T],
    given: Mapping[str, Any] | None = None,
) -> list[T | Unreadable]:
    """Return what is made of each row of a query of columns of audit_event; one that is unreadable hides no other.

    `given`: values of the query's parameters.
    """
    try:
        return [*_read(session, query, made, given or {})]
    except UNREADABLE as error:
        if getattr(error, "connection_invalidated", False):
            raise
    idents = session.execute(query.with_only_columns(AuditEvent.id), given or {}).scalars().all()
    return _apart(session, query.limit(None).offset(None), made, given or {}, idents)


def _apart(
    session: Session | Connection,
    query: Select[*tuple[Any, ...]],
    made: Callable[[Row[*tuple[Any, ...]]], T],
    given: Mapping[str, Any],
    idents: Sequence[int],
) -> list[T | Unreadable]:
    """Read the rows in halves, until each that is unreadable stands alone."""
    try:
        return [*_read(session, query.where(AuditEvent.id.in_(idents)), made, given)]
    except UNREADABLE as error:
        if getattr(error, "connection_invalidated", False):
            raise
    if len(idents) == 1:
        return [Unreadable(idents[0])]
    half = len(idents) // 2
    parts = (idents[:half], idents[half:])
    return [found for part in parts for found in _apart(session, query, made, given, part)]


def _read(
    session: Session | Connection,
    query: Select[*tuple[Any, ...]],
    made: Callable[[Row[*tuple[Any, ...]]], T],
    given: Mapping[str, Any],
) -> list[T]:
    documents = [place for place, column in enumerate(query.selected_columns) if isinstance(column.type, JSON)]
    rows = session.execute(query, given).all()
    for row in rows:
        check_text(row)
        if not all(isinstance(row[place], dict) for place in documents):
            raise TypeError("a detail that is none")
    return [made(row) for row in rows]


def check_text(row: Row[*tuple[Any, ...]]) -> None:
    """Refuse a row with bytes, which SQLite keeps in columns of text. Raises TypeError."""
    if any(isinstance(value, bytes) for value in row):
        raise TypeError("bytes in a column of text")


class number_in(GenericFunction[int]):  # noqa: N801  named as in SQL
    """The number that a document has under a name; NULL without one, and where the document is none."""

    type = Integer()
    inherit_cache = True


@compiles(number_in, "sqlite")
def _in_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    document, name = (compiler.process(each, **more) for each in element.clauses)
    return f"CASE WHEN json_valid({document}) THEN json_extract({document}, '$.' || {name}) END"


@compiles(number_in, "postgresql")
def _in_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    document, name = (compiler.process(each, **more) for each in element.clauses)
    return f"CAST({document} ->> {name} AS INTEGER)"
