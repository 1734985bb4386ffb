"""What must be so after every kill: acknowledged work is there, and nothing is half done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from app.adapters.storage import NotStored
from app.extensions import db
from app.models import Application, AuditEvent, Evidence, Review, Score, Submission, Ticket
from app.rules.review.lifecycle import State
from tests.faults.busy_site import BusySite


def broken(app: Flask, site: BusySite) -> list[str]:
    """Return what is not so, a line each."""
    with app.app_context():
        found = [*_acknowledged(site), *_submissions(), *_decisions(), *_pictures(app), *_import(site), *_database()]
        db.session.remove()
    return found


def _acknowledged(site: BusySite) -> Iterator[str]:
    oracle = site.oracle
    for ident, number in oracle.saved.items():
        there = int(_row(ident).answers["profile"]["address"].split()[1])
        if not number <= there <= oracle.tried[ident]:
            yield f"save {number} of {ident} was acknowledged, {there} is there"
    for ident in oracle.uploaded:
        if db.session.scalar(select(Evidence.label).where(*_current(ident, "diploma_photo"))) != "IMG.jpg":
            yield f"the picture of {ident} is lost"
    for ident in oracle.submitted:
        if not _submissions_of(ident):
            yield f"the submission of {ident} was acknowledged and is lost"
    for ident in oracle.decided:
        if _row(ident).state != State.RETURNED:
            yield f"the return of {ident} was acknowledged and is lost"


def _submissions() -> Iterator[str]:
    for row in db.session.scalars(select(Application)):
        mine, acts = _submissions_of(row.id), _acts("application.submitted", row.id)
        if bool(mine) != (row.state != State.DRAFT) or len(mine) > 1 or acts != len(mine):
            yield f"{row.id} is {row.state} with {len(mine)} submissions and {acts} acts"
        for one in mine:
            if hashlib.sha256(one.document.encode()).hexdigest() != one.sha256:
                yield f"the submission of {row.id} is not what was hashed"
            for item in one.content.items:
                kept = select(Evidence.sha256).where(Evidence.public_id == item.evidence, Evidence.submitted)
                if item.evidence and db.session.scalar(kept) != item.sha256:
                    yield f"a picture of the submission of {row.id} is not the one that was submitted"


def _decisions() -> Iterator[str]:
    for row in db.session.scalars(select(Application).where(Application.state == State.RETURNED)):
        query = (
            select(func.count()).select_from(Review).where(Review.application_id == row.id, Review.decision == "return")
        )
        reviews = db.session.scalar(query)
        if reviews != 1 or not row.open_items or _acts("application.return_to_examinee", row.id) > 1:
            yield f"{row.id} is returned with {reviews} reviews and {row.open_items} open"


def _pictures(app: Flask) -> Iterator[str]:
    store: Any = app.extensions["kaoji.store"]
    for row in db.session.scalars(select(Evidence)):
        try:
            data = store.read(row.storage_key)
        except NotStored:
            yield f"picture {row.id} has no file"
            continue
        if hashlib.sha256(data).hexdigest() != row.sha256:
            yield f"picture {row.id} is not what was stored"


def _import(site: BusySite) -> Iterator[str]:
    mine = [draft.ticket for draft in site.graded]
    query = select(Score.mark).join(Ticket, Ticket.id == Score.ticket_id).where(Ticket.number.in_(mine))
    marks = set(db.session.scalars(query.where(Score.mark.in_([str(mark) for mark in range(60, 101)]))))
    if len(marks) > 1:
        yield f"an import is half done: {sorted(marks)}"


def _database() -> Iterator[str]:
    for line in db.session.scalars(text("PRAGMA integrity_check")):
        if line != "ok":
            yield f"the database: {line}"
    for row in db.session.execute(text("PRAGMA foreign_key_check")):
        yield f"a foreign key leads nowhere: {row}"


def _row(ident: int) -> Application:
    return db.session.get_one(Application, ident, populate_existing=True)


def _current(ident: int, slot: str) -> tuple[Any, ...]:
    return Evidence.application_id == ident, Evidence.slot == slot, Evidence.current


def _submissions_of(ident: int) -> list[Submission]:
    return list(db.session.scalars(select(Submission).where(Submission.application_id == ident)))


def _acts(action: str, ident: int) -> int:
    wanted = (AuditEvent.action == action, AuditEvent.subject == "application", AuditEvent.subject_id == ident)
    return int(db.session.scalar(select(func.count()).select_from(AuditEvent).where(*wanted)) or 0)
