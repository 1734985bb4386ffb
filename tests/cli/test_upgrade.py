"""A database of an older version is brought up on a kept copy, or left as it was."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

import app.cli.migrations as migrations
from tests.cli.conftest import Kaoji

STEP = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9999", "{head}"

def upgrade():
    with op.batch_alter_table("school", recreate="always") as school:
        school.add_column(sa.Column("fax", sa.String(20), nullable=False, server_default=""))
    {more}
"""


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """next_version(more) makes the program one migration newer than the instance."""

    def make(more: str = "pass") -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(migrations.MIGRATIONS, folder)
        head = migrations._script().get_current_head()
        (folder / "versions" / "9999_next.py").write_text(STEP.format(head=head, more=more), encoding="utf-8")
        monkeypatch.setattr(migrations, "MIGRATIONS", folder)

    return make


def columns(site: Path) -> list[str]:
    database = sqlite3.connect(site / "kaoji.sqlite3")
    found = [row[1] for row in database.execute("PRAGMA table_info(school)")]
    database.close()
    return found


def test_an_upgrade_keeps_a_copy_and_every_row(kaoji: Kaoji, site: Path, tmp_path: Path, next_version) -> None:  # type: ignore[no-untyped-def]
    schools = tmp_path / "学校.csv"
    schools.write_text("学校代码,学校名称\n99001,华东某大学\n", encoding="utf-8")
    kaoji("import", "schools", schools)
    next_version()
    refused = kaoji("import", "schools", schools)
    assert (refused.code, "kaoji upgrade" in refused.err) == (1, True)
    assert kaoji("upgrade").code == 0
    assert "fax" in columns(site)
    (copy,) = (site / "backups").iterdir()
    old = sqlite3.connect(copy)
    assert old.execute("SELECT code FROM school").fetchall() == [("99001",)]
    assert "fax" not in [row[1] for row in old.execute("PRAGMA table_info(school)")]
    old.close()
    assert kaoji("import", "schools", schools).out == "新增 0 行，更新 0 行，未变 1 行\n"
    assert kaoji("upgrade").code == 0
    assert len(list((site / "backups").iterdir())) == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('op.execute("DELETE FROM staff")', "行数"),
        ('op.execute("DROP INDEX uq_fee_order_open")', "uq_fee_order_open"),
        ('raise RuntimeError("no")', "RuntimeError"),
    ],
)
def test_an_upgrade_that_loses_something_leaves_the_database_as_it_was(
    kaoji: Kaoji,
    site: Path,
    next_version,  # type: ignore[no-untyped-def]
    more: str,
    words: str,
) -> None:
    next_version(more)
    ran = kaoji("upgrade")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert words in ran.err
    assert "fax" not in columns(site)
    database = sqlite3.connect(site / "kaoji.sqlite3")
    assert database.execute("SELECT count(*) FROM staff").fetchone() == (1,)
    database.close()


def test_a_database_of_a_newer_program_is_refused(kaoji: Kaoji, site: Path) -> None:
    database = sqlite3.connect(site / "kaoji.sqlite3")
    database.execute("UPDATE alembic_version SET version_num = 'zzzz'")
    database.commit()
    database.close()
    assert "更新版本的程序" in kaoji("upgrade").err
