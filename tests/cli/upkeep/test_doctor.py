"""`kaoji doctor` names every fault of the set-up in a line of its own, and changes nothing."""

from __future__ import annotations

import secrets
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from app.cli.upkeep import doctor
from tests.cli.conftest import Kaoji

Usage = namedtuple("Usage", "total used free")


def named(kaoji: Kaoji) -> list[str]:
    """The lines of its faults, or nothing where it found none."""
    ran = kaoji("doctor")
    assert ran.code == (1 if ran.err else 0)
    return ran.err.splitlines()


def test_a_new_site_has_no_fault(kaoji: Kaoji, site: Path) -> None:
    assert named(kaoji) == []
    said = kaoji("doctor").out
    assert [f"{title}：没有发现问题" in said for title in ("设置和密钥", "权限", "磁盘", "数据库")] == [True] * 4


def test_what_must_not_start_is_named_a_line_each(kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "secret.key").write_text("00" * 32, encoding="ascii")
    monkeypatch.setenv("KAOJI_HOST", "0.0.0.0")
    monkeypatch.setenv("KAOJI_TRUSTED_PROXY", "*")
    found = named(kaoji)
    for name in ("secret.key", "KAOJI_TRUSTED_HOSTS", "KAOJI_PLAIN_HTTP", "KAOJI_TRUSTED_PROXY"):
        assert sum(name in line for line in found) == 1, found


def test_a_name_that_is_not_trusted_keeps_everybody_out(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOJI_PUBLIC_URL", "https://kaoji.example.cn")
    monkeypatch.setenv("KAOJI_TRUSTED_PROXY", "127.0.0.1")
    assert "KAOJI_TRUSTED_HOSTS 没有设" in named(kaoji)[0]
    for trusted, faults in ((".example.cn", 0), ("kaoji.example.cn", 0), ("other.cn", 1)):
        monkeypatch.setenv("KAOJI_TRUSTED_HOSTS", trusted)
        assert len(named(kaoji)) == faults


def test_open_files_are_named_and_left_open(kaoji: Kaoji, site: Path) -> None:
    file = site / "kaoji.sqlite3"
    file.chmod(0o644)
    assert str(file) in named(kaoji)[0]
    assert file.stat().st_mode & 0o777 == 0o644


def test_limits_are_named(kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "raised_limit", lambda: 512)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, 5 * 2**20))
    found = named(kaoji)
    assert any("同时打开 512 个文件" in line for line in found)
    assert any("只剩 5 MB" in line for line in found)


def test_a_database_that_is_gone_or_another_key_is_named_beside_the_rest(kaoji: Kaoji, site: Path) -> None:
    (site / "secret.key").write_text(secrets.token_hex(32), encoding="ascii")
    assert any("密钥不是这个站点原来的" in line for line in named(kaoji))
    (site / "kaoji.sqlite3").unlink()
    assert any("数据库不见了" in line for line in named(kaoji))
    assert not (site / "kaoji.sqlite3").exists()


def test_all_settings_are_listed_with_their_source_and_no_password(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "config.toml").write_text('port = 8080\nhost = "0.0.0.0"\n', encoding="utf-8")  # must not start
    monkeypatch.setenv("KAOJI_DATABASE_URL", "postgresql+psycopg://kaoji:geheim@db/kaoji")
    ran = kaoji("doctor", "--settings")
    assert ran.code == 0
    lines = {line.split()[0]: line.split() for line in ran.out.splitlines()}
    assert lines["KAOJI_PORT"][1:] == ["8080", "config.toml"]
    assert lines["KAOJI_DATABASE_URL"][1:] == ["postgresql+psycopg://kaoji:***@db/kaoji", "环境变量"]
    assert lines["KAOJI_TIMEZONE"][1:] == ["Asia/Shanghai", "默认值"]
    assert "geheim" not in ran.out
