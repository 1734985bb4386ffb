"""The second factor of staff: set up at the first sign-in, asked for afterwards, asked again before what is grave."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions.people.second_factor import reset_totp
from app.actions.people.staff import create_staff
from app.extensions import db
from app.models import Staff
from app.rules.people.roles import SYSTEM
from app.security import throttle, totp
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import submitted
from tests.signing import PASSWORD, acts, form_of, log_in_staff, on_staff, token_of

TOTP = "/staff/totp"


@pytest.fixture
def strict(make_app: Any) -> Flask:
    made: Flask = make_app(staff_totp="required")
    return made


def secret_on(page: str) -> str:
    found = re.search(r'<p class="num">([A-Z2-7 ]{32,})</p>', page)
    assert found is not None
    return found[1].replace(" ", "")


def code_now(site: Any, secret: str, later: int = 0) -> str:
    return totp.code_at(secret, totp.step_of(site.clock.now) + later)


def enrolled(site: Any, role: str = "admin") -> tuple[str, str, list[str]]:
    """User name, secret and recovery codes of somebody who set it up just now; a minute passes."""
    person, browser = on_staff(site, role), site.test_client()
    log_in_staff(browser, person.username)
    page = browser.get(TOTP).text
    secret = secret_on(page)
    done = browser.post(TOTP, data={"csrf_token": csrf_of(page), "code": code_now(site, secret)})
    codes = re.findall(r"<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>", done.text)
    site.clock.now += timedelta(minutes=1)
    return person.username, secret, codes


def give(browser: FlaskClient, code: str, page: str = "/staff/login") -> Any:
    return browser.post(page, data={**form_of(browser, page), "code": code})


def test_where_it_is_required_the_first_sign_in_leads_to_it_and_nowhere_else(strict: Any) -> None:
    with strict.app_context():
        code = create_staff("zhoumin", "周敏", "office_reviewer", by=SYSTEM, on=NOW)
    browser = strict.test_client()
    log_in_staff(browser, "zhoumin", code)
    new = {
        **form_of(browser, "/staff/password"),
        "new_password": "Shenhe-2027-x",
        "new_password_again": "Shenhe-2027-x",
    }
    assert browser.post("/staff/password", data=new).location == TOTP
    assert browser.get("/staff").location == TOTP
    assert browser.get("/staff/totp.svg").mimetype == "image/svg+xml"
    page = browser.get(TOTP).text
    wrong = browser.post(TOTP, data={"csrf_token": csrf_of(page), "code": "000000"})
    assert (wrong.status_code, "动态码不正确" in wrong.text) == (422, True)
    done = browser.post(TOTP, data={"csrf_token": csrf_of(page), "code": code_now(strict, secret_on(page))})
    assert len(re.findall(r"[A-Z0-9]{5}-[A-Z0-9]{5}", done.text)) == 10
    assert browser.get("/staff").status_code == 200


def test_where_it_is_optional_nobody_is_asked(site: Flask, browser: FlaskClient) -> None:
    assert log_in_staff(browser, on_staff(site).username).location == "/staff"


def test_the_password_alone_opens_nothing_any_more(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    browser = strict.test_client()
    assert "填写动态码" in log_in_staff(browser, name).text
    assert browser.get("/staff").location == "/staff/login?next=%2Fstaff"  # and after the code back
    assert give(browser, "000000").status_code == 422
    assert give(browser, code_now(strict, secret)).location == "/staff"
    assert browser.get("/staff").status_code == 200


def test_the_code_opens_a_session_of_another_token_and_ends_the_half_one(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    browser, thief = strict.test_client(), strict.test_client()
    log_in_staff(browser, name)
    half = token_of(browser)
    with thief.session_transaction() as planted:
        planted["_user_id"] = half
    assert give(browser, code_now(strict, secret)).location == "/staff"
    assert token_of(browser) not in ("", half)
    assert thief.get("/staff").status_code == 303
    assert give(thief, code_now(strict, secret, +1)).status_code != 303


def test_a_script_may_give_name_password_and_code_at_once(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    assert log_in_staff(strict.test_client(), name, code=code_now(strict, secret)).location == "/staff"


def test_a_code_is_taken_once_and_none_before_it(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    code = code_now(strict, secret)
    first, second = strict.test_client(), strict.test_client()
    assert log_in_staff(first, name, code=code).location == "/staff"
    assert log_in_staff(second, name, code=code).status_code == 422
    assert give(second, code_now(strict, secret, -1)).status_code == 422
    assert give(second, code_now(strict, secret, +1)).location == "/staff"


def test_a_recovery_code_is_taken_once(strict: Any) -> None:
    name, _, codes = enrolled(strict)
    assert len(codes) == 10
    assert log_in_staff(strict.test_client(), name, code=codes[3].lower()).location == "/staff"
    assert log_in_staff(strict.test_client(), name, code=codes[3]).status_code == 422
    assert "totp.recovery_code" in acts(strict)


def test_the_sixth_try_within_five_minutes_is_refused_even_when_right(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    browser = strict.test_client()
    log_in_staff(browser, name)
    for _ in range(throttle.TOTP[0].most):
        assert give(browser, "000000").status_code == 422
    assert give(browser, code_now(strict, secret)).status_code == 429
    strict.clock.now += timedelta(minutes=5)
    again = strict.test_client()
    assert log_in_staff(again, name, code=code_now(strict, secret)).location == "/staff"


def test_a_password_alone_does_not_end_the_owners_session(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    owner, thief = strict.test_client(), strict.test_client()
    log_in_staff(owner, name, code=code_now(strict, secret))
    log_in_staff(thief, name)
    assert owner.get("/staff").status_code == 200


def test_the_administrator_takes_it_off_and_it_is_set_up_anew(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    with strict.app_context():
        person = db.session.query(Staff).filter_by(username=name).one()
        reset_totp(person.id, by=SYSTEM, on=strict.clock.now)
    browser = strict.test_client()
    assert log_in_staff(browser, name, code=code_now(strict, secret)).location == TOTP
    assert secret_on(browser.get(TOTP).text) != secret


def test_an_export_asks_for_the_password_again_after_five_minutes(site: Any, browser: FlaskClient) -> None:
    person = on_staff(site)
    log_in_staff(browser, person.username)
    export = "/staff/exports/applications?state=all"
    assert browser.get(export).status_code == 200
    site.clock.now += timedelta(minutes=6)
    there = browser.get(export).location
    assert there.startswith("/staff/confirm?next=%2Fstaff%2Fexports%2Fapplications")
    form = {**form_of(browser, there), "next": export}
    assert browser.post("/staff/confirm", data={**form, "password": "Wrong-pass-99"}).status_code == 422
    assert browser.post("/staff/confirm", data={**form, "password": PASSWORD}).location == export
    assert browser.get(export).status_code == 200


def test_with_a_second_factor_the_password_confirms_nothing(strict: Any) -> None:
    name, secret, _ = enrolled(strict)
    browser = strict.test_client()
    log_in_staff(browser, name, code=code_now(strict, secret))
    strict.clock.now += timedelta(minutes=6)
    form = {**form_of(browser, "/staff/confirm"), "next": "/admin/staff"}
    assert browser.post("/staff/confirm", data={**form, "password": PASSWORD}).status_code == 422
    done = browser.post("/staff/confirm", data={**form, "code": code_now(strict, secret)})
    assert done.location == "/admin/staff"


def reveal(client: FlaskClient, page: str, token: str) -> Any:
    return client.post(page, data={"csrf_token": token, "decision": "reveal"})


def test_reveals_beyond_twenty_ask_again_and_beyond_two_hundred_stop_with_an_alarm(
    app: Any, client: FlaskClient
) -> None:
    desk = submitted()
    builders.sign_in(client, person=builders.staff(), on=NOW - timedelta(minutes=10))
    page = f"/staff/applications/{desk.public_id}"
    token = csrf_of(client.get(page).text)
    for _ in range(20):
        assert desk.person.id_number in reveal(client, page, token).text
    answer = reveal(client, page, token)
    assert answer.location.startswith("/staff/confirm?next=%2Fstaff%2Fapplications%2F")
    builders.sign_in(client, person=builders.staff())
    token = csrf_of(client.get(page).text)
    for _ in range(throttle.REVEALS.most):
        assert reveal(client, page, token).status_code == 200
    assert reveal(client, page, token).status_code == 429
    assert reveal(client, page, token).status_code == 429
    assert acts(app).count("alarm.many_reveals") == 1
    assert acts(app).count("examinee.revealed") == 20 + throttle.REVEALS.most
