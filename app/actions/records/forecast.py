"""毕业预测: all examinees who meet a plan or lack few courses, for planning thesis rounds and printing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.exports.filter_values import check_known
from app.actions.records.holdings import TICKET, plans
from app.actions.services import services
from app.models import Application, Examinee, Score, Ticket
from app.models.base import transaction
from app.rules.case import TicketFacts as Roster
from app.rules.people.roles import Actor
from app.rules.plans.eligibility import Assessment, Missing, assess
from app.rules.plans.forecast import picked
from app.rules.plans.marks import Grade, Origin, parse_mark
from app.rules.plans.named_version import beside_the_roster
from app.rules.plans.plan import ANY_SCHOOL, Plan, TicketFacts, credit_json, usable
from app.rules.plans.screening import Screen, screen
from app.rules.refusals import Invalid

BATCH = 1000  # tickets read at a time
GONE = ("退学", "转出")  # ended records: no plan is usable
COLUMNS = (
    "准考证号", "姓名", "专业代码", "学校代码", "计划版本", "结论", "已得学分", "所需学分", "已过门数", "所需门数", "缺少课程", "说明",
)  # fmt: skip
_tickets = (
    select(*TICKET.columns, Examinee.name)
    .join(Examinee, Examinee.id == Ticket.examinee_id)
    .where(Ticket.number > bindparam("after"), Ticket.status.not_in(GONE))
    .order_by(Ticket.number)
    .limit(BATCH)
)
_scores = select(Score.ticket_id, Score.course_code, Score.course_name, Score.session, Score.mark, Score.origin).where(
    Score.ticket_id.in_(bindparam("tickets", expanding=True))
)


class Line(NamedTuple):
    """One examinee and plan; fields as COLUMNS."""

    ticket: str
    name: str
    major: str
    school: str
    version: str
    verdict: str
    credits: int | float
    credits_needed: int | float
    courses: int
    courses_needed: int | None
    missing: str
    note: str  # where it is not the plan that the roster names


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters: school, major, at most `short` missing courses. Empty text is no limit."""

    school: str = ""
    major: str = ""
    short: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan in effect, with its screen."""

    plan: Plan
    screen: Screen


@dataclass(slots=True)
class Person:
    """A ticket's office data: rows of `_scores`, chosen majors with their answers."""

    roster: Roster
    name: str
    scores: list[Row[int, str, str, str, str, str]] = field(default_factory=list)
    answers: dict[str, Mapping[str, str]] = field(default_factory=dict)


def check(session: Session, wanted: Wanted) -> None:
    """Refuse an unknown school or major, a negative `short`. Raises Invalid(field)."""
    if wanted.short < 0:
        raise Invalid("short", "门数不能是负数")
    check_known(session, school=wanted.school, major=wanted.major)


def count(session: Session) -> int:
    """Number of tickets to process."""
    query = select(func.count()).select_from(Ticket).where(Ticket.status.not_in(GONE))
    return session.scalar(query) or 0


def forecast(
    session: Session, wanted: Wanted, on: date, progress: Callable[[int], None] = lambda tickets: None
) -> Iterator[Line]:
    """Yield every ticket (by number) and plan with verdict 符合 or at most `wanted.short` missing courses.

    Per ticket the declared plan if usable, else every usable plan with a passed course in common (`note` says which was
    declared). 加考 as chosen in the
    latest application, else the lightest. `on`: local day; `progress` gets the tickets done since its last call.
    """
    offers = _offers(session, on)
    by_course: dict[str, list[Offer]] = {}
    for offer in offers:
        for code in {row.code for row in offer.plan.courses}:
            by_course.setdefault(code, []).append(offer)
    for batch in _batches(session):
        for person in batch:
            used = person.roster.record().used
            passed = {row.course_code for row in person.scores if _passes(row.mark) and row.course_code not in used}
            for offer in _candidates(person, passed, offers, by_course, on):
                line = _line(person, offer, passed, wanted, on)
                if line is not None:
                    yield line
        progress(len(batch))


def note(wanted: Wanted, lines: int, *, by: Actor, on: datetime) -> None:
    """Audit the export of the list."""
    detail = {"school": wanted.school, "major": wanted.major, "short": wanted.short, "lines": lines}
    with transaction() as session:
        record(session, on=on, by=by, action="forecast.exported", subject="forecast", subject_id=None, detail=detail)


def _offers(session: Session, on: date) -> list[Offer]:
    """Plans in effect on the day, by key."""
    found = [plan for _, plan in plans(session)]
    found = [plan for plan in found if (plan.starts_on is None or plan.starts_on <= on)]
    found = [plan for plan in found if (plan.ends_on is None or on < plan.ends_on)]
    return [Offer(plan, screen(plan, on)) for plan in sorted(found, key=lambda plan: plan.key)]


