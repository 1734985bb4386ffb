"""A room and an attacker behind one address (AC-01, AC-02; docs/decisions/shared-addresses.md), at the size of their first half minute.

tests/bench/bench_shared_address.py does the whole ten minutes.
"""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.actions.people import addresses
from app.actions.people.addresses import PROOF
from app.models.base import transaction
from tests.bench.shared_address import (
    NEW,
    SETTINGS,
    Browser,
    Clock,
    Known,
    Room,
    Tries,
    attacker,
    fill,
    roster,
)
from tests.builders import NOW
from tests.signing import PASSWORD, acts, hashed, on_roster, on_staff
from tests.sizes import FULL

ROOM, SECONDS = (300, 90) if FULL else (40, 12)  # the pace of 2,000 in ten minutes


@pytest.fixture
def shared(make_app: Any) -> Any:
    return make_app(**SETTINGS)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three newcomers and one who waited are let in, which needs fewer people to show the same."""
    for name, units in (("NEWCOMERS", 6), ("WAITED", 8), ("ALL", 10)):
        monkeypatch.setattr(addresses, name, units)


def knock(site: Any, known: Known, password: str = "", address: str = "198.51.100.7", **more: str) -> Any:
    browser = Browser(site, address)
    page = browser.get("/login").text
    given = {"id_number": known.number, "password": password or known.initial, "captcha": "1234", **more}
    return browser, browser.post("/login", page, **given)


def activate(browser: Browser, ticket: str) -> Any:
    page = browser.get("/activate").text
    return browser.post("/activate", page, ticket=ticket, new_password=NEW, new_password_again=NEW)


def test_a_room_alone_is_let_in_to_the_last_and_waits_for_the_first_activations_only(shared: Any) -> None:
    people, room, clock = roster(shared, ROOM), Room(), Clock(shared)
    fill(clock, people, room, random.Random(7), SECONDS)
    clock.run()
    assert room.refused == []
    assert len(room.waits) == ROOM
    assert max(room.waits) <= 60
    assert acts(shared).count("account.activated") == ROOM


@pytest.mark.parametrize(("patient", "guesses"), [(False, 3), (True, 1)])
def test_an_attacker_alone_is_told_of_sixty_tries_an_hour(shared: Any, patient: bool, guesses: int) -> None:
    people, tries, clock = roster(shared, 400 if FULL else 30), Tries(), Clock(shared)
    clock.add(attacker(clock, people, tries, 2, patient=patient, guesses=guesses), 0)
    clock.run(7300 if FULL else 150)
    assert 0 < tries.most_in_an_hour <= 60
    assert tries.braked > 0
    assert acts(shared).count("sign_in.braked") == 1 or FULL


def test_both_on_one_address_leave_the_room_unharmed_and_five_tries_an_account(shared: Any) -> None:
    people, room, tries, clock = roster(shared, ROOM + 200), Room(), Tries(), Clock(shared)
    fill(clock, people[:ROOM], room, random.Random(7), SECONDS)
    known = people[ROOM : ROOM + 2] * 12 + people[ROOM + 2 : ROOM + (200 if FULL else 12)]
    clock.add(attacker(clock, known, tries, 1, patient=False, guesses=1), 0)
    clock.run()
    assert room.refused == []
    assert len(room.waits) == ROOM
    assert max(tries.accounts.values()) <= 5


@pytest.mark.usefixtures("narrow")
def test_who_is_braked_is_told_how_long_keeps_the_number_and_is_called(shared: Any) -> None:
    *first, known = roster(shared, 4)
    assert [knock(shared, each)[1].status_code for each in first] == [303] * 3
    browser, answer = knock(shared, known, "Falsch-es-1")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15
    assert f'value="{known.number}"' in answer.text
    assert "Falsch-es-1" not in answer.text
    assert 'name="captcha"' not in answer.text
    assert 'data-turn="/login/turn"' in answer.text
    assert browser.get("/login/turn").status_code == 204  # a part is kept for those who come back
    other, _ = knock(shared, known)
    assert int(other.get("/login/turn").headers["Retry-After"]) >= 10  # it is taken by the call
    done = browser.post("/login", answer.text, id_number=known.number, password=known.initial)
    assert (done.status_code, done.location) == (303, "/activate")
    shared.clock.now = NOW + timedelta(minutes=4)  # who waited long waits in longer steps, and is told what else to do
    late = other.post("/login", other.get("/login").text, id_number=known.number, password=known.initial)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")
    assert "手机流量" in late.text


@pytest.mark.usefixtures("narrow")
def test_a_place_is_of_one_account_and_serves_once(shared: Any) -> None:
    *first, known, another = roster(shared, 5)
    for each in first:
        knock(shared, each)
    browser, answer = knock(shared, known)
    place = browser.client.get_cookie("kaoji").value  # type: ignore[union-attr]
    other = browser.post("/login", answer.text, id_number=another.number, password=another.initial)
    assert (other.status_code, "验证码不正确" in other.text) == (422, True)
    assert browser.post("/login", answer.text, id_number=known.number, password="Falsch-es-1").status_code == 422
    browser.client.set_cookie("kaoji", place)
    used = browser.post("/login", answer.text, id_number=known.number, password=known.initial)
    assert (used.status_code, "验证码不正确" in used.text) == (422, True)


@pytest.mark.usefixtures("narrow")
def test_with_the_ticket_nobody_waits_and_a_wrong_one_is_a_try(shared: Any) -> None:
    *first, known, another = roster(shared, 6)
    for each in first:
        knock(shared, each)
    first[3:] = []
    _, answer = knock(shared, known, ticket=another.ticket)
    assert answer.status_code == 422
    assert "证件号码、密码或准考证号不正确" in answer.text
    browser, right = knock(shared, known, ticket=known.ticket)
    assert right.location == "/activate"
    assert activate(browser, known.ticket).status_code == 303
    assert knock(shared, another)[1].status_code == 303  # the person speaks for the address


@pytest.mark.usefixtures("narrow")
def test_only_an_activation_or_an_own_password_speaks_for_an_address(shared: Any) -> None:
    people, own = roster(shared, 6), on_roster(shared)
    me = Known(own.number, "")
    assert [knock(shared, each)[1].status_code for each in people[:4]] == [303] * 3 + [429]
    assert knock(shared, me, PASSWORD)[1].status_code == 429
    assert knock(shared, me, PASSWORD, ticket=own.tickets[0])[1].location == "/"
    assert knock(shared, people[5])[1].status_code == 303


@pytest.mark.usefixtures("narrow")
def test_staff_and_examinees_do_not_touch_each_other(shared: Any) -> None:
    people, me, own = roster(shared, 5), on_staff(shared), on_roster(shared)

    def staff(name: str, password: str, address: str = "198.51.100.7") -> Any:
        browser = Browser(shared, address)
        return browser.post("/staff/login", browser.get("/staff/login").text, username=name, password=password)

    answers = [staff(f"x{n}", "Falsch-es-1") for n in range(12)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 7
    assert 'value="x11"' in answers[-1].text
    assert "Falsch-es-1" not in answers[-1].text
    assert knock(shared, Known(own.number, ""), PASSWORD)[1].location == "/"
    for known in people:
        answer = knock(shared, known, address="198.51.100.8")[1]
    assert answer.status_code == 429
    assert staff(me.username, PASSWORD, "198.51.100.8").status_code == 303


@pytest.mark.usefixtures("narrow")
def test_a_declared_network_is_wider(make_app: Any) -> None:
    site = make_app(**SETTINGS, shared_networks="198.51.100.0/24, 2001:db8:1::/48")
    people = roster(site, 5)
    for address, status in (("198.51.100.7", 303), ("2001:db8:1:2::9", 303), ("203.0.113.5", 429)):
        assert [knock(site, known, address=address)[1].status_code for known in people[:4]][-1] == status


@pytest.mark.usefixtures("narrow")
def test_unknown_numbers_are_braked_as_known_ones(shared: Any) -> None:
    *first, known = roster(shared, 4)
    for each in first:
        knock(shared, each)
    strange = Known("110101199003070054", "")
    pages = [knock(shared, who)[1] for who in (known, strange)]
    assert {page.status_code for page in pages} == {429}
    shown = [re.sub(r'csrf_token" value="[^"]+|data-wait="\d+"|\d+ 秒', "", page.text) for page in pages]
    assert shown[0].replace(known.number, "") == shown[1].replace(strange.number, "")


def test_an_initial_password_makes_no_browser_known_and_is_counted_as_a_try(shared: Any) -> None:
    known = roster(shared, 1)[0]
    assert [knock(shared, known)[1].status_code for _ in range(6)] == [303] * 5 + [422]


def test_pictures_are_counted_by_browser(shared: Any) -> None:
    first, second = Browser(shared), Browser(shared)
    assert [first.get("/captcha.png").status_code for _ in range(31)] == [200] * 30 + [429]
    assert second.get("/captcha.png").status_code == 200
    refused = first.get("/captcha.png")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_what_is_spent_at_once_is_counted_exactly(both: Flask) -> None:
    where = addresses.address_of("examinee", "198.51.100.7", NOW)
    with transaction() as session:
        taken = [addresses.spend(session, where, 2, 7) for _ in range(5)]
        addresses.give_back(session, where, 2)
        taken.append(addresses.spend(session, where, 3, 7))
        addresses.proved(session, where, "somebody")
        addresses.proved(session, where, "somebody")
        taken.append(addresses.spend(session, where, PROOF, 7))
        later = addresses.address_of("examinee", "198.51.100.7", NOW + timedelta(minutes=66))
        taken.append(addresses.spend(session, later, 7, 7))
    assert taken == [True, True, True, False, False, True, True, True]
    assert hashed(PASSWORD)
