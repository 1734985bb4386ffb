"""Nothing is written to a database that is damaged, was deleted, or is another file than the one that was opened.

Damage is marked by a file beside the database, so that every process and command knows of it; the next start that finds
the database whole takes the mark away.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from app.models.health.integrity import is_damage

log = logging.getLogger(__name__)

DAMAGED = "数据库文件损坏"
GONE = "数据库文件不见了"
REPLACED = "数据库文件被换成了另一个"


class Damaged(OperationalError):
    """The database must not be written to. `why`: DAMAGED, GONE or REPLACED."""

    def __init__(self, why: str) -> None:
        super().__init__("BEGIN", None, RuntimeError(why))
        self.why = why


class Watched:
    """A database that is guarded: its file as it was opened, or none on PostgreSQL."""

    def __init__(self, file: Path | None) -> None:
        self.file = str(file) if file else ""
        self.mark = str(mark_of(file)) if file else ""
        self.inode = os.stat(file).st_ino if file else 0
        self.damaged = False

    def trouble(self) -> str:
        """Why nothing may be written now; empty: nothing is known against it."""
        if self.damaged or (self.mark and os.path.exists(self.mark)):
            return DAMAGED
        if not self.file:
            return ""
        try:
            return "" if os.stat(self.file).st_ino == self.inode else REPLACED
        except FileNotFoundError:
            return GONE


_watched: WeakKeyDictionary[Engine, Watched] = WeakKeyDictionary()


def mark_of(file: Path) -> Path:
    """The file that says that this database is damaged, and how."""
    return file.with_name(f"{file.name}.damaged")


def watch(engine: Engine) -> None:
    """Guard the engine's database from now on; it is never created anew by a connection."""
    if engine in _watched:
        return
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    _watched[engine] = watched = Watched(Path(name) if name else None)
    if watched.file:

        @event.listens_for(engine, "do_connect")
        def never_create(*_: object) -> None:
            if not os.path.exists(watched.file):
                raise Damaged(GONE)


def refuse_damaged(engine: Engine) -> None:
    """Raise Damaged where nothing may be written. Costs two looks at the folder, where the database is guarded."""
    watched = _watched.get(engine)
    if watched and (why := watched.trouble()):
        raise Damaged(why)


def trouble(engine: Engine) -> str:
    """Why nothing may be written; empty where nothing is known against it."""
    watched = _watched.get(engine)
    return watched.trouble() if watched else ""


def set_damaged(engine: Engine, faults: tuple[str, ...]) -> None:
    """Stop writing, in every process of this instance."""
    watched = _watched.get(engine)
    log.critical("the database is damaged, writing stops: %s", "; ".join(faults)[:2000])
    if watched:
        watched.damaged = True
        if watched.mark:
            with suppress(OSError):  # a full or broken disk: this process knows
                mark(Path(watched.file), faults)


def told(engine: Engine, error: Exception) -> bool:
    """Stop writing where the driver says with this error that the database is damaged; whether it does."""
    damage = isinstance(error, DBAPIError) and is_damage(error.orig)
    if damage:
        set_damaged(engine, (str(error).partition("\n")[0],))
    return damage


def found_whole(engine: Engine) -> None:
    """A check found no fault. What the driver said to this process holds until it is started again."""
    watched = _watched.get(engine)
    if watched and watched.mark and not watched.damaged:
        unmark(Path(watched.file))


def mark(file: Path, faults: tuple[str, ...]) -> None:
    """Write down what is wrong with a database file."""
    mark_of(file).write_text("\n".join(faults) + "\n", encoding="utf-8")


def unmark(file: Path) -> None:
    """The file was found whole."""
    mark_of(file).unlink(missing_ok=True)
