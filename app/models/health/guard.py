"""Nothing is written to a database that is damaged, or whose files are no longer those that were opened.

Damage is marked by a file beside the database, so that every process and command knows of it; the next start that finds
the database whole takes the mark away.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pysqlite3.dbapi2 as driver
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from app.models.health.integrity import is_damage
from app.models.health.opened_files import (
    BESIDE,
    GONE,
    LOG_LOST,
    REPLACED,
    Identity,
    identities,
    log_is_ours,
    moved,
)

log = logging.getLogger(__name__)
sqlite: Any = driver  # its compiled names have no types

DAMAGED = "数据库文件损坏"
PUT_BACK = "请停止服务，移走它和旁边的 -wal、-shm，把最近的备份放回原处再启动"
ADVICE = {
    DAMAGED: f"{PUT_BACK}（kaoji doctor 写明是什么）",
    GONE: "把原来的文件放回原处就恢复，不用重启；找不到的，停止服务，把最近的备份放回原处，再启动",
    REPLACED: "要用原来的，把它放回原处就恢复，不用重启；要用现在的这个，重启服务",
    LOG_LOST: "请重启服务（正常停止，不要强行结束）。数据库旁边的文件不能移动或删除",
}
"""What an administrator does about each trouble."""
SETTLED_WITHIN = 200
"""Milliseconds for which the last checkpoint waits for readers; it is tried again."""


class Damaged(OperationalError):
    """The database must not be written to. `why`: one of ADVICE."""

    def __init__(self, why: str) -> None:
        super().__init__("BEGIN", None, RuntimeError(why))
        self.why = why


class Watched:
    """A database that is guarded: its files as they were opened, none on PostgreSQL. `anchor`: see `hold`."""

    def __init__(self, file: Path | None) -> None:
        self.file = str(file) if file else ""
        self.mark = str(mark_of(file)) if file else ""
        self.opened: dict[str, Identity] = identities([self.file]) if file else {}
        self.damaged = False
        self.anchor: Any = None
        self._told = ""
        self._settled = False
        self._telling = threading.Lock()

    def trouble(self) -> str:
        """Why nothing may be written now; empty: nothing is known against it."""
        if self.damaged or (self.mark and os.path.exists(self.mark)):
            return DAMAGED
        return moved(self.opened)

    def look(self) -> str:
        """`trouble`, which is logged when it begins and when it is over; what was saved is brought home."""
        why = self.trouble()
        if (why != self._told or not (self._settled or why in ("", DAMAGED))) and self._telling.acquire(blocking=False):
            try:
                if why != self._told:
                    self._tell(why)
                if why and why != DAMAGED:
                    self._settle()
            finally:
                self._telling.release()
        return why

    def _tell(self, why: str) -> None:
        self._told, self._settled = why, self.anchor is None
        if why:
            log.critical("alarm: writing stops: %s: %s (%s)", why, self.file, ADVICE[why])
        else:
            log.warning("writing goes on: %s is in its place again", self.file)

    def _settle(self) -> None:
        """Write what the log holds into the database that was opened, and leave the log empty.

        So the file that was taken away is whole without it, and the one that lies there now is not read through it.
        """
        if self._settled or self.anchor is None or not log_is_ours(self.opened):
            return
        try:
            (waits, *_), *_ = self.anchor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite.Error as error:
            log.error("the log of the database was not written into it: %s", error)
            return
        self._settled = not waits

    def hold(self, anchor: Any) -> None:
        anchor.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()  # opens the log
        anchor.execute(f"PRAGMA busy_timeout={SETTLED_WITHIN}")
        self.anchor = anchor
        self.opened = identities([self.file, *(f"{self.file}{ending}" for ending in BESIDE)])

    def release(self) -> None:
        """Nothing is open any more."""
        if self.anchor is not None:
            self.look()
            self.anchor.close()
            self.anchor = None
        self.opened = {}


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
        def never_another(*_: object) -> None:
            if why := moved(watched.opened) or ("" if os.path.exists(watched.file) else GONE):
                raise Damaged(why)

        @event.listens_for(engine, "engine_disposed")
        def closed(_: Engine) -> None:
            watched.release()


def hold(engine: Engine) -> dict[str, Identity]:
    """For a server: keep one connection open for as long as the engine is not disposed of; return the files that are open, by path.

    While it is open the log has one identity too, and no file that is made anew can have the number of one of them. When the
    engine is disposed of it is the last to close.
    """
    watched = _watched[engine]
    if not watched.file or watched.anchor is not None:
        return watched.opened
    lent = engine.raw_connection()
    anchor = lent.driver_connection
    lent.detach()
    watched.hold(anchor)
    return watched.opened


def refuse_damaged(engine: Engine) -> None:
    """Raise Damaged where nothing may be written. Costs a few looks at the folder, where the database is guarded."""
    if why := look(engine):
        raise Damaged(why)


def refuse_moved(engine: Engine) -> None:
    """Raise Damaged where the files are no longer in their places: what was just committed is in none that anybody will open."""
    watched = _watched.get(engine)
    if watched and (why := moved(watched.opened)):
        raise Damaged(why)


def look(engine: Engine) -> str:
    """`trouble`, logged once, with what was saved brought home. Not within a transaction."""
    watched = _watched.get(engine)
    return watched.look() if watched else ""


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
