"""前置学历凭证 as a form: the contract's field names, each with a label, and which second paper is asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders as build
from tests.wizard.test_wizard import Browser, begin, fill

DIPLOMA = {"diploma_number", "diploma_year", "diploma_month", "diploma_province", "diploma_photo", "diploma_remark"}
RECORD = {"record_code", "record_photo", "record_remark"}
REPORT = {"report_number", "report_photo", "report_remark"}


@pytest.fixture
def step(app: Flask, client: FlaskClient) -> tuple[Browser, str]:
    build.school()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(build.plan()))
    build.window()
    build.sign_in(client, tick=tick)
    browser = Browser(client)
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/prior-degree")
    return browser, f"{url}/prior-degree"


def fields(page: str) -> set[str]:
    form = page[page.index("<main") :]
    return set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', form)) - {"csrf_token", "version", "made"}


def chosen(page: str) -> list[str]:
    return re.findall(r'name="proof_kind" value="(\w+)"[^>]* checked', page)


def choose(step: tuple[Browser, str], **given: Any) -> str:
    browser, url = step
    assert browser.post(url, act="choose", **given).status_code == 303
    return browser.page


def test_every_field_of_the_contract_is_there_with_a_label(step: tuple[Browser, str]) -> None:
    page = step[0].page
    assert fields(page) == DIPLOMA | RECORD | {"proof_kind"}
    for name in fields(page) - {"proof_kind"}:
        assert f'<label for="{name}">' in page
    assert len(re.findall(r'<label class="choice"><input type="radio" id="proof_kind', page)) == 2
    assert fields(choose(step, proof_kind="report")) == DIPLOMA | REPORT | {"proof_kind"}


def test_the_second_paper_follows_the_year_of_the_diploma(step: tuple[Browser, str]) -> None:
    """A page without script sends the choice that it showed along with the new year."""
    page = choose(step, diploma_year="1999", proof_kind="record")
    assert (chosen(page), fields(page) & (RECORD | REPORT)) == (["report"], REPORT)
    assert chosen(choose(step, diploma_year="2010", proof_kind="report")) == ["record"]


def test_the_kind_follows_what_was_done_in_the_page_whatever_its_earlier_requests_left(
    step: tuple[Browser, str],
) -> None:
    """Year, month and kind are chosen faster than the page is renewed."""
    made = re.search(r'name="made" value="([\w.]+)"', step[0].page)
    assert made
    page = {"made": made[1], "diploma_year": "1999"}
    choose(step, proof_kind="record", **page)
    assert chosen(choose(step, proof_kind="record", diploma_month="7", **page)) == ["report"]
    assert 'name="made" value="1999.report"' in step[0].page
    page = {"made": made[1], "diploma_year": made[1].partition(".")[0]}
    choose(step, proof_kind="report", **page)
    assert chosen(choose(step, proof_kind="record", **page)) == ["record"]  # there and back


def test_a_choice_of_ones_own_stays(step: tuple[Browser, str]) -> None:
    """A few diplomas since 2002 are not registered."""
    choose(step, proof_kind="report")
    page = choose(step, diploma_number="103311201806001234", proof_kind="report")
    assert (chosen(page), fields(page) & (RECORD | REPORT)) == (["report"], REPORT)
    assert chosen(choose(step, proof_kind="record")) == ["record"]
