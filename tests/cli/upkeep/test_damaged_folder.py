"""Files of the data folder that a bad disk or a hand spoilt are told in one line that says what to do, by every command."""

from __future__ import annotations

import random
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from app.config.mark import STAMP, number_of
from app.models.health import guard
from tests.cli.conftest import Kaoji
from tests.cli.upkeep.test_tick_and_verify import run

NOISE = random.Random(8).randbytes(64)
COMMANDS = ("serve", "doctor", "verify", "tick", "upgrade")


@pytest.mark.parametrize("left", [NOISE, bytes(64), b"", b"hello world\n"])
def test_a_damaged_mark_is_named_and_written_again_by_init(kaoji: Kaoji, tmp_path: Path, left: bytes) -> None:
    assert kaoji("init").code == 0
    mark = tmp_path / "site" / STAMP
    whole = mark.read_text(encoding="utf-8")
    mark.write_bytes(left)
    for command in COMMANDS:
        ran = kaoji(command)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran.err
        assert f"数据文件夹的标记已损坏：{mark}（" in ran.err
    assert number_of(mark.parent) == ""
    assert kaoji("init").code == 0
    assert mark.read_text(encoding="utf-8") == whole
    assert kaoji("verify").code == 0


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('host = "考籍"\n'.encode("gb18030"), "不是 UTF-8 编码的文字"),
        (b"port = 8000\nhost = 127.0.0.1\n", "第 2 行写得不对"),
        (b"port = 8000\nhost =", "末尾写得不对"),
        (None, "打不开"),
    ],
)
def test_settings_that_cannot_be_read_say_what_is_wrong_in_chinese(
    kaoji: Kaoji, tmp_path: Path, written: bytes | None, told: str
) -> None:
    assert kaoji("init").code == 0
    path = tmp_path / "site" / "config.toml"
    path.mkdir() if written is None else path.write_bytes(written)
    for command in COMMANDS:
        ran = kaoji(command)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran.err
        assert told in ran.err
        assert str(path) in ran.err
        for words in ("codec", "Errno", "at line", "at end"):
            assert words not in ran.err


@pytest.mark.parametrize("table", ["audit_event", "due_work", "kept_work"])
def test_damage_that_the_periodic_work_finds_is_told_without_a_traceback(
    kaoji: Kaoji, tmp_path: Path, table: str
) -> None:
    assert kaoji("init").code == 0
    database = tmp_path / "site" / "kaoji.sqlite3"
    run(database, "PRAGMA wal_checkpoint(TRUNCATE)")
    _noise_over(database, table)
    ran = kaoji("tick")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "[SQL" not in ran.err
    told = [line for line in ran.err.splitlines() if "没有做成" in line]
    assert guard.PUT_BACK in told[0], told


def _noise_over(database: Path, table: str) -> None:
    """Write noise over the first page of a table."""
    connection = sqlite.connect(str(database))
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(random.Random(root).randbytes(size))
