"""Revision 0022: decisions revoked before say since when their files wait, without the time they were in force."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import app.cli.migrations as migrations
from app.config import Config
from app.models.base import UtcDateTime
from tests.cli.old_site import downgrade_to, grown, insert

BEFORE = "0021"
HANDED_IN = datetime(2026, 7, 1, 1)
REVOKED = {
    # review: state of the application until then, days from the submission: decided, revoked; since when it waits
    11: ("approved", 8, 100, 92),
    12: ("approved", 110, 150, 92 + 40),  # moved on from the one before
    13: ("office_review", 8, 160, None),  # under review all the time
}


def at(days: int) -> str:
    return f"{HANDED_IN + timedelta(days=days)}"


@pytest.fixture
def old(database: str, tmp_path: Path) -> Config:
    return grown(tmp_path / "site", database, BEFORE, _add)


def _add(connection: sa.Connection) -> None:
    who = {"username": "zhongshen", "name": "冯终审", "role": "office_reviewer", "school_code": ""}
    insert(connection, "staff", id=1, active=True, created_at=at(0), **who)
    kept = {"document": "{}", "sha256": "0" * 64, "submitted_at": at(0)}
    insert(connection, "submission", id=9, application_id=1, number=9, receipt="G9", **kept)
    for review, (state, decided, revoked, _) in REVOKED.items():
        about = {"application_id": 1, "window_id": 5, "submission_id": 9, "reviewer_id": 1, "round": review}
        done = {"begun_at": at(1), "decided_at": at(decided), "waivers": "{}", "again": ""}
        said = {"decision": "pass", "message": "", "to_school": "", "stage": "office_review"}
        insert(connection, "review", id=review, **about, **done, **said)
        taken = {"review_id": review, "staff_id": 1, "state": state, "reason": "看错了", "revoked_at": at(revoked)}
        insert(connection, "revocation", **taken)


def test_the_time_in_force_is_counted_apart_afterwards(old: Config) -> None:
    migrations.migrate(old)
    found = sa.table("revocation", sa.column("review_id"), sa.column("waits_since", UtcDateTime()))
    with migrations._connection(old) as connection:
        since = {row.review_id: row.waits_since for row in connection.execute(sa.select(found))}
    days = {review: each and (each.replace(tzinfo=None) - HANDED_IN).days for review, each in since.items()}
    assert days == {review: each[-1] for review, each in REVOKED.items()}


def test_the_way_back_takes_the_column_away(old: Config) -> None:
    migrations.migrate(old)
    downgrade_to(old, BEFORE)
    with migrations._connection(old) as connection:
        assert "waits_since" not in {each["name"] for each in sa.inspect(connection).get_columns("revocation")}
