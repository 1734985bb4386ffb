"""Alembic's entry. The caller may hand over a connection (an upgrade under the instance's lock does); else the site's own is used."""

from __future__ import annotations

from typing import Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from app import models  # noqa: F401  every table must be in the metadata
from app.extensions import Base, db
from app.models.base import UtcDateTime


def plain(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """A script names SQLAlchemy's own types only, so that it stays readable when our code has moved on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=False,
        render_item=plain,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with current_app.app_context(), db.engine.connect() as own:
        run(own)
        own.commit()
