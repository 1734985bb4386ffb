"""缺成绩 as people report it: some wait, some were added, some were found to be nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.actions.records.missing_scores import answer, ask
from app.demo import texts
from app.demo.grades import latest
from app.demo.other_examinees import Crowded
from app.demo.people import Person
from app.demo.situations import Entry, TicketOf
from app.rules.people.roles import Actor
from app.rules.plans.marks import parse_mark
from app.rules.plans.missing_scores import Claim, QuestionState
from app.rules.plans.plan import PlanCourse

THREE_STATES = "pending_school"
"""The listed examinee who sees a question in each state; no course of theirs that is needed is missing."""
FROM_THE_CROWD = 12
CYCLE = (QuestionState.OPEN, QuestionState.ADDED, QuestionState.OPEN, QuestionState.REFUSED)


@dataclass(frozen=True, slots=True)
class Report:
    """One question to be: whose, about which course, how many days ago, and what became of it."""

    person: Person
    ticket: TicketOf
    course: PlanCourse
    days_ago: int
    state: QuestionState


def report_missing(
    rng: Random, listed: Sequence[Entry], crowded: Crowded, reviewers: dict[str, Actor], on: datetime
) -> None:
    """Asked and answered by the same actions as people use. `reviewers`: school code -> Actor."""
    for report in sorted(_reports(rng, listed, crowded), key=lambda each: -each.days_ago):
        _carry_out(rng, report, reviewers, on)


def _reports(rng: Random, listed: Sequence[Entry], crowded: Crowded) -> list[Report]:
    entry = next(each for each in listed if each.situation == THREE_STATES)
    mine = entry.tickets[0]
    here, absent = _with_grade(mine), _without_grade(mine)
    found = [
        Report(entry.person, mine, here[-1], 150, QuestionState.ADDED),
        Report(entry.person, mine, absent[0], 90, QuestionState.REFUSED),
        Report(entry.person, mine, absent[-1], 4, QuestionState.OPEN),
    ]
    applied = {id(wish.person) for wish in crowded.wishes}
    studying = [(person, ticket) for person, ticket in crowded.people if id(person) not in applied]
    for place, (person, ticket) in enumerate(studying[:FROM_THE_CROWD]):
        state = CYCLE[place % len(CYCLE)]
        course = rng.choice(_with_grade(ticket) if state is QuestionState.ADDED else _without_grade(ticket))
        days = rng.randint(1, 12) if state is QuestionState.OPEN else rng.randint(20, 120)
        found.append(Report(person, ticket, course, days, state))
    return found


def _with_grade(ticket: TicketOf) -> list[PlanCourse]:
    passed = {grade["course_code"] for grade in ticket.grades if parse_mark(grade["mark"]).passed}
    return [course for course in ticket.plan.courses if course.code in passed]


def _without_grade(ticket: TicketOf) -> list[PlanCourse]:
    known = {grade["course_code"] for grade in ticket.grades}
    return [course for course in ticket.plan.courses if course.code not in known]


def _carry_out(rng: Random, report: Report, reviewers: dict[str, Actor], on: datetime) -> None:
    ticket, course = report.ticket, report.course
    asked_at = on - timedelta(days=report.days_ago, minutes=rng.randint(0, 600))
    taken = {grade["course_code"]: grade["session"] for grade in ticket.grades}
    last = max(taken.values())
    claim = Claim(
        course.code,
        course.name,
        min(taken.get(course.code, last), latest(asked_at.date())),
        rng.choice(texts.PLACES),
        rng.choice(texts.REPORTS),
    )
    by = Actor("examinee", report.person.id, report.person.name)
    asked = ask(ticket.number, ticket.school_code, ticket.plan.major_code, claim, by=by, on=asked_at)
    if report.state is QuestionState.OPEN:
        return
    said = texts.ADDED if report.state is QuestionState.ADDED else texts.NOT_SO
    answered_at = asked_at + timedelta(days=rng.randint(1, 6), hours=2)
    answer(asked.id, report.state, rng.choice(said), by=reviewers[ticket.school_code], on=answered_at)
