"""身份确认 and a session that is over lead back to the page with all that its form held, whatever form it is.

Which forms: those whose route needs a `fresh` proof, found on the pages that show them, so that a new one is held as soon as
a page has it; every export; and the preview of many at once, which asks who it is by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import select, update

from app.actions.corrections.asking import ask
from app.actions.exports.exports import LONGEST_REASON
from app.actions.exports.kinds import kinds
from app.models import Batch, ExportColumns, LoginSession, Staff
from app.models.base import random_id, transaction
from app.security.redirects import local_target
from app.security.sessions import load
from tests import builders
from tests.reviewing import PAYING, actor
from tests.sites import Pool
from tests.web.matrix import address, door, make_world, rules
from tests.web.matrix_map import OWN, World
from tests.web.walks.crawling import Sending, Sheet

NOTHING_TO_KEEP = {"/staff/totp": "a code, which no page gives back"}
BESIDE = {
    "/staff/applications/bulk/<key>": "asks who it is by itself, where it decides",
    "/staff/examinees/<int:ident>": "asks who it is by itself before 重置密码",
}
ONLY = {"/staff/examinees/<int:ident>": "reset"}
"""Of the forms of this address the one with this `act` asks."""
NEW_EACH_TIME = {"csrf_token", "form_token", "whose"}
QUERY = {
    "service": "graduation", "level": "本科", "flag": "code,missing", "match": "any", "age": "7", "who": "mine", "q": "静怡",
    "since": "2026-11-01", "until": "2026-12-24", "returned": "编号与照片不一致", "group": "waiting", "action": "staff.login",
    "actor": "周明", "left_state": "aside", "submitted_since": "2026-11-02",
}  # fmt: skip
PEOPLE = ("school_lead", "admin")
Held = dict[str, list[str]]


@pytest.fixture
def world(pool: Pool) -> Iterator[World]:
    with pool.prepared("matrix", make_world, PAYING) as made:
        yield made


def person_of(world: World, name: str) -> Staff:
    with world.browsers[name].session_transaction() as browser:
        me = load(browser["_user_id"], PAYING)
    with transaction() as session:
        return session.scalars(select(Staff).where(Staff.id == me.staff_id)).one()


def choose(world: World, name: str, act: str) -> str:
    """The number of what this person chose in the queue."""
    person, case = person_of(world, name), world.sides[OWN].case
    with transaction() as session:
        row = Batch(id=random_id(), staff_id=person.id, act=act, people=[], made_at=PAYING)
        row.files = [[case.public_id, case.seen.version, case.seen.sha256]]
        session.add(row)
        return row.id


def pages(world: World, name: str, many: tuple[str, ...]) -> Iterator[str]:
    """Addresses of this person's pages; exports as the queue leads to them, with filters and with a selection.

    `many`: acts of which the preview asks.
    """
    for rule, method, policy in rules(world.app):
        if method == "GET" and "staff" in policy.kinds and door(policy, name) == "in":
            yield address(world, rule, OWN)
    if name == "admin":
        for act in ("reset", "totp", "disable", "enable"):
            yield f"/admin/staff/{world.sides[OWN].staff}?act={act}"
        fields = {"name": "更正后", "id_type": "居民身份证", "reason": "核对证件"}
        by = actor(person_of(world, name))
        yield f"/staff/corrections/{ask('person', world.sides[OWN].case.person.id, fields, by=by, on=PAYING)}"
    yield "/admin/forecast?show=1&school=10574&major=050101&short=3"
    chosen = choose(world, name, "export")
    builders.store(ExportColumns(staff_id=person_of(world, name).id, kind="orders", name="对账", columns=["number"]))
    for kind in kinds():
        yield f"/staff/exports/{kind}?{urlencode(QUERY)}"
        yield f"/staff/exports/{kind}?batch={chosen}"
    for act in many:
        yield f"/staff/applications/bulk/{choose(world, name, act)}?order=name&flag=code"


def shown(world: World, name: str, page: str) -> list[Sending]:
    answer = world.browsers[name].get(page)
    html = answer.status_code == 200 and answer.mimetype == "text/html"
    return list(Sheet(page, answer.text).sendings()) if html else []


def rule_of(world: World, sending: Sending) -> str:
    """The rule that the form is posted to."""
    if sending.method == "GET":
        return ""
    adapter = world.app.url_map.bind("localhost")
    return str(adapter.match(urlsplit(sending.action).path, method="POST", return_rule=True)[0])


def sent(sending: Sending, *, touched: bool = False) -> Held:
    """What the form sends, but what is new on every page: as it stands, or everything typed and chosen otherwise."""
    found: Held = {}
    last = {one.name: one.choices[0] for one in sending.fields if one.kind == "radio"}
    for one in sending.fields:
        value = one.value
        if touched and one.kind == "checkbox":
            value = one.choices[0] if value is None else None
        elif touched and one.kind == "radio":
            value = last.pop(one.name, None)
        elif touched and one.kind == "select":
            value = one.choices[-1]
        elif touched and one.kind == "date":
            value = "2026-12-03"
        elif touched and one.free:
            value = "7" if (value or "").isdecimal() else "写过的文字"
        if value and one.name not in NEW_EACH_TIME:
            found.setdefault(one.name, []).append(value)
    return found


def post(world: World, name: str, sending: Sending) -> Any:
    token = {one.name: one.value for one in sending.fields if one.name in NEW_EACH_TIME}
    button = {sending.button[0]: sending.button[1]} if sending.button[0] else {}
    return world.browsers[name].post(sending.action, data={**sent(sending, touched=True), **token, **button})


def stands(world: World, name: str, **when: datetime) -> None:
    """Move the moments of this person's session."""
    me = person_of(world, name)
    with transaction() as session:
        session.execute(update(LoginSession).where(LoginSession.staff_id == me.id).values(**when))


