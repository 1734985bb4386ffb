"""The first sign-in: the initial password opens one page only (security.md AC-01, SR-1 to SR-3)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.actions.people.accounts import issue_reset_code
from app.rules.people.roles import SYSTEM
from app.security.passwords import initial_mac
from tests.builders import NOW, school
from tests.signing import PASSWORD, Person, acts, form_of, log_in, on_roster, sessions_of, token_of
from tests.web.account.test_forgotten import WITHOUT

pytestmark = pytest.mark.usefixtures("known_captcha")
NEW = "xinde-Mima-2027"


def activate(browser: FlaskClient, ticket: str, new: str = NEW, again: str | None = None) -> TestResponse:
    form = form_of(browser, "/activate")
    return browser.post(
        "/activate", data={**form, "ticket": ticket, "new_password": new, "new_password_again": again or new}
    )


def begin(site: Flask, browser: FlaskClient, **over: Any) -> Person:
    person = on_roster(site, active=False, **over)
    assert log_in(browser, person.number, person.number[-6:]).location == "/activate"
    return person


def test_the_initial_password_opens_nothing_but_activation(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    rules = [rule for rule in site.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    assert len(rules) > 5
    for rule in rules:
        policy = site.view_functions[rule.endpoint].kaoji_policy
        if "public" in policy.kinds or "activating" in policy.kinds:
            continue
        answer = browser.get(re.sub("<[^>]+>", "1", rule.rule))
        staff = "examinee" not in policy.kinds
        assert answer.status_code == 303, rule
        assert answer.location.startswith("/staff/login" if staff else "/activate"), rule
    page = browser.get("/activate").text
    assert person.number not in page
    assert person.tickets[0] not in page
    assert "林晓雯" not in page


def told(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<li><a href="#(\w+)">([^<]+)', page)


def test_all_that_is_wrong_is_told_at_once_and_the_ticket_stays(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    answer = activate(browser, "12345", "short", again="other")
    assert answer.status_code == 422
    assert [field for field, _ in told(answer.text)] == ["ticket", "new_password", "new_password_again"]
    assert "密码至少 10 位，现在是 5 位" in answer.text
    assert 'value="12345"' in answer.text
    assert "密码没有留在页面上，请重新填写；准考证号还在。" in answer.text
    assert "密码没有留在页面上，请重新填写。" in activate(browser, "").text
    answer = activate(browser, "010199999999", "aaaaaaaaaaaa", again="b")
    assert [field for field, _ in told(answer.text)] == ["ticket", "new_password", "new_password_again"]
    assert "与本人不符" in answer.text
    answer = activate(browser, person.tickets[0], "short", again="other")
    assert [field for field, _ in told(answer.text)] == ["new_password", "new_password_again"]
    assert f'value="{person.tickets[0]}"' in answer.text
    assert activate(browser, person.tickets[0]).status_code == 303


def test_a_password_says_nothing_of_the_person_before_the_ticket_is_right(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    guesses = f"Aa-{person.tickets[0]}-13812345678-19950302"
    wrong = activate(browser, "010199999999", guesses)
    assert [field for field, _ in told(wrong.text)] == ["ticket"]
    malformed = activate(browser, "1", guesses)
    assert [field for field, _ in told(malformed.text)] == ["ticket"]
    right = activate(browser, person.tickets[0], guesses)
    assert [field for field, _ in told(right.text)] == ["new_password"]


@pytest.mark.parametrize("new", ["linxiaowen", "lxw", "林晓雯", "lin-Xiaowen-2027"])
def test_that_the_name_is_in_it_is_told_first_and_only_to_who_knows_the_ticket(
    site: Flask, browser: FlaskClient, new: str
) -> None:
    person = begin(site, browser)
    for ticket in ("1", "010199999999"):
        assert "密码中不能包含" not in activate(browser, ticket, new).text
    assert dict(told(activate(browser, person.tickets[0], new).text))["new_password"].startswith("密码中不能包含姓名")


def test_a_malformed_ticket_costs_no_try(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    for _ in range(5):
        assert activate(browser, "1234", "short").status_code == 422
    assert activate(browser, person.tickets[0]).status_code == 303


def test_who_has_no_ticket_at_hand_learns_where_it_is_printed_and_whom_to_call(
    site: Flask, browser: FlaskClient
) -> None:
    with site.app_context():
        school(hours="工作日 9:00-11:30")
    begin(site, browser)
    page = browser.get("/activate").text
    for words in ("没有准考证号", "印在准考证", "报名平台", "华东某大学", "021-0000 0001", "工作日 9:00-11:30"):
        assert words in page
    for words in (WITHOUT, "回拨你登记的手机号码", "带身份证件"):  # one rule, and staff read it too (test_forgotten)
        assert words in page
    assert re.search(r"<button[^>]*data-reveal[^>]*>显示密码", page)


def test_activation_sets_the_password_and_opens_everything(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser, tickets=2)
    before = token_of(browser)
    answer = activate(browser, f" {person.tickets[0][:4]} {person.tickets[0][4:]} ")
    assert (answer.status_code, answer.location) == (303, "/")
    assert token_of(browser) != before
    assert browser.get("/password").status_code == 200
    assert "account.activated" in acts(site)


def test_afterwards_the_last_six_are_refused_for_ever(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    activate(browser, person.tickets[0])
    assert log_in(site.test_client(), person.number, person.number[-6:]).status_code == 422
    assert log_in(site.test_client(), person.number, NEW).location == "/"


def test_three_wrong_tickets_close_it_for_half_an_hour(site: Any, browser: FlaskClient) -> None:
    person = begin(site, browser)
    for said in ("还可以试 2 次", "还可以试 1 次", "准考证号已连续 3 次与本人不符，请过 30 分钟再试"):
        answer = activate(browser, "999999999999")
        assert answer.status_code == 422
        assert said in answer.text
    closed = activate(browser, person.tickets[0])
    assert closed.status_code == 429
    assert "30 分钟" in closed.text
    again = site.test_client()
    log_in(again, person.number, person.number[-6:])
    assert activate(again, person.tickets[0]).status_code == 429
    assert acts(site).count("activation.closed") == 1
    site.clock.now = NOW + timedelta(minutes=31)
    log_in(browser, person.number, person.number[-6:])
    assert activate(browser, person.tickets[0]).status_code == 303


def test_somebody_elses_ticket_does_not_do(site: Flask, browser: FlaskClient) -> None:
    other = on_roster(site)
    begin(site, browser)
    answer = activate(browser, other.tickets[0])
    assert answer.status_code == 422
    assert "准考证号与本人不符" in answer.text


@pytest.mark.parametrize(
    ("new", "words"),
    [("short-1", "至少 10 位"), ("alllowercase", "至少 2 种"), ("Password123", "太常见")],
)
def test_a_weak_password_is_refused_and_costs_no_try(site: Flask, browser: FlaskClient, new: str, words: str) -> None:
    person = begin(site, browser)
    for _ in range(4):
        answer = activate(browser, person.tickets[0], new)
        assert answer.status_code == 422
        assert words in answer.text
        assert new not in answer.text
    assert activate(browser, person.tickets[0]).status_code == 303


def test_a_password_with_the_last_six_or_the_ticket_in_it_is_refused(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    for new in (f"abc-{person.number[-6:].lower()}-Z", f"Zz{person.tickets[0]}"):
        assert "密码中不能包含" in activate(browser, person.tickets[0], new).text


def test_two_different_entries_are_told_apart(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    assert "两次输入的新密码不一致" in activate(browser, person.tickets[0], again="something-Else-9").text


def test_a_roster_may_give_its_own_initial_password(site: Flask, browser: FlaskClient) -> None:
    number = "11010519491231002X"
    mac = initial_mac(site.extensions["kaoji"].secret_key, number, "Roster-Given")
    person = on_roster(site, active=False, id_number=number, initial_mac=mac)
    assert log_in(browser, number, number[-6:]).status_code == 422
    assert log_in(browser, number, "Roster-Given").location == "/activate"
    assert activate(browser, person.tickets[0]).status_code == 303


def test_letters_of_the_initial_password_must_be_upper_case(site: Flask, browser: FlaskClient) -> None:
    number = "11010519491231002X"
    on_roster(site, active=False, id_number=number)
    assert log_in(browser, number, "31002x").status_code == 422
    assert log_in(browser, number, "31002X").location == "/activate"


def test_an_activating_session_ends_after_half_an_hour(site: Any, browser: FlaskClient) -> None:
    begin(site, browser)
    site.clock.now = NOW + timedelta(minutes=30)
    assert browser.get("/activate").location.startswith("/login")


def reset(site: Flask, person: Person, on: Any = NOW) -> str:
    with site.app_context():
        return issue_reset_code(person.id, by=SYSTEM, secret=site.extensions["kaoji"].secret_key, on=on)


def test_a_reset_code_is_shown_once_used_once_and_ends_sessions(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    log_in(browser, person.number)
    code = reset(site, person)
    assert len(code) == 11
    assert browser.get("/password").status_code == 303
    assert sessions_of(site, person.id) == 0
    assert log_in(site.test_client(), person.number).status_code == 422
    assert log_in(site.test_client(), person.number, person.number[-6:]).status_code == 422
    assert log_in(browser, person.number, code.lower()).location == "/activate"
    assert activate(browser, person.tickets[0]).status_code == 303
    assert log_in(site.test_client(), person.number, code).status_code == 422


def test_a_reset_code_is_over_after_a_day(site: Any, browser: FlaskClient) -> None:
    person = on_roster(site)
    code = reset(site, person)
    site.clock.now = NOW + timedelta(hours=24)
    assert log_in(browser, person.number, code).status_code == 422


def test_a_reset_ends_an_activation_that_was_begun_with_the_initial_password(site: Flask, browser: FlaskClient) -> None:
    person = begin(site, browser)
    reset(site, person)
    assert browser.get("/activate").location.startswith("/login")
    assert log_in(browser, person.number, person.number[-6:]).status_code == 422


def test_a_reset_opens_a_locked_account_again(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    for _ in range(6):
        log_in(browser, person.number, "Wrong-pass-9")
    assert log_in(browser, person.number, PASSWORD).status_code == 422
    assert log_in(browser, person.number, reset(site, person)).location == "/activate"
