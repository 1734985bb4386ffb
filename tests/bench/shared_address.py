"""People and an attacker behind one address, on the real application with a moved clock.

Everybody is a generator that does one thing at a time and says how many seconds pass until the next. Nothing is modelled: pages,
cookies, captcha, forms and answers are those of the site, a demonstration whose captcha is known.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import Examinee, Ticket
from app.models.base import transaction
from app.rules.people.identity import check_digit
from tests.builders import NOW, csrf_of

ADDRESS = "198.51.100.7"
CAPTCHA = "1234"
NEW = "xinde-Mima-2027"
SETTINGS: dict[str, Any] = {"demo": True, "demo_captcha": CAPTCHA}
Life = Iterator[float]


@dataclass
class Known:
    """Somebody on the roster who never signed in."""

    number: str
    ticket: str

    @property
    def initial(self) -> str:
        return self.number[-6:]


def roster(site: Any, many: int) -> list[Known]:
    """`many` examinees with one ticket each, written as an import does."""
    bodies = [f"310101{1980 + n // 12000}{n // 1000 % 12 + 1:02}15{n % 1000:03}" for n in range(many)]
    people = [Known(body + check_digit(body), f"010126{n:06}") for n, body in enumerate(bodies)]
    with site.app_context(), transaction() as session:
        first = (session.query(db.func.max(Examinee.id)).scalar() or 0) + 1
        rows = [
            {"id": first + n, "id_number": person.number, "name": "林晓雯", "created_at": NOW}
            for n, person in enumerate(people)
        ]
        session.execute(db.insert(Examinee), rows)
        tickets = [{"examinee_id": first + n, "number": person.ticket} for n, person in enumerate(people)]
        session.execute(db.insert(Ticket), tickets)
    return people


class Clock:
    """Lives side by side, each at its time."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.now = 0.0  # seconds since NOW
        self._due: list[tuple[float, int, Life]] = []
        self._numbers = itertools.count()

    def add(self, life: Life, at: float) -> None:
        heapq.heappush(self._due, (at, next(self._numbers), life))

    def run(self, until: float = 86400) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, life = heapq.heappop(self._due)
            self.site.clock.now = NOW + timedelta(seconds=self.now)
            try:
                pause = next(life)
            except StopIteration:
                continue
            self.add(life, self.now + pause)


class Browser:
    """A browser with its cookies, at the address."""

    def __init__(self, site: Any, address: str = ADDRESS) -> None:
        self.client: FlaskClient = site.test_client()
        self.where = {"REMOTE_ADDR": address}

    def get(self, page: str) -> TestResponse:
        return self.client.get(page, environ_base=self.where)

    def post(self, page: str, made: str, **given: str) -> TestResponse:
        return self.client.post(page, data={"csrf_token": csrf_of(made), **given}, environ_base=self.where)


@dataclass
class Room:
    """What became of the right people: seconds that each waited because of us, and who was not let in."""

    waits: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    """Of right tries to sign in."""


@dataclass
class Tries:
    """What an attacker was told anything about."""

    at: list[float] = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)
    braked: int = 0

    def note(self, clock: Clock, known: Known) -> None:
        self.at.append(clock.now)
        self.accounts[known.number] += 1

    @property
    def most_in_an_hour(self) -> int:
        return max((sum(start <= at < start + 3600 for at in self.at) for start in self.at), default=0)


TIRED = 40
"""Seconds of waiting after which somebody types the 准考证号 that the page asks for."""


def first_time(
    clock: Clock, known: Known, room: Room, luck: random.Random, slips: float, tickets: bool = False
) -> Life:
    """Signs in with the initial password, finds the ticket, sets a password; each try is wrong with probability `slips`.

    After two wrong ones in a row people look closely: three wrong tickets close one's own account for half an hour, wherever one is.
    `tickets`: who has waited long types the ticket instead.
    """
    browser, waited, wrong = Browser(clock.site), 0.0, 0
    page = browser.get("/login").text
    while True:
        slip = luck.random() < slips and wrong < 2
        wrong = wrong + 1 if slip else wrong
        kind = luck.choice(("password", "captcha")) if slip else ""
        given = {
            "id_number": known.number,
            "password": "Vergessen-99" if kind == "password" else known.initial,
            "captcha": "ZZZZ" if kind == "captcha" else CAPTCHA,
            "ticket": known.ticket if tickets and waited >= TIRED else "",
        }
        answer = browser.post("/login", page, **given)
        room.answers[answer.status_code] += not slip
        if answer.status_code == 429:  # as the page does: asks until it is its turn
            page = answer.text
            pause = float(answer.headers["Retry-After"])
            while pause:
                waited += pause
                yield pause
                asks = not tickets or waited < TIRED
                pause = float(browser.get("/login/turn").headers.get("Retry-After", 0)) if asks else 0
        elif answer.status_code == 422:
            page = answer.text
            if not slip or waited > 1800:
                room.refused.append(f"sign-in at {clock.now:.0f} s")
                return
            yield luck.uniform(5, 15)
        else:
            break
    yield luck.uniform(30, 90)
    page, wrong = browser.get("/activate").text, 0
    while True:
        slip = luck.random() < slips and wrong < 2
        wrong = wrong + 1 if slip else wrong
        ticket = "999999999999" if slip else known.ticket
        answer = browser.post("/activate", page, ticket=ticket, new_password=NEW, new_password_again=NEW)
        if answer.status_code == 303:
            room.waits.append(waited)
            return
        if answer.status_code == 429 and "30 分钟" not in answer.text:
            waited += float(answer.headers["Retry-After"])
            yield float(answer.headers["Retry-After"])
        elif slip:
            yield luck.uniform(5, 15)
        else:
            room.refused.append(f"activation at {clock.now:.0f} s: {answer.status_code}")
            return


def attacker(clock: Clock, people: Iterable[Known], tries: Tries, pace: float, *, patient: bool, guesses: int) -> Life:
    """Knows ID numbers, so initial passwords, and no ticket. A new cookie each time; `patient`: comes back when told to.

    One person's tries follow each other every `pace` seconds; `guesses` of tickets after each sign-in.
    """
    for known in people:
        clock.add(_attack(clock, known, tries, patient=patient, guesses=guesses), clock.now)
        yield pace


def _attack(clock: Clock, known: Known, tries: Tries, *, patient: bool, guesses: int) -> Life:
    browser = Browser(clock.site)
    page = browser.get("/login").text
    for _ in range(200):
        answer = browser.post("/login", page, id_number=known.number, password=known.initial, captcha=CAPTCHA)
        if answer.status_code != 429:
            break
        tries.braked += 1
        if not patient:
            return
        page = answer.text
        pause = float(answer.headers["Retry-After"])
        while pause:
            yield pause
            pause = float(browser.get("/login/turn").headers.get("Retry-After", 0))
    else:
        return
    if answer.status_code != 303:  # locked: the right initial password is answered as a wrong one, nothing is learned
        return
    tries.note(clock, known)
    page = browser.get("/activate").text
    for n in range(guesses):
        yield 1.0
        answer = browser.post("/activate", page, ticket=f"99999{n:07}", new_password=NEW, new_password_again=NEW)
        if answer.status_code == 429:
            tries.braked += 1
            return
        tries.note(clock, known)


def fill(
    clock: Clock,
    people: list[Known],
    room: Room,
    luck: random.Random,
    seconds: float,
    *,
    after: float = 0,
    tickets: bool = False,
) -> None:
    """Everybody comes once within `seconds`, a tenth of the tries is wrong."""
    for known in people:
        clock.add(first_time(clock, known, room, luck, 0.1, tickets), after + luck.uniform(0, seconds))
