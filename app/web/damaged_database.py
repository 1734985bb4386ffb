"""A damaged database: nothing more is saved, and the page says so; what can still be read is shown."""

from __future__ import annotations

from flask import Flask, current_app, g, request
from sqlalchemy.exc import DatabaseError

from app.extensions import db
from app.models.health import guard
from app.security.request_time import reference
from app.security.typed_text import typed_back
from app.web import pages

AGAIN_AFTER = 600
"""Seconds after which a program may try again; a backup has to be put back by a person."""

Answer = tuple[str, int, dict[str, str]]


def install(app: Flask) -> None:
    """Register what answers when nothing may be written, or a page of the database cannot be read."""
    app.register_error_handler(guard.Damaged, stopped)
    app.register_error_handler(DatabaseError, faulty)


def stopped(error: Exception) -> Answer:
    """Render 503 with what was typed: the database must not be written to."""
    db.session.rollback()
    current_app.logger.error("not written %s: %s", reference(), getattr(error, "orig", error))
    g.faulty = True
    kept = typed_back() if request.method == "POST" else {}
    return pages.page(503, template="damaged", kept=kept), 503, {"Retry-After": str(AGAIN_AFTER)}


def faulty(error: Exception) -> Answer | tuple[str, int]:
    """A page of the database that cannot be read stops all writing; any other fault is unexpected."""
    db.session.rollback()
    return stopped(error) if guard.told(db.engine, error) else pages.unexpected(error)
