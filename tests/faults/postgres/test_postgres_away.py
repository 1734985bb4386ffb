"""PostgreSQL goes away and comes back: our page with the text kept, and no restart."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.config import REAL, load, stamp_instance
from app.extensions import db
from tests.builders import csrf_of
from tests.postgres import Server

pytestmark = pytest.mark.postgres


class Away:
    """A database of its own that lets nobody in any more, and throws out who is in."""

    def __init__(self, server: Server) -> None:
        self.server, self.name = server, f"t{secrets.token_hex(6)}"
        server.run(f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8'")

    def goes(self) -> None:
        self.server.run(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self.server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

    def comes(self) -> None:
        self.server.run(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")


@pytest.fixture
def away(postgres: Server) -> Iterator[Away]:
    made = Away(postgres)
    yield made
    made.comes()
    postgres.run(f"DROP DATABASE {made.name} WITH (FORCE)")


@pytest.fixture
def app(away: Away, postgres: Server, tmp_path: Path) -> Iterator[Flask]:
    stamp_instance(tmp_path / "site", REAL)
    app = create_app(load(tmp_path / "site", {"KAOJI_DATABASE_URL": postgres.url(away.name)}))
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


def test_everybody_gets_our_page_with_what_they_typed_and_it_heals(
    app: Flask, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    form = {
        "csrf_token": csrf_of(client.get("/login").text),
        "id_number": "310101199503024444",
        "password": "geheim-17",
    }
    assert client.get("/captcha.png").status_code == 200
    away.goes()
    app.extensions["kaoji.site"] = (time.monotonic() - 60, app.extensions["kaoji.site"][1])  # nothing is fresh any more
    for answer in (
        client.get("/login"),
        client.get("/captcha.png"),
        client.post("/login", data={**form, "captcha": "A"}),
    ):
        assert answer.status_code == 503
        assert "系统正忙" in answer.text
        assert "编号" in answer.text
        assert answer.headers["Retry-After"]
    assert form["id_number"] in answer.text
    assert form["password"] not in answer.text
    away.comes()
    assert client.get("/login").status_code == 200
    assert client.get("/captcha.png").status_code == 200
