"""A fault of ours loses nothing that was typed, without JavaScript too: its page shows it, and sends it again by a button; no secrets."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.test import TestResponse

from app.security.typed_text import LONGEST, MOST, label_of
from tests.sizes import FULL
from tests.web.matrix import ask
from tests.web.matrix_map import OWN, World
from tests.web.odd.every_field import Asked, forms, wrapping
from tests.web.walks.crawling import Sheet

SECRET = "Geheim-Ma7-zufaellig"
AGAIN = "用刚才的内容再发一次"
FORM = "application/x-www-form-urlencoded"


def fault(status: int) -> Exception:
    return (
        OperationalError("SELECT 1", {}, Exception("database is locked")) if status == 503 else RuntimeError("of ours")
    )


def answer_of_a_fault(world: World, asked: Asked, status: int, values: dict[str, Any]) -> TestResponse:
    endpoint = world.app.url_map.bind("localhost").match(urlsplit(asked.path).path, "POST")[0]
    with pytest.MonkeyPatch.context() as patch:
        wrapping(patch, world.app, endpoint, fault(status))
        return world.browsers[asked.who].post(asked.path, data=urlencode(values, doseq=True), content_type=FORM)


def is_secret(name: str) -> bool:
    return "password" in name or name in ("captcha", "code")


def pairs_of(values: dict[str, Any]) -> list[tuple[str, str]]:
    each = [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])]
    return [(name, one) for name, one in each if name != "csrf_token"]


def wrong_with(world: World, asked: Asked, status: int) -> list[str]:
    values = {name: SECRET if is_secret(name) else value for name, value in asked.values.items()}
    answer = answer_of_a_fault(world, asked, status, values)
    text, sent = unescape(answer.text), pairs_of(values)
    found = [] if answer.status_code == status else [f"{asked}: {answer.status_code}"]
    if SECRET in text:
        found.append(f"{asked}: the secret is on the page")
    shown = [value for name, value in sent if label_of(name) and len(value) > 12 and not is_secret(name)]
    found += [f"{asked}: {value[:20]} is lost" for value in shown if value not in text]
    again = [
        form
        for form in Sheet(asked.path, answer.text).sendings()
        if form.action == asked.path and form.method == "POST"
    ]
    if any(is_secret(name) for name, _ in sent):
        return found + ([f"{asked}: sent again without its secret"] if again else [])
    first = re.findall('class="btn primary[^>]*>([^<]*)', text)
    if len(first) > 1 or (AGAIN in text and first != [AGAIN]):
        found.append(f"{asked}: first to press are {first}")
    expected = sent if len(sent) <= MOST else [pair for pair in sent if pair[1]]
    if len(expected) <= MOST and (not again or sorted(pairs_of(again[0].values(str))) != sorted(expected)):
        found.append(f"{asked}: no button that sends the same again")
    return found


def test_the_page_of_a_fault_gives_back_and_sends_again_whatever_form_it_was(odd_world: World) -> None:
    wrong, many = [], 0
    for asked in forms(odd_world):
        if "csrf_token" in asked.values:
            many += 1
            for status in (503, 500) if FULL else ((503, 500)[many % 2],):
                wrong += wrong_with(odd_world, asked, status)
    assert wrong == []
    assert many > 50


def statement_of(world: World) -> Asked:
    path = f"/applications/{world.sides[OWN].draft.public_id}/statement"
    return next(asked for asked in forms(world) if asked.path == path and "act" in asked.values)


def test_the_button_saves_what_a_fault_kept_from_being_saved(odd_world: World) -> None:
    asked, words = statement_of(odd_world), "这一段是在出错以前写的。" * 40
    values = {**asked.values, "statement": words, "act": "next"}
    answer = answer_of_a_fault(odd_world, asked, 503, values)
    assert answer.headers["Retry-After"]
    again = next(form for form in Sheet(asked.path, answer.text).sendings() if form.action == asked.path)
    browser: FlaskClient = odd_world.browsers[asked.who]
    assert browser.post(again.action, data=again.values(str)).status_code == 303
    assert words in browser.get(asked.path).text


@pytest.mark.parametrize("status", [422, 500])
def test_a_page_gives_back_sixty_fields_at_most(odd_world: World, status: int) -> None:
    asked = statement_of(odd_world)
    many = {f"field{number}": f"第{number}个字段的内容" for number in range(3000)}
    if status == 500:
        answer = answer_of_a_fault(odd_world, asked, 500, {**asked.values, **many})
    else:
        answer = ask(odd_world, "anonymous", "POST", asked.path, many)
    assert answer.text.count("个字段的内容") <= MOST
    assert len(answer.data) < 60_000


def test_a_text_that_no_form_takes_is_cut_on_the_page_and_sent_again_by_no_button(odd_world: World) -> None:
    asked = statement_of(odd_world)
    answer = answer_of_a_fault(odd_world, asked, 500, {**asked.values, "statement": "字" * (LONGEST + 1)})
    assert "字" * LONGEST in answer.text
    assert "再发一次" not in answer.text


def test_a_form_that_is_not_of_this_browser_is_sent_again_by_no_button(odd_world: World) -> None:
    asked = statement_of(odd_world)
    for token in ("", "invented"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("app.security.allow.signed_in", Mock(side_effect=fault(503)))
            values = {**asked.values, "csrf_token": token}
            answer = odd_world.browsers[asked.who].post(
                asked.path, data=urlencode(values, doseq=True), content_type=FORM
            )
        assert answer.status_code == 503
        assert "再发一次" not in answer.text
        assert 'name="statement"' not in answer.text


def test_a_value_that_only_the_database_refuses_is_no_fault_and_is_given_back(odd_world: World) -> None:
    asked = statement_of(odd_world)
    with pytest.MonkeyPatch.context() as patch:
        endpoint = odd_world.app.url_map.bind("localhost").match(asked.path, "POST")[0]
        wrapping(patch, odd_world.app, endpoint, DataError("INSERT", {}, Exception("integer out of range")))
        answer = odd_world.browsers[asked.who].post(asked.path, data={**asked.values, "statement": "写好的一段文字。"})
    assert answer.status_code == 422
    assert "写好的一段文字。" in answer.text
    assert 'class="btn primary"' in answer.text  # the way back: the same again would be refused again
    assert "再发一次" not in answer.text
