"""init prints commands as they must be typed here; a sole administrator without phone and codes gets in again."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from sqlalchemy import text

from app.cli.as_typed import typed
from app.cli.common import instance, opened
from app.extensions import db
from tests.cli.conftest import Kaoji


def test_init_prints_the_kaoji_that_runs_and_the_folder_it_was_told(kaoji: Kaoji, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    script = tmp_path / "my venv" / "bin" / "kaoji"
    script.parent.mkdir(parents=True)
    script.touch()
    monkeypatch.setattr("sys.argv", [str(script), "init"])
    said = kaoji("init").out
    line = next(line for line in said.splitlines() if line.endswith(" serve")).strip()
    assert shlex.split(line) == [f"KAOJI_INSTANCE={tmp_path / 'site'}", str(script), "serve"]
    assert "…" not in said
    assert shlex.quote(str(script)) + " staff reset" in kaoji("init").out


def test_init_prints_where_the_database_is_when_the_environment_says_so(
    kaoji: Kaoji, tmp_path: Path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    elsewhere, pictures = f"sqlite:///{tmp_path / 'other place.sqlite3'}", f"file:{tmp_path / 'pictures'}"
    monkeypatch.setenv("KAOJI_DATABASE_URL", elsewhere)
    monkeypatch.setenv("KAOJI_STORAGE_URL", pictures)
    line = next(line for line in kaoji("init").out.splitlines() if line.endswith(" serve")).strip()
    given = dict(word.split("=", 1) for word in shlex.split(line) if word.startswith("KAOJI_"))
    assert given.pop("KAOJI_INSTANCE") == str(tmp_path / "site")
    assert given == {"KAOJI_DATABASE_URL": elsewhere, "KAOJI_STORAGE_URL": pictures}


def test_a_password_of_the_database_is_not_printed_but_where_it_belongs_is(tmp_path: Path) -> None:
    told = {"KAOJI_DATABASE_URL": "postgresql+psycopg://kaoji:s3cret@db/kaoji"}
    for windows in (False, True):
        found = typed("kaoji", told, windows=windows)
        assert "s3cret" not in repr(found)
        assert "KAOJI_DATABASE_URL=" in found.first[0]
        assert "kaoji:***@db/kaoji" in found.first[0]
        assert "把 *** 换成真的" in found.first[0]


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("C:\\kaoji\\.venv\\Scripts\\kaoji.exe", "C:\\kaoji\\.venv\\Scripts\\kaoji.exe"),
        ("C:\\Program Files\\kaoji\\kaoji.exe", '"C:\\Program Files\\kaoji\\kaoji.exe"'),
        ("", "kaoji"),
    ],
)
def test_on_windows_it_is_quoted_as_its_shells_take_it(tmp_path: Path, script: str, command: str) -> None:
    found = typed(script, {"KAOJI_INSTANCE": str(tmp_path)}, windows=True)
    assert found.command == command
    assert f'set "KAOJI_INSTANCE={tmp_path}"' in found.first[0]
    assert ("PowerShell" in found.first[-1] and "&" in found.first[-1]) == command.startswith('"')
    assert typed(script, {}, windows=True).first == found.first[1:]


def test_the_second_factor_of_a_sole_administrator_is_taken_off(kaoji: Kaoji, site: Path) -> None:
    with opened(instance()):
        db.session.execute(text("UPDATE staff SET totp_secret = 'JBSWY3DPEHPK3PXP', password_hash = 'x'"))
        db.session.commit()
    ran = kaoji("staff", "reset", "--second-factor", "Admin")
    assert ran.code == 0
    assert "已取消" in ran.out
    with opened(instance()):
        row = db.session.execute(text("SELECT totp_secret, password_hash FROM staff")).one()
        acts = db.session.scalars(text("SELECT actor_kind FROM audit_event WHERE action = 'totp.reset'")).all()
        told = db.session.scalars(text("SELECT text FROM staff_notice")).all()
    assert tuple(row) == (None, "x")
    assert acts == ["system"]
    assert "命令行" in told[0]
    assert "没有设置两步验证" in kaoji("staff", "reset", "admin", "--second-factor").out
