"""Without their guards staff see and take more than they may, and a site starts unsafe (docs/security.md, AC-32, AC-36, AC-37, AC-41)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import config
from app.actions import searching
from app.actions.people import reveals
from app.actions.people import sign_in as signing_in
from app.config import REAL, key, load, stamp_instance
from app.security import principal, sessions, throttle
from app.security.throttle import Limit
from app.web.staff.queue import search as queue
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import LATER, submitted
from tests.signing import log_in_staff, on_staff
from tests.test_config import BAD, WEAK
from tests.web.account.test_second_factor import enrolled, reveal
from tests.web.staff.queue.test_queue_sharing import QUEUE, tickets

UNSAFE = [given for given, named in BAD if not {"KAOJI_PORT", "KAOJI_TIMEZONE"} & given.keys()]


def test_without_reasons_an_unsafe_site_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp_instance(tmp_path, REAL)
    monkeypatch.setattr(config, "reasons", lambda settings: [])
    assert len(UNSAFE) >= 12
    for given in UNSAFE:
        assert load(tmp_path, given).instance == tmp_path


def test_without_its_look_at_the_key_a_guessed_one_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp_instance(tmp_path, REAL)
    monkeypatch.setattr(key, "is_weak", lambda found: False)
    for weak in WEAK:
        (tmp_path / "secret.key").write_text(weak, encoding="ascii")
        (tmp_path / "secret.key").chmod(0o600)
        assert load(tmp_path, {}).secret_key == bytes.fromhex(weak)


def test_without_one_session_each_two_share_an_account(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_end_surplus", lambda *given: None)
    person, other = on_staff(site), site.test_client()
    log_in_staff(browser, person.username)
    log_in_staff(other, person.username)
    assert [each.get("/staff").status_code for each in (browser, other)] == [200, 200]


def test_without_an_idle_end_a_desk_is_left_open(
    site: Any, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(principal.IDLE, principal.STAFF, timedelta(days=9))
    log_in_staff(browser, on_staff(site).username)
    site.clock.now = NOW + timedelta(hours=11)
    assert browser.get("/staff").status_code == 200


def test_without_a_second_factor_a_password_is_enough(make_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = make_app(staff_totp="required")
    name, _, _ = enrolled(strict)
    monkeypatch.setattr(signing_in, "next_kind", lambda *given: principal.STAFF)
    browser = strict.test_client()
    assert log_in_staff(browser, name).location == "/staff"
    assert browser.get("/staff").status_code == 200


def test_without_fresh_proof_an_unattended_browser_exports(
    site: Any, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in_staff(browser, on_staff(site).username)
    site.clock.now += timedelta(minutes=6)
    export = "/staff/exports/applications"
    assert browser.get(export).status_code == 303
    monkeypatch.setattr(principal.Principal, "is_fresh", lambda me, on: True)
    form = {"csrf_token": csrf_of(browser.get(export).text), "file": "csv", "reason": "备案"}
    taken = browser.post(export, data=form)
    assert (taken.status_code, taken.mimetype) == (200, "text/csv")


@pytest.fixture
def two_schools(app: Flask, client: FlaskClient) -> tuple[str, str]:
    """Tickets of a file of one's own school, and of another school's."""
    mine, theirs = submitted(name="林晓雯"), submitted("10002", name="王小明", on=LATER)
    builders.sign_in(client, person=builders.staff())
    return mine.ticket.number, theirs.ticket.number


INJECTED = "x' OR 'a' LIKE '"


def test_a_search_that_is_put_together_as_text_finds_everybody(
    client: FlaskClient, two_schools: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"state": "all", "q": INJECTED}
    assert tickets(client.get(QUEUE, query_string=asked).text) == []
    pasted = lambda column, typed: text(f"(holder_name LIKE '%{typed}%')")  # noqa: E731
    monkeypatch.setattr(queue, "named", pasted)
    assert tickets(client.get(QUEUE, query_string=asked).text) != []


def test_a_wildcard_that_is_not_escaped_finds_everybody(
    client: FlaskClient, two_schools: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"state": "all", "q": "%"}
    assert tickets(client.get(QUEUE, query_string=asked).text) == []
    monkeypatch.setattr(searching, "_contains", lambda column, typed: column.like(f"%{typed}%"))
    assert tickets(client.get(QUEUE, query_string=asked).text) != []


def test_without_its_limit_a_reviewer_reads_every_number(
    app: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a limit of three first, so that few looks show the same."""
    desk = submitted()
    builders.sign_in(client, person=builders.staff())
    page = f"/staff/applications/{desk.public_id}"
    token = csrf_of(client.get(page).text)
    span = throttle.REVEALS.span
    with monkeypatch.context() as few:
        few.setattr(throttle, "REVEALS", Limit(3, span))
        assert [reveal(client, page, token).status_code for _ in range(4)] == [200, 200, 200, 429]
    monkeypatch.setattr(throttle, "REVEALS", Limit(10**6, span))
    assert desk.person.id_number in reveal(client, page, token).text


def test_without_the_question_who_one_is_the_twenty_first_is_shown(
    app: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = submitted()
    builders.sign_in(client, person=builders.staff(), on=NOW - timedelta(minutes=10))
    page = f"/staff/applications/{desk.public_id}"
    token = csrf_of(client.get(page).text)
    monkeypatch.setattr(reveals, "UNASKED", 0)
    assert reveal(client, page, token).status_code == 303
    monkeypatch.setattr(reveals, "UNASKED", 10**6)
    assert desk.person.id_number in reveal(client, page, token).text
