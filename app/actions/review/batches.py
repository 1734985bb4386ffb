"""Several files as one act: what was chosen is kept as it stood, done once, remembered with its outcomes, and taken back as one.

A batch belongs to whoever made it; to everybody else it does not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.review.opinions import Seen
from app.actions.review.sharing import Outcome, Picked
from app.actions.review.undo import TOO_LATE
from app.models import Application, Batch, PendingDecision
from app.models.base import random_id, transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, NotFound

FORGOTTEN = timedelta(days=1)
"""A batch that nobody confirmed for so long is deleted when the same person makes the next one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch whose decisions can still be taken back: how many, until when (aware UTC)."""

    id: str
    number: int
    until: datetime


def make(
    act: str, files: Sequence[Picked], *, people: list[int], query: str, found: int | None, by: Actor, on: datetime
) -> str:
    """Keep what was chosen; the batch's id. `found`: how many the filters `query` find, where all of them were chosen."""
    with transaction() as session:
        old = (Batch.staff_id == by.id, Batch.done_at.is_(None), Batch.made_at < on - FORGOTTEN)
        session.execute(delete(Batch).where(*old))
        ident = random_id()
        session.add(
            Batch(
                id=ident,
                staff_id=by.id,
                act=act,
                query=query[:500],
                found=found,
                people=people,
                made_at=on,
                files=[[file.public_id, file.seen.version, file.seen.sha256] for file in files],
            )
        )
        return ident


def of(session: Session, ident: str, by: Actor) -> Batch:
    """One's own batch; NotFound for any other."""
    row = session.scalar(select(Batch).where(Batch.id == ident, Batch.staff_id == by.id))
    if row is None:
        raise NotFound
    return row


def seen(batch: Batch) -> dict[str, Seen]:
    """Public id -> what stood on the page where it was chosen."""
    return {public_id: Seen(sha256, version) for public_id, version, sha256, *_ in batch.files}


def ticked(batch: Batch) -> dict[str, bool]:
    """Public id -> whether its box was ticked, once `tick` has kept that."""
    return {public_id: ticked[0] for public_id, _, _, *ticked in batch.files if ticked}


def tick(ident: str, chosen: Collection[str], *, by: Actor) -> None:
    """Keep which boxes are ticked while the identity is confirmed in between."""
    with transaction() as session:
        batch = of(session, ident, by)
        batch.files = [
            [public_id, version, sha256, public_id in chosen] for public_id, version, sha256, *_ in batch.files
        ]


def give_to(ident: str, people: list[int], *, by: Actor) -> None:
    """Other people are to get the files; once it is done nothing changes any more."""
    with transaction() as session:
        batch = of(session, ident, by)
        if batch.done_at is None:
            batch.people = people


def claim(ident: str, people: list[int], *, by: Actor, on: datetime) -> bool:
    """Begin it, once: False for the second click. `people` are those of the confirmed page."""
    with transaction() as session:
        of(session, ident, by)
        mine = (Batch.id == ident, Batch.staff_id == by.id, Batch.done_at.is_(None))
        done = session.execute(update(Batch).where(*mine).values(done_at=on, people=people))
        return bool(done.rowcount)  # type: ignore[attr-defined]


def finish(ident: str, outcomes: Sequence[Outcome], *, by: Actor, on: datetime) -> None:
    """Remember what became of each file, and write down the act."""
    kept = [[outcome.picked.public_id, outcome.done, outcome.words] for outcome in outcomes]
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


def undo_batch(*, by: Actor, on: datetime, batch: str = "", public_id: str = "") -> int:
    """撤销 from the queue: every decision of one's own batch, or that about one file. How many; nobody's lease is touched.

    Raises NotFound (no such batch of theirs, no such file in scope), ChangedMeanwhile (none can be taken back any more).
    """
    which = PendingDecision.batch == batch if batch else Application.public_id == public_id
    with transaction() as session:
        if batch:
            of(session, batch, by)
        else:
            scope.application(session, public_id, by)
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
    """One's own batches that can still be taken back, the oldest first. One statement, over a table of minutes."""
    rows = session.execute(
        select(PendingDecision.batch, PendingDecision.effective_at).where(
            PendingDecision.staff_id == by.id, PendingDecision.batch != "", PendingDecision.effective_at > on
        )
    )
    found: dict[str, list[datetime]] = {}
    for ident, until in rows:
        found.setdefault(ident, []).append(until)
    return sorted((Waiting(ident, len(each), min(each)) for ident, each in found.items()), key=lambda one: one.until)
