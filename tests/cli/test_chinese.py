"""What the commands say of themselves and of mistakes is Chinese, also what click, the system and the database say in English."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import click
import pytest

from app.cli import kaoji as command
from app.cli.click_in_chinese import database_fault, os_fault
from app.models.health.answers import Unanswered
from tests.cli.conftest import Kaoji

ROOT = Path(__file__).resolve().parents[2]


ENGLISH = re.compile(r"\b(Usage|Options|Commands|Show|default|required|TEXT|INTEGER|Error|Invalid|value)\b")


def every_command(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, each in getattr(group, "commands", {}).items():
        found += every_command(each, (*path, name))
    return found


@pytest.mark.parametrize("path", every_command(command), ids=" ".join)
def test_help_is_chinese_and_its_columns_stand(kaoji: Kaoji, path: tuple[str, ...]) -> None:
    ran = kaoji(*path, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"用法：{' '.join(('kaoji', *path))} [选项]")
    assert not ENGLISH.search(ran.out)
    assert "-h, --help" in ran.out
    assert "..." not in ran.out


def test_a_group_alone_shows_its_help_and_counts_as_wrong_usage(kaoji: Kaoji) -> None:
    for path in ((), ("staff",), ("window",)):
        ran = kaoji(*path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == kaoji(*path, "--help").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "people", "x.csv"), "KIND：应为 schools、plans、examinees、scores、portraits 之一，现在是 people"),
        (("import", "schools", "a", "b"), "多出的参数：b"),
        (("import", "schools", "a", "--errors"), "选项 --errors 后面要有值"),
        (("demo", "--reset=1"), "选项 --reset 不带值"),
        (("staff", "add"), "缺少 用户名"),
        (("staff", "add", "zhou"), "缺少 --name"),
        (("window", "edit", "x"), "编号：应为整数，现在是 x"),
        (("forecast", "a.xlsx", "--short", "100"), "--short：应为 0 到 99 的整数，现在是 100"),
        (("forecast", "a.txt"), "FILE：文件名应以 .xlsx 或 .csv 结尾"),
        (("window", "open", "W", "--opens", "2026-13-01"), "--opens：时间应写成"),
        (("window", "open", "W", "--fee", "x"), "--fee：金额应为数字"),
        (("-x",), "没有这个选项：-x"),
    ],
)
def test_wrong_usage_is_one_chinese_line(kaoji: Kaoji, arguments: tuple[str, ...], words: str) -> None:
    ran = kaoji(*arguments)
    assert ran.code == 2
    assert ran.err.startswith(words)
    assert ran.err.endswith("--help）\n")
    assert len(ran.err.splitlines()) == 1
    assert not ENGLISH.search(ran.err)


def test_a_folder_that_cannot_be_made_is_one_chinese_line(
    kaoji: Kaoji, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "file" / "site"))
    for name in ("init", "demo"):
        ran = kaoji(name)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        assert str(tmp_path / "file") in ran.err
        assert "directory" not in ran.err


def test_what_the_system_and_the_database_say_is_told_in_chinese() -> None:
    assert os_fault(OSError(errno.ENOSPC, "No space left on device", "/a")) == "磁盘已满，请腾出空间再试：/a"
    assert os_fault(OSError(errno.EIO, "Input/output error")).startswith("磁盘读写出错")
    assert os_fault(OSError(errno.EACCES, "Permission denied")) == "没有权限，或文件正被别的程序占用"
    refused = Exception('connection failed: connection to server at "db", port 5432 failed: Connection refused')
    assert database_fault(refused).startswith("连接不上数据库")
    assert database_fault(Exception("unable to open database file")).startswith("打不开数据库文件")
    assert database_fault(Unanswered("the database has not answered for 12 s")).startswith("数据库没有回应")
    assert database_fault(Exception("something new\nDETAIL: secret")) == "数据库出错：something new"


def test_what_the_system_says_is_put_into_chinese_at_one_place() -> None:
    said = re.compile(r"(?<!\bos)\.strerror")
    files = (file for file in (ROOT / "app").rglob("*.py") if said.search(file.read_text(encoding="utf-8")))
    # the second writes a line of the log, which is in English
    assert {file.relative_to(ROOT).as_posix() for file in files} == {
        "app/adapters/system_words.py",
        "app/cli/serving/listener.py",
    }


def test_a_log_that_is_not_there_and_a_store_that_cannot_be_used_are_named_in_chinese(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kaoji("verify", "--log", site / "no.log").err.startswith(f"--log：没有这个文件：{site / 'no.log'}（")
    assert kaoji("verify", "--log", site).err.startswith(f"--log：这是文件夹，不是文件：{site}（")
    monkeypatch.setenv("KAOJI_STORAGE_URL", "s3://bucket?nonsense=1")
    ran = kaoji("staff", "list")
    assert (ran.code, ran.err) == (1, "KAOJI_STORAGE_URL 里有不认识的参数：nonsense\n")
