"""`kaoji doctor` names every fault of the set-up in a line of its own, and changes nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from app import config as settings
from app.cli.upkeep import doctor
from tests.cli.conftest import Kaoji

NOBODY = 65534
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


def test_a_place_where_pictures_or_the_head_cannot_be_written_is_named(
    kaoji: Kaoji, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOJI_AUDIT_HEAD", str(tmp_path / "nowhere" / "head"))
    monkeypatch.setenv("KAOJI_STORAGE_URL", f"file:{tmp_path / 'not-mounted'}")
    found = named(kaoji)
    assert [sum(word in line for line in found) for word in ("KAOJI_AUDIT_HEAD", "not-mounted")] == [1, 1], found
    monkeypatch.delenv("KAOJI_AUDIT_HEAD")
    monkeypatch.delenv("KAOJI_STORAGE_URL")
    (site / "evidence" / "incoming").touch(0o600)  # where pictures are first written
    assert [str(site / "evidence" / "incoming") in line for line in named(kaoji)] == [True]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root becomes somebody else")
def test_closed_folders_of_pictures_are_named(site: Path, request: pytest.FixtureRequest) -> None:
    reachable = Path(tempfile.mkdtemp())  # pytest's own folders are root's alone
    request.addfinalizer(lambda: shutil.rmtree(reachable))
    for path in (reachable, reachable / "ab", reachable / "ab" / "cd"):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
        os.chown(path, NOBODY, -1)
    config = replace(settings.load(site, {}), storage_url=f"file:{reachable}")

    def faults() -> list[str]:
        os.seteuid(NOBODY)
        try:
            return list(doctor.writable(config))
        finally:
            os.seteuid(0)

    assert faults() == []
    (reachable / "ab" / "cd").chmod(0o500)
    assert [str(reachable / "ab" / "cd") in line for line in faults()] == [True]
    reachable.chmod(0o500)
    assert [f"{reachable}（" in line for line in faults()] == [True, False]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_is_named_with_both_users(kaoji: Kaoji, site: Path) -> None:
    os.chown(site / "secret.key", NOBODY, -1)
    os.chown(site / "kaoji.sqlite3", NOBODY, -1)
    found = [line for line in named(kaoji) if "chown" in line]
    assert [line.partition("sudo chown ")[2] for line in found] == [
        f"root {site / name}）" for name in ("kaoji.sqlite3", "secret.key")
    ]
    assert all("属于用户 nobody，应归 root" in line for line in found)


def test_a_database_of_noise_is_named_with_its_path_and_remedy(kaoji: Kaoji, site: Path) -> None:
    file = site / "kaoji.sqlite3"
    whole = file.read_bytes()
    for page in (0, 1):
        size = int.from_bytes(whole[16:18], "big")
        file.write_bytes(whole[: page * size] + secrets.token_bytes(size) + whole[(page + 1) * size :])
        for command in ("serve", "doctor") if page == 0 else ("doctor",):
            said = kaoji(command).err
            assert str(file) in said
            assert "备份放回原处" in said
    file.write_bytes(whole[:100] + secrets.token_bytes(3996) + whole[4096:])  # the header is whole, its page is not
    said = kaoji("staff", "list").err
    assert (str(file) in said, "备份放回原处" in said, len(said.splitlines())) == (True, True, 1)
