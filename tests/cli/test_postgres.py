"""The commands on PostgreSQL: init and upgrade migrate, serve refuses until then."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import REAL, stamp_instance
from tests.cli import old_site
from tests.cli.conftest import Kaoji
from tests.postgres import Server

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(postgres: Server, monkeypatch: pytest.MonkeyPatch, kaoji: Kaoji) -> Iterator[str]:
    name = f"t{secrets.token_hex(6)}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    monkeypatch.setenv("KAOJI_DATABASE_URL", postgres.url(name))
    yield postgres.url(name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_serve_refuses_until_upgrade_has_run(kaoji: Kaoji, address: str, tmp_path: Path) -> None:
    old_site.upgrade_to(old_site.site(tmp_path / "site", address), "0022")
    refused = kaoji("serve")
    assert (refused.code, len(refused.err.splitlines())) == (1, 1)
    assert "kaoji upgrade" in refused.err
    assert kaoji("upgrade").code == 0
    assert kaoji("upgrade").code == 0
    assert kaoji("staff", "list").out == "还没有账号。\n"
    assert not (tmp_path / "site" / "backups").exists()


def test_init_and_an_import_work(kaoji: Kaoji, address: str, tmp_path: Path) -> None:
    assert "一次性登录码" in kaoji("init").out
    schools = tmp_path / "学校.csv"
    schools.write_text("学校代码,学校名称\n99001,华东某大学\n", encoding="utf-8")
    assert kaoji("import", "schools", schools).out == "新增 1 行，更新 0 行，未变 0 行\n"


def test_a_database_that_does_not_answer_is_one_line(
    kaoji: Kaoji, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp_instance(tmp_path / "site", REAL)
    monkeypatch.setenv("KAOJI_DATABASE_URL", "postgresql+psycopg://kaoji:secret@127.0.0.1:1/kaoji")
    ran = kaoji("upgrade")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "secret" not in ran.err
