"""`kaoji tick` does what is due, `kaoji verify` names what is not whole."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.actions.upkeep import due
from app.cli import migrations
from app.cli.common import instance, opened
from app.cli.serving import periodic_work
from app.cli.upkeep import verify
from tests.cli.conftest import Kaoji


@pytest.fixture
def site(kaoji: Kaoji, tmp_path: Path) -> Path:
    assert kaoji("init").code == 0
    return tmp_path / "site" / "kaoji.sqlite3"


def run(file: Path, *statements: str) -> None:
    connection = sqlite.connect(str(file))
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_new_site_is_whole_and_stays_so(kaoji: Kaoji, site: Path) -> None:
    first, second = kaoji("tick"), kaoji("tick")
    assert (first.code, second.code) == (0, 0)
    for done in (first, second):
        assert re.fullmatch(r"\S+ WARNING .* audit chain \d [0-9a-f]{64}\n", done.err), "the chain's head, in the log"
    assert "核对照片与登记：完成" in first.out
    assert "核对照片与登记" not in second.out
    assert "续上操作记录的审计链：完成" in second.out
    found = kaoji("verify")
    assert (found.code, found.err) == (0, "")
    assert "操作记录：没有发现问题" in found.out
    assert "核对照片与登记" in kaoji("tick", "--list").out


def test_what_a_hand_did_is_named_and_the_exit_says_so(kaoji: Kaoji, site: Path) -> None:
    kaoji("tick")
    run(site, "DROP TRIGGER audit_event_no_update", "UPDATE audit_event SET actor_label = 'x' WHERE id = 1")
    found = kaoji("verify", "--only", "audit")
    assert found.code == 1
    lines = found.err.splitlines()
    assert [line.partition("（")[0] for line in lines] == [
        "操作记录：数据库里少了触发器 audit_event_no_update，操作记录不再受保护。运行 kaoji upgrade 会补上",
        "操作记录：操作记录 1 的内容被改过，或不是程序写的",
    ]
    assert kaoji("upgrade").code == 0
    assert len(kaoji("verify").err.splitlines()) == 1


def test_work_that_fails_is_one_line_and_the_rest_is_done(
    kaoji: Kaoji, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOJI_AUDIT_HEAD", str(tmp_path / "nowhere" / "head"))
    found = kaoji("tick")
    assert found.code == 1
    said = [line for line in found.err.splitlines() if line.startswith("记下审计链的末端没有做成：")]
    assert len(said) == 1
    assert "核对照片与登记：完成" in found.out
    (tmp_path / "nowhere").mkdir()
    assert kaoji("tick").code == 0
    assert kaoji("verify").code == 0


def full(*_: object, **__: object) -> None:
    raise OperationalError("COMMIT", None, sqlite.OperationalError("database or disk is full"))


def test_a_full_disk_is_a_line_in_chinese_for_each_work(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether the work itself fails or its turn cannot be taken; a running server logs a line without a traceback."""
    monkeypatch.setattr(periodic_work, "delete_expired", full)
    ran = kaoji("tick")
    said = [line for line in ran.err.splitlines() if "audit chain" not in line]
    assert (ran.code, said) == (
        1,
        ["清除过期的登录、验证码、计数和没有确认的更正没有做成：磁盘已满，请腾出空间再试"],
    )
    monkeypatch.setattr(due, "take", full)
    ran = kaoji("tick")
    assert ran.code == 1
    assert ran.err
    assert all(line.endswith("没有做成：磁盘已满，请腾出空间再试") for line in ran.err.splitlines())
    run(site, "DELETE FROM due_work")
    caplog.clear()
    with opened(instance()) as app:
        assert [done.error for done in periodic_work.do_due(app)]
    assert all("disk is full" in found.getMessage() and not found.exc_info for found in caplog.records)
    assert caplog.records


def test_a_check_that_fails_itself_is_a_fault(kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(app: object, asked: object) -> None:
        raise RuntimeError("for the test")

    monkeypatch.setattr(verify, "CHECKS", (verify.Check("other", "别的", fails), *verify.CHECKS))
    found = kaoji("verify")
    assert found.code == 1
    assert "别的：没有检查完：RuntimeError for the test" in found.err
    assert len(found.err.splitlines()) == 2, "the traceback is one line of the log"
    assert "操作记录：没有发现问题" in found.out


def test_a_check_that_the_disk_refuses_is_a_line_in_chinese(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(app: object, asked: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/there")

    monkeypatch.setattr(verify, "CHECKS", (verify.Check("other", "别的", denied), *verify.CHECKS))
    found = kaoji("verify")
    assert (found.code, found.err) == (1, "别的：没有检查完：没有权限，或文件正被别的程序占用：/there\n")


REBUILT = (
    "CREATE TABLE other AS SELECT * FROM audit_event",
    "DROP TABLE audit_event",
    "ALTER TABLE other RENAME TO audit_event",
)
"""As SQLite's migrations do it: a new table, the rows, the old table dropped."""


def test_triggers_outlive_a_table_that_an_upgrade_rebuilds(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rebuilds(connection: Connection) -> None:
        for statement in (*REBUILT, f"UPDATE alembic_version SET version_num = '{head}'"):
            connection.execute(text(statement))

    head = migrations._script().get_current_head()
    monkeypatch.setattr(migrations, "_upgrade", rebuilds)
    run(site, "UPDATE alembic_version SET version_num = '0022'")
    upgraded = kaoji("upgrade")
    assert (upgraded.code, upgraded.err) == (0, "")
    assert "升级前的副本" in upgraded.out
    assert kaoji("verify").code == 0


def test_triggers_that_were_taken_away_come_back_with_an_upgrade(kaoji: Kaoji, site: Path) -> None:
    run(site, *REBUILT)
    assert kaoji("verify").err.count("少了触发器 audit_event") == 3
    assert kaoji("upgrade").code == 0
    assert kaoji("verify").code == 0
