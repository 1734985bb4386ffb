"""What an upgrade makes is what the models say, on both databases; and what a site may have run is never changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app import MIGRATIONS, models  # noqa: F401  every table must be in the metadata
from app.cli import migrations
from app.config import REAL, load, stamp_instance
from app.extensions import Base
from tests.postgres import Server

# Each release freezes the revisions that it ships; until then those after these may still change.
FROZEN = {"0001_the_first_tables.py": "f77ff1f0ed7519145c2ed04cf245f0d26a952c15bf33d2d7bdf35a1bac9b3358"}
Catalogue = set[tuple[str, ...]]


@pytest.mark.parametrize("name", FROZEN)
def test_a_revision_that_sites_have_run_is_frozen(name: str) -> None:
    content = (MIGRATIONS / "versions" / name).read_bytes().replace(b"\r\n", b"\n")
    assert hashlib.sha256(content).hexdigest() == FROZEN[name], (
        f"{name} is frozen: sites were made with it. From now on each change of the database is a new revision."
    )


def test_the_revisions_are_one_line() -> None:
    script = migrations._script()
    assert len(script.get_heads()) == 1
    assert [each.revision for each in script.walk_revisions() if each.is_branch_point or each.is_merge_point] == []


@pytest.fixture
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """two(address of the upgraded one, of the created one): connections to the two, each with all tables."""
    opened: list[tuple[Any, Connection]] = []

    def make(upgraded: str, created: str) -> tuple[Connection, Connection]:
        stamp_instance(tmp_path / "site", REAL)
        migrations.migrate(load(tmp_path / "site", {"KAOJI_DATABASE_URL": upgraded}))
        for address in (upgraded, created):
            options = {"module": pysqlite3.dbapi2} if address.startswith("sqlite") else {}
            engine = create_engine(address, poolclass=NullPool, **options)
            opened.append((engine, engine.connect()))
        Base.metadata.create_all(opened[1][1])
        opened[1][1].commit()
        return opened[0][1], opened[1][1]

    yield make
    for engine, connection in opened:
        connection.close()
        engine.dispose()


def differences(connection: Connection) -> list[Any]:
    """What Alembic would still change."""
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_on_sqlite_an_upgrade_makes_what_the_models_say(two: Any, tmp_path: Path) -> None:
    upgraded, created = two(f"sqlite:///{tmp_path / 'upgraded.db'}", f"sqlite:///{tmp_path / 'created.db'}")
    found, wanted = of_sqlite(upgraded), of_sqlite(created)
    assert (found - wanted, wanted - found) == (set(), set())
    assert differences(upgraded) == []
    assert len(wanted) > 400


@pytest.mark.postgres
def test_on_postgresql_an_upgrade_makes_what_the_models_say(two: Any, postgres: Server) -> None:
    for name in ("upgraded", "created"):
        postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    upgraded, created = two(postgres.url("upgraded"), postgres.url("created"))
    found, wanted = of_postgres(upgraded), of_postgres(created)
    assert (found - wanted, wanted - found) == (set(), set())
    assert differences(upgraded) == []
    assert len(wanted) > 400
    for name, connection in (("upgraded", upgraded), ("created", created)):
        connection.close()
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def of_sqlite(connection: Connection) -> Catalogue:
    """(kind, table, words) of every column, constraint, index and trigger, from the statements that SQLite keeps.

    The order of columns is left out: a column that is added later stands last.
    """
    found: Catalogue = set()
    asked = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    for kind, name, table, sql in connection.execute(text(asked)):
        if table.startswith(("sqlite_", "alembic_")):
            continue
        if kind == "table":
            found |= {("part", table, part) for part in parts(sql[sql.index("(") + 1 : sql.rindex(")")])}
            found.add(("table", table, plain(sql[sql.rindex(")") + 1 :])))
        else:
            found.add((kind, name, plain(sql)))
    return found


def parts(body: str) -> Iterator[str]:
    """What stands between the commas of CREATE TABLE (…), those in brackets and quoted words left whole."""
    depth, quoted, start = 0, False, 0
    for place, letter in enumerate(body):
        quoted ^= letter == "'"
        if quoted:
            continue
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            yield plain(body[start:place])
            start = place + 1
    yield plain(body[start:])


def plain(sql: str) -> str:
    """One space between words, no quotes around names."""
    return re.sub(r"\s+", " ", sql.replace('"', "")).strip()


POSTGRES = {
    "column": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
               coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(l.collname, ''), a.attidentity::text, a.attgenerated::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "index": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "sequence": "SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'",
}


def of_postgres(connection: Connection) -> Catalogue:
    """(kind, table, name, words …) of every column, constraint, index, trigger, function and sequence, as PostgreSQL words them."""
    rows = ((kind, *row) for kind, sql in POSTGRES.items() for row in connection.execute(text(sql)))
    return {row for row in rows if "alembic_version" not in row}
