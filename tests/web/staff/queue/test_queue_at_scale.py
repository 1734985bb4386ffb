"""Whatever the queue is narrowed to, it shows what a look at every row would, and the index alone says what that is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text

from app.actions.applications.cases import windows as all_windows
from app.extensions import db
from app.models import Application, Examinee
from app.models.base import transaction
from app.rules.evidence.flags import WORDS as EVIDENCE
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import State
from app.web.staff.queue import counts as queue_counts
from app.web.staff.queue import query as queue_query
from app.web.staff.queue import search as queue_search
from app.web.staff.queue.filters import ALL, STATES, Filters
from tests import builders
from tests.sizes import FULL
from tests.traced import by_core
from tests.web.staff.queue.mixed_files import MAJORS, ON, SCHOOLS, season

COMBINATIONS = 150 if FULL else 60
OFFICE = Actor("staff", 1, "office", "office_reviewer", "")
PEOPLE = (OFFICE, Actor("staff", 2, "admin", "admin", ""), Actor("staff", 3, "school", "school_reviewer", "10001"))


def belongs(file: dict[str, Any], by: Actor, filters: Filters) -> bool:
    """Is it in what was asked for? Said once more, from the row alone."""
    state, q = filters.state, filters.q
    if file["state"] == "draft" or (by.role == "school_reviewer" and file["school_code"] != by.school_code):
        return False
    if state == "":
        waits = {
            "school_reviewer": file["state"] == "school_review",
            "admin": file["state"] in ("school_review", "office_review"),
            "office_reviewer": file["state"] == "office_review"
            or (file["state"] == "school_review" and file["one_stage"]),
        }[by.role] and not file["pending"]
        if not waits:
            return False
    elif state == "decided":
        if not (file["pending"] and by.id == 1):
            return False
    elif state in ("aside", "asked") or (state != ALL and file["state"] != state):  # none was put aside
        return False
    found = file["number"].startswith(q) if q.isdecimal() else q in file["name"] or file["receipt"] == q.upper()
    wanted = {
        "school": file["school_code"],
        "major": file["major_code"],
        "window": str(file["window_id"]),
        "level": file["level"],
        "person": str(file["examinee_id"]),
    }
    same = all(not getattr(filters, name) or getattr(filters, name) == value for name, value in wanted.items())
    flags = {"missing": file["missing"], "again": file["submissions"] > 1}
    every = {"": all, "any": any, "none": lambda each: not any(each)}[filters.match]
    asked_for = [each for each in filters.flag.split(",") if each]
    if filters.match == "none":
        asked_for = ["missing", "again", *EVIDENCE]
    flag = not asked_for or every(flags.get(each, f",{each}," in file["marks"]) for each in asked_for)
    old = not filters.age or file["submitted_at"] <= ON - timedelta(days=int(filters.age))
    who = {
        "": state != "" or nobody_elses(file, by),
        "all": True,
        "mine": file["assignee_id"] == by.id,
        "none": file["assignee_id"] is None,
    }.get(filters.who, str(file["assignee_id"]) == filters.who)
    return bool(found and same and flag and old and who)


def nobody_elses(file: dict[str, Any], by: Actor) -> bool:
    """Assigned to nobody, to oneself, or to somebody who cannot decide it: 1 and 2 are of the office, 3 of a school, 4 is disabled."""
    to, state = file["assignee_id"], file["state"]
    if to in (None, 4, by.id) or (to == 3 and file["school_code"] != "10001"):
        return True
    return state == "office_review" if to == 3 else state == "school_review" and not file["one_stage"]


def asked(rng: Random, window: str) -> Filters:
    """Filters at random: most of them off, so that something is found."""

    def some(*values: str) -> str:
        return rng.choice(values) if rng.random() < 0.3 else ""

    return Filters(
        state=rng.choice([key for key, _ in STATES]),
        school=some(*SCHOOLS),
        major=some(*MAJORS),
        window=some(window, "99"),
        level=some("本科", "专科"),
        flag=some("missing", "again", "double", "missing,double", "code,double", "again,code"),
        match=some("any", "any", "none"),
        age=some("3", "7", "14"),
        who=some("mine", "none", "2", "all"),
        person=rng.choice(("7", "11")) if rng.random() < 0.05 else "",
        q=some("王", "王芳", "汪", "0101", "01", "0", "02000000", "by26-0007", "𠮷", "李四", "芳", "阳晓", "田"),
        order=some("new", "ticket", "name"),
    )


def in_order(files: Iterable[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    column = {"ticket": "number", "name": "name"}.get(order, "submitted_at")
    return sorted(files, key=lambda file: (file[column], file["id"]), reverse=order == "new")


@pytest.mark.parametrize("wide", [False, True])
def test_every_combination_shows_what_a_look_at_every_row_would(both, monkeypatch, wide):
    if wide:  # so many are found that the queue is walked
        monkeypatch.setattr(queue_search, "WIDE", 0)
        monkeypatch.setattr(queue_search, "FEW", 0)
    files = season(240)
    windows, rng, hits = all_windows(db.session()), Random(9), 0
    for _ in range(COMBINATIONS):
        by, filters = rng.choice(PEOPLE), asked(rng, str(files[0]["window_id"]))
        if wide and filters.q.startswith("by"):
            continue
        due = in_order((file for file in files if belongs(file, by, filters)), filters.order)
        wanted = [(file["submitted_at"], file["id"]) for file in due]
        found = queue_query.page(by, filters, windows, None, ON, size=500)
        assert [(row.submitted_at, row.id) for row in found.rows] == wanted, (by.role, filters)
        assert queue_counts.counts(by, filters, windows, ON)[filters.state] == len(wanted), (by.role, filters)
        hits += bool(wanted)
        if len(wanted) > 3:  # the second page and back
            at = wanted[1]
            after = queue_query.page(by, filters, windows, queue_query.Cursor(*at), ON, size=500)
            assert [row.id for row in after.rows] == [ident for _, ident in wanted[2:]]
            before = queue_query.page(by, filters, windows, queue_query.Cursor(*wanted[3], backward=True), ON, size=2)
            assert [row.id for row in before.rows] == [ident for _, ident in wanted[1:3]]
    assert hits > COMBINATIONS * 0.4


def test_the_next_file_is_the_next_one_in_the_order_that_was_asked_for(both):
    files = [file for file in season() if file["state"] == "office_review" and not file["pending"]]
    files = [file for file in files if nobody_elses(file, OFFICE)]
    for order in ("", "new", "ticket", "name"):
        due = in_order(files, order)
        found, filters = due[0], Filters(state="office_review", order=order)
        for wanted in due[1:6]:
            place = queue_query.Cursor(found["submitted_at"], found["id"])
            public_id = queue_query.following(OFFICE, filters, [], place, ON)
            found = next(file for file in files if file["id"] == _id_of(public_id))
            assert found["id"] == wanted["id"], order


def test_a_place_that_is_none_gives_the_first_page(client):
    season(20)
    builders.sign_in(client, person=builders.staff("office_reviewer", id=9))
    first = client.get("/staff/applications?state=all&order=name").text
    assert client.get("/staff/applications?state=all&order=name&after=0.999999").text.count("data-row") == first.count(
        "data-row"
    )


def _id_of(public_id: str | None) -> int | None:
    return db.session.scalar(select(Application.id).where(Application.public_id == public_id))


def test_a_name_that_the_roster_corrects_is_the_one_that_is_searched_for(both):
    season(20)
    with transaction() as session:
        person = session.get_one(Examinee, 5)
        person.name = "司徒新"
    found = queue_query.page(OFFICE, Filters(state=ALL, q="司徒"), [], None, ON)
    state = db.session.scalar(select(Application.state).where(Application.id == 5))
    assert [row.id for row in found.rows] == ([] if state == State.DRAFT else [5])
    different = select(Application.id).join(Examinee, Examinee.id == Application.examinee_id)
    assert db.session.scalars(different.where(Application.holder_name != Examinee.name)).all() == []


def plans(client: Any, address: str) -> list[str]:
    """How SQLite reads the applications for a page: the lines of its plans that name them."""
    with by_core() as sent:
        assert client.get(address).status_code == 200
    asked = [each for each in sent if each[0].startswith("SELECT") and "application" in each[0]]
    lines: list[str] = []
    with db.engine.connect() as connection:
        for statement, parameters in asked:
            lines += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    return [line for line in lines if " application " in f"{line} "]


def looks_into_the_table(lines: Iterable[str]) -> list[str]:
    """Lines that read rows of the table for more than the page's fifty."""
    few = ("(examinee_id=?)", "(ticket_id=?)")  # a person and a ticket have few files
    fine = ("USING COVERING INDEX", "USING INTEGER PRIMARY KEY", *few)
    return [line for line in lines if not any(word in line for word in fine) or line.startswith("SCAN")]


