"""切换准考证号 without signing in again (manual 2.1), only among one's own."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.signing import form_of, log_in, on_roster


def shown(page: str) -> str:
    """The ticket in the header."""
    found = re.search(r'准考证号 </span><span class="num">(\d+)<', page)
    assert found is not None
    return found.group(1)


pytestmark = pytest.mark.usefixtures("known_captcha")


def test_the_chosen_ticket_is_shown_from_then_on(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site, tickets=2)
    log_in(browser, person.number)
    for number in person.tickets:
        answer = browser.post("/ticket", data={**form_of(browser, "/password"), "ticket": number})
        assert (answer.status_code, answer.location) == (303, "/")
        assert shown(browser.get("/password").text) == number


def test_somebody_elses_and_an_unknown_one_are_answered_alike(site: Flask, browser: FlaskClient) -> None:
    mine, other = on_roster(site), on_roster(site)
    log_in(browser, mine.number)
    form = form_of(browser, "/password")
    for number in (other.tickets[0], "999999999999", "", "x' OR 1=1", "1\x00"):
        assert browser.post("/ticket", data={**form, "ticket": number}).status_code == 404
    assert shown(browser.get("/password").text) == mine.tickets[0]


def test_the_choice_belongs_to_this_browser(site: Flask, browser: FlaskClient) -> None:
    person = on_roster(site, tickets=2)
    other = site.test_client()
    log_in(browser, person.number)
    log_in(other, person.number)
    before = shown(other.get("/password").text)
    another = next(number for number in person.tickets if number != before)
    browser.post("/ticket", data={**form_of(browser, "/password"), "ticket": another})
    assert shown(browser.get("/password").text) == another
    assert shown(other.get("/password").text) == before
