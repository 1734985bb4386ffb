"""A page that gives back what was filled in gives back what was typed, and what was chosen in words: never a code to be copied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest

from app.actions.exports.kinds import kinds
from tests.reviewing import PAYING
from tests.sites import Pool
from tests.web.matrix import address, insiders, make_world, rules
from tests.web.matrix_map import OWN, SCOPED, World
from tests.web.walks.crawling import Sending, Sheet, plain_words

STEPS = ("profile", "scores", "prior-degree", "confirm")
FILTERS = "level=本科&flag=code,missing&match=any&age=7&who=mine&group=waiting&action=staff.login&left_state=aside"
CHOSEN = ("hidden", "select", "radio", "checkbox")
SENTENCE = re.compile("[一-鿿]")


@pytest.fixture
def world(pool: Pool) -> Iterator[World]:
    with pool.prepared("matrix", make_world, PAYING) as made:
        yield made


def pages(world: World) -> Iterator[tuple[str, str]]:
    """Who opens what: every page of everybody, and those that depend on what is asked for."""
    for rule, method, policy in rules(world.app):
        thing = SCOPED.get(str(rule))
        for name in insiders(policy, thing.owner if thing else "examinee") if method == "GET" else ():
            yield name, address(world, rule, OWN)
    draft = world.sides[OWN].draft.public_id
    yield from (("drafter", f"/applications/{draft}/{step}") for step in STEPS)
    yield from (("admin", f"/staff/exports/{kind}?{FILTERS}") for kind in kinds())
    yield "admin", "/admin/forecast?show=1"


def forms(world: World) -> Iterator[Sending]:
    """Each form once."""
    seen = set()
    for name, page in pages(world):
        answer = world.browsers[name].get(page)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for sending in Sheet(page, answer.text).sendings():
            kind = urlsplit(sending.action).path, sending.button, frozenset(one.name for one in sending.fields)
            if sending.method == "POST" and kind not in seen:
                seen.add(kind)
                yield sending


def test_nothing_that_is_given_back_is_a_code(world: World) -> None:
    wrong, many = [], 0
    for sending in forms(world):
        filled = sending.values(plain_words)
        codes = {value for one in sending.fields if one.kind in CHOSEN for value in (one.value, *one.choices)}
        codes -= {value for one in sending.fields if one.kind not in CHOSEN for value in filled.get(one.name, ())}
        answer = world.browsers["anonymous"].post(sending.action, data=filled)
        given = re.findall(
            r'<label for="kept-\d+">(.*?)</label>.*?<textarea[^>]*>\n?([^<]*)</textarea>', answer.text, re.S
        )
        for label, text in given:
            many += 1
            raw = [each for each in unescape(text).split("、") if each in codes and not SENTENCE.search(each)]
            wrong += [f"{sending.action}: {label}: {raw}"] if raw else []
    assert "\n".join(wrong) == ""
    assert many > 60
