"""The examinees that the demonstration lists, one for each situation (contract.md "Starting")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from app.demo import texts
from app.demo.applications import Wish
from app.demo.grades import grades, latest, sessions
from app.demo.people import Crowd, Person
from app.demo.rounds import Rounds
from app.rules.calendar import today
from app.rules.plans.plan import Plan

Plans = dict[tuple[str, str], Plan]
SCHOOL, SCHOOL_GD = "99001", "10574"


@dataclass(frozen=True, slots=True)
class TicketOf:
    """A ticket with its grades (rows of the score table without the ticket)."""

    number: str
    plan: Plan
    school_code: str
    grades: list[dict[str, Any]]
    graduated: str = ""


@dataclass(slots=True)
class Entry:
    """A listed examinee. `graduates`: the major that the office notes as graduated once the application is through."""

    situation: str
    person: Person
    tickets: list[TicketOf]
    wishes: list[Wish] = field(default_factory=list)
    activated: bool = True
    graduates: str = ""


class Casting:
    """What every entry is made with."""

    def __init__(self, rng: Random, crowd: Crowd, plans: Plans, spans: Rounds, on: datetime) -> None:
        self.rng, self.crowd, self.plans, self.spans, self.on = rng, crowd, plans, spans, on
        self.last = latest(today(on))

    def entry(self, situation: str, plan: Plan, school: str = SCHOOL, **asked: Any) -> Entry:
        """One person with one ticket; `asked` goes to the grades."""
        person = self.crowd.person()
        until = asked.pop("until", self.last)
        ticket = self.ticket(person, plan, school, until=until, **asked)
        return Entry(situation, person, [ticket])

    def ticket(
        self, person: Person, plan: Plan, school: str, *, until: str, number: str = "", **asked: Any
    ) -> TicketOf:
        person.registered_on = min(person.registered_on, date(int(until[:4]) - 2, 9, 10))
        if plan.registered_before:
            person.registered_on = min(person.registered_on, plan.registered_before - timedelta(days=60))
        spans = sessions(person.registered_on, until)
        return TicketOf(number or person.tickets[0], plan, school, grades(self.rng, plan, spans, **asked))

    def apply(self, entry: Entry, end: str, *, window: int, day: int, **more: Any) -> Entry:
        """An application on the first ticket, begun that many days from now."""
        ticket = entry.tickets[0]
        begun = self.spans.at(day, 10) + timedelta(minutes=self.rng.randint(0, 300))
        entry.wishes.append(Wish(entry.person, window, ticket.plan, ticket.school_code, begun, end, **more))
        return entry


def cast(rng: Random, crowd: Crowd, plans: Plans, spans: Rounds, on: datetime) -> list[Entry]:
    """One entry for each situation, in the order in which they are listed."""
    make = Casting(rng, crowd, plans, spans, on)
    chinese, business, computing = plans["050101", "2024"], plans["530601", "2024"], plans["080901", "2026"]
    before = latest((spans.at(-150)).date())  # the sessions that counted in the round before
    long_ago = latest((spans.at(-330)).date())
    never = make.entry("new_bachelor", chinese)
    never.activated = False
    returned = make.entry("returned", chinese)
    graduated = make.entry("graduated", plans["050101", "2018"], until=long_ago)
    graduated.graduates = "050101"
    return [
        never,
        make.entry("complete_bachelor", chinese),
        make.entry("complete_associate", business),
        make.entry("one_course_missing", chinese, missing=("00540",)),
        make.entry("extra_courses", computing, SCHOOL_GD, extra=("02318",)),
        _two_tickets(make, chinese, business),
        make.apply(graduated, "completed", window=spans.CLOSED, day=-328, paid=spans.at(-235)),
        make.apply(returned, "returned", window=spans.CURRENT, day=-6, returns=(texts.RETURNS[0], texts.RETURNS[3])),
        make.apply(make.entry("pending_school", chinese), "school_review", window=spans.CURRENT, day=-3),
        make.apply(make.entry("pending_office", chinese), "office_review", window=spans.CURRENT, day=-6),
        make.apply(make.entry("approved_unpaid", chinese, until=before), "approved", window=spans.PAYING, day=-148),
        make.apply(
            make.entry("paid", business, until=before),
            "completed",
            window=spans.PAYING,
            day=-147,
            paid=spans.at(-3, 11),
        ),
    ]


def _two_tickets(make: Casting, bachelor: Plan, associate: Plan) -> Entry:
    """A bachelor's ticket to graduate on, and the older one of the 专科 that was finished."""
    entry = make.entry("two_tickets", bachelor)
    person = entry.person
    person.tickets.append(make.crowd.ticket(date(person.registered_on.year - 3, 3, 8)))
    older = make.ticket(person, associate, "99002", until=f"{int(make.last[:4]) - 2}-10", number=person.tickets[1])
    entry.tickets.append(TicketOf(older.number, associate, "99002", older.grades, associate.major_code))
    return entry
