"""考籍平台: create_app builds the application, with local imports, so that low layers load alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from app.config import Config

HERE = Path(__file__).resolve().parent
# in a wheel templates/ and static/ are inside the package, in a checkout beside it
ROOT = HERE if (HERE / "templates").is_dir() else HERE.parent
MIGRATIONS = HERE / "migrations"
LOCAL = ["127.0.0.1", "localhost"]  # used when no trusted host is set


def create_app(config: Config) -> Flask:
    """Build the application of one instance. Raises for a route without an access rule."""
    from app import models  # noqa: F401  registers the tables
    from app.actions.services import services
    from app.clock import install as install_clock
    from app.extensions import csrf, db, login_manager, migrate
    from app.security import install
    from app.security.typed_text import label_fields
    from app.services import install as install_services
    from app.web import damaged_database, pages, pending_decisions, refused_access
    from app.web.flask_app import Site

    app = Site(
        "app",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(config.instance),
    )
    app.config.update(flask_settings(config))
    app.extensions["kaoji"] = config
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
    login_manager.init_app(app, add_context_processor=False)
    csrf.init_app(app)
    with app.app_context():
        _prepare(db.engine)
    install_services()
    for service in services():
        label_fields(service.words.fields, service.words.choices)
    pages.install(app)
    damaged_database.install(app)
    pages.label_forms(app)
    install(app)
    app.before_request(pending_decisions.publish)
    app.after_request(refused_access.note)
    install_clock(app, config.demo_now)
    return app


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        from app.models.base import prepare_sqlite

        prepare_sqlite(engine)
    else:
        from app.models.health.answers import bound_waiting

        bound_waiting(engine)


def flask_settings(config: Config) -> dict[str, object]:
    """Return the settings of Flask and its extensions."""
    name = "kaoji"
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database_url),
        "SESSION_COOKIE_NAME": f"__Host-{name}" if config.secure else name,
        "SESSION_COOKIE_SECURE": config.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "MAX_FORM_PARTS": 60,
        "TRUSTED_HOSTS": list(config.trusted_hosts) or (LOCAL if config.host in LOCAL else None),
        "WTF_CSRF_TIME_LIMIT": None,  # valid as long as the session cookie
        "WTF_CSRF_SSL_STRICT": False,  # Referrer-Policy and Sec-Fetch-Site are checked in app.security.csrf
        "TEMPLATES_AUTO_RELOAD": False,
    }


def engine_options(url: str) -> dict[str, object]:
    """Return the engine options; pysqlite3 carries a SQLite without the WAL bug."""
    if url.startswith("sqlite"):
        import pysqlite3.dbapi2

        # the driver's cache of 128 keeps its first entries: once full, frequent statements are parsed at every call
        arguments = {"timeout": 5, "check_same_thread": False, "cached_statements": 1024}
        return {"module": pysqlite3.dbapi2, "connect_args": arguments, "hide_parameters": True}
    from app.models.health.answers import CONNECTING, OPTIONS

    return {
        "pool_pre_ping": True,
        "hide_parameters": True,  # parameters can be personal numbers, and failed statements are logged
        "connect_args": {"options": OPTIONS, **CONNECTING},
    }
