"""A captcha is good once, for one browser, for three minutes (AC-04)."""

from __future__ import annotations

import io
import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.extensions import db
from app.models import Captcha
from app.models.base import transaction
from app.security import captcha
from tests.builders import NOW, csrf_of
from tests.signing import PASSWORD, PICTURE, SOUND, form_of, log_in, on_roster

KEY = b"k" * 32


def keep(
    answer: str = PICTURE, kind: str = captcha.PICTURE, owner: str = "me", after: int = 0, form: str = "one"
) -> None:
    with transaction() as session:
        on = NOW + timedelta(seconds=after)
        captcha.remember(session, captcha.Form(owner, form), secret=KEY, kind=kind, answer=answer, on=on)


def right(typed: str, owner: str = "me", after: int = 0, demo: str = "", form: str = "one") -> bool:
    with transaction() as session:
        on = NOW + timedelta(seconds=after)
        return captcha.spend(session, captcha.Form(owner, form), secret=KEY, typed=typed, on=on, demo=demo)


@pytest.mark.parametrize("typed", ["K7M4", "k7m4", " K7 M4 ", "Ｋ７Ｍ４"])
def test_the_answer_is_taken_as_people_type_it(both: Flask, typed: str) -> None:
    keep()
    assert right(typed)


def test_it_is_good_once(both: Flask) -> None:
    keep()
    assert right(PICTURE)
    assert not right(PICTURE)


def test_a_wrong_try_spends_it(both: Flask) -> None:
    keep()
    assert not right("ZZZZ")
    assert not right(PICTURE)


def test_it_is_over_after_180_seconds(both: Flask) -> None:
    keep()
    assert not right(PICTURE, after=180)
    keep()
    assert right(PICTURE, after=179)


def test_a_new_picture_kills_the_one_before(both: Flask) -> None:
    keep("AAAA")
    keep("CCCC")
    assert not right("AAAA")


def test_another_browser_cannot_use_it(both: Flask) -> None:
    keep()
    assert not right(PICTURE, owner="somebody else")
    assert right(PICTURE)


def test_two_forms_of_one_browser_do_not_spend_each_others(both: Flask) -> None:
    keep("AAAA", form="older")
    keep("CCCC", form="newer")
    assert not right("CCCC", form="older")  # the newer one's answer is no answer here
    keep("AAAA", form="older")
    assert right("AAAA", form="older")
    assert not right("AAAA", form="older")
    assert right("CCCC", form="newer")


def test_five_forms_of_a_browser_are_alive_and_the_oldest_goes(both: Flask) -> None:
    for place in range(7):
        keep("ACDEFGH"[place] * 4, after=place, form=f"form{place}")
    keep(owner="somebody else")
    assert db.session.scalar(select(func.count()).select_from(Captcha)) == captcha.ALIVE + 1
    assert not right("CCCC", form="form1", after=7)
    assert right("DDDD", form="form2", after=7)
    assert right("HHHH", form="form6", after=7)


def test_a_picture_fetched_by_itself_is_good_for_any_form_once(both: Flask) -> None:
    keep("AAAA", form="")
    assert right("AAAA", form="whichever")
    assert not right("AAAA", form="whichever")
    keep("AAAA", form="")
    keep("CCCC", form="mine")
    assert right("CCCC", form="mine")
    assert not right("AAAA", form="mine")  # one try spends both


def test_picture_and_sound_have_answers_of_their_own_and_go_together(both: Flask) -> None:
    keep()
    keep(SOUND, captcha.SOUND)
    assert right(SOUND)
    assert not right(PICTURE)
    keep(SOUND, captcha.SOUND)
    assert right(SOUND, after=10)


@pytest.mark.parametrize("typed", ["", " ", "K7M", "K7M4K7M4", "\x00\x00\x00\x00", "K" * 9000])
def test_an_empty_or_odd_answer_is_wrong(both: Flask, typed: str) -> None:
    keep()
    assert not right(typed)
    assert not right(typed)


def test_the_answer_of_a_demonstration_is_always_right_and_an_unset_one_never(both: Flask) -> None:
    assert right("demo", demo="DEMO")
    assert not right("", demo="")


def test_the_table_holds_no_answer_and_is_swept(both: Flask) -> None:
    keep()
    row = db.session.scalars(select(Captcha)).one()
    assert PICTURE not in f"{row.image_mac}{row.owner_sha256}"
    assert row.owner_sha256 != "me"
    keep(owner="later", after=3600)
    assert db.session.scalar(select(func.count()).select_from(Captcha)) == 1


def test_only_one_of_many_tries_at_once_is_right(both: Flask) -> None:
    keep()
    found: list[bool] = []
    gate = threading.Barrier(8)

    def attempt() -> None:
        with both.app_context():
            gate.wait()
            found.append(right(PICTURE))

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 7 + [True]


def test_the_characters_cannot_be_mistaken(site: Flask) -> None:
    assert not set(captcha.CHARACTERS) & set("0OQDI1B8S5Z2GUVW")
    seen = {captcha.new_answer(captcha.PICTURE) for _ in range(50)}
    assert len(seen) > 45
    assert all(len(answer) == 4 and set(answer) <= set(captcha.CHARACTERS) for answer in seen)
    assert captcha.new_answer(captcha.SOUND).isdigit()


