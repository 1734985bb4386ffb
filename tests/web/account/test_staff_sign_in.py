"""Staff sign in on their own page; accounts come with a one-time code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions.people.staff import create_staff
from app.actions.people.staff_access import disable_staff, reset_staff
from app.rules.people.roles import SYSTEM
from tests.builders import NOW, csrf_of
from tests.signing import PASSWORD, acts, form_of, log_in, log_in_staff, on_roster, on_staff, sessions_of
from tests.web.account.test_activate import told

NEW = "Shenhe-yuan-2027"


def new_account(site: Flask, username: str = "zhoumin", role: str = "office_reviewer") -> str:
    with site.app_context():
        return create_staff(username, "周敏", role, by=SYSTEM, on=NOW)


def test_a_password_leads_to_the_overview(site: Flask, browser: FlaskClient) -> None:
    person = on_staff(site)
    answer = log_in_staff(browser, f" {person.username.upper()} ")
    assert (answer.status_code, answer.location) == (303, "/staff")
    assert browser.get("/staff/password").status_code == 200


def test_the_first_code_leads_to_a_password_of_ones_own_and_nowhere_else(site: Flask, browser: FlaskClient) -> None:
    code = new_account(site)
    assert log_in_staff(browser, "zhoumin", code).location == "/staff/password"
    assert browser.get("/staff").location == "/staff/password"
    assert browser.get("/activate").location == "/staff/password"
    page = browser.get("/staff/password").text
    assert "主菜单" not in page  # it would lead back here
    assert "/staff/logout" in page
    form = {"csrf_token": csrf_of(page)}
    weak = browser.post("/staff/password", data={**form, "new_password": "Short-1", "new_password_again": "Short-1"})
    assert "至少 12 位" in weak.text
    both = browser.post("/staff/password", data={**form, "new_password": "Short-1", "new_password_again": "zz"})
    assert [field for field, _ in told(both.text)] == ["new_password", "new_password_again"]
    assert "显示密码" in page
    named = browser.post(
        "/staff/password", data={**form, "new_password": "X1-zhoumin-99", "new_password_again": "X1-zhoumin-99"}
    )
    assert "不能包含用户名" in named.text
    assert (
        browser.post("/staff/password", data={**form, "new_password": NEW, "new_password_again": NEW}).location
        == "/staff"
    )
    again = site.test_client()
    assert log_in_staff(again, "zhoumin", code).status_code == 422
    assert log_in_staff(again, "zhoumin", NEW).location == "/staff"


def test_a_code_is_over_after_a_day(site: Any, browser: FlaskClient) -> None:
    code = new_account(site)
    site.clock.now = NOW + timedelta(hours=24)
    assert log_in_staff(browser, "zhoumin", code).status_code == 422


def test_unknown_wrong_and_disabled_are_answered_alike(site: Flask) -> None:
    known, gone = on_staff(site), on_staff(site, active=False)
    tries = (("nobody-here", PASSWORD), (known.username, "Wrong-pass-99"), (gone.username, PASSWORD))
    answers = [log_in_staff(site.test_client(), *given) for given in tries]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert all("用户名或密码不正确" in answer.text for answer in answers)


def test_five_wrong_ones_lock_the_account(site: Flask) -> None:
    person = on_staff(site)
    for _ in range(5):
        log_in_staff(site.test_client(), person.username, "Wrong-pass-99")
    assert log_in_staff(site.test_client(), person.username).status_code == 422
    assert acts(site)[-1] == "sign_in.locked"


def test_a_second_sign_in_ends_the_first(site: Flask, browser: FlaskClient) -> None:
    person = on_staff(site)
    log_in_staff(browser, person.username)
    log_in_staff(site.test_client(), person.username)
    assert sessions_of(site, person.id, staff=True) == 1
    assert browser.get("/staff/password").location.startswith("/staff/login")


def test_fifteen_idle_minutes_end_it(site: Any, browser: FlaskClient) -> None:
    person = on_staff(site)
    log_in_staff(browser, person.username)
    site.clock.now = NOW + timedelta(minutes=14)
    assert browser.get("/staff/password").status_code == 200
    site.clock.now = NOW + timedelta(minutes=29)
    assert browser.get("/staff/password").location == "/staff/login?next=%2Fstaff%2Fpassword"


def test_disabling_and_resetting_bite_on_the_next_request(site: Flask) -> None:
    for act in (
        lambda person: disable_staff(person.id, by=SYSTEM, on=NOW),
        lambda person: reset_staff(person.id, by=SYSTEM, on=NOW, secret=site.extensions["kaoji"].secret_key),
    ):
        on_staff(site)  # another administrator stays
        person, browser = on_staff(site), site.test_client()
        log_in_staff(browser, person.username)
        with site.app_context():
            act(person)
        assert browser.get("/staff/password").location.startswith("/staff/login")
        assert log_in_staff(browser, person.username).status_code == 422


@pytest.mark.usefixtures("known_captcha")
def test_an_examinee_is_shown_the_staff_sign_in_and_staff_that_of_examinees(site: Flask, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    answer = browser.get("/staff/orders")
    assert answer.status_code == 403
    assert 'href="/staff/login?next=%2Fstaff%2Forders"' in answer.text
    staff = site.test_client()
    log_in_staff(staff, on_staff(site).username)
    answer = staff.get("/scores/latest")
    assert answer.status_code == 403
    assert 'href="/login?next=%2Fscores%2Flatest"' in answer.text


@pytest.mark.usefixtures("known_captcha")
def test_what_was_typed_comes_back_when_the_browser_has_another_account(site: Flask, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site).number)
    form = form_of(browser, "/password")
    answer = browser.post("/staff/orders/record", data={**form, "receipt": "收据 20261127"})
    assert answer.status_code == 403
    assert "收据 20261127" in answer.text


def test_signing_out(site: Flask, browser: FlaskClient) -> None:
    person = on_staff(site)
    log_in_staff(browser, person.username)
    answer = browser.post("/staff/logout", data=form_of(browser, "/staff/password"))
    assert answer.location == "/staff/login"
    assert sessions_of(site, person.id, staff=True) == 0


@pytest.mark.usefixtures("known_captcha")
def test_the_page_shows_nothing_of_an_examinee_who_is_signed_in(site: Flask, browser: FlaskClient) -> None:
    log_in(browser, on_roster(site, name="欧阳雪").number)
    assert "欧阳雪" in browser.get("/password").text
    assert "欧阳雪" not in browser.get("/staff/login").text
