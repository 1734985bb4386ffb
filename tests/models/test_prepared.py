"""A prepared statement answers as SQLAlchemy itself does, on both databases, inside a transaction and outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import bindparam, literal, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.sql.visitors import cloned_traverse

from app.actions.applications import cases, drafts
from app.actions.evidence import doubles
from app.actions.records import holdings
from app.extensions import db
from app.models import Application, PaperNumber, Ticket, Window
from app.models.base import read_rows, transaction
from app.models.prepared import Prepared
from app.security import principal
from app.web.account import queries as account
from app.web.home import queries as home
from app.wizard import queries as wizard
from tests import builders as build
from tests.builders import NOW
from tests.reviewing import picture

PREPARED = {
    "session": principal._load,
    "on offer": account._windows,
    "facts": home._facts,
    "announcements": home._announcements,
    "cards": wizard._cards,
    "card": wizard._card,
    "case": cases._loads[False, False],
    "locked case": cases._loads[True, True],
    "pictures": cases._pictures,
    "grades": holdings._grades_of,
    "plans": holdings._plans_with_schools,
    "draft": drafts._draft,
    "doubles": doubles._ask("office_reviewer", "", 0),
}
COMPILED = (
    "binds",
    "positional",
    "construct_expanded_state",
    "_result_columns",
    "_bind_processors",
)  # what is read of a compiled statement
STATE = ("statement", "parameters", "processors", "positiontup")  # of its expanded state


@pytest.fixture
def given(both: Flask) -> dict[str, Any]:
    """One of everything, and what the statements may ask for."""
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee(), status_until=None)
    build.scores(tick, dict(list(build.all_passed(plan).items())[:3]))
    window = build.window(fixes_close_at=NOW + timedelta(days=20))
    row = build.application(tick, window, answers=build.answers())
    picture(row.id, "diploma_photo")
    for each in (row, build.application(build.ticket(build.examinee()), window)):  # one number of two people
        build.store(PaperNumber(application_id=each.id, item="paper.number", number="1"))
    build.sign_in(both.test_client(), tick=tick)
    from app.models import LoginSession

    token = db.session.scalar(select(LoginSession.token_sha256))
    db.session.rollback()
    return {
        "token_sha256": token,
        "ticket": tick.id,
        "examinee": tick.examinee_id,
        "own": tick.school_code,
        "public_id": row.public_id,
        "application": row.id,
        "on": NOW,
        "soon": NOW,
        **{f"file{n}": "" for n in range(doubles.MOST_OWN)},
    }


@pytest.mark.parametrize("name", PREPARED)
def test_it_answers_as_sqlalchemy_does(given: dict[str, Any], name: str) -> None:
    asked = PREPARED[name]
    plain = asked.statement.compile(dialect=db.engine.dialect)
    mine = {key: given[key] for key, bind in plain.binds.items() if bind.required}
    expected = [tuple(row) for row in db.session.execute(asked.statement, mine)]
    db.session.rollback()
    assert [tuple(row) for row in asked(db.session(), **mine)] == expected
    assert expected or name == "announcements"


def has(thing: Any, *names: str) -> None:
    """Fails with the name that this SQLAlchemy lacks, and where it is used."""
    for name in names:
        assert hasattr(thing, name), (
            f"SQLAlchemy {sqlalchemy.__version__} has no {type(thing).__name__}.{name}, which app/models/prepared.py reads"
        )


def test_this_sqlalchemy_has_every_internal_name_that_is_used(both: Flask) -> None:
    dialect = db.engine.dialect
    has(dialect, "name", "loaded_dbapi")
    has(DBAPIError, "instance")
    statement = select(Ticket.id, Ticket.status_until).where(
        Ticket.number == bindparam("number"), Ticket.id > literal(0)
    )
    binds: list[Any] = []
    cloned_traverse(statement, {}, {"bindparam": binds.append})
    assert len(binds) == 2, "cloned_traverse no longer visits every parameter"
    for bind in binds:
        has(bind, "required", "literal_execute")
    done: Any = statement.compile(dialect=dialect)
    has(done, *COMPILED)
    asked = {name: None for name, bind in done.binds.items() if bind.required}
    assert list(asked) == ["number"]
    has(done.construct_expanded_state(asked), *STATE)
    assert [column.keyname for column in done._result_columns] == ["id", "status_until"]
    for column in done._result_columns:
        has(column.type, "_cached_result_processor")


def test_a_statement_of_every_kind_of_value_goes_through_end_to_end(given: dict[str, Any]) -> None:
    """Texts, numbers, JSON, moments, dates, flags, nothing, a constant, a list of constants and a limit."""
    own = (
        select(
            Application.public_id,
            Application.answers,
            Application.saved_at,
            Application.version,
            Application.missing,
            Application.open_items,
            Ticket.status_until,
            literal("恒").label("constant"),
        )
        .join(Ticket, Ticket.id == Application.ticket_id)
        .where(
            Application.public_id == bindparam("public_id"),
            Application.created_at <= bindparam("on"),
            Application.state.in_(["draft", "returned"]),
            Application.version < 1000,
        )
        .limit(3)
    )
    asked = {"public_id": given["public_id"], "on": NOW + timedelta(days=365)}
    expected = [tuple(row) for row in db.session.execute(own, asked)]
    db.session.rollback()
    (row,) = Prepared(own)(db.session(), **asked)
    assert [tuple(row)] == expected
    assert row.answers == build.answers()
    assert row.saved_at.tzinfo is UTC
    assert (row.status_until, row.missing, row.constant) == (None, False, "恒")


def test_plain_core_reads_inside_a_transaction_what_was_written_and_outside_what_is_committed(
    given: dict[str, Any],
) -> None:
    names = select(Window.name).where(Window.opens_at <= bindparam("on"))
    with transaction() as session:
        session.add(Window(service="graduation", name="刚加的", opens_at=NOW, closes_at=NOW + timedelta(days=1)))
        assert "刚加的" in [row.name for row in read_rows(session, names, on=NOW)]
        session.rollback()
    assert "刚加的" not in [row.name for row in read_rows(db.session(), names, on=NOW)]


def test_after_an_error_of_plain_core_the_session_reads_on(both: Flask) -> None:
    with pytest.raises(DBAPIError):
        read_rows(db.session(), select(text("nothing FROM nowhere")))
    assert [row.one for row in read_rows(db.session(), select(literal(1).label("one")))] == [1]


def test_a_read_that_fails_names_nobody_in_its_message(both: Flask) -> None:
    """Failed statements are logged, and a parameter can be somebody's ID number; inside a transaction and outside."""
    failing = select(text("nothing FROM nowhere WHERE number = :number"))
    with pytest.raises(DBAPIError) as outside:
        read_rows(db.session(), failing, number="310101199503020019")
    with pytest.raises(DBAPIError) as inside, transaction() as session:
        read_rows(session, failing, number="310101199503020019")
    for failure in (outside, inside):
        assert "nowhere" in str(failure.value)
        assert "310101199503020019" not in str(failure.value)


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
    broken = Prepared(select(text("nothing FROM nowhere")))
    with pytest.raises(OperationalError if db.engine.dialect.name == "sqlite" else ProgrammingError):
        broken(db.session())
