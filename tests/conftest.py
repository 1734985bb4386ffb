"""An application on a fresh database: SQLite by default, PostgreSQL as well where a test asks for `both`."""

from __future__ import annotations

import contextvars
import os
import secrets
import shutil
import sysconfig
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from app import create_app
from app.actions.reasons import plant
from app.config import DEMO, Config, load, mark
from app.extensions import db
from tests.builders import NOW
from tests.postgres import Server, start


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what asks another program for a second opinion where that program is not installed; the count is reported."""
    asked = {item: mark.args[0] for item in items if (mark := item.get_closest_marker("program"))}
    places = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))
    absent = [item for item, program in asked.items() if shutil.which(program, path=places) is None]
    if absent:
        config.hook.pytest_deselected(items=absent)
        items[:] = [item for item in items if item not in absent]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL for the session; KAOJI_TEST_POSTGRES=require makes a missing one a failure."""
    try:
        server = start()
    except Exception as error:
        if os.environ.get("KAOJI_TEST_POSTGRES") == "require":
            raise
        pytest.skip(f"PostgreSQL did not start: {error}")
    yield server
    server.stop()


class Client(FlaskClient):
    """Every request in a context of its own, as on a server; afterwards the test reads what is stored now."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.rollback()
        return answer


class Clock:
    """The moment at which requests arrive; a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Any]:
    """make_app(demo=False, **settings) -> application with all tables on an empty database, its clock at NOW."""
    opened: list[Flask] = []

    def build(demo: bool = False, **settings: str) -> Flask:
        folder = tmp_path / f"site{len(opened)}"
        mark(folder, DEMO if demo else "real")
        settings.setdefault("staff_totp", "optional")  # most tests sign staff in by a password alone
        config: Config = load(folder, {f"KAOJI_{name.upper()}": value for name, value in settings.items()})
        app = create_app(config)
        app.testing = False
        app.test_client_class = Client
        app.clock = Clock(NOW)  # type: ignore[attr-defined]
        app.extensions["kaoji.clock"].now = lambda: app.clock.now  # type: ignore[attr-defined]
        with app.app_context():
            db.create_all()
            plant(db.session())
            db.session.commit()
        opened.append(app)
        return app

    yield build
    for app in opened:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, once on SQLite (empty text) and once on PostgreSQL."""
    if request.param == "sqlite":
        yield ""
        return
    server: Server = request.getfixturevalue("postgres")
    name = f"t{secrets.token_hex(6)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """A site on SQLite, inside its application context."""
    made = make_app()
    with made.app_context():
        yield made


@pytest.fixture
def both(make_app: Any, database: str) -> Iterator[Flask]:
    """The same on SQLite and on PostgreSQL: for everything that rests on the database's own rules."""
    made = make_app(**({"database_url": database} if database else {}))
    with made.app_context():
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def site(make_app: Any) -> Flask:
    """A site with no application context around the test: each request gets a fresh one, as on a server."""
    made: Flask = make_app()
    return made


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def known_captcha(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every captcha asks for tests.signing.PICTURE, or SOUND when spoken."""
    from app.security import captcha
    from tests.signing import PICTURE, SOUND

    monkeypatch.setattr(captcha, "new_answer", lambda kind: PICTURE if kind == captcha.PICTURE else SOUND)
