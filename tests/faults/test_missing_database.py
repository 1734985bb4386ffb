"""A database that is missing, empty or another instance's is refused by name; nothing becomes an empty site, no picture moves."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import kaoji as commands
from app.config.mark import number_of
from tests.cli.conftest import Kaoji
from tests.cli.every_command import EVERY_COMMAND
from tests.faults.server_process import serving
from tests.postgres import Server

WITHOUT = {"demo", "template", "doctor"}  # of folders of their own, of none, and of what is wrong with it


def files_below(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "server.lock"}


@pytest.mark.parametrize("left", ["nothing", "empty", "no tables"])
@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: " ".join(command[:2]))
def test_every_command_refuses_a_marked_folder_without_its_database(
    kaoji: Kaoji, folder: Path, command: tuple[str, ...], left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "kaoji.sqlite3"
    picture = folder / "evidence" / "aa" / "bb" / ("aabb" + 28 * "0")
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")
    (folder.parent / "x.csv").write_text("学校代码,学校名称\n99001,华东某大学\n", encoding="utf-8")
    monkeypatch.chdir(folder.parent)
    for each in folder.glob("kaoji.sqlite3*"):
        each.unlink()
    if left == "empty":
        file.touch()
    elif left == "no tables":
        with closing(sqlite3.connect(file)) as made:
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("CREATE TABLE other (id INTEGER)")
            made.commit()
    kaoji("staff", "list")  # what was open before is closed
    before = files_below(folder)
    ran = kaoji(*command)
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1
    assert str(file) in ran.err
    assert "备份" in ran.err
    assert files_below(folder) == before


def test_no_command_is_left_out() -> None:
    assert {command for command, *_ in EVERY_COMMAND} == set(commands.commands) - WITHOUT


def test_the_doctor_names_it(kaoji: Kaoji, folder: Path) -> None:
    file = folder / "kaoji.sqlite3"
    file.unlink()
    ran = kaoji("doctor")
    assert ran.code == 1
    assert f"数据库：数据库不见了：{file}" in ran.err
    assert not file.exists()


def test_init_that_was_interrupted_before_its_database_goes_on(kaoji: Kaoji, tmp_path: Path) -> None:
    assert kaoji("init").code == 0
    folder = tmp_path / "site"
    mark = folder / "kaoji-instance.txt"
    mark.write_text("real\n这是考籍平台的数据文件夹，请勿改动。\n", encoding="utf-8")
    for each in folder.glob("kaoji.sqlite3*"):
        each.unlink()
    assert "一次性登录码" in kaoji("init").out
    assert number_of(folder)


def test_the_database_of_another_folder_is_refused(
    kaoji: Kaoji, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "other"))
    assert kaoji("init").code == 0
    shutil.copyfile(tmp_path / "other" / "kaoji.sqlite3", folder / "kaoji.sqlite3")
    monkeypatch.setenv("KAOJI_INSTANCE", str(folder))
    for command in (("serve",), ("init",), ("staff", "list"), ("key", "renew", "--yes")):
        ran = kaoji(*command)
        assert ran.code == 1
        assert "另一个数据文件夹" in ran.err
    (folder / "kaoji-instance.txt").write_text("real\n", encoding="utf-8")  # without its number, by its key
    assert "另一个数据文件夹" in kaoji("staff", "list").err


def test_a_swapped_key_is_refused_and_renewed_by_its_command(kaoji: Kaoji, folder: Path) -> None:
    assert kaoji("verify").code == 0
    key = folder / "secret.key"
    before = key.read_text(encoding="ascii")
    key.write_text(secrets.token_hex(32), encoding="ascii")
    for command in (("serve",), ("staff", "list"), ("init",)):
        ran = kaoji(*command)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        assert str(key) in ran.err
        assert "kaoji key renew" in ran.err
    key.write_text(before, encoding="ascii")
    assert kaoji("staff", "list").code == 0
    assert kaoji("key", "renew", "--yes").code == 0
    assert key.read_text(encoding="ascii") != before
    assert [path.read_text(encoding="ascii") for path in folder.glob("secret.key.2*")] == [before]
    ran = kaoji("verify")
    assert ran.code == 0, ran.err  # what was sealed with the former key still holds


@pytest.mark.parametrize("left", [None, "", "00" * 32])
def test_a_key_that_is_gone_or_bad_is_renewed(kaoji: Kaoji, folder: Path, left: str | None) -> None:
    key = folder / "secret.key"
    key.unlink() if left is None else key.write_text(left, encoding="ascii")
    assert kaoji("staff", "list").code == 1
    assert kaoji("key", "renew", "--yes").code == 0
    assert kaoji("staff", "list").code == 0


def test_a_database_that_is_deleted_or_replaced_while_it_serves_takes_no_more_saves(tmp_path: Path) -> None:
    """A save into a deleted file would be acknowledged and lost; a connection never makes an empty one."""
    folder = tmp_path / "site"
    with serving(folder) as process:
        file = folder / "kaoji.sqlite3"

        def captcha() -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)
            connection.request("GET", "/captcha.png")
            answer = connection.getresponse()
            found = answer.status, answer.read().decode(errors="replace")
            connection.close()
            return found

        assert captcha()[0] == 200
        kept = shutil.copyfile(file, tmp_path / "kept")
        os.rename(file, tmp_path / "away")
        status, page = captcha()
        assert (status, "停止保存" in page) == (503, True)
        assert not file.exists()
        shutil.copyfile(kept, file)
        assert captcha()[0] == 503
        file.unlink()
        os.rename(tmp_path / "away", file)
        assert captcha()[0] == 200


@pytest.fixture
def address(postgres: Server, monkeypatch: pytest.MonkeyPatch, kaoji: Kaoji) -> Iterator[tuple[str, str]]:
    """Two empty databases, the first one set."""
    names = [f"t{secrets.token_hex(6)}" for _ in range(2)]
    for name in names:
        postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    monkeypatch.setenv("KAOJI_DATABASE_URL", postgres.url(names[0]))
    yield postgres.url(names[0]), postgres.url(names[1])
    for name in names:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgres
def test_on_postgresql_one_without_tables_or_of_another_instance_is_refused(
    kaoji: Kaoji, address: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, others = address
    assert kaoji("init").code == 0
    monkeypatch.setenv("KAOJI_DATABASE_URL", others)
    for command in (("serve",), ("upgrade",), ("init",), ("staff", "list")):
        ran = kaoji(*command)
        assert (ran.code, "KAOJI_DATABASE_URL" in ran.err) == (1, True)
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "other"))
    assert kaoji("init").code == 0
    monkeypatch.setenv("KAOJI_DATABASE_URL", mine)
    for command in (("serve",), ("upgrade",), ("init",), ("staff", "list")):
        ran = kaoji(*command)
        assert ran.code == 1
        assert "另一个数据文件夹" in ran.err
