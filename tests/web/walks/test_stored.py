"""The walks put back what was written, and nothing else costs them anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Evidence, School
from tests import builders
from tests.reviewing import submitted
from tests.web.walks.stored import Storage

pytestmark = pytest.mark.sqlite


def schools() -> int:
    found = db.session.scalar(select(func.count()).select_from(School))
    db.session.rollback()
    return found or 0


def test_what_was_written_meanwhile_is_put_back_whoever_wrote_it(app: Flask) -> None:
    submitted()
    storage = Storage(app)
    with storage.watched():
        first = storage.now()
        builders.school("90001")
        second = storage.now()
        assert first is not second
        assert schools() == 2
        storage.put_back(first)
        assert schools() == 1
        builders.school("90002")  # by another connection than before
        storage.put_back(first)
        assert schools() == 1
        storage.put_back(second)
        assert schools() == 2
        path = Path(app.extensions["kaoji.store"].root, db.session.scalars(select(Evidence.storage_key)).all()[0])
        db.session.rollback()
        kept = path.read_bytes()
        path.unlink()
        storage.put_back(first)
        assert path.read_bytes() == kept


def test_what_nobody_wrote_is_neither_copied_nor_put_back(app: Flask) -> None:
    builders.school()
    storage = Storage(app)
    outside = storage.now()
    assert storage.now() is not outside  # nobody watches yet
    with storage.watched():
        first = storage.now()
        assert schools() == 1
        assert storage.now() is first
        pool = db.engine.pool
        storage.put_back(first)
        assert db.engine.pool is pool  # its connections are those of before
        builders.school("90001")
        storage.put_back(first)
        assert db.engine.pool is not pool
        assert storage.now() is first
