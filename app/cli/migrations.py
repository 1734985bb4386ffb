"""Database upgrades.

SQLite: a copy, then one transaction with foreign keys off (Alembic rebuilds tables, and dropping the old one would delete what
refers to it), checked before its commit; a failure or kill changes nothing. PostgreSQL: one transaction under an advisory lock.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from app import MIGRATIONS
from app.actions.review.reasons import plant
from app.cli.refusal import Fault
from app.cli.upkeep import identity
from app.config import Config
from app.models.base import prepare_sqlite
from app.models.health.guard import PUT_BACK
from app.models.health.integrity import IN_BACKGROUND, check
from app.models.upkeep.insert_only import missing_guards, restore_guards
from app.services import install

log = logging.getLogger(__name__)

ADVISORY_LOCK = 0x6B616F6A  # "kaoj": concurrent upgrades on PostgreSQL wait


def is_sqlite(config: Config) -> bool:
    return config.database_url.startswith("sqlite")


def _refuse_other_version(config: Config, connection: Connection) -> None:
    found = _revision(connection)
    if found is None:
        identity.refuse_empty(config)
    if found != _script().get_current_head():
        raise Fault(f"数据库与程序的版本不一致，请先运行 kaoji upgrade：{config.instance}")


def refuse_mismatch(config: Config) -> None:
    """Raise Fault unless the database is there, is this instance's and has the program's version."""
    identity.refuse_absent(config)
    with _connection(config) as connection:
        _refuse_other_version(config, connection)
        agreed = identity.agree(config, connection)
    if not agreed:
        _settle(config)


def is_made(config: Config) -> bool:
    """Whether the instance has a database with our tables. Never creates a file."""
    file = config.database_file
    if file and not (file.is_file() and file.stat().st_size):
        return False
    with _connection(config) as connection:
        return _revision(connection) is not None


def migrate(config: Config, *, existing: bool = False) -> Path | None:
    """Upgrade the database; return the copy kept, or None when nothing was done.

    `existing`: refuse where there is none yet; only `init` and `demo` make one.
    """
    script = _script()
    if existing:
        identity.refuse_absent(config)
    with _connection(config) as connection:
        found = _revision(connection)
        if existing and found is None:
            identity.refuse_empty(config)
        agreed = found == script.get_current_head() and identity.agree(config, connection)
    if found == script.get_current_head():
        _restore_guards(config)
        if not agreed:
            _settle(config)
        return None
    _refuse_newer(script, found)
    if found and config.database_file:
        _refuse_damaged(config.database_file)
    copy = _keep_copy(config, found) if found and is_sqlite(config) else None
    with _connection(config, write=True) as connection, connection.begin():
        if not is_sqlite(config):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        before = _inventory(connection) if is_sqlite(config) else {}
        _upgrade(connection)
        restore_guards(connection)  # a table that SQLite rebuilt has lost its triggers
        if is_sqlite(config):
            _check(connection, before)
        install()
        plant(connection)
        number = identity.settle(config, connection)
    identity.stamp_number(config, number)
    return copy


def _restore_guards(config: Config) -> None:
    """Make the triggers of insert-only tables that somebody took away; the log and `kaoji verify` say so."""
    with _connection(config) as connection:
        if not missing_guards(connection):
            return
    with _connection(config, write=True) as connection, connection.begin():
        log.warning("triggers were missing and are there again: %s", ", ".join(restore_guards(connection)))


def refuse_other(config: Config) -> None:
    """Raise Fault unless the database is there, is this folder's, whatever its key, and of no newer program."""
    identity.refuse_absent(config)
    with _connection(config) as connection:
        found = _revision(connection)
        if found is None:
            identity.refuse_empty(config)
        _refuse_newer(_script(), found)
        identity.refuse_other(config, connection)


def remember_key(config: Config) -> None:
    """Write down that this key is the database's from now on, where `refuse_other` lets it."""
    with _connection(config, write=True) as connection, connection.begin():
        identity.replace_key(config, connection)


def _settle(config: Config) -> None:
    with _connection(config, write=True) as connection, connection.begin():
        number = identity.settle(config, connection)
    identity.stamp_number(config, number)


def _refuse_damaged(file: Path) -> None:
    """Before an upgrade rewrites tables: of what is damaged it would lose more."""
    faults = check(file, IN_BACKGROUND).faults
    if faults:
        raise Fault(f"数据库文件已损坏，没有升级：{file}（{faults[0]}；{PUT_BACK}）")


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_settings())


def _settings() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return settings


@contextmanager
def _connection(config: Config, *, write: bool = False) -> Iterator[Connection]:
    """Yield a connection without pool or time limit of statements, on SQLite without foreign keys."""
    lite = is_sqlite(config)
    options: dict[str, Any] = {"module": sqlite, "connect_args": {"timeout": 5}} if lite else _reaching_postgres()
    engine = create_engine(config.database_url, poolclass=NullPool, hide_parameters=True, **options)
    if lite:
        prepare_sqlite(engine, immediate=write)

        @event.listens_for(engine, "connect")
        def without_foreign_keys(connection: Any, record: object) -> None:
            connection.execute("PRAGMA foreign_keys=OFF")

    try:
        with engine.connect() as connection:
            yield connection
    except DatabaseError as error:
        from app.cli.click_in_chinese import database_fault

        if config.database_file and any(sign in str(error.orig) for sign in ("not a database", "malformed")):
            raise Fault(f"{config.database_file}：{database_fault(error.orig)}") from error
        raise
    finally:
        engine.dispose()


def _reaching_postgres() -> dict[str, Any]:
    from app.models.health.answers import CONNECTING

    return {"connect_args": CONNECTING}


def _revision(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return found


def _refuse_newer(script: ScriptDirectory, found: str | None) -> None:
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise Fault("数据库来自更新版本的程序，请安装同样或更新的版本后再启动")


def _keep_copy(config: Config, revision: str) -> Path:
    folder = config.instance / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"kaoji-{revision}-{datetime.now(UTC):%Y%m%d-%H%M%S}.sqlite3"
    part = target.with_suffix(".part")
    driver: Any = sqlite
    source, copy = driver.connect(make_url(config.database_url).database), driver.connect(str(part))
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    os.replace(part, target)
    return target


def _upgrade(connection: Connection) -> None:
    """Run Alembic in the connection's transaction, without commits."""
    settings = _settings()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _inventory(connection: Connection) -> dict[str, set[str] | dict[str, int]]:
    """Return what a rebuild could lose silently: rows, triggers, partial indexes."""
    rows = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master")).all()
    tables = [row.name for row in rows if row.type == "table" and not row.name.startswith(("sqlite_", "alembic_"))]
    return {
        "rows": {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in tables},  # noqa: S608
        "trigger": {row.name for row in rows if row.type == "trigger"},
        "index": {row.name for row in rows if row.type == "index" and " WHERE " in (row.sql or "").upper()},
    }


def _check(connection: Connection, before: dict[str, Any]) -> None:
    if connection.execute(text("PRAGMA foreign_key_check")).first():
        raise Fault("升级没有进行：升级后的数据库有断开的引用，原数据库未改动")
    after = _inventory(connection)
    counts: Any = after["rows"]
    for name, count in before["rows"].items():
        if name in counts and counts[name] != count:
            raise Fault(f"升级没有进行：表 {name} 的行数由 {count} 变为 {counts[name]}，原数据库未改动")
    for kind in ("trigger", "index"):
        lost = before[kind] - set(after[kind])
        if lost:
            raise Fault(f"升级没有进行：{'、'.join(sorted(lost))} 会丢失，原数据库未改动")
