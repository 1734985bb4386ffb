"""The data folder is its owner's alone: what is made, what was open before, and who may run a command (security.md AC-32)."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.common import instance_at
from app.config import DEMO, REAL, BadConfig, folder, stamp_instance
from tests.cli.conftest import Kaoji
from tests.cli.every_command import EVERY_COMMAND

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has access lists")
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def opened_up(site: Path) -> list[Path]:
    """As a former version left it: everybody can read everything."""
    for path in [site, *site.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return [site, *site.rglob("*")]


@posix
def test_what_a_command_makes_is_its_users_alone(kaoji: Kaoji, tmp_path: Path) -> None:
    site, schools, exported = tmp_path / "site", tmp_path / "学校.csv", tmp_path / "名单.csv"
    schools.write_text("学校代码,学校名称\n99001,华东某大学\n", encoding="utf-8")
    for arguments in (("init",), ("import", "schools", schools), ("export", "audit", exported)):
        assert kaoji(*arguments).code == 0
    assert {mode(path) for path in [site, *site.rglob("*")] if path.is_dir()} == {0o700}
    assert {mode(path) for path in [exported, *site.rglob("*")] if path.is_file()} == {0o600}


@posix
def test_an_instance_of_before_is_closed_by_the_first_command(kaoji: Kaoji, site: Path) -> None:
    (site / "evidence" / "aa" / "bb").mkdir(parents=True)
    (site / "evidence" / "aa" / "bb" / ("aabb" + 28 * "0")).write_bytes(b"picture")
    elsewhere = site.parent / "elsewhere"
    elsewhere.write_text("x", encoding="utf-8")
    elsewhere.chmod(0o644)
    (site / "link").symlink_to(elsewhere)
    everything = opened_up(site)
    elsewhere.chmod(0o644)
    ran = kaoji("staff", "list")
    assert (ran.code, len(ran.err.splitlines())) == (0, 2)  # the other line is of the key
    assert re.fullmatch(rf"已收紧权限，现在只有用户 \S+ 能读：{site}", ran.err.splitlines()[0])
    assert {mode(path) & 0o077 for path in everything if not path.is_symlink()} == {0}
    assert mode(elsewhere) == 0o644  # where a link leads is not ours
    (site / "kaoji.sqlite3").chmod(0o644)  # as a copy that was put back: nobody could reach it
    assert kaoji("staff", "list").err == ""
    assert mode(site / "kaoji.sqlite3") == 0o600


@posix
def test_files_of_the_instance_that_lie_elsewhere_are_closed_too(
    kaoji: Kaoji, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, file = tmp_path / "pictures", tmp_path / "data" / "site.db"
    (pictures / "aa").mkdir(parents=True)
    file.parent.mkdir()
    shutil.move(site / "kaoji.sqlite3", file)
    monkeypatch.setenv("KAOJI_STORAGE_URL", f"file:{pictures}")
    monkeypatch.setenv("KAOJI_DATABASE_URL", f"sqlite:///{file}")
    for path in (pictures, pictures / "aa", file):
        path.chmod(0o755)
    ran = kaoji("staff", "list")
    assert (ran.code, ran.err.partition("能读：")[2]) == (0, f"{pictures}、{file}\n")
    assert [mode(path) & 0o077 for path in (pictures, pictures / "aa", file)] == [0, 0, 0]
    assert kaoji("staff", "list").err == ""


@posix
def test_an_open_key_of_a_closed_folder_is_refused(kaoji: Kaoji, site: Path) -> None:
    kaoji("staff", "list")
    key = site / "secret.key"
    for open_mode in (0o644, 0o640):
        key.chmod(open_mode)
        ran = kaoji("serve")
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        assert f"chmod 600 {key}" in ran.err


@posix
def test_a_disk_that_knows_no_users_is_refused_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp_instance(tmp_path / "site", REAL)
    (tmp_path / "site").chmod(0o755)
    monkeypatch.setattr(Path, "chmod", lambda *given: None)
    with pytest.raises(BadConfig, match=f"不能收紧权限：{tmp_path / 'site'}"):
        instance_at(tmp_path / "site")
    stamp_instance(tmp_path / "demo", DEMO)
    (tmp_path / "demo").chmod(0o755)
    instance_at(tmp_path / "demo")
    assert capsys.readouterr().err == ""  # it was not closed, and nobody says so


@posix
@pytest.mark.parametrize(
    "command",
    [*EVERY_COMMAND, ("demo",), ("doctor",), ("doctor", "--settings")],
    ids=lambda command: " ".join(command[:2]),
)
def test_another_user_than_the_owner_is_refused_and_told_how(
    kaoji: Kaoji, site: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    (site.parent / "x.csv").touch()
    monkeypatch.chdir(site.parent)
    before = sorted(site.rglob("*"))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4321)
    ran = kaoji(*command)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert f"sudo -u {folder.user(os.getuid())} env KAOJI_INSTANCE={site}" in ran.err
    assert sorted(site.rglob("*")) == before


@as_root
def test_root_is_another_user_where_the_folder_is_somebodys(kaoji: Kaoji, site: Path) -> None:
    os.chown(site, NOBODY, -1)
    ran = kaoji("import", "schools", "x.csv")
    assert ran.code == 1
    assert f"sudo -u {folder.user(NOBODY)}" in ran.err


@as_root
def test_files_that_sudo_left_are_named(made_by_init: Path, request: pytest.FixtureRequest) -> None:
    """A former `sudo kaoji import`: the service cannot close what is root's."""
    reachable = Path(tempfile.mkdtemp())  # pytest's own folders are root's alone
    request.addfinalizer(lambda: shutil.rmtree(reachable))
    site = shutil.copytree(made_by_init, reachable / "site")
    reachable.chmod(0o755)
    open_again = opened_up(site)
    os.chown(site, NOBODY, -1)
    program = f"import os, pwd; from app.cli import main; os.setuid({NOBODY}); main(['staff', 'list'])"
    environment = {**os.environ, "KAOJI_INSTANCE": str(site), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8"
    )
    assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 1), ran.stderr
    assert any(str(path) in ran.stderr for path in open_again)
    assert "sudo chown -R" in ran.stderr


