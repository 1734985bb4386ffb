"""The three hundred others, so that queues, filters and figures look like a season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.demo import texts
from app.demo.applications import Wish
from app.demo.grades import latest
from app.demo.people import Crowd, Person
from app.demo.rounds import Rounds
from app.demo.situations import Casting, Plans, TicketOf
from app.rules.plans.plan import Plan

# window, where the application ends, how many
SPREAD = (
    (Rounds.CURRENT, "draft", 30),
    (Rounds.CURRENT, "school_review", 68),
    (Rounds.CURRENT, "office_review", 36),
    (Rounds.CURRENT, "returned", 20),
    (Rounds.CURRENT, "again", 6),
    (Rounds.CURRENT, "approved", 24),
    (Rounds.CURRENT, "rejected", 4),
    (Rounds.PAYING, "draft", 6),
    (Rounds.PAYING, "returned", 2),
    (Rounds.PAYING, "rejected", 2),
    (Rounds.PAYING, "approved", 26),
    (Rounds.PAYING, "completed", 32),
    (Rounds.CLOSED, "completed", 16),
    (0, "", 28),  # nobody's application: still studying
)
MISSING_ONE_IN = 12


@dataclass(slots=True)
class Crowded:
    """People with the one ticket of each, and their applications."""

    people: list[tuple[Person, TicketOf]]
    wishes: list[Wish]


def others(rng: Random, crowd: Crowd, plans: Plans, spans: Rounds, on: datetime) -> Crowded:
    """Three hundred people, most of them with an application."""
    make = Casting(rng, crowd, plans, spans, on)
    until = {
        0: make.last,
        spans.CURRENT: make.last,
        spans.PAYING: latest(spans.at(-150).date()),
        spans.CLOSED: latest(spans.at(-330).date()),
    }
    found = Crowded([], [])
    for window, end, count in SPREAD:
        for _ in range(count):
            person = crowd.person()
            plan, school = _choice(rng, plans, window)
            missing = bool(end) and end != "draft" and rng.randrange(MISSING_ONE_IN) == 0
            skipped = (rng.choice([row.code for row in plan.courses if row.requirement == "必考"]),) if missing else ()
            keep = 1.0 if window else rng.uniform(0.2, 0.8)
            ticket = make.ticket(person, plan, school, until=until[window], missing=skipped, keep=keep)
            found.people.append((person, ticket))
            if window:
                found.wishes.append(_wish(rng, person, plan, school, window, end, spans, missing))
    return found


def _choice(rng: Random, plans: Plans, window: int) -> tuple[Plan, str]:
    """Half at the first school; computing only in the south, and only since its plan exists."""
    key = rng.choices((("050101", "2024"), ("530601", "2024"), ("050101", "2018"), ("080901", "2026")), (5, 4, 2, 3))[0]
    if key == ("080901", "2026"):
        if window == Rounds.CLOSED:
            key = ("530601", "2024")
        else:
            return plans[key], "10574"
    return plans[key], rng.choices(("99001", "99002", "99003"), (5, 3, 2))[0]


def _wish(
    rng: Random, person: Person, plan: Plan, school: str, window: int, end: str, spans: Rounds, missing: bool
) -> Wish:
    first, last = {spans.CURRENT: (-8, -1), spans.PAYING: (-150, -132), spans.CLOSED: (-330, -312)}[window]
    if window == spans.CURRENT and end in ("office_review", "returned", "again", "approved", "rejected"):
        last = {"approved": -6, "again": -5}.get(end, -3)
    day = min(last, round(rng.triangular(first, last, first + 1)))
    begun = spans.at(day, 9) + timedelta(minutes=rng.randint(5, 600))
    paid = None
    if end == "completed":
        paid = spans.at(rng.randint(-4, -1) if window == spans.PAYING else rng.randint(-238, -222), 10)
        paid += timedelta(minutes=rng.randint(0, 400))
    returns = tuple(rng.sample([row for row in texts.RETURNS if plan.bachelor or not row[0].startswith("prior")], 2))
    return Wish(
        person,
        window,
        plan,
        school,
        begun,
        end,
        missing=rng.choice(texts.MISSING) if missing else "",
        returns=returns if end in ("returned", "again") else (),
        paid=paid,
    )
