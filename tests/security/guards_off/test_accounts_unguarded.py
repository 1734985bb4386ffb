"""Without their guards the attacks on accounts succeed (docs/security.md, AC-01 to AC-05, AC-08): so the tests of these guards can fail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions.people import accounts, addresses, sign_in
from app.security import captcha, known_browsers, passwords, principal, sessions, throttle
from app.security.throttle import Limit
from app.web.account import views
from tests.builders import NOW
from tests.security.test_shared_address import knock, narrow, roster, shared
from tests.signing import PASSWORD, PICTURE, form_of, log_in, on_roster, token_of
from tests.web.account.test_activate import activate, begin

pytestmark = pytest.mark.usefixtures("known_captcha")
__all__ = ["narrow", "shared"]
OFF = Limit(10_000, timedelta(hours=1))
WRONG = "Wrong-pass-9"


@pytest.mark.usefixtures("narrow")
def test_without_the_units_of_an_address_a_whole_list_of_numbers_is_tried(
    shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "spend", lambda *given: True)
    assert [knock(shared, each)[1].location for each in roster(shared, 6)] == ["/activate"] * 6


def test_without_activation_the_initial_password_opens_everything(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "ACTIVATING", principal.EXAMINEE)
    person = on_roster(site, active=False)
    assert log_in(browser, person.number, person.number[-6:]).location == "/"
    assert "林晓雯" in browser.get("/").text


def test_without_their_limit_tickets_are_guessed(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ACTIVATION", OFF)
    person = begin(site, browser)
    assert [activate(browser, f"01012619{n:04}").status_code for n in range(3)] == [422] * 3
    assert activate(browser, person.tickets[0]).status_code == 303


def test_without_the_rule_of_passwords_the_last_six_are_chosen_again(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "password_problem", lambda *given, **more: None)
    person = begin(site, browser)
    assert activate(browser, person.tickets[0], person.number[-6:]).status_code == 303
    assert log_in(site.test_client(), person.number, person.number[-6:]).location == "/"


def test_without_the_limit_of_an_account_its_password_is_guessed(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "WRONG_PASSWORDS", OFF)
    person = on_roster(site)
    assert [log_in(site.test_client(), person.number, WRONG).status_code for _ in range(5)] == [422] * 5
    assert log_in(site.test_client(), person.number).location == "/"


def test_without_known_browsers_anybody_shuts_the_owner_out(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_browsers, "is_known", lambda *given: False)
    person = on_roster(site)
    log_in(browser, person.number)
    browser.post("/logout", data=form_of(browser, "/password"))
    for _ in range(5):
        log_in(site.test_client(), person.number, WRONG)
    assert log_in(browser, person.number).status_code == 422


def test_a_captcha_that_is_not_spent_is_replayed(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend = captcha.spend

    def only_look(session: Any, form: Any, **more: Any) -> bool:
        looked = session.begin_nested()
        right = spend(session, form, **more)
        looked.rollback()
        return right

    monkeypatch.setattr(captcha, "spend", only_look)
    person = on_roster(site)
    data = {**form_of(browser, "/login"), "id_number": person.number, "captcha": PICTURE}
    browser.get("/captcha.png")
    for _ in range(3):
        assert "证件号码或密码不正确" in browser.post("/login", data={**data, "password": WRONG}).text
    assert browser.post("/login", data={**data, "password": PASSWORD}).location == "/"


def test_a_captcha_that_is_of_no_browser_is_solved_elsewhere(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captcha.Form, "key", property(lambda form: captcha._sha256(form.ident)))
    person, other = on_roster(site), site.test_client()
    form_of(other, "/login")
    other.get("/captcha.png")
    data = {**form_of(browser, "/login"), "id_number": person.number, "password": PASSWORD, "captcha": PICTURE}
    assert browser.post("/login", data=data).location == "/"


def test_without_a_hash_for_the_unknown_their_answer_costs_nothing(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = passwords._hasher, []

    class Counting:
        def verify(self, stored: str, typed: str) -> bool:
            asked.append(stored)
            return bool(real.verify(stored, typed))

    monkeypatch.setattr(passwords, "_hasher", Counting())
    matches = passwords.password_matches
    monkeypatch.setattr(passwords, "password_matches", lambda stored, typed: bool(stored) and matches(stored, typed))
    log_in(site.test_client(), on_roster(site).number, WRONG)
    assert len(asked) == 1
    log_in(site.test_client(), "110101199003070054", WRONG)
    assert len(asked) == 1  # whoever measures knows that nobody has this number


def test_a_session_that_keeps_its_token_at_sign_in_is_fixed_before(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions.secrets, "token_urlsafe", lambda size=None: "planted-token")
    thief = site.test_client()
    for each in (browser, thief):
        with each.session_transaction() as planted:
            planted["_user_id"] = "planted-token"
    log_in(browser, on_roster(site).number)
    assert thief.get("/password").status_code == 200


def test_a_session_that_signing_out_leaves_is_used_on(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views.sessions, "sign_out", sessions._forget)
    log_in(browser, on_roster(site).number)
    thief = site.test_client()
    with thief.session_transaction() as stolen:
        stolen["_user_id"] = token_of(browser)
    browser.post("/logout", data=form_of(browser, "/password"))
    assert thief.get("/password").status_code == 200


def test_sessions_that_a_new_password_does_not_end_go_on(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "end_sessions", lambda *given, **more: None)
    person, thief = on_roster(site), site.test_client()
    log_in(browser, person.number)
    log_in(thief, person.number)
    new = {"current_password": PASSWORD, "new_password": "xinde-Mima-2027", "new_password_again": "xinde-Mima-2027"}
    assert browser.post("/password", data={**form_of(browser, "/password"), **new}).status_code == 303
    assert thief.get("/password").status_code == 200


def test_without_an_idle_end_a_session_lives_for_hours(
    site: Any, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(principal.IDLE, principal.EXAMINEE, timedelta(days=9))
    log_in(browser, on_roster(site).number)
    site.clock.now = NOW + timedelta(hours=11)
    assert browser.get("/password").status_code == 200


def test_without_an_age_a_session_lives_for_days(
    site: Any, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sessions.LONGEST, principal.EXAMINEE, timedelta(days=9))
    log_in(browser, on_roster(site).number)
    for step in range(1, 40):
        site.clock.now = NOW + timedelta(minutes=20 * step)
        assert browser.get("/password").status_code == 200
