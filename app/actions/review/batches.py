"""Batches of files: selected as seen, processed once, kept with outcomes, undone as one.

Visible to their creator only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.repeats import once, take_back
from app.actions.review.opinions import Seen
from app.actions.review.sharing import Outcome, Picked
from app.actions.review.undo import TOO_LATE
from app.models import Application, Batch, PendingDecision
from app.models.base import random_id, transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, NotFound

FORGOTTEN = timedelta(days=1)
"""An unconfirmed batch of this age is deleted when its creator makes the next one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch that can still be undone: number of decisions, until when (aware UTC)."""

    id: str
    number: int
    until: datetime


class Chosen(NamedTuple):
    """A file of `Batch.files`, as seen when chosen. `ticked`: None before `tick`, and not stored."""

    public_id: str
    version: int
    sha256: str
    ticked: bool | None = None

    def stored(self) -> list[Any]:
        return [value for value in self if value is not None]


class Said(NamedTuple):
    """A file of `Batch.outcomes`."""

    public_id: str
    done: bool
    words: str


def make(
    act: str,
    files: Sequence[Picked],
    *,
    people: list[int],
    query: str,
    found: int | None,
    by: Actor,
    on: datetime,
    token: str = "",
) -> str:
    """Store a selection, once for the `token` of a form; return its id.

    `found`: number matching the filters `query`, if all were chosen.
    """
    with transaction() as session:
        what = ["batch", act, query, people, found is not None or sorted(file.public_id for file in files)]

        def act_once() -> dict[str, Any]:
            old = (Batch.staff_id == by.id, Batch.done_at.is_(None), Batch.made_at < on - FORGOTTEN)
            session.execute(delete(Batch).where(*old))
            chosen = [Chosen(file.public_id, file.seen.version, file.seen.sha256).stored() for file in files]
            row = Batch(id=random_id(), staff_id=by.id, act=act, query=query[:500], found=found, people=people)
            row.made_at, row.files = on, chosen
            session.add(row)
            return {"id": row.id}

        return str(once(session, token, what, act_once, by=by, on=on)["id"])


def of(session: Session, ident: str, by: Actor) -> Batch:
    """The person's batch; NotFound otherwise."""
    row = session.scalar(select(Batch).where(Batch.id == ident, Batch.staff_id == by.id))
    if row is None:
        raise NotFound
    return row


def seen(batch: Batch) -> dict[str, Seen]:
    """Public id -> version seen when chosen."""
    return {file.public_id: Seen(file.sha256, file.version) for file in _files(batch)}


def ticked(batch: Batch) -> dict[str, bool]:
    """Public id -> whether ticked, once stored by `tick`."""
    return {file.public_id: file.ticked for file in _files(batch) if file.ticked is not None}


def said(batch: Batch) -> dict[str, Said]:
    """Public id -> stored outcome."""
    return {each.public_id: each for each in (Said(*stored) for stored in batch.outcomes or [])}


def _files(batch: Batch) -> list[Chosen]:
    return [Chosen(*stored) for stored in batch.files]


def tick(ident: str, chosen: Collection[str], *, by: Actor) -> None:
    """Store which boxes are ticked while the identity is confirmed."""
    with transaction() as session:
        batch = of(session, ident, by)
        batch.files = [file._replace(ticked=file.public_id in chosen).stored() for file in _files(batch)]


def give_to(ident: str, people: list[int], *, by: Actor) -> None:
    """Change the assignees of a batch not yet done."""
    with transaction() as session:
        batch = of(session, ident, by)
        if batch.done_at is None:
            batch.people = people


def claim(ident: str, people: list[int], *, by: Actor, on: datetime) -> bool:
    """Start the batch once: False for a second click. `people`: those of the confirmed page."""
    with transaction() as session:
        of(session, ident, by)
        mine = (Batch.id == ident, Batch.staff_id == by.id, Batch.done_at.is_(None))
        done = session.execute(update(Batch).where(*mine).values(done_at=on, people=people))
        return bool(done.rowcount)  # type: ignore[attr-defined]


def finish(ident: str, outcomes: Sequence[Outcome], *, by: Actor, on: datetime) -> None:
    """Store each file's outcome and audit the act."""
    kept = [list(Said(outcome.picked.public_id, outcome.done, outcome.words)) for outcome in outcomes]
    with transaction() as session:
        batch = of(session, ident, by)
        batch.outcomes = kept
        done = sum(outcome.done for outcome in outcomes)
        record(
            session,
            on=on,
            by=by,
            action=f"batch.{batch.act}",
            subject="batch",
            subject_id=None,
            detail={"batch": ident, "done": done, "skipped": len(kept) - done},
        )


def undo_batch(*, by: Actor, on: datetime, batch: str = "", public_id: str = "", token: str = "") -> int:
    """撤销 the pending decisions of one's batch, or of one file; return how many. Keeps leases. Once for a form's `token`.

    Raises NotFound, ChangedMeanwhile (none can be undone any more).
    """
    with transaction() as session:
        what = ["undo", batch, public_id]
        done = once(session, token, what, lambda: {"undone": _undo(session, batch, public_id, by, on)}, by=by, on=on)
        return int(done["undone"])


def _undo(session: Session, batch: str, public_id: str, by: Actor, on: datetime) -> int:
    if batch:
        of(session, batch, by)
    else:
        scope.application(session, public_id, by)
    which = PendingDecision.batch == batch if batch else Application.public_id == public_id
    rows = session.execute(
        select(Application.id, PendingDecision.decision)
        .join(PendingDecision, PendingDecision.application_id == Application.id)
        .where(which, PendingDecision.staff_id == by.id, scope.applications(by))
        .order_by(Application.id)
        .with_for_update(of=Application.__table__)
    ).all()
    undone = 0
    for ident, decision in rows:
        mine = (PendingDecision.application_id == ident, PendingDecision.effective_at > on)
        if session.execute(delete(PendingDecision).where(*mine)).rowcount:  # type: ignore[attr-defined]
            undone += 1
            take_back(session, ident)
            record(
                session,
                on=on,
                by=by,
                action="review.undone",
                subject="application",
                subject_id=ident,
                detail={"decision": decision} | ({"batch": batch} if batch else {}),
            )
    if not undone:
        raise ChangedMeanwhile(TOO_LATE)
    return undone


def waiting(session: Session, by: Actor, on: datetime) -> list[Waiting]:
    """The person's batches that can still be undone, oldest first. One statement."""
    rows = session.execute(
        select(PendingDecision.batch, PendingDecision.effective_at).where(
            PendingDecision.staff_id == by.id, PendingDecision.batch != "", PendingDecision.effective_at > on
        )
    )
    found: dict[str, list[datetime]] = {}
    for ident, until in rows:
        found.setdefault(ident, []).append(until)
    return sorted((Waiting(ident, len(each), min(each)) for ident, each in found.items()), key=lambda one: one.until)
