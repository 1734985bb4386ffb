"""Revision 0018: what the office sent back to the school before, and the school has not decided since, is marked afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

import app.cli.migrations as migrations
from app.config import Config
from tests.cli.old_site import downgrade_to, grown, insert

BEFORE = "0017"
AT = "2026-11-20 01:00:00"
FILES = {
    1: ("school_review", ["pass", "back"], [], True),
    2: ("school_review", ["back", "return"], [], False),  # decided since
    3: ("school_review", ["pass", "back", ""], [], True),  # the school has begun
    4: ("office_review", ["back", "pass"], [], False),
    5: ("school_review", ["back", "pass"], [2], True),  # the pass was revoked
    6: ("school_review", ["pass", "back"], [2], False),  # 退回初审 was revoked
    7: ("school_review", [], [], False),
    8: ("returned", ["back", "return"], [], False),
}
"""Application -> state, decisions of its reviews, which of these are revoked, and whether it is marked."""


@pytest.fixture
def old(database: str, tmp_path: Path) -> Config:
    return grown(tmp_path / "site", database, BEFORE, _add)


def _add(connection: sa.Connection) -> None:
    roles = {"username": "zhongshen", "name": "冯终审", "role": "office_reviewer", "school_code": ""}
    insert(connection, "staff", id=1, active=True, created_at=AT, **roles)
    row = dict(connection.execute(sa.text("SELECT * FROM application WHERE id = 1")).mappings().one())
    connection.execute(sa.text("DELETE FROM application"))
    for ident, (state, decisions, revoked, _) in FILES.items():
        own = {
            "id": ident,
            "public_id": str(ident) * 32,
            "ticket_id": 1,
            "state": state,
            "answers": "{}",
            "submitted_at": AT,
        }
        options = {"window_id": 1 + (ident - 1) % 6, "service": f"graduation{ident}"}  # one open application a business
        insert(connection, "application", **{**row, **own, **options})
        kept = {"document": "{}", "sha256": "0" * 64, "submitted_at": AT}
        insert(connection, "submission", id=ident, application_id=ident, number=1, receipt=f"G{ident}", **kept)
        for number, decision in enumerate(decisions, start=1):
            review = ident * 10 + number
            about = {"application_id": ident, "window_id": 5, "submission_id": ident, "reviewer_id": 1}
            stage = "office_review" if decision == "back" else "school_review"
            done = {"begun_at": AT, "decided_at": AT if decision else None, "waivers": "{}", "again": ""}
            more = {"decision": decision, "message": "", "to_school": "", "stage": stage}
            insert(connection, "review", id=review, round=number, **about, **done, **more)
            if number in revoked:
                taken = {"review_id": review, "staff_id": 1, "state": "office_review", "reason": "看错了"}
                insert(connection, "revocation", **taken, revoked_at=AT)


def test_what_waits_again_with_the_school_is_marked(old: Config) -> None:
    migrations.migrate(old)
    with migrations._connection(old) as connection:
        rows = connection.execute(sa.text("SELECT id, sent_back FROM application")).all()
    assert {row.id: bool(row.sent_back) for row in rows} == {ident: each[-1] for ident, each in FILES.items()}


def test_the_way_back_takes_the_column_away(old: Config) -> None:
    migrations.migrate(old)
    downgrade_to(old, BEFORE)
    with migrations._connection(old) as connection:
        assert "sent_back" not in {each["name"] for each in sa.inspect(connection).get_columns("application")}
        assert connection.scalar(sa.text("SELECT count(*) FROM application")) == len(FILES)
