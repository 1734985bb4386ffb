"""Noise in the page that says which tables there are: nothing can be read, and that is told like any other damage."""

from __future__ import annotations

from pathlib import Path

from app.models.health import integrity
from tests.cli.conftest import Kaoji
from tests.faults.test_damage import whole


def test_noise_among_the_names_of_tables_is_told_as_damage(kaoji: Kaoji, folder: Path) -> None:
    """The driver says so with these bytes, and fails to read what it says."""
    database = whole(folder / "kaoji.sqlite3")
    held = database.read_bytes()
    begins = b"CREATE TABLE announcement"
    assert begins in held
    database.write_bytes(held.replace(begins, b"CREATE \xbb\xbb\xbb\xbb\xbb announcement"))
    assert integrity.check(database, 5).faults
    for command in ("serve", "verify", "doctor"):
        ran = kaoji(command)
        assert (ran.code, f"{database}：数据库文件已损坏" in ran.err) == (1, True), ran.err
