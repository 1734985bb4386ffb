"""Revision 0019: of what was submitted before, the counted courses stand beside the application."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

import app.cli.migrations as migrations
from app.config import Config
from tests.cli.old_site import downgrade_to, grown, insert

BEFORE = "0018"
AT = "2026-11-20 01:00:00"
LINES = [
    {"counted": True, "grades": [{"code": "13000"}]},
    {"counted": False, "grades": [{"code": "00540"}]},  # left out
    {"counted": True, "grades": [{"code": "00321"}, {"code": "00322"}]},  # 顶替: the old ones
]
COUNTED = "00321、00322、13000"
FILES = {
    1: ("school_review", {"assessment": {"lines": LINES}}, COUNTED),
    2: ("approved", {"assessment": {"lines": LINES}}, COUNTED),
    3: ("completed", {"assessment": {"lines": LINES}}, "00001"),  # as its completion has them
    4: ("returned", {"assessment": None}, ""),
    5: ("rejected", {"assessment": {"lines": LINES}}, COUNTED),  # the decision can be revoked
    6: ("draft", None, ""),
}
"""Application -> state, its document, and what it counts."""


@pytest.fixture
def old(database: str, tmp_path: Path) -> Config:
    return grown(tmp_path / "site", database, BEFORE, _add)


def _add(connection: sa.Connection) -> None:
    row = dict(connection.execute(sa.text("SELECT * FROM application WHERE id = 1")).mappings().one())
    connection.execute(sa.text("DELETE FROM application"))
    for ident, (state, document, _) in FILES.items():
        sent = {"submitted_at": AT, "submissions": 1} if document else {}
        own = {"id": ident, "public_id": str(ident) * 32, "window_id": ident, "state": state, "answers": "{}", **sent}
        insert(connection, "application", **{**row, **own})
        if document:
            kept = {"document": json.dumps(document), "sha256": "0" * 64, "submitted_at": AT}
            insert(connection, "submission", id=ident, application_id=ident, number=1, receipt=f"G{ident}", **kept)
    done = {"major_code": "050101", "courses": "00001", "completed_at": AT, "undone_reason": ""}
    insert(connection, "completion", application_id=3, ticket_id=1, **done)


def test_what_was_submitted_says_which_courses_it_counts(old: Config) -> None:
    migrations.migrate(old)
    with migrations._connection(old) as connection:
        rows = connection.execute(sa.text("SELECT id, counted FROM application")).all()
    assert {row.id: row.counted for row in rows} == {ident: each[-1] for ident, each in FILES.items()}


def test_the_way_back_takes_the_column_away(old: Config) -> None:
    migrations.migrate(old)
    downgrade_to(old, BEFORE)
    with migrations._connection(old) as connection:
        assert "counted" not in {each["name"] for each in sa.inspect(connection).get_columns("application")}
        assert connection.scalar(sa.text("SELECT count(*) FROM application")) == len(FILES)
