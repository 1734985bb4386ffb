"""Applications for tests, made once a process and lent to one test at a time, each time on a fresh copy of a ready database.

Making an application, its tables and its compiled templates takes half a second, a copy of the database file a millisecond.
What a test leaves in an application (rows, files, words, engine listeners, settings, globals of Jinja) is taken away when
it is given back; an application whose routes or hooks were changed is not lent again.
"""

from __future__ import annotations

import contextvars
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event, text

from app import create_app
from app.actions.review.reasons import plant
from app.adapters.documents.fonts import use_folder
from app.adapters.storage.local import LocalStore
from app.config import DEMO, REAL, Config, load, stamp_instance
from app.extensions import db
from app.rules import calendar
from tests.builders import NOW
from tests.postgres import Emptied, Server

FILE = "kaoji.sqlite3"
HOOKS = (
    "view_functions",
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "blueprints",
)


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


@dataclass(eq=False)
class Made:
    """One application of the pool and what it was like before its first test."""

    app: Flask
    config: Config
    key: tuple[Any, ...]
    engine: Engine
    settings: dict[str, Any]
    extensions: dict[str, Any]
    words: dict[str, Any]
    hooks: str
    database: Emptied | None = None  # on PostgreSQL


@dataclass
class Pool:
    """The applications of this process. `compiled` is a folder for the byte code of templates, shared by all processes."""

    folder: Path
    compiled: Path
    postgres: Callable[[], Server] | None = None
    free: dict[tuple[Any, ...], list[Made]] = field(default_factory=dict)
    databases: list[Emptied] = field(default_factory=list)
    kept: dict[str, tuple[Made, Any, Any]] = field(default_factory=dict)
    count: int = 0

    def build(self, folder: Path, settings: dict[str, str], demo: bool = False) -> Flask:
        """A new application on the folder; its tables are not made here."""
        stamp_instance(folder, DEMO if demo else REAL)
        if settings.get("public_url", "").startswith("https://"):
            settings = {"trusted_proxy": "127.0.0.1", **settings}
        app = create_app(load(folder, {f"KAOJI_{name.upper()}": value for name, value in settings.items()}))
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(self.compiled))
        app.test_client_class = Client
        return app

    def lend(self, *, demo: bool = False, on_postgres: bool = False, **settings: str) -> Made:
        """An application with all tables and the program's own reasons, its clock at NOW."""
        key = (demo, on_postgres, *sorted(settings.items()))
        waiting = self.free.get(key)
        made = waiting.pop() if waiting else self._make(key, demo, on_postgres, settings)
        self._renew(made)
        return made

    def give_back(self, made: Made) -> None:
        """Close its connections and keep it for the next test, unless its routes or hooks are other than they were."""
        if self._as_it_was(made):
            self.free.setdefault(made.key, []).append(made)

    @contextmanager
    def prepared(self, name: str, make: Callable[[Flask], Any], now: datetime) -> Iterator[Any]:
        """What `make` puts into a demonstration site, made once a process and there again, untouched, for each test.

        The test is inside the application's context. What `make` returns may hold test clients: their cookies come back too.
        """
        if name not in self.kept:
            made = self.lend(demo=True, staff_totp="optional")
            made.app.clock.now = now  # type: ignore[attr-defined]
            with made.app.app_context():
                value = make(made.app)
                db.session.remove()
                db.engine.dispose()
            shutil.copytree(made.config.instance, self.folder / name, dirs_exist_ok=True)
            self.kept[name] = made, value, deepcopy([client._cookies for client in value.clients()])
        made, value, cookies = self.kept[name]
        self._renew(made, self.folder / name)
        made.app.clock.now = now  # type: ignore[attr-defined]
        for client, known in zip(value.clients(), deepcopy(cookies), strict=True):
            client._cookies = known
        with made.app.app_context():
            yield value
        if not self._as_it_was(made):
            del self.kept[name]

    def close(self) -> None:
        """Nothing stays open at the end of the run."""
        for database in self.databases:
            database.close()

    def _make(self, key: tuple[Any, ...], demo: bool, on_postgres: bool, settings: dict[str, str]) -> Made:
        self.count += 1
        folder = self.folder / f"site{self.count}"
        server, name = self.postgres() if on_postgres and self.postgres else None, f"site{self.count}"
        if server:
            server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            settings = {**settings, "database_url": server.url(name)}
        app = self.build(folder, settings, demo)
        with app.app_context():
            engine = db.engine
            if server:
                db.create_all()
                db.session.remove()
                engine.dispose()
            else:
                event.listen(engine, "connect", do_not_wait)
        database = server.emptied(name) if server else None
        self.databases += [database] if database else []
        return Made(
            app,
            app.extensions["kaoji"],
            key,
            engine,
            dict(app.config),
            dict(app.extensions),
            dict(app.jinja_env.globals),
            hooks_of(app),
            database,
        )

    def _as_it_was(self, made: Made) -> bool:
        """Take away what a test left in the application; False: its routes, hooks or tables are others now."""
        app = made.app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        app.config.clear()
        app.config.update(made.settings)
        app.extensions.clear()
        app.extensions.update(made.extensions)
        app.jinja_env.globals.clear()
        app.jinja_env.globals.update(made.words)
        return (made.database is None or made.database.empty()) and hooks_of(app) == made.hooks

    def _renew(self, made: Made, source: Path | None = None) -> None:
        """Folder, database, engine and clock as on the first day, or as they are kept in `source`."""
        app, config = made.app, made.config
        shutil.rmtree(config.instance)
        if source:
            shutil.copytree(source, config.instance)
        else:
            stamp_instance(config.instance, config.kind)
            (config.instance / "secret.key").write_text(config.secret_key.hex(), encoding="ascii")
            if not made.database:
                shutil.copyfile(self._ready(), config.instance / FILE)
        db._app_engines[app][None] = fresh(made.engine)
        if isinstance(app.extensions["kaoji.store"], LocalStore):  # one that had begun would miss its folder
            app.extensions["kaoji.store"] = LocalStore(app.extensions["kaoji.store"].root)
        if made.database:
            with app.app_context():
                plant(db.session())
                db.session.commit()
        calendar.use_zone(config.timezone)
        use_folder(config.fonts)
        app._got_first_request = False
        app.testing = False
        set_clock(app)

    def _ready(self) -> Path:
        """A SQLite file with all tables and the program's own reasons, made once."""
        ready = self.folder / "ready.sqlite3"
        if not ready.exists():
            app = self.build(self.folder / "ready", {})
            create_tables(app)
            with sqlite3.connect(self.folder / "ready" / FILE) as made:
                made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            made.close()
            shutil.copyfile(self.folder / "ready" / FILE, ready)
        return ready


