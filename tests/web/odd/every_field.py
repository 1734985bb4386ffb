"""Every address and every form of the site with the names of all that they read, for tests that send odd or long things into each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update
from werkzeug.test import TestResponse

from app.actions.exports.kinds import kinds
from app.extensions import db
from app.models import Application, LoginSession
from app.security.allow import Policy
from app.web.staff.queue.filters import Filters
from app.wizard.forms import Form, forms_in
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING, returning, submitted
from tests.sizes import FULL
from tests.web.matrix import address, door, insiders, is_examinee, make_world, rules
from tests.web.matrix_map import HALFWAY, NAMED, OWN, PRINCIPALS, SCHOOLS, SCOPED, World
from tests.web.walks.crawling import HOST, Sheet, plain_words
from tests.web.walks.stored import Storage

READ = re.compile(r'args(?:\.get\(|\[)"(\w+)"|"(\w+)" (?:not )?in request\.args')
EVERYWHERE = ("q", "after", "before", "next", "undo", "set", "columns", "show", "print", "sure", "back", "v")
STEPS = ("notice", "profile", "scores", "prior-degree", "statement", "portrait", "confirm")
RETURNED = (
    "profile.phone",
    "profile.address",
    "statement.statement",
    "prior_degree.diploma_number",
    "prior_degree.record_code",
)
FILTERS = "level=本科&flag=code,missing&match=any&age=7&who=mine&group=waiting&action=staff.login&left_state=aside"
FORM = "application/x-www-form-urlencoded"
MACHINERY = ("csrf_token",)


@dataclass(frozen=True)
class Asked:
    """One way to ask: who, how, what is sent when nothing is odd, and the names of what could be."""

    who: str
    method: str
    path: str
    rule: str
    values: Mapping[str, Any]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.who} {self.method} {self.rule}"


def make_odd_world(app: Flask) -> World:
    """The world of the matrix, in which every step of the draft may be opened and one application has things to change."""
    world = make_world(app)
    drafts = update(Application).where(Application.public_id == world.sides[OWN].draft.public_id)
    db.session.execute(drafts.values(reached="confirm"))
    db.session.commit()
    desk = submitted(SCHOOLS[OWN])
    desk.decide("return", builders.staff(school_code=SCHOOLS[OWN]), returning(*RETURNED))
    world.returned = desk.public_id
    world.browsers["fixer"] = app.test_client()
    builders.sign_in(world.browsers["fixer"], tick=desk.ticket, on=PAYING)
    return world


def someone(policy: Policy, owner: str = "") -> list[str]:
    """One person of each kind whom the door lets in."""
    inside = insiders(policy, owner) or [
        name for name in PRINCIPALS if door(policy, name) == "in" and name not in HALFWAY
    ]
    examinees, others = [n for n in inside if is_examinee(n)], [n for n in inside if not is_examinee(n)]
    return [*examinees[:1], *others[-1:]]


def pages(world: World) -> Iterator[Asked]:
    """Every address that is opened."""
    for rule, method, policy in rules(world.app):
        thing = SCOPED.get(str(rule))
        for who in someone(policy, thing.owner if thing else "") if method == "GET" else ():
            yield Asked(
                who, "GET", address(world, rule, OWN), str(rule), {}, _read_by(world.app.view_functions[rule.endpoint])
            )
    draft = world.sides[OWN].draft.public_id
    for step in STEPS:
        yield Asked("drafter", "GET", f"/applications/{draft}/{step}", "/applications/<public_id>/<slug>", {}, ())
    yield Asked("fixer", "GET", f"/applications/{world.returned}/fixes", "/applications/<public_id>/fixes", {}, ())
    for kind in kinds():
        yield Asked("admin", "GET", f"/staff/exports/{kind}?{FILTERS}", "/staff/exports/<kind>", {}, ())


@cache
def _read_by(view: Any) -> tuple[str, ...]:
    module = inspect.getmodule(view)
    source = inspect.getsource(module) if module else ""
    named = {name for pair in READ.findall(source) for name in pair if name}
    forms = (
        [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Form)] if module else []
    )
    fields = {name for form in forms for name in form.labels()}
    return tuple(sorted({*named, *fields, *EVERYWHERE, *Filters.__dataclass_fields__}))


def forms(world: World) -> list[Asked]:
    """Every form of every page, once, with what a person could have filled in; and forms that no page of this world shows."""
    if world.asked:
        for name, known in world.cookies.items():
            world.browsers[name]._cookies = deepcopy(known)
        return world.asked
    found: dict[Any, Asked] = {}
    adapter = world.app.url_map.bind("localhost")
    for page in pages(world):
        answer = world.browsers[page.who].get(page.path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for sending in Sheet(page.path, answer.text).sendings():
            if sending.method != "POST":
                continue
            path = urljoin(HOST + page.path, sending.action).removeprefix(HOST)
            endpoint = adapter.match(urlsplit(path).path, "POST")[0]
            names = {one.name for one in sending.fields if one.kind != "file"} | ({sending.button[0]} - {""})
            read = {name for form in forms_in(world.app.view_functions[endpoint]) for name in form.labels()}
            values = {name: each for name, each in sending.values(plain_words).items() if name in names}
            rule = str(next(world.app.url_map.iter_rules(endpoint)))
            asked = Asked(page.who, "POST", path, rule, values, _unlike((names | read) - {*MACHINERY}))
            found.setdefault((endpoint, sending.button, frozenset(names)), asked)
    found |= {id(asked): asked for asked in list(_unseen(world, {asked.rule for asked in found.values()}))}
    world.asked = list(found.values())
    world.cookies = {name: deepcopy(browser._cookies) for name, browser in world.browsers.items()}
    return world.asked


def _unlike(names: set[str]) -> tuple[str, ...]:
    """By default one field of each kind that a page has for every row (`reason.profile.phone`): they are read alike."""
    kinds = {name if FULL else name.partition(".")[0]: name for name in sorted(names, reverse=True)}
    return tuple(sorted(kinds.values()))


def _unseen(world: World, seen: set[str]) -> Iterator[Asked]:
    for rule, method, policy in rules(world.app):
        if method != "POST" or str(rule) in seen:
            continue
        thing = SCOPED.get(str(rule))
        named = [each.form(world.sides[OWN], world.sides[OWN]) for each in NAMED.get(f"{method} {rule}", ())]
        read = {name for form in forms_in(world.app.view_functions[rule.endpoint]) for name in form.labels()}
        for who in someone(policy, thing.owner if thing else "")[-1:]:
            for values in thing.forms if thing else named[:1] or ({},):
                names = tuple(sorted(({*values} | read or {"name", "q"}) - {*MACHINERY}))
                yield Asked(who, "POST", address(world, rule, OWN), str(rule), values, names)


def wrapping(patch: pytest.MonkeyPatch, app: Flask, endpoint: str, fault: Exception) -> None:
    """Have the view of an endpoint, with the rights that it has, raise this."""

    @wraps(app.view_functions[endpoint])
    def view(**_: Any) -> str:
        raise fault

    patch.setitem(app.view_functions, endpoint, view)


def _encoded(values: Mapping[str, Any]) -> str:
    """As a browser sends them; lone surrogates too, which no browser sends."""
    return urlencode(values, doseq=True, errors="surrogatepass")


@dataclass
class Teller:
    """Sends what is asked, and puts the world back when something was changed by it."""

    world: World

    def __post_init__(self) -> None:
        forms(self.world)  # read now: what is put back goes with their tokens
        self.on_sqlite = db.engine.dialect.name == "sqlite"
        self.cookies = {name: deepcopy(browser._cookies) for name, browser in self.world.browsers.items()}
        self.sessions = [dict(row._mapping) for row in db.session.execute(select(LoginSession.__table__))]
        db.session.rollback()
        if self.on_sqlite:
            self.storage = Storage(self.world.app)
            self.stored = self.storage.now()

    def tell(self, asked: Asked, odd: Mapping[str, Any], **more: Any) -> TestResponse:
        """The answer to the form or address with these values instead of the plain ones."""
        values = {**asked.values, **odd}
        browser = self.world.browsers[asked.who]
        if asked.method == "GET":
            return browser.get(asked.path, query_string=_encoded(values))
        if "csrf_token" not in values and asked.who not in HALFWAY:
            page = (
                "/login"
                if asked.who == "anonymous"
                else "/password"
                if is_examinee(asked.who) or asked.who == "fixer"
                else "/staff/password"
            )
            values["csrf_token"] = csrf_of(browser.get(page).text)
        sent = {"data": values, **more} if more else {"data": _encoded(values), "content_type": FORM}
        answer = browser.post(asked.path, **sent)
        if answer.status_code < 400 or answer.status_code == 401:
            self.put_back()
        return answer

    def put_back(self) -> None:
        """What was stored (on PostgreSQL: who is signed in) is as it was."""
        if self.on_sqlite:
            self.storage.put_back(self.stored)
        else:
            db.session.execute(delete(LoginSession))
            db.session.execute(insert(LoginSession), self.sessions)
            db.session.commit()
        for name, known in self.cookies.items():
            self.world.browsers[name]._cookies = deepcopy(known)
