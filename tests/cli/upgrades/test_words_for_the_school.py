"""What the office wrote with 退回初审 is for the school afterwards, decided or waiting, on both databases; other words stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import app.cli.migrations as migrations
from app.actions.review.undo import opinion_of
from app.config import Config
from tests.cli.old_site import downgrade_to, grown, insert

BEFORE = "0016"
WORDS = {1: ("pass", "同意"), 2: ("back", "请核对备案表"), 3: ("return", "请修改"), 4: ("", "还没决定")}
"""Review -> decision, and what stood in `message`."""


PENDING = {1: ("back", "请再看一遍"), 2: ("pass", "同意毕业")}
"""Application -> the decision that waits, and its `message`."""


@pytest.fixture
def old(database: str, tmp_path: Path) -> Config:
    """A site of the revision before, with a review of each kind and decisions that wait."""
    return grown(tmp_path / "site", database, BEFORE, _add)


def _add(connection: sa.Connection) -> None:
    """Staff, a second application, and what was decided of the two."""
    at = "2026-11-20 01:00:00"
    roles = {"username": "zhongshen", "name": "冯终审", "role": "office_reviewer", "school_code": ""}
    insert(connection, "staff", id=1, active=True, created_at=at, **roles)
    row = dict(connection.execute(sa.text("SELECT * FROM application WHERE id = 1")).mappings().one())
    insert(connection, "application", **{**row, "id": 2, "public_id": "b" * 32, "window_id": 4, "answers": "{}"})
    kept = {"document": "{}", "sha256": "0" * 64, "submitted_at": at}
    insert(connection, "submission", id=1, application_id=1, number=1, receipt="G1", **kept)
    for ident, (decision, words) in WORDS.items():
        about = {"application_id": 1, "window_id": 5, "submission_id": 1, "stage": "office_review", "reviewer_id": 1}
        done = {"begun_at": at, "decided_at": at if decision else None, "waivers": "{}", "again": ""}
        insert(connection, "review", id=ident, round=ident, decision=decision, message=words, **about, **done)
    for ident, (decision, words) in PENDING.items():
        opinion = json.dumps({"findings": {}, "message": words, "waivers": {}, "again": ""})
        about = {"application_id": ident, "staff_id": 1, "sha256": "0" * 64, "version": 1, "batch": ""}
        waits = {"decided_at": at, "effective_at": at, "decision": decision, "opinion": opinion}
        insert(connection, "pending_decision", **about, **waits)


def reviews(connection: sa.Connection) -> dict[int, tuple[str, str]]:
    rows = connection.execute(sa.text("SELECT id, message, to_school FROM review ORDER BY id")).all()
    return {row.id: (row.message, row.to_school) for row in rows}


def pending(connection: sa.Connection) -> dict[int, dict[str, Any]]:
    rows = connection.execute(sa.text("SELECT application_id, opinion FROM pending_decision")).all()
    return {row[0]: row[1] if isinstance(row[1], dict) else json.loads(row[1]) for row in rows}


def test_words_of_the_office_to_the_school_leave_the_words_for_the_examinee(old: Config) -> None:
    migrations.migrate(old)
    with migrations._connection(old) as connection:
        expected = {i: ("", words) if decision == "back" else (words, "") for i, (decision, words) in WORDS.items()}
        assert reviews(connection) == expected
        waiting = {ident: opinion_of(stored) for ident, stored in pending(connection).items()}
    assert (waiting[1].message, waiting[1].to_school) == ("", "请再看一遍")
    assert (waiting[2].message, waiting[2].to_school) == ("同意毕业", "")


def test_the_way_back_puts_them_where_they_were(old: Config) -> None:
    migrations.migrate(old)
    downgrade_to(old, BEFORE)
    with migrations._connection(old) as connection:
        assert dict(connection.execute(sa.text("SELECT id, message FROM review")).all()) == {
            ident: words for ident, (_, words) in WORDS.items()
        }
        assert {i: (each["message"], "to_school" in each) for i, each in pending(connection).items()} == {
            ident: (words, False) for ident, (_, words) in PENDING.items()
        }
