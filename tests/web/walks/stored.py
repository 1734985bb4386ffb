"""What a site on SQLite has stored, kept and put back; neither costs anything while nothing was written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from tests.sites import FILE


@dataclass(eq=False)
class Stored:
    """Everything at one moment. `rows`: what a walk reads of it, read once."""

    database: bytes
    files: dict[Path, bytes]
    rows: Any = None

    def read(self, rows_of: Callable[[], Any]) -> Any:
        """The rows; this is what is stored now."""
        if self.rows is None:
            self.rows = rows_of()
        return self.rows


class Storage:
    """A site's database and pictures. `watched` for as long as things are asked and put back again and again."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.folder: Path = app.extensions["kaoji"].instance
        self.last: Stored | None = None  # kept, or put back
        self.watch: Any = None
        self.version = 0
        self.pictures: dict[Path, bytes] = {}  # a file of a picture is written once

    @contextmanager
    def watched(self) -> Iterator[None]:
        """A connection of its own tells whether others wrote; outside of this it is taken that they did."""
        self.watch = _connected(self.folder / FILE)
        try:
            yield
        finally:
            self._let_go()

    def now(self) -> Stored:
        """A copy of what is stored now: the last one, if nothing was written since."""
        db.session.remove()
        if self.last is None or self._written():
            with db.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            self.last = Stored((self.folder / FILE).read_bytes(), self._files())
            self._note()
        return self.last

    def put_back(self, stored: Stored) -> None:
        """Have this stored, and nothing else."""
        db.session.remove()
        if stored is self.last and not self._written():
            return
        watching = self.watch is not None
        self._let_go()
        db.engine.dispose()
        self.app.extensions.pop("kaoji.site", None)
        for beside in ("-wal", "-shm"):
            (self.folder / f"{FILE}{beside}").unlink(missing_ok=True)
        (self.folder / FILE).write_bytes(stored.database)
        for path, kept in stored.files.items():
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(kept)
        self.last = stored
        if watching:
            self.watch = _connected(self.folder / FILE)
            self._note()

    def _files(self) -> dict[Path, bytes]:
        found = {}
        for folder, _, names in os.walk(self.folder / "evidence"):
            for name in names:
                path = Path(folder, name)
                if path not in self.pictures:
                    self.pictures[path] = path.read_bytes()
                found[path] = self.pictures[path]
        return found

    def _written(self) -> bool:
        return self.watch is None or _version(self.watch) != self.version

    def _note(self) -> None:
        if self.watch is not None:
            self.version = _version(self.watch)

    def _let_go(self) -> None:
        if self.watch is not None:
            self.watch.close()
            self.watch = None


def _connected(file: Path) -> Any:
    return sqlite.connect(str(file), isolation_level=None)


def _version(connection: Any) -> int:
    """Changes when another connection has committed; the number itself says nothing to a further one."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