def test_on_windows_the_folder_is_given_to_the_account_the_system_and_administrators() -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **given: Any) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(returncode=0)

    assert folder.windows_access(Path("C:/kaoji/instance"), "NT SERVICE\\kaoji", run)
    assert asked[0][:4] == ["icacls", "C:/kaoji/instance", "/inheritance:r", "/grant:r"]
    assert asked[0][4:7] == [f"{who}:(OI)(CI)F" for who in ("NT SERVICE\\kaoji", "*S-1-5-18", "*S-1-5-32-544")]
    assert not folder.windows_access(Path("C:/kaoji"), "x", lambda *given, **more: SimpleNamespace(returncode=5))


def shared_folder(tmp_path: Path) -> tuple[Path, dict[Path, int]]:
    """A folder of other people's, everything readable, and the modes of all of it. Never a real one: a failing test closes it."""
    shared = tmp_path / "shared"
    (shared / "etc").mkdir(parents=True)
    (shared / "home" / "bob").mkdir(parents=True)
    (shared / "home" / "bob" / "letter").write_text("x", encoding="utf-8")
    (shared / "etc" / "passwd").write_text("root", encoding="utf-8")
    opened_up(shared)
    return shared, {path: mode(path) for path in [shared, *shared.rglob("*")]}


@posix
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KAOJI_STORAGE_URL", "file:"),
        ("KAOJI_STORAGE_URL", "file:."),
        ("KAOJI_STORAGE_URL", "file:{shared}"),
        ("KAOJI_STORAGE_URL", "file:{shared}/etc/passwd"),
        ("KAOJI_STORAGE_URL", "file:{shared}/.."),  # where the instance lies
        ("KAOJI_STORAGE_URL", "file:{shared}/home/bob"),
        ("KAOJI_DATABASE_URL", "sqlite:///{shared}"),
        ("KAOJI_DATABASE_URL", "sqlite:///etc"),
        ("KAOJI_DATABASE_URL", "sqlite://"),
    ],
)
def test_a_slip_in_a_setting_closes_nobody_elses_files(
    kaoji: Kaoji, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    shared, before = shared_folder(tmp_path)
    monkeypatch.chdir(shared)
    monkeypatch.setenv("HOME", str(shared / "home" / "bob"))
    monkeypatch.setenv(variable, value.format(shared=shared))
    opened_up(site)  # as before the walk of the folder was there: even the instance is not touched first
    for command in (("staff", "list"), ("serve",)):
        ran = kaoji(*command)
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        assert ran.err.startswith(f"{variable} ")
    assert {path: mode(path) for path in before} == before
    assert mode(site) == 0o755


@posix
def test_a_file_that_is_no_database_of_ours_keeps_its_permissions(
    kaoji: Kaoji, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, before = shared_folder(tmp_path)
    monkeypatch.setenv("KAOJI_DATABASE_URL", f"sqlite:///{shared / 'etc' / 'passwd'}")
    assert kaoji("staff", "list").code == 1
    assert {path: mode(path) for path in before} == before


@posix
def test_only_what_a_store_makes_is_closed_in_its_folder(
    kaoji: Kaoji, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = tmp_path / "pictures"
    ours = [pictures / "aa" / "bb" / ("aabb" + 28 * "0"), pictures / "incoming" / (32 * "a")]
    others = [
        pictures / "Thumbs.db",
        pictures / "lost+found" / "x",
        pictures / "aa" / "bb" / "note.txt",
        pictures / "aa" / "copy" / "y",
    ]
    for path in (*ours, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    opened_up(pictures)
    monkeypatch.setenv("KAOJI_STORAGE_URL", f"file:{pictures}")
    assert kaoji("staff", "list").code == 0
    assert [mode(path) for path in (pictures, pictures / "aa", *ours)] == [0o700, 0o700, 0o600, 0o600]
    assert [mode(path) for path in others] == [0o644] * 4


@posix
def test_a_key_that_others_could_read_is_told_until_it_is_renewed(kaoji: Kaoji, site: Path) -> None:
    (site / "secret.key").chmod(0o644)
    site.chmod(0o755)
    said = kaoji("staff", "list").err.splitlines()
    assert ["已收紧权限" in said[0], "可能已经被别的用户读过" in said[1], "kaoji key renew" in said[1]] == [True] * 3
    assert kaoji("staff", "list").err == ""
    for _ in range(2):
        assert [line for line in kaoji("doctor").err.splitlines() if "读过" in line and "key renew" in line]
    assert kaoji("key", "renew", "--yes").code == 0
    assert (kaoji("doctor").err, kaoji("staff", "list").err) == ("", "")


def test_no_key_is_made_where_a_database_of_another_is(kaoji: Kaoji, site: Path) -> None:
    for gone in ("secret.key", "kaoji-instance.txt"):
        (site / gone).unlink()
        ran = kaoji("init")
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        assert "密钥文件不见了" in ran.err
        assert not (site / "secret.key").exists()


@posix
def test_init_takes_no_folder_in_which_something_else_lies(
    kaoji: Kaoji, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, before = shared_folder(tmp_path)
    monkeypatch.setenv("KAOJI_INSTANCE", str(shared))
    ran = kaoji("init")
    assert (ran.code, len(ran.err.splitlines()), "（etc）" in ran.err, str(shared) in ran.err) == (1, 1, True, True)
    assert {path: mode(path) for path in [shared, *shared.rglob("*")]} == before
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "config.toml").write_text("port = 8080\n", encoding="utf-8")
    monkeypatch.setenv("KAOJI_INSTANCE", str(tmp_path / "site"))
    assert kaoji("init").code == 0
