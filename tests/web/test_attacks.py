"""Every route of the site attacked in the ways of security.md that are the same for all: forged forms, extra fields, frames. Odd text: tests/web/odd.

The routes and whose they are come from tests/web/matrix_map.py, so a new route is attacked too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.extensions import csrf, db
from app.models import Application, Examinee, Order, School, Score, Staff, Submission, Ticket, Window
from app.security.allow import Policy
from app.web.staff.people import views as people
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING
from tests.signing import on_roster
from tests.sites import Pool, without_table
from tests.web.matrix import address, ask, belongings, door, insiders, is_examinee, make_world, rules
from tests.web.matrix_map import HALFWAY, NAMED, OWN, PRINCIPALS, SCOPED, Values, World
from tests.wizard.test_wizard import photo

EXTRA = {
    "status": "approved", "is_admin": "1", "role": "admin", "school_code": "10002", "fee": "1", "amount": "1",
    "examinee_id": "2", "ticket_id": "2", "user_id": "2", "id": "2", "name": "别人", "id_number": "310101190001010000",
    "mark": "99", "paid_at": "2026-01-01", "submitted_at": "2026-01-01", "password_hash": "x", "version_id": "9",
}  # fmt: skip
FIXED = (
    (Examinee, "id", "name", "id_number", "password_hash"),
    (Staff, "id", "role", "school_code", "active", "password_hash"),
    (Order, "number", "amount", "state", "examinee_id"),
    (Window, "id", "fee", "closes_at"),
    (Ticket, "id", "examinee_id", "number"),
    (Application, "id", "examinee_id", "ticket_id", "school_code", "window_id", "state"),
    (Score, "id", "ticket_id", "mark"),
    (Submission, "id", "application_id", "sha256"),
)


@pytest.fixture
def world(pool: Pool) -> Iterator[World]:
    with pool.prepared("matrix", make_world, PAYING) as made:
        yield made


def someone(policy: Policy, owner: str = "") -> list[str]:
    """One person of each kind whom the door lets in."""
    inside = insiders(policy, owner) or [
        name for name in PRINCIPALS if door(policy, name) == "in" and name not in HALFWAY
    ]
    examinees, others = [n for n in inside if is_examinee(n)], [n for n in inside if not is_examinee(n)]
    return [*examinees[:1], *others[:1]]


def posts(world: World) -> Iterator[tuple[str, str, Values, str]]:
    """Whoever may, where, what: every form of the site that a token protects."""
    for rule, method, policy in rules(world.app):
        if method == "GET" or world.app.view_functions[rule.endpoint] in exempt(world.app):
            continue
        thing = SCOPED.get(str(rule))
        forms = thing.forms if thing else ({},)
        for named in NAMED.get(f"{method} {rule}", ())[:1]:
            forms = (named.form(world.sides[OWN], world.sides[OWN]),)
        for name in someone(policy, thing.owner if thing else ""):
            for form in forms:
                yield name, address(world, rule, OWN), form, str(rule)


def exempt(app: Flask) -> list[Any]:
    return [view for view in app.view_functions.values() if f"{view.__module__}.{view.__name__}" in csrf._exempt_views]


def test_a_forged_form_is_refused_everywhere_and_changes_nothing(world: World) -> None:
    wrong, seen = [], 0
    before = belongings(world)
    stranger = csrf_of(world.browsers["other_examinee"].get("/password").text)
    for name, path, form, _ in posts(world):
        browser = world.browsers[name]
        page = "/login" if name == "anonymous" else "/password" if is_examinee(name) else "/staff/password"
        token = csrf_of(browser.get(page).text)
        own = {**form, "csrf_token": token}
        tries = [
            browser.post(path, data=form),
            *(browser.post(path, data={**form, "csrf_token": other}) for other in ("", "invented", stranger)),
            browser.post(path, data=own, headers={"Sec-Fetch-Site": "cross-site"}),
            browser.post(path, data=own, headers={"Sec-Fetch-Site": "same-site", "HX-Request": "true"}),
            browser.post(path, data=own, headers={"Origin": "https://evil.example"}),
            browser.post(path, data="csrf_token=" + token, content_type="text/plain"),
        ]
        seen += 1
        wrong += [f"{name} {path} try {i}: {a.status_code}" for i, a in enumerate(tries) if a.status_code != 400]
    assert wrong == []
    assert belongings(world) == before
    assert seen > 60


def test_reading_changes_nothing(world: World) -> None:
    """GET of every address by everybody: but for what is noted of the look itself (a message was shown, a file taken in hand)."""
    noted = ("lease", "paper", "message")
    before = {name: rows for name, rows in belongings(world).items() if name not in noted}
    for rule, method, policy in rules(world.app):
        if method == "GET":
            for name in someone(policy, SCOPED[str(rule)].owner if str(rule) in SCOPED else ""):
                world.browsers[name].get(address(world, rule, OWN))
    after = {name: rows for name, rows in belongings(world).items() if name not in noted}
    assert after == before


def test_a_form_that_is_sent_as_a_question_changes_nothing(world: World) -> None:
    """Every form as GET, its token in the address: 405, or the page of that address."""
    noted, wrong = ("lease", "paper", "message"), []
    before = {name: rows for name, rows in belongings(world).items() if name not in noted}
    for name, path, form, _ in posts(world):
        answer = ask(world, name, "GET", path, {**form, "csrf_token": "x"})
        wrong += [f"{name} {path}: {answer.status_code}"] if answer.status_code >= 500 else []
    assert wrong == []
    assert {name: rows for name, rows in belongings(world).items() if name not in noted} == before


def test_every_answer_carries_the_headers(world: World) -> None:
    wrong = []
    for rule, method, policy in rules(world.app):
        for name in ["anonymous", *someone(policy, SCOPED[str(rule)].owner if str(rule) in SCOPED else "")]:
            answer = world.browsers[name].open(address(world, rule, OWN), method=method)
            given = answer.headers
            kept = str(rule) == "/evidence/<public_id>" and not is_examinee(name)
            if (
                given.get("X-Frame-Options") != "DENY"
                or given.get("X-Content-Type-Options") != "nosniff"
                or "frame-ancestors 'none'" not in given.get("Content-Security-Policy", "")
                or "unsafe" in given["Content-Security-Policy"]
                or ("no-store" not in given.get("Cache-Control", "") and not kept)
            ):
                wrong.append(f"{name} {method} {rule}: {answer.status_code} {dict(given)}")
    assert wrong == []


def test_fields_that_nobody_asked_for_change_nothing(world: World) -> None:
    """Mass assignment: who and what somebody is, marks, money and states never come from a form."""

    def now() -> set[Any]:
        found = {
            (table.__name__, *row)
            for table, *columns in FIXED
            for row in db.session.execute(select(*(getattr(table, column) for column in columns)))
        }
        db.session.rollback()
        return found

    before, seen = now(), 0
    acting = {"return", "reject", "pass", "back", "withdraw", "publish", "checked"}
    for name, path, form, _ in posts(world):
        page = "/password" if is_examinee(name) else "/staff/password"
        if (
            form.get("act") in acting
            or "checked" in form
            or path.endswith(("/withdraw", "/discard", "/revoke", "/completion", "/correct", "/logout"))
            or name == "anonymous"
        ):
            continue
        if world.browsers[name].get(page).status_code == 200:
            extra = {key: value for key, value in EXTRA.items() if key not in form}
            ask(world, name, "POST", path, {**form, **extra})
            seen += 1
    assert now() >= before  # a draft may have come, nothing that was there is another
    assert seen > 30


def test_a_submitted_application_cannot_be_written_by_any_old_form(world: World) -> None:
    desk, browser = world.sides[OWN].case, "examinee"
    frozen, answers = desk.submission.sha256, desk.row.answers
    for slug in ("notice", "profile", "scores", "statement", "prior-degree", "confirm"):
        for act in ("next", "autosave", "back", "choose"):
            form = {"act": act, "statement": "后来写的", "phone": "13900000000", "version": desk.row.version}
            answer = ask(world, browser, "POST", f"/applications/{desk.public_id}/{slug}", form)
            assert answer.status_code in (409, 303), (slug, act, answer.status_code)
    for slot in ("diploma_photo", "record_photo"):
        for act in ("upload", "remove"):
            path, form = (
                f"/applications/{desk.public_id}/prior-degree/{slot}",
                {"act": act, slot: (io.BytesIO(photo()), "a.jpg")},
            )
            assert ask(world, browser, "POST", path, form).status_code in (409, 303), (slot, act)
    assert (desk.submission.sha256, desk.row.answers) == (frozen, answers)


@pytest.mark.usefixtures("known_captcha")
def test_a_forwarded_address_that_nobody_vouches_for_does_not_dodge_the_throttle(site: Flask) -> None:
    people = [on_roster(site) for _ in range(41)]
    codes = []
    for place, person in enumerate(people):
        browser = site.test_client()
        page = browser.get("/login").text
        browser.get("/captcha.png")
        data = {"csrf_token": csrf_of(page), "id_number": person.number, "password": "Wrong-pass-9", "captcha": "K7M4"}
        answer = browser.post(
            "/login", data=data, headers={"X-Forwarded-For": f"10.0.0.{place}", "Forwarded": f"for=10.1.0.{place}"}
        )
        codes.append(answer.status_code)
    assert codes == [422] * 39 + [429] * 2


def test_a_fault_is_logged_without_anybodys_number(
    site: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that fails is written to the log, what was put into it is not."""
    with site.app_context():
        browser = site.test_client()
        builders.sign_in(browser, person=builders.staff("admin"))
        builders.school()
    token = csrf_of(browser.get("/staff/examinees").text)

    def fails(session: Any, typed: str, by: Any) -> Any:
        return session.execute(insert(School).values(code="10574", name=typed))

    monkeypatch.setattr(people, "find", fails)
    answer = browser.post("/staff/examinees", data={"csrf_token": token, "q": "310101199503020011"})
    assert answer.status_code == 500
    assert "INSERT INTO school" in caplog.text
    assert "310101199503020011" not in caplog.text
    told = re.sub(r"<textarea.*?</textarea>|<input type=\"hidden\"[^>]*>", "", answer.text, flags=re.S)
    assert "310101199503020011" not in told  # but in what is given back to who typed it


def test_the_page_of_a_fault_needs_no_database(site: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with site.app_context():
        browser = site.test_client()
        builders.sign_in(browser, person=builders.staff("admin"))
        with without_table("login_session"):
            answer = browser.get("/staff")
    assert answer.status_code in (500, 503)  # as PostgreSQL and SQLite call it
    assert "login_session" in caplog.text  # whoever keeps the site can see why
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_unknown_methods_and_broken_bytes_are_refused_plainly(site: Flask) -> None:
    browser = site.test_client()
    for method in ("TRACE", "PROPFIND", "PUT"):
        assert browser.open("/login", method=method).status_code == 405
    assert browser.get("/%ff%fe/%c0%af").status_code in (400, 404)
    sent = browser.post(
        "/login", data=b"id_number=%ff%fe&captcha=\xff\xfe", content_type="application/x-www-form-urlencoded"
    )
    assert sent.status_code == 400
    broken = browser.post("/login", data=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400
    assert browser.get("/static/../app/config.py").status_code == 404
    assert browser.get("/static/").status_code == 404