def confirmed(world: World, name: str, sending: Sending) -> str:
    """Send the form when the proof is old; where one is led once it is given."""
    stands(world, name, proved_at=PAYING - timedelta(minutes=6))
    answer = post(world, name, sending)
    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/staff/confirm"), sending.action
    page = world.browsers[name].get(answer.location).text
    stands(world, name, proved_at=PAYING)
    return unescape(re.search(r'name="next" value="([^"]*)"', page)[1])


def signed_in_again(world: World, name: str, sending: Sending) -> str:
    """Send the form when the session is over; where one is led after signing in."""
    me = person_of(world, name)
    stands(world, name, seen_at=PAYING - timedelta(hours=1))
    answer = post(world, name, sending)
    builders.sign_in(world.browsers[name], person=me, on=PAYING)
    address = answer.location
    if answer.status_code == 401:
        assert "填写的都在" in answer.text
        assert 'id="kept-' not in answer.text, "nothing is to be copied where all of it comes back"
        address = unescape(re.search(r'href="(/staff/login\?[^"]*)"', answer.text)[1])
    return parse_qs(urlsplit(address).query)["next"][0]


@pytest.mark.parametrize(("led", "many"), [(confirmed, ("pass",)), (signed_in_again, ("pass", "even"))])
def test_the_page_is_back_with_all_that_the_form_held(world: World, led: Any, many: tuple[str, ...]) -> None:
    fresh = {str(rule) for rule, method, policy in rules(world.app) if method == "POST" and policy.fresh}
    asks, seen, wrong = fresh | BESIDE.keys(), set(), []
    for name in PEOPLE:
        for page in pages(world, name, many):
            for sending in shown(world, name, page):
                rule = rule_of(world, sending)
                if rule not in asks - NOTHING_TO_KEEP.keys() or ONLY.get(rule) not in (None, act_of(sending)):
                    continue
                seen.add(rule)
                back = led(world, name, sending)
                with world.app.test_request_context():
                    assert local_target(back, "staff", "/staff") == back
                was = sent(sending, touched=True)
                there = [sent(one) for one in shown(world, name, back) if same(one, sending)]
                wrong += [] if was in there else [f"{name} {page}: {back}: {told(was, there)}"]
    assert "\n".join(wrong) == ""
    assert seen == asks - NOTHING_TO_KEEP.keys(), "no page shows the form of this route to anybody here"


def act_of(sending: Sending) -> str | None:
    return next((one.value for one in sending.fields if one.name == "act"), None)


def same(one: Sending, other: Sending) -> bool:
    return place_of(one) == place_of(other)


def place_of(sending: Sending) -> tuple[Any, ...]:
    return sending.method, urlsplit(sending.action).path, sending.button, act_of(sending)


def told(was: Held, there: list[Held]) -> str:
    """What came back otherwise."""
    now = there[0] if there else {}
    return ", ".join(
        f"{name}: {was.get(name)} -> {now.get(name)}" for name in {**was, **now} if was.get(name) != now.get(name)
    )


def test_words_that_are_too_long_cost_no_filter(world: World) -> None:
    data = {"state": "school_review", "level": "本科", "reason": "用" * 5000}
    answer = world.browsers["anonymous"].post("/staff/exports/applications", data=data)
    address = re.search(r'href="(/staff/login[^"]*)"', answer.text)[1]
    found = parse_qs(urlsplit(parse_qs(urlsplit(unescape(address)).query)["next"][0]).query)
    assert (found["state"], found["level"]) == (["school_review"], ["本科"])
    assert len(found["reason"][0]) == LONGEST_REASON + 1  # so that it is told


def test_a_session_that_ends_at_the_question_itself_leads_on(world: World) -> None:
    back = "/staff/exports/orders?q=%E9%9D%99%E6%80%A1&reason=%E5%AF%B9%E8%B4%A6"
    answer = world.browsers["anonymous"].post("/staff/confirm", data={"next": back, "password": "x"})
    assert parse_qs(urlsplit(answer.location).query)["next"] == [back]
    answer = world.browsers["anonymous"].post("/staff/confirm", data={"next": "//evil.example", "password": "x"})
    assert parse_qs(urlsplit(answer.location).query)["next"] == ["/staff"]