@pytest.mark.parametrize("query", [
    "", "state=all", "state=all&school=10001", "state=all&major=050101", "state=all&level=专科", "state=all&flag=missing",
    "state=all&flag=again", "age=7", "school=10001&major=050101&flag=missing&age=7&level=专科&who=none",
    "state=all&flag=again&who=none&level=专科", "state=all&q=王", "state=all&q=王芳&school=10001", "q=芳", "state=all&q=芳&who=none", "state=all&flag=code,missing&match=any",
    "state=all&match=none", "state=all&flag=clash", "state=all&flag=answered,clash&match=any", "q=0101", "state=all&person=7",
    "state=all&school=10001&q=王&flag=missing&major=050101", "state=returned&order=new", "state=all&order=name&q=王&flag=missing",
])  # fmt: skip
@pytest.mark.parametrize("role", ["office_reviewer", "school_reviewer"])
@pytest.mark.sqlite
def test_the_index_alone_says_what_is_on_the_page(client, app, role, query):
    place = {"school_code": "10001"} if role == "school_reviewer" else {}
    builders.sign_in(client, person=builders.staff(role, **place))
    builders.window()
    lines = plans(client, f"/staff/applications?{query}")
    assert lines
    assert looks_into_the_table(lines) == [], lines


@pytest.mark.parametrize("query", ["state=all", "age=7", "state=all&q=王"])
@pytest.mark.postgres
def test_postgresql_reads_the_rows_of_a_page_by_their_ids(make_app, query):
    """And not all applications for each of them, which it does if they come last of more tables than it puts in order."""
    app = make_app(on_postgres=True)
    with app.app_context():
        season(40)
        client = app.test_client()
        builders.sign_in(client, person=builders.staff("office_reviewer", id=9))
        with by_core() as sent:
            assert client.get(f"/staff/applications?{query}").status_code == 200
        statement, parameters = next(each for each in sent if "AS begun_by" in each[0])
        with db.engine.connect() as connection:
            # so that it has to say by what it looks for a row, however few there are; what it has learnt of an empty table makes all ways equal
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("SET LOCAL join_collapse_limit = 1")
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material", "memoize"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    rows = [node for node in nodes(plan[0]["Plan"]) if node.get("Alias") == "application"]
    assert rows
    assert all("id = " in node.get("Index Cond", "") for node in rows), plan


def nodes(plan: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Every node of a plan of PostgreSQL."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def test_an_application_without_its_holders_name_is_refused_by_the_database(both):
    season(3)
    with pytest.raises(Exception, match=r"(?i)foreign key"), transaction() as session:
        session.execute(text("UPDATE application SET holder_name = '别人' WHERE id = 1"))


@pytest.mark.parametrize(
    "query", ["order=name", "state=all&order=ticket", "order=name&after=0.5", "school=10001&order=ticket&before=0.5"]
)
@pytest.mark.parametrize("role", ["office_reviewer", "school_reviewer"])
@pytest.mark.sqlite
def test_by_name_or_number_their_index_is_walked_until_the_page_is_full(client, app, role, query):
    place = {"school_code": "10001"} if role == "school_reviewer" else {}
    builders.sign_in(client, person=builders.staff(role, **place))
    index = "ix_application_name" if "name" in query else "ix_application_ticket"
    lines = [line for line in plans(client, f"/staff/applications?{query}") if index not in line]
    assert looks_into_the_table(lines) == [], lines