def _batches(session: Session) -> Iterator[list[Person]]:
    after = ""
    while True:
        rows = session.execute(_tickets, {"after": after}).all()
        people = {row.ticket__id: Person(TICKET.read(row), row.name) for row in rows}
        if not people:
            return
        idents = {"tickets": list(people)}
        for row in session.execute(_scores, idents):
            people[row.ticket_id].scores.append(row)
        for chosen in _chosen():
            for ticket, answers in session.execute(chosen, idents):
                if answers and answers.get("major"):
                    people[ticket].answers[answers["major"]] = answers
        yield list(people.values())
        after = rows[-1].ticket__number


def _chosen() -> list[Select[int, Any]]:
    """Per service that completes a major: chosen majors and 加考, the latest last."""
    return [
        select(Application.ticket_id, Application.answers[each.reasons.courses])
        .where(Application.ticket_id.in_(bindparam("tickets", expanding=True)), Application.service == each.code)
        .order_by(Application.saved_at)
        for each in services()
        if each.completes_major
    ]


def _candidates(
    person: Person, passed: set[str], offers: Sequence[Offer], by_course: Mapping[str, list[Offer]], on: date
) -> list[Offer]:
    """The declared plan (without a version: all versions) if usable, else usable plans with a passed course."""
    roster = person.roster
    facts = roster.record()
    if roster.major_code:
        declared = [
            offer for offer in offers if _declared(offer.plan, roster) and usable(offer.plan, facts, on).allowed
        ]
        if declared:
            return declared
    shared = {id(offer): offer for code in passed for offer in by_course.get(code, ())}
    kept = [offer for offer in shared.values() if usable(offer.plan, facts, on).allowed]
    return sorted(kept, key=lambda offer: offer.plan.key)


def _declared(plan: Plan, roster: Roster) -> bool:
    return (
        plan.major_code == roster.major_code
        and plan.school_code in (ANY_SCHOOL, roster.school_code or plan.school_code)
        and plan.version == (roster.plan_version or plan.version)
    )


def _line(person: Person, offer: Offer, passed: set[str], wanted: Wanted, on: date) -> Line | None:
    plan, roster = offer.plan, person.roster
    school = plan.school_code
    if school == ANY_SCHOOL:
        school = roster.school_code or wanted.school or ANY_SCHOOL
    if (wanted.school and school != wanted.school) or (wanted.major and plan.major_code != wanted.major):
        return None
    facts: TicketFacts = roster.record(plan.level)
    if plan.major_code in facts.graduated_majors or offer.screen.at_least(passed) > wanted.short:
        return None
    answers = person.answers.get(f"{plan.major_code}.{school}.{plan.version}", {})
    found = assess(plan, _grades(person), picked(plan, answers), on, facts)
    if found.short is None or found.short > wanted.short:
        return None
    return _line_words(person, plan, school, found)


def _line_words(person: Person, plan: Plan, school: str, found: Assessment) -> Line:
    return Line(
        person.roster.number,
        person.name,
        plan.major_code,
        school,
        plan.version,
        str(found.verdict),
        _number(found.credits_earned),
        _number(found.credits_needed),
        found.courses_earned,
        found.courses_needed,
        "、".join(missing_words(item) for item in found.missing),
        _note(person.roster, plan),
    )


def _note(roster: Roster, plan: Plan) -> str:
    if not roster.major_code or _declared(plan, roster):
        return ""
    return beside_the_roster(roster.major_code, roster.plan_version)


def missing_words(item: Missing) -> str:
    """00540 外国文学史; of a choice 13000/14970 英语或日语, with （任选 2 门） if several are needed."""
    if item.code:
        return f"{item.code} {item.name}"
    codes = "/".join(code for code, _ in item.options)
    names = "或".join(name for _, name in item.options) or item.name
    many = f"（任选 {item.needed} 门）" if item.needed > 1 else ""
    return f"{codes} {names}{many}".strip()


def _grades(person: Person) -> list[Grade]:
    return [
        Grade(row.course_code, row.course_name, row.session, row.mark, _ORIGINS.get(row.origin, Origin.NATIONAL))
        for row in person.scores
    ]


_ORIGINS = {origin.value: origin for origin in Origin}


@lru_cache(maxsize=4096)
def _passes(mark: str) -> bool:
    try:
        return parse_mark(mark).passed
    except ValueError:
        return False


def _number(value: Decimal) -> int | float:
    return credit_json(value)
