"""A prepared statement answers as SQLAlchemy itself does, on both databases, inside a transaction and outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, select
from sqlalchemy.exc import OperationalError

from app.actions.applications import cases, drafts
from app.extensions import db
from app.models import Application, Ticket, Window
from app.models.base import transaction
from app.models.prepared import Prepared
from app.security import principal
from app.web.home import queries as home
from app.wizard import queries as wizard
from tests import builders as build
from tests.builders import NOW

PREPARED = {
    "session": principal._load, "facts": home._facts, "announcements": home._announcements, "cards": wizard._cards,
    "card": wizard._card, "case": cases._loads[False, False], "locked case": cases._loads[True, True],
    "pictures": cases._pictures, "grades": cases._grade_rows, "plans": cases._plan_keys, "schools": cases._school_rows,
    "draft": drafts._draft,
}  # fmt: skip


@pytest.fixture
def given(both: Flask) -> dict[str, Any]:
    """One of everything, and what the statements may ask for."""
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee(), status_until=None)
    build.scores(tick, dict(list(build.all_passed(plan).items())[:3]))
    row = build.application(tick, build.window(fixes_close_at=NOW + timedelta(days=20)), answers=build.answers())
    build.sign_in(both.test_client(), tick=tick)
    from app.models import LoginSession

    token = db.session.scalar(select(LoginSession.token_sha256))
    db.session.rollback()
    return {
        "token_sha256": token, "ticket": tick.id, "examinee": tick.examinee_id, "public_id": row.public_id,
        "application": row.id, "on": NOW,
    }  # fmt: skip


@pytest.mark.parametrize("name", PREPARED)
def test_it_answers_as_sqlalchemy_does(given: dict[str, Any], name: str) -> None:
    asked = PREPARED[name]
    plain = asked.statement.compile(dialect=db.engine.dialect)
    mine = {key: given[key] for key, bind in plain.binds.items() if bind.required}
    expected = [tuple(row) for row in db.session.execute(asked.statement, mine)]
    db.session.rollback()
    assert [tuple(row) for row in asked(db.session(), **mine)] == expected
    assert expected or name in ("announcements", "pictures")


def test_inside_a_transaction_it_sees_what_was_written(given: dict[str, Any]) -> None:
    names = Prepared(select(Window.name).where(Window.opens_at <= bindparam("on")))
    with transaction() as session:
        session.add(Window(service="graduation", name="刚加的", opens_at=NOW, closes_at=NOW + timedelta(days=1)))
        assert "刚加的" in [row.name for row in names(session, on=NOW)]
        session.rollback()
    assert "刚加的" not in [row.name for row in names(db.session(), on=NOW)]


def test_a_naive_moment_is_refused_as_everywhere(given: dict[str, Any]) -> None:
    later = Prepared(select(Application.id).where(Application.created_at > bindparam("on")))
    assert later(db.session(), on=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="naive"):
        later(db.session(), on=datetime(2020, 1, 1))


def test_one_gives_the_first_row_or_nothing(given: dict[str, Any]) -> None:
    by_id = Prepared(select(Ticket.id, Ticket.number).where(Ticket.id == bindparam("ticket")))
    assert by_id.one(db.session(), ticket=given["ticket"]).id == given["ticket"]
    assert by_id.one(db.session(), ticket=0) is None


def test_an_error_of_the_database_is_one_of_sqlalchemy(app: Flask) -> None:
    from sqlalchemy import text

    broken = Prepared(select(text("nothing FROM nowhere")))
    with pytest.raises(OperationalError):
        broken(db.session())
