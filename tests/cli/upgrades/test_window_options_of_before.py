"""Revision 0002: what windows said in seven columns is in their options afterwards, on both databases; nothing else changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import app.cli.migrations as migrations
from app.config import Config
from tests.cli.old_site import MOVED, ROUNDS, USUAL, downgrade_to, fill, site, upgrade_to

GENERAL = (
    "id, service, name, opens_at, closes_at, fixes_close_at, pay_opens_at, pay_closes_at, notice, fee, stages, "
    "strict_files, version"
)


@pytest.fixture
def old(tmp_path: Path, database: str) -> Config:
    """A site of revision 0001 with windows of every option."""
    config = site(tmp_path / "site", database)
    upgrade_to(config, "0001")
    with migrations._connection(config, write=True) as connection, connection.begin():
        fill(connection)
    return config


def general(connection: sa.Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(f"SELECT {GENERAL} FROM service_window ORDER BY id"))]


def shape(connection: sa.Connection) -> dict[str, Any]:
    """What a rebuild could lose: constraints, indexes, references, triggers, rows."""
    look = sa.inspect(connection)
    lite = connection.dialect.name == "sqlite"
    # 0003 rebuilds the table paper, which tests/cli/test_migrations.py compares with its model
    pieces = (
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'service_window'"
        " AND NOT (type = 'table' AND name = 'paper') ORDER BY name"
    )
    return {
        "checks": {each["name"] for each in look.get_check_constraints("service_window")},
        "indexes": {(each["name"], *each["column_names"]) for each in look.get_indexes("service_window")},
        "key": look.get_pk_constraint("service_window"),
        "references": {
            (table, key["name"], key["referred_table"])
            for table in look.get_table_names()
            for key in look.get_foreign_keys(table)
        },
        "partial": {
            each["name"]
            for table in look.get_table_names()
            for each in look.get_indexes(table)
            if each["dialect_options"]
        },
        "rows": {
            table: connection.scalar(sa.text(f'SELECT count(*) FROM "{table}"'))
            for table in look.get_table_names()
            if table != "return_reason"  # the program plants its own lines there
        },
        "others": [tuple(row) for row in connection.execute(sa.text(pieces))] if lite else [],
    }


def test_every_option_is_kept_and_nothing_else_changes(old: Config) -> None:
    with migrations._connection(old) as connection:
        before, said = shape(connection), general(connection)
    upgrade_to(old, "0003")  # later revisions change other tables
    with migrations._connection(old) as connection:
        after = shape(connection)
        assert general(connection) == said
        gone = {"ck_service_window_statement_limits", "ck_service_window_portrait_size"}
        assert after.pop("checks") == before.pop("checks") - gone
        assert after == before
        rows = connection.execute(sa.text("SELECT id, options FROM service_window")).all()
        stored = {row.id: row.options if isinstance(row.options, dict) else json.loads(row.options) for row in rows}
        columns = {each["name"]: each for each in sa.inspect(connection).get_columns("service_window")}
    assert stored == {ident: dict(zip(MOVED, said, strict=True)) for ident, said in ROUNDS.items()}
    assert all(
        type(value) is type(usual) for row in stored.values() for value, usual in zip(row.values(), USUAL, strict=True)
    )
    assert not columns.keys() & set(MOVED)
    assert columns["options"]["nullable"] is False


def test_the_way_back_gives_the_columns_again(old: Config) -> None:
    with migrations._connection(old) as connection:
        before = shape(connection)
        columns = {each["name"]: each["nullable"] for each in sa.inspect(connection).get_columns("service_window")}
    upgrade_to(old, "0003")
    downgrade_to(old, "0001")
    with migrations._connection(old) as connection:
        assert shape(connection) == before
        found = {each["name"]: each["nullable"] for each in sa.inspect(connection).get_columns("service_window")}
        assert found == columns
        rows = connection.execute(sa.text(f"SELECT id, {', '.join(MOVED)} FROM service_window")).all()
    assert {row.id: tuple(row)[1:] for row in rows} == ROUNDS


def test_a_rule_that_stays_still_holds(old: Config) -> None:
    migrations.migrate(old)
    with (
        migrations._connection(old, write=True) as connection,
        connection.begin(),
        pytest.raises(sa.exc.IntegrityError, match="fixes_after_close"),
    ):
        connection.execute(sa.text("UPDATE service_window SET fixes_close_at = opens_at"))
