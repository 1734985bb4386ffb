"""What lies on the reviewers' desks: who has a file in hand, decisions not yet published, notes, reasons to choose from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime


class Lease(Model):
    """One member of staff has the file in hand until then; a lease that is over counts for nothing."""

    __tablename__ = "lease"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class PendingDecision(Model):
    """A decision that its reviewer can still take back; it has no effect before `effective_at`.

    `opinion`: findings (item -> [verdict, reason]), message, waivers, again, as app.actions.review.undo writes them.
    """

    __tablename__ = "pending_decision"
    __table_args__ = (CheckConstraint("decision IN ('pass', 'return', 'reject', 'back')", name="decision"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str] = mapped_column(String(10))
    opinion: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))  # of the submission that it was made on
    version: Mapped[int]  # of the application that it was made on
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    batch: Mapped[str] = mapped_column(String(32), default="")  # the same for decisions that were made as one act


class Batch(Model):
    """Files that were chosen in the queue for one act: first what would happen to each, then, once `done_at`, what did.

    `files`: [public id, version, sha256] as they stood when they were chosen, and, once it was said, whether the box is
    ticked. `outcomes`: [public id, done, words].
    """

    __tablename__ = "batch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    act: Mapped[str] = mapped_column(String(10))
    query: Mapped[str] = mapped_column(String(500), default="")  # the filters, where all that they find was chosen
    found: Mapped[int | None]  # how many they found; None where files were chosen one by one
    files: Mapped[list[Any]] = mapped_column(JSON)
    people: Mapped[list[int]] = mapped_column(JSON, default=list)  # who is to get them
    outcomes: Mapped[list[Any] | None] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Note(Model):
    """Staff to staff, about one application; the examinee never sees it. Never changed, never deleted."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReturnReason(Model):
    """One line of the catalogue of reasons. `school_code` empty: for every school, else that school's own.

    `code` is that of a seed (R01 …) and empty for one that was added here. Once `used` it is never deleted, only retired;
    what was sent stands in the findings.
    """

    __tablename__ = "return_reason"
    __table_args__ = (UniqueConstraint("school_code", "label", name="uq_return_reason_label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), default="")
    school_code: Mapped[str] = mapped_column(String(20), default="")
    label: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(300))  # may hold the placeholders of app.rules.review.reasons
    places: Mapped[list[str]] = mapped_column(JSON, default=list)  # keys of steps and items; none: every item
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    used: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
