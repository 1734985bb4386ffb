"""Who gets in where: every route, asked by every kind of person, with objects of their own, another's, none and nonsense.

The expectation is made from the route's own policy; a route with an argument that nobody says how to fill fails here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Announcement, Evidence, LoginSession, Order, Staff
from app.rules.people import SCHOOL_ROLES, STAFF_ROLES
from app.security.allow import policy_of
from tests import builders
from tests.builders import NOW
from tests.desk import submitted

OWN, OTHER, ABSENT, MALFORMED = "own", "other", "absent", "malformed"
CASE, TEXT, NUMBER = "case", "text", "number"
# rule -> how its argument is filled. A rule that is not here and has an argument fails the test.
ARGUMENTS = {
    "public_id": CASE, "slug": TEXT, "slot": TEXT, "code": TEXT, "kind": TEXT, "ident": NUMBER, "number": TEXT,
    "gateway": TEXT, "step": TEXT, "key": TEXT, "name": TEXT, "examinee_id": NUMBER,
}  # fmt: skip
PRINCIPALS = (
    "anonymous", "activating", "half", "enrolling", "examinee", "other_examinee", *STAFF_ROLES,
    "other_school_reviewer", "other_school_lead",
)  # fmt: skip


@dataclass
class World:
    """Two cases in two schools, and a browser for everybody."""

    app: Flask
    own: Any
    other: Any
    browsers: dict[str, FlaskClient] = field(default_factory=dict)


@pytest.fixture
def world(app: Flask) -> World:
    own, other = submitted(), submitted("10002")
    builders.store(Announcement(title="公告", body="公告", published_at=NOW))
    made = World(app, own, other)
    for name in PRINCIPALS:
        made.browsers[name] = app.test_client()
        if name in ("examinee", "other_examinee"):
            builders.sign_in(made.browsers[name], tick=(own if name == "examinee" else other).ticket)
        elif name != "anonymous":
            _staff(made.browsers[name], name)
    return made


def _staff(client: FlaskClient, name: str) -> None:
    role = name.removeprefix("other_")
    kind = role if role not in STAFF_ROLES else "staff"
    role = role if role in STAFF_ROLES else "office_reviewer"
    school = ("10002" if name.startswith("other_") else "10574") if role in SCHOOL_ROLES else ""
    person = builders.staff(role, school_code=school)
    builders.sign_in(client, person=person)
    with client.application.app_context():
        db.session.execute(LoginSession.__table__.update().where(LoginSession.staff_id == person.id).values(kind=kind))
        db.session.commit()


def kind_of(name: str) -> str:
    if name in ("activating", "half", "enrolling"):
        return name
    return "examinee" if "examinee" in name else "staff"


def filled(rule: Any, which: str, world: World) -> str:
    """The rule's address with its arguments filled for that scope."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        sort = ARGUMENTS.get(name)
        assert sort, f"{rule}: nobody says how <{name}> is filled; add it to ARGUMENTS"
        case = world.own if which == OWN else world.other
        if sort == NUMBER:
            values[name] = case.person.id if which in (OWN, OTHER) else 99999
        elif name == "public_id" and str(rule).startswith("/evidence"):
            picture = (
                select(Evidence.public_id)
                .join_from(Evidence, type(case.row))
                .where(Evidence.application_id == case.row.id)
            )
            values[name] = db.session.scalars(picture).first() if which in (OWN, OTHER) else "0" * 32
        elif sort == CASE:
            values[name] = case.public_id if which in (OWN, OTHER) else "0" * 32
        else:
            values[name] = "nothing"
        if which == MALFORMED:
            values[name] = 0 if sort == NUMBER else "x'\"<>"
    adapter = world.app.url_map.bind("localhost")
    address: str = adapter.build(rule.endpoint, values, method=next(iter(rule.methods - {"HEAD", "OPTIONS"})))
    return address


def rules(app: Flask) -> list[tuple[Any, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def expected_door(policy: Any, name: str) -> str:
    """in, sign-in or role, by the policy alone."""
    if "public" in policy.kinds:
        return "in"
    if name == "anonymous" or kind_of(name) not in policy.kinds:
        return "sign-in"
    role = name.removeprefix("other_")
    if kind_of(name) == "staff" and policy.roles and role not in policy.roles:
        return "role"
    return "in"


@pytest.mark.parametrize("which", [OWN, OTHER, ABSENT, MALFORMED])
def test_every_route_lets_in_whom_its_policy_names_and_nobody_else(world: World, which: str) -> None:
    wrong = []
    for rule, method in rules(world.app):
        if which != OWN and not rule.arguments:
            continue
        address = filled(rule, which, world)
        policy = policy_of(world.app, rule.endpoint)
        for name, browser in world.browsers.items():
            door = expected_door(policy, name)
            if door == "in":
                continue  # what is behind the door is asked below
            status = browser.open(address, method=method).status_code
            if status not in ((303, 401) if door == "sign-in" else (403,)):
                wrong.append(f"{name} {method} {address}: {status}, expected {door}")
    assert wrong == []


def test_a_foreign_case_is_answered_like_an_absent_one(world: World) -> None:
    wrong, seen = [], 0
    insiders = {"examinee": OWN, "other_examinee": OTHER, "school_reviewer": OWN, "school_lead": OWN, "other_school_reviewer": OTHER, "other_school_lead": OTHER}  # fmt: skip
    for rule, method in rules(world.app):
        if method != "GET" or rule.arguments != {"public_id"}:
            continue
        policy = policy_of(world.app, rule.endpoint)
        for name, mine in insiders.items():
            if expected_door(policy, name) != "in":
                continue
            theirs = OTHER if mine == OWN else OWN
            foreign, absent = (world.browsers[name].get(filled(rule, scope, world)) for scope in (theirs, ABSENT))
            seen += 1
            if (foreign.status_code, absent.status_code) != (404, 404):
                wrong.append(f"{name} {rule}: foreign {foreign.status_code}, absent {absent.status_code}")
    assert wrong == []
    assert seen > 10


def test_reviewers_in_scope_open_the_case_and_the_office_opens_both(world: World) -> None:
    for name, opens in {
        "school_reviewer": (200, 404), "school_lead": (200, 404), "office_reviewer": (200, 200), "admin": (200, 200),
        "finance": (403, 403), "auditor": (403, 403), "other_school_reviewer": (404, 200),
    }.items():  # fmt: skip
        pages = [world.browsers[name].get(f"/staff/applications/{case.public_id}") for case in (world.own, world.other)]
        assert tuple(page.status_code for page in pages) == opens, name


def test_nothing_behind_a_door_falls_over(world: World) -> None:
    """No address makes a 500, whatever stands in it."""
    fell = []
    for rule, method in rules(world.app):
        for which in (OWN, OTHER, ABSENT, MALFORMED) if rule.arguments else (OWN,):
            address = filled(rule, which, world)
            for name, browser in world.browsers.items():
                if method == "GET" and browser.get(address).status_code >= 500:
                    fell.append(f"{name} {address}")
    assert fell == []
    assert db.session.scalar(select(Staff.id).limit(1)) is not None
    assert db.session.scalar(select(Order.id)) is None