def test_the_picture_is_a_png_that_is_never_kept(browser: FlaskClient) -> None:
    answer = browser.get("/captcha.png")
    assert answer.mimetype == "image/png"
    assert answer.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(answer.data)).size == (180, 60)


def test_the_letters_are_dark_and_stand_apart() -> None:
    """Half of the library's own pictures are paler than this, or their letters lie over one another."""
    for _ in range(20):
        letters = Image.open(io.BytesIO(captcha.picture("HHHH"))).convert("L")
        dark = sum(1 for value in letters.tobytes() if value < 140)
        assert dark > 0.1 * 180 * 60


@pytest.mark.usefixtures("known_captcha")
def test_the_cookie_and_the_page_hold_no_answer(browser: FlaskClient) -> None:
    page = browser.get("/login")
    browser.get("/captcha.png")
    browser.get("/captcha.wav")
    with browser.session_transaction() as session:
        inside = str(dict(session)).upper()
    for answer in (PICTURE, SOUND):
        assert answer not in inside
        assert answer not in page.text


@pytest.mark.usefixtures("known_captcha")
def test_replay_refresh_and_another_browser_are_refused_at_the_form(site: Any, browser: FlaskClient) -> None:
    person = on_roster(site)
    data = {**form_of(browser, "/login"), "id_number": person.number, "password": PASSWORD}
    assert "请填写验证码" in browser.post("/login", data=data).text
    assert "验证码不正确" in browser.post("/login", data={**data, "captcha": PICTURE}).text  # none was fetched
    browser.get("/captcha.png")
    site.clock.now = NOW + timedelta(seconds=181)
    assert "验证码不正确" in browser.post("/login", data={**data, "captcha": PICTURE}).text
    other = site.test_client()
    form_of(other, "/login")
    other.get("/captcha.png")
    assert "验证码不正确" in browser.post("/login", data={**data, "captcha": PICTURE}).text
    assert log_in(browser, person.number, "Wrong-pass-9").status_code == 422
    assert (
        "验证码不正确" in browser.post("/login", data={**data, "captcha": PICTURE}).text
    )  # spent by the wrong password


@pytest.mark.usefixtures("known_captcha")
@pytest.mark.parametrize("name", ["captcha", "captcha[]", "captcha.0"])
def test_several_answers_at_once_are_one_try(site: Flask, browser: FlaskClient, name: str) -> None:
    """All characters in one form: only the first field of the name is looked at, and it spends the picture."""
    person = on_roster(site)
    data = {**form_of(browser, "/login"), "id_number": person.number, "password": PASSWORD}
    browser.get("/captcha.png")
    assert browser.post("/login", data={**data, name: ["AAAA", "CCCC", PICTURE]}).status_code == 422
    again = browser.post("/login", data={**data, "captcha": PICTURE})
    assert (again.location == "/") == (name != "captcha")  # of another name it is a missing answer, which tries nothing


def test_the_older_of_two_sign_in_tabs_still_signs_in(
    site: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, answers = on_roster(site), iter(("AAAA", "CCCC"))
    monkeypatch.setattr(captcha, "new_answer", lambda kind: next(answers))
    older, newer = (browser.get("/login").text for _ in range(2))
    pictures = [re.search(r'src="(/captcha.png[^"]+)"', page)[1] for page in (older, newer)]  # type: ignore[index]
    assert pictures[0] != pictures[1]
    for picture in pictures:
        assert browser.get(picture).status_code == 200
    form = re.search(r'name="captcha_form" value="([^"]+)"', older)[1]  # type: ignore[index]
    data = {"csrf_token": csrf_of(older), "captcha_form": form, "id_number": person.number, "password": PASSWORD}
    assert browser.post("/login", data={**data, "captcha": "CCCC"}).status_code == 422
    assert "验证码不正确" in browser.post("/login", data={**data, "captcha": "AAAA"}).text  # spent by the try before
    monkeypatch.setattr(captcha, "new_answer", lambda kind: "DDDD")
    browser.get(pictures[0])
    assert browser.post("/login", data={**data, "captcha": "DDDD"}).location == "/"


@pytest.mark.usefixtures("known_captcha")
def test_a_wrong_captcha_does_not_count_against_the_account(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site)
    for _ in range(7):
        log_in(browser, person.number, captcha="ZZZZ")
    assert log_in(browser, person.number).location == "/"


def test_pictures_and_sounds_are_limited_for_each_address(site: Any, browser: FlaskClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(captcha, "sound", lambda answer: b"RIFF")
    assert [browser.get("/captcha.png").status_code for _ in range(31)] == [200] * 30 + [429]
    assert [browser.get("/captcha.wav").status_code for _ in range(11)] == [200] * 10 + [429]
    site.clock.now = NOW + timedelta(minutes=1)
    assert browser.get("/captcha.png").status_code == 200


def test_a_sound_that_has_to_wait_too_long_says_so(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(answer: str) -> bytes:
        raise captcha.Busy

    monkeypatch.setattr(captcha, "sound", busy)
    answer = browser.get("/captcha.wav")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_the_demonstrations_answer_signs_in(make_app: Any) -> None:
    site = make_app(demo=True, demo_captcha="demo")
    person = on_roster(site)
    browser = site.test_client()
    data = {**form_of(browser, "/login"), "id_number": person.number, "password": PASSWORD, "captcha": "demo"}
    assert browser.post("/login", data=data).location == "/"
