"""A correction is asked, looked at, then done: what was asked waits a day at most for its one look, with numbers in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.corrections import person, score, ticket
from app.actions.corrections.plan import Plan
from app.actions.people import resets
from app.models import Correction, Score, Ticket
from app.models.base import random_id, transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound

KEPT = timedelta(days=1)
PERSON, TICKET, SCORE = "person", "ticket", "score"
DONE = "这次更正已经办过了。"
OTHERWISE = "刚刚有了变化，下面是现在的情况，还没有更正。请重新看过再按一次。"


@dataclass(frozen=True, slots=True)
class Asked:
    """A correction that waits: of what, whose that is now, the fields, and what it will do now."""

    key: str
    subject: str
    subject_id: int
    examinee_id: int
    fields: Mapping[str, str]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Act:
    """Who corrects, when, with the instance's key; `shown`: print of the plan that was read, `sure`: what it asks to confirm."""

    by: Actor
    on: datetime
    secret: bytes
    shown: str
    sure: bool = False


def present(session: Session, subject: str, ident: int) -> dict[str, str]:
    """Return the fields of a form as they are stored. Raises NotFound."""
    return {PERSON: person.present, TICKET: ticket.present, SCORE: score.present}[subject](session, ident)


def planned(session: Session, subject: str, ident: int, fields: Mapping[str, str], on: datetime) -> Plan:
    """Return what the correction would do. Raises NotFound, Invalid."""
    return {PERSON: person.plan, TICKET: ticket.plan, SCORE: score.plan}[subject](session, ident, fields, on)


def owner_of(session: Session, subject: str, ident: int) -> int:
    """Return whose thing it is. Raises NotFound."""
    if subject == PERSON:
        return ident
    of_score = select(Ticket.examinee_id).join(Score, Score.ticket_id == Ticket.id).where(Score.id == ident)
    found = session.scalar(of_score if subject == SCORE else select(Ticket.examinee_id).where(Ticket.id == ident))
    if found is None:
        raise NotFound
    return int(found)


def ask(subject: str, ident: int, fields: Mapping[str, str], *, by: Actor, on: datetime) -> str:
    """Check what is asked and keep it; return its key. Raises NotFound, NotAllowed, Invalid."""
    _only_office(by)
    with transaction() as session:
        whose = owner_of(session, subject, ident)
        planned(session, subject, ident, fields, on)
        key = random_id()
        given = {"subject": subject, "subject_id": ident, "examinee_id": whose, "asked": dict(fields)}
        session.add(Correction(id=key, staff_id=by.id or 0, made_at=on, **given))
    return key


def asked(session: Session, key: str, *, by: Actor, on: datetime) -> Asked:
    """Return one's own correction that waits, with its plan of now. Raises NotFound, ChangedMeanwhile (done), Invalid."""
    row = _own(session, key, by, on)
    if row.done_at is not None:
        raise ChangedMeanwhile(DONE)
    made = planned(session, row.subject, row.subject_id, row.asked, on)
    whose = owner_of(session, row.subject, row.subject_id)
    return Asked(row.id, row.subject, row.subject_id, whose, row.asked, made)


def asked_before(session: Session, key: str, *, by: Actor, on: datetime) -> dict[str, str]:
    """Return the fields of one's own correction that was asked and not done, to change them; {} where there is none."""
    found = session.scalar(_mine(key, by, on)) if key else None
    return dict(found.asked) if found else {}


def what(session: Session, key: str, *, by: Actor, on: datetime) -> tuple[str, int, int]:
    """Return subject, its row's number and whose that is now, of one's own correction. Raises NotFound."""
    row = _own(session, key, by, on)
    return row.subject, row.subject_id, owner_of(session, row.subject, row.subject_id)


def whose_page(session: Session, key: str, *, by: Actor, on: datetime) -> int:
    """Return the examinee to whose page one's own correction leads once it is done. Raises NotFound."""
    return _own(session, key, by, on).examinee_id


def confirm(key: str, done: Act) -> int:
    """Do what was shown; return whose record it is now. A repeat finds it done and does no more.

    Raises NotFound (also after a day), NotAllowed, Invalid, ChangedMeanwhile (something else than shown), TooOften.
    """
    _only_office(done.by)
    with transaction() as session:
        row = _own(session, key, done.by, done.on, lock=True)
        if row.done_at is not None:
            return row.examinee_id
        owner = correct(session, row.subject, row.subject_id, row.asked, done)
        values = {"done_at": done.on, "asked": {}, "examinee_id": owner}
        session.execute(update(Correction).where(Correction.id == key).values(values))
        return owner


def correct(session: Session, subject: str, ident: int, fields: Mapping[str, str], done: Act) -> int:
    """Correct in the caller's transaction; return whose record it is now. Raises as `confirm`."""
    made = planned(session, subject, ident, fields, done.on)
    if made.print != done.shown:
        raise ChangedMeanwhile(OTHERWISE)
    if made.must_say and not done.sure:
        raise Invalid("sure", "请核实后勾选，或者不更正")
    if made.other_login:
        resets.count(session, resets.OWNERS, by=done.by, on=done.on)
    if subject == PERSON:
        return person.act(session, ident, fields, made, by=done.by, on=done.on, secret=done.secret)
    return {TICKET: ticket.act, SCORE: score.act}[subject](session, ident, fields, made, by=done.by, on=done.on)


def purge(session: Session, on: datetime) -> None:
    """Delete what was asked a day ago, done or not."""
    session.execute(delete(Correction).where(Correction.made_at <= on - KEPT))


def _mine(key: str, by: Actor, on: datetime) -> Select[Correction]:
    return select(Correction).where(Correction.id == key, Correction.staff_id == by.id, Correction.made_at > on - KEPT)


def _own(session: Session, key: str, by: Actor, on: datetime, *, lock: bool = False) -> Correction:
    query = _mine(key, by, on)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound
    return row


def _only_office(by: Actor) -> None:
    if by.kind != "system" and by.role not in scope.OFFICE:
        raise NotAllowed("更正由考办办理")
