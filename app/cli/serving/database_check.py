"""Is the database whole: asked at the start, every hour, and when the driver says that it is not."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask
from sqlalchemy import text

from app.cli.serving.locks import Lock
from app.cli.serving.pictures_check import need_folder
from app.config import Config
from app.extensions import db
from app.models.base import transaction
from app.models.health import guard
from app.models.health.facts import DATABASE_CHECK, note
from app.models.health.integrity import AT_START, IN_BACKGROUND, Checked, check

log = logging.getLogger(__name__)

SAID = "数据库文件已损坏，不再保存任何内容，只能查看：{file}\n{put_back}。检查到的：{fault}"


def guarded(app: Flask, config: Config, lock: Lock | None = None) -> Flask:
    """Guard the application's database, and check a SQLite one before it serves, for AT_START seconds at most.

    The folder of its pictures has to be there. A damaged one is served for reading; one that is too large is checked while the site serves.
    `lock`: of the folder, which says to other commands what is open.
    """
    file = config.database_file
    found = check(file, AT_START) if file else Checked()
    if file and found.faults:
        guard.mark(file, found.faults)
        click.echo(SAID.format(file=file, fault=found.faults[0], put_back=guard.PUT_BACK), err=True)
    elif file and found.finished:
        guard.unmark(file)
    with app.app_context():
        guard.watch(db.engine)
        opened = guard.hold(db.engine)
    if lock:
        lock.tell(opened)
    need_folder(app)
    if not found.finished:
        threading.Thread(target=_check_on, args=(app,), name="kaoji-check", daemon=True).start()
    return app


def _check_on(app: Flask) -> None:
    """Check the rest of a large database while the site serves."""
    try:
        with app.app_context():
            check_database(app, datetime.now(UTC))
    except Exception:
        log.exception("the database was not checked")


def check_database(app: Any, on: datetime) -> object:
    """Check the whole database beside its readers and writers; stop writing to a damaged one."""
    file = app.extensions["kaoji"].database_file
    found = check(file, IN_BACKGROUND) if file else _checksums()
    if found.faults:
        guard.set_damaged(db.engine, found.faults)
        return found
    if found.finished:
        guard.found_whole(db.engine)
    if not guard.trouble(db.engine):
        with transaction() as session:
            note(session, DATABASE_CHECK, {"finished": found.finished}, on)
    return found


def _checksums() -> Checked:
    """PostgreSQL checks a page when it reads it, where its data checksums are on, and counts what was wrong."""
    query = text("SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()")
    failures = db.session.scalar(query)
    db.session.rollback()
    return Checked((f"{failures} pages with a wrong checksum",)) if failures else Checked()
