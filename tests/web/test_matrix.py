"""Who gets in where: every route, asked by every kind of person, with things of their own, another's, none and nonsense.

What a route names stands in tests/web/matrix_map.py; the rest is generated from the URL map. A route that stands nowhere fails.
That these tests can fail is shown in test_matrix_goes_red.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Staff
from tests.reviewing import PAYING
from tests.sites import Pool
from tests.web.matrix import address, ask, door, insiders, is_examinee, leaks, make_world, markers, rules, unplaced
from tests.web.matrix_map import (
    ABSENT,
    COMMON,
    FREE,
    MALFORMED,
    NAMED,
    OTHER,
    OWN,
    PRINCIPALS,
    SCOPED,
    World,
)

FILTERS_IN_THE_FORM = {
    "/admin/staff",
    "/admin/staff/<int:ident>",
    "/staff/confirm", "/staff/applications/find", "/staff/exports/<kind>", "/staff/exports/<kind>/columns", "/admin/forecast", "/admin/staff/<int:ident>/role",
}  # their pages come back with them: tests/web/test_leads_back.py  # fmt: skip
OF_ONE_PERSON = {
    "/staff/applications/bulk/<key>": "tests/web/staff/queue/test_queue_bulk.py",
    "/staff/corrections/<key>": "tests/web/staff/people/test_corrections.py",
}
"""What only who made it has, made anew by each: to nobody here is there one, so that there is no page to come back to."""


@pytest.fixture
def world(pool: Pool) -> Iterator[World]:
    with pool.prepared("matrix", make_world, PAYING) as made:
        yield made


def test_of_every_route_it_is_said_what_it_names(site: Flask) -> None:
    assert unplaced(site) == [], "add it to SCOPED, COMMON, NAMED or FREE in tests/web/matrix_map.py"
    known = {str(rule) for rule in site.url_map.iter_rules()}
    named = {entry.split()[1] for entry in NAMED}
    assert (SCOPED.keys() | COMMON.keys() | named | FREE) <= known, "these routes are gone"


@pytest.mark.parametrize("which", [OWN, OTHER, ABSENT, MALFORMED])
def test_every_route_lets_in_whom_its_policy_names_and_nobody_else(world: World, which: str) -> None:
    wrong = []
    for rule, method, policy in rules(world.app):
        if which != OWN and not rule.arguments:
            continue
        path = address(world, rule, which)
        for name in PRINCIPALS:
            expected = door(policy, name)
            if expected == "in":
                continue  # what is behind the door is asked below
            status = world.browsers[name].open(path, method=method).status_code
            if status not in ((303, 401) if expected == "sign-in" else (403,)):
                wrong.append(f"{name} {method} {path}: {status}, expected {expected}")
    assert wrong == []


def test_a_foreign_thing_is_answered_like_an_absent_one_and_stays_as_it_is(world: World) -> None:
    assert list(leaks(world)) == []


def test_what_is_ones_own_is_there(world: World) -> None:
    """Without this a site that answers 404 to everything would pass."""
    wrong, seen = [], 0
    for rule, method, policy in rules(world.app):
        thing = SCOPED.get(str(rule))
        for name in insiders(policy, thing.owner) if thing and method == "GET" else ():
            answer = ask(world, name, method, address(world, rule, OWN), {})
            seen += 1
            if answer.status_code not in (200, 303):
                wrong.append(f"{name} {rule}: {answer.status_code}")
    assert wrong == []
    assert seen > 35


def test_ones_own_forms_are_taken_or_refused_with_a_reason(world: World) -> None:
    wrong, seen = [], 0
    for rule, method, policy in rules(world.app):
        thing = SCOPED.get(str(rule))
        for name in insiders(policy, thing.owner) if thing and method == "POST" else ():
            for form in (each for each in thing.forms if each.get("act") != "delete"):
                answer = ask(world, name, method, address(world, rule, OWN), form)
                seen += 1
                if answer.status_code not in (200, 204, 303, 409, 422):
                    wrong.append(f"{name} {rule} {form}: {answer.status_code}")
    assert wrong == []
    assert seen > 50


def test_whatever_form_comes_too_late_signing_in_again_leads_to_a_page_that_exists(world: World) -> None:
    """Most forms are posted to an address that has a page; the others lead to the page above them, filters and all."""
    wrong, seen = [], 0
    for rule, method, policy in rules(world.app):
        thing, query = SCOPED.get(str(rule)), "?order=name&school=10574"
        names = insiders(policy, thing.owner if thing else "examinee")
        if method != "POST" or "public" in policy.kinds or not names or str(rule) in OF_ONE_PERSON:
            continue
        answer = world.browsers["anonymous"].post(address(world, rule, OWN) + query)
        place = urlsplit(answer.headers.get("Location", ""))
        back = parse_qs(place.query).get("next", [""])[0]
        status = world.browsers[names[0]].get(back or "/nowhere").status_code
        seen += 1
        if status not in (200, 303) or not (back.endswith(query) or str(rule) in FILTERS_IN_THE_FORM):
            wrong.append(f"{rule} leads to {back!r}: {status}")
    assert wrong == []
    assert seen > 45


def test_no_page_shows_what_is_another_schools_or_another_persons(world: World) -> None:
    wrong = []
    for name in PRINCIPALS:
        mine = name.removeprefix("other_")
        if not is_examinee(name) and mine not in ("school_reviewer", "school_lead"):
            continue
        foreign = markers(world.sides[OWN if name.startswith("other_") else OTHER])
        for rule, method, policy in rules(world.app):
            if method != "GET" or rule.arguments or door(policy, name) != "in":
                continue
            text = world.browsers[name].get(str(rule)).data.decode(errors="replace")
            wrong += [f"{name} {rule} shows {mark}" for mark in foreign if mark in text]
    assert wrong == []


def test_a_school_exports_its_own_people_whatever_school_it_asks_for(world: World) -> None:
    for name in ("other_school_reviewer", "other_school_lead"):
        for kind in ("applications", "orders", "graduates"):
            for school in ("", "10574"):
                form = {"file": "csv", "school": school, "reason": "备案"}
                text = ask(world, name, "POST", f"/staff/exports/{kind}", form).get_data(as_text=True)
                assert not [mark for mark in markers(world.sides[OWN]) if mark in text], (name, kind, school)
    listed = ask(world, "other_school_lead", "POST", "/staff/exports/applications", {"file": "csv", "reason": "备案"})
    assert world.sides[OTHER].case.ticket.number in listed.get_data(as_text=True)


def test_reviewers_in_scope_open_the_case_and_the_office_opens_both(world: World) -> None:
    for name, opens in {
        "school_reviewer": (200, 404),
        "school_lead": (200, 404),
        "office_reviewer": (200, 200),
        "admin": (200, 200),
        "finance": (403, 403),
        "other_school_reviewer": (404, 200),
        "other_school_lead": (404, 200),
    }.items():
        cases = [world.sides[which].case.public_id for which in (OWN, OTHER)]
        pages = [world.browsers[name].get(f"/staff/applications/{case}") for case in cases]
        assert tuple(page.status_code for page in pages) == opens, name


def test_nothing_behind_a_door_falls_over(world: World) -> None:
    """No address makes a 500, whatever stands in it."""
    fell = []
    for rule, method, policy in rules(world.app):
        for which in (OWN, OTHER, ABSENT, MALFORMED) if rule.arguments else (OWN,):
            path = address(world, rule, which)
            for name in PRINCIPALS if method == "GET" else ():
                if door(policy, name) == "in" and world.browsers[name].get(path).status_code >= 500:
                    fell.append(f"{name} {path}")
    assert fell == []
    assert db.session.scalar(select(Staff.id).limit(1)) is not None
