"""Read what a hand left in the database, whatever its bytes.

SQLite keeps any bytes in any column, also such as are no UTF-8 in a text; the driver refuses those, and with them every other row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection


@contextmanager
def as_stored(connection: Connection) -> Iterator[None]:
    """Within it this connection's texts are read with other bytes as lone surrogates (PEP 383). PostgreSQL holds none."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    before, driver.text_factory = driver.text_factory, _text
    try:
        yield
    finally:
        driver.text_factory = before


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def moment_in(stored: Any) -> datetime | None:
    """Return the moment that a column of moments holds, read without its type; None for what is none."""
    try:
        when = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    except (TypeError, ValueError):
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