def do_not_wait(connection: Any, record: object) -> None:
    """Leave the disk to the system: nobody reads a test's database after a power cut."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


def set_clock(app: Flask) -> None:
    """Requests arrive at NOW, until a test sets app.clock.now."""
    app.clock = Clock(NOW)  # type: ignore[attr-defined]
    app.extensions["kaoji.clock"].now = lambda: app.clock.now  # type: ignore[attr-defined]


def create_tables(app: Flask) -> None:
    """All tables and the program's own reasons; no connection stays open."""
    with app.app_context():
        db.create_all()
        plant(db.session())
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def fresh(base: Engine) -> Engine:
    """An engine like this one with a pool of its own. It shares what SQLAlchemy has compiled; listeners that a test adds
    to it, or to its pool, are gone with it.
    """
    engine = Engine(base.pool.recreate(), base.dialect, base.url, hide_parameters=base.hide_parameters)
    engine.dispatch._update(base.dispatch, only_propagate=False)
    if base._has_events:  # False written here would hide what is listened for on every engine (tests/traced.py)
        engine._has_events = True
    engine._compiled_cache = base._compiled_cache
    return engine


def hooks_of(app: Flask) -> str:
    """Routes, views and hooks in one text, to see whether anything was added or exchanged."""
    errors = [
        (room, code, handlers)
        for room, codes in app.error_handler_spec.items()
        for code, handlers in codes.items()
        if handlers  # Flask adds empty ones as it looks for a handler
    ]
    rules = [str(rule) for rule in app.url_map.iter_rules()]
    return repr([rules, errors, *(getattr(app, name) for name in HOOKS)])


@contextmanager
def without_table(name: str) -> Iterator[None]:
    """Within an application context, a database that lacks one of its tables: it comes back, as the next test is lent the same."""
    _rename(name, "lost")
    try:
        yield
    finally:
        _rename("lost", name)


def _rename(old: str, new: str) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
