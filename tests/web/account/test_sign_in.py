"""Sign-in as an examinee meets it (manual, chapter 1; security.md AC-01 to AC-05, AC-08)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import NOW, window
from tests.second_service import registered
from tests.signing import PASSWORD, PICTURE, SOUND, acts, form_of, log_in, on_roster, sessions_of, token_of
from tests.web.account.test_activate import told

pytestmark = pytest.mark.usefixtures("known_captcha")


def test_the_right_password_leads_home(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    answer = log_in(browser, person.number)
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/password").status_code == 200
    assert acts(site) == ["sign_in.ok"]


def test_it_leads_to_where_one_wanted(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    wanted = browser.get("/password?from=menu")
    assert (wanted.status_code, wanted.location) == (303, "/login?next=%2Fpassword%3Ffrom%3Dmenu")
    assert 'name="next" value="/password?from=menu"' in browser.get(wanted.location).text
    assert log_in(browser, person.number, next="/password?from=menu").location == "/password?from=menu"
    assert browser.get("/login?next=/password").location == "/password"


def test_a_number_typed_with_gaps_and_a_small_x_is_understood(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site, id_number="11010519491231002X")
    assert log_in(browser, " 110105 19491231 002x ").location == "/"
    assert person.number == "11010519491231002X"


def test_the_spoken_digits_are_as_good_as_the_picture(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    form = form_of(browser, "/login")
    browser.get("/captcha.png")
    sound = browser.get("/captcha.wav")
    assert (sound.status_code, sound.mimetype, sound.data[:4]) == (200, "audio/wav", b"RIFF")
    data = {**form, "id_number": person.number, "password": PASSWORD, "captcha": SOUND}
    assert browser.post("/login", data=data).location == "/"


def test_errors_keep_the_number_and_never_the_password(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    for captcha, words in ((PICTURE, "证件号码或密码不正确"), ("ZZZZ", "验证码不正确")):
        answer = log_in(browser, person.number, "Wrong-pass-9", captcha)
        assert answer.status_code == 422
        assert words in answer.text
        assert f'value="{person.number}"' in answer.text
        assert "Wrong-pass-9" not in answer.text
        assert "<title>错误：" in answer.text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("310101199503020021", "校验不符"),
        ("31010119950230002X", "不是真实的日期"),
        ("310101950302002", "15 位的旧身份证"),
        ("3101011995030200", "现在是 16 位"),
        ("", "请填写证件号码"),
        ("12", "4 至 40 位"),
        ("\x00\x00\x00\x00AB12", "4 至 40 位"),
    ],
)
def test_a_number_that_cannot_be_right_is_told_at_the_field(browser: FlaskClient, number: str, words: str) -> None:
    answer = log_in(browser, number)
    assert answer.status_code == 422
    at_field = re.search(
        r'id="id_number-error".*?</span></span>|id="id_number-error".*?</span>.*?</span>', answer.text, re.S
    )
    assert at_field is not None
    assert words in at_field.group()


def _shown(page: str) -> str:
    return re.sub(
        r'(csrf_token" value=")[^"]+|value="[0-9X]{18}"|(captcha_form" value=|captcha\.\w+\?form=)"?[^"]+', "", page
    )


def test_unknown_wrong_inactive_and_locked_are_answered_alike(site: Flask) -> None:
    known, locked, new = on_roster(site), on_roster(site), on_roster(site, active=False)
    attacker = site.test_client()
    for _ in range(5):
        log_in(attacker, locked.number, "Wrong-pass-9")
    tries = {
        "unknown": ("110101199003070054", "Wrong-pass-9"),
        "wrong": (known.number, "Wrong-pass-9"),
        "inactive": (new.number, "Wrong-pass-9"),
        "locked": (locked.number, PASSWORD),
    }
    answers = {name: log_in(site.test_client(), *given) for name, given in tries.items()}
    assert {answer.status_code for answer in answers.values()} == {422}
    assert len({_shown(answer.text) for answer in answers.values()}) == 1
    headers = [{k: v for k, v in a.headers if k not in ("Set-Cookie", "Content-Length")} for a in answers.values()]
    assert headers[0] == headers[1] == headers[2] == headers[3]


def test_each_answer_costs_exactly_one_hash(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.security import passwords

    known, new = on_roster(site), on_roster(site, active=False)
    asked: list[Any] = []
    real = passwords.password_matches
    monkeypatch.setattr(
        passwords, "password_matches", lambda stored, typed: asked.append(stored) or real(stored, typed)
    )
    for number in ("110101199003070054", known.number, new.number):
        log_in(site.test_client(), number, "Wrong-pass-9")
    assert len(asked) == 3
    assert asked[0] is None


def test_the_sixth_try_is_refused_even_with_the_right_password_and_later_taken(site: Any) -> None:
    person = on_roster(site)
    for _ in range(5):
        log_in(site.test_client(), person.number, "Wrong-pass-9")
    assert log_in(site.test_client(), person.number).status_code == 422
    site.clock.now = NOW + timedelta(minutes=15, seconds=1)
    assert log_in(site.test_client(), person.number).location == "/"
    assert acts(site).count("sign_in.locked") == 1


def test_the_second_lock_of_a_day_is_longer(site: Any) -> None:
    person = on_roster(site)
    for round_ in range(2):
        site.clock.now = NOW + timedelta(minutes=20 * round_)
        for _ in range(5):
            log_in(site.test_client(), person.number, "Wrong-pass-9")
    site.clock.now = NOW + timedelta(minutes=20 + 16)
    assert log_in(site.test_client(), person.number).status_code == 422
    site.clock.now = NOW + timedelta(minutes=20 + 31)
    assert log_in(site.test_client(), person.number).location == "/"


def test_a_browser_known_from_before_is_not_locked_out_by_others(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    log_in(browser, person.number)
    browser.post("/logout", data=form_of(browser, "/password"))
    attacker = site.test_client()
    for _ in range(12):
        log_in(attacker, person.number, "Wrong-pass-9")
    assert log_in(attacker, person.number).status_code == 429  # this browser has failed too often
    assert log_in(browser, person.number).location == "/"


def test_the_known_browser_has_its_own_five_tries(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    log_in(browser, person.number)
    browser.post("/logout", data=form_of(browser, "/password"))
    for _ in range(5):
        log_in(browser, person.number, "Wrong-pass-9")
    assert log_in(browser, person.number).status_code == 422
    assert log_in(site.test_client(), person.number).location == "/"


def test_the_token_after_sign_in_is_a_new_one_and_only_its_hash_is_stored(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    with browser.session_transaction() as planted:
        planted["_user_id"] = "planted-token"
    log_in(browser, person.number)
    first = token_of(browser)
    assert first not in ("", "planted-token")
    assert len(first) >= 43
    with site.app_context():
        from app.extensions import db
        from app.models import LoginSession

        assert all(first not in row.token_sha256 for row in db.session.query(LoginSession))


def test_signing_in_again_ends_the_session_that_this_browser_had(site: Flask, browser: FlaskClient) -> None:
    first, second = on_roster(site), on_roster(site)
    log_in(browser, first.number)
    form = form_of(browser, "/password")
    browser.get("/captcha.png")
    browser.post("/login", data={**form, "id_number": second.number, "password": PASSWORD, "captcha": PICTURE})
    assert (sessions_of(site, first.id), sessions_of(site, second.id)) == (0, 1)


def test_signing_in_changes_the_form_token(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    before = form_of(browser, "/login")
    log_in(browser, person.number)
    assert browser.post("/logout", data=before).status_code == 400


def test_signing_out_ends_the_row_so_that_a_copied_cookie_is_worthless(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    log_in(browser, person.number)
    stolen = token_of(browser)
    answer = browser.post("/logout", data=form_of(browser, "/password"))
    assert (answer.status_code, answer.location) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert sessions_of(site, person.id) == 0
    thief = site.test_client()
    with thief.session_transaction() as session:
        session["_user_id"] = stolen
    assert thief.get("/password").status_code == 303
    assert "你已安全退出" in browser.get("/login").text


def test_the_page_says_what_can_be_done_now(site: Flask, browser: FlaskClient) -> None:
    with site.app_context(), registered():
        window()
        window(
            service="exemption",
            name="2027 年上半年",
            opens_at=NOW + timedelta(days=40),
            closes_at=NOW + timedelta(days=50),
        )
        page = browser.get("/login").text
    assert "申请毕业（2026 年下半年毕业）" in page
    assert "截止" in page
    assert "课程免考（2027 年上半年）" in page
    assert "初始密码为身份证号码后 6 位，字母须大写" in page


def test_the_registration_platform_is_linked_where_it_is_set(make_app: Any) -> None:
    page = make_app(registration_url="https://baoming.example.cn/").test_client().get("/login").text
    assert '<a href="https://baoming.example.cn/"' in page
    assert "baoming" not in make_app().test_client().get("/login").text


def test_password_change_ends_other_browsers_and_gives_a_new_token(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    other = site.test_client()
    log_in(browser, person.number)
    log_in(other, person.number)
    before = token_of(browser)
    form = form_of(browser, "/password")
    new = "xinde-Mima-2027"
    data = {**form, "current_password": PASSWORD, "new_password": new, "new_password_again": new}
    wrong = browser.post("/password", data={**data, "current_password": "not-it-9999"})
    assert wrong.status_code == 422
    assert "现在的密码不正确，还可以试 4 次" in wrong.text
    all_wrong = {**form, "current_password": "not-it-9999", "new_password": "kurz", "new_password_again": "anders"}
    assert told(browser.post("/password", data=all_wrong).text) == [
        ("current_password", "现在的密码不正确，还可以试 3 次"),
        ("new_password", "密码至少 10 位，现在是 4 位"),
        ("new_password_again", "两次输入的新密码不一致"),
    ]
    guess = {**form, "current_password": "", "new_password": PASSWORD, "new_password_again": PASSWORD}
    assert [field for field, _ in told(browser.post("/password", data=guess).text)] == ["current_password"]
    weak = {**data, "new_password": "kurz", "new_password_again": "kurz"}
    for _ in range(6):  # the present one is right: this costs no try
        assert "至少 10 位" in browser.post("/password", data=weak).text
    assert browser.post("/password", data=data).status_code == 303
    assert token_of(browser) != before
    assert browser.get("/password").status_code == 200
    assert other.get("/password").status_code == 303
    assert log_in(site.test_client(), person.number).status_code == 422
    assert log_in(site.test_client(), person.number, new).location == "/"
