"""Tables to which rows are only added: the database itself refuses to change or delete one (security.md AC-30).

SQLite: a table that a migration rebuilds loses its triggers, so `missing_guards` and `restore_guards` are asked after each
upgrade (app.cli.migrations). INSERT OR REPLACE deletes without a DELETE trigger, so a known id is refused as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, event, text

TABLES = {"audit_event": "id", "audit_link": "sequence"}
"""Name of the table and of its key."""
REFUSAL = "rows of this table are only added"
FUNCTION = "refuse_change_of_row"
_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}: %', TG_TABLE_NAME; END $$"
)


def _sqlite(table: str) -> Iterator[tuple[str, str]]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {table}'); END"
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {TABLES[table]} = NEW.{TABLES[table]})"  # noqa: S608
    for act, when in (("update", ""), ("delete", ""), ("insert", f"{known} ")):
        name = f"{table}_no_{act if act != 'insert' else 'replace'}"
        yield name, f"CREATE TRIGGER {name} BEFORE {act.upper()} ON {table} {when}{refuse}"


def _postgresql(table: str) -> Iterator[tuple[str, str]]:
    for act, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
        name = f"{table}_no_{act}"
        yield (
            name,
            f"CREATE TRIGGER {name} BEFORE {act.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()",
        )


def guards(dialect: str, table: str) -> dict[str, str]:
    """Return the statements that make the table's triggers, by name."""
    return dict(_sqlite(table) if dialect == "sqlite" else _postgresql(table))


def missing_guards(connection: Connection) -> list[str]:
    """Return the triggers that are not there, or are switched off."""
    if connection.dialect.name == "sqlite":
        asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        asked = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    found = set(connection.scalars(text(asked)))
    return [name for table in TABLES for name in guards(connection.dialect.name, table) if name not in found]


def restore_guards(connection: Connection) -> list[str]:
    """Make the triggers that are missing, in the caller's transaction; return their names."""
    missing = missing_guards(connection)
    for table in TABLES:
        make(connection, table, [name for name in guards(connection.dialect.name, table) if name in missing])
    return missing


def make(connection: Connection, table: str, names: list[str]) -> None:
    """Make these triggers of a table."""
    if names and connection.dialect.name != "sqlite":
        connection.execute(text(_FUNCTION.replace(":", r"\:")))
    for name in names:
        if connection.dialect.name != "sqlite":  # switched off is there, and in the way
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON {table}"))
        connection.execute(text(guards(connection.dialect.name, table)[name].replace(":", r"\:")))


def insert_only(table: Table) -> None:
    """The table is made with its triggers."""

    @event.listens_for(table, "after_create")
    def guard(table: Table, connection: Connection, **_: object) -> None:
        make(connection, table.name, list(guards(connection.dialect.name, table.name)))
