"""Leases, pending decisions, batches, forms already carried out, notes, return reasons, online checks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, exists
from sqlalchemy.orm import Mapped, mapped_column

from app.models.applications import Review
from app.models.base import Model, UtcDateTime


class Lease(Model):
    """A lease of an application, without effect after `until`."""

    __tablename__ = "lease"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Assignment(Model):
    """A file newly assigned by `by_id`, until its assignee has said that they know."""

    __tablename__ = "assignment"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PendingDecision(Model):
    """A decision without effect until `effective_at`, and undoable until then.

    `opinion`: findings (item -> [verdict, reason]), message, waivers, again, to_school, as written by app.actions.review.undo.
    """

    __tablename__ = "pending_decision"
    __table_args__ = (CheckConstraint("decision IN ('pass', 'return', 'reject', 'back')", name="decision"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str] = mapped_column(String(10))
    opinion: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))  # of the submission decided on
    version: Mapped[int]  # of the application decided on
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    batch: Mapped[str] = mapped_column(String(32), default="")  # equal for decisions made as one act


class Revocation(Model):
    """A decision revoked after it took effect (撤销决定). Its review stays as it was, and counts no more.

    `reason` is for the examinee; `state`: of the application until then. `waits_since`: the time of submission moved on
    by the time in force (and aside before); None where the file was under review all that time.
    """

    __tablename__ = "revocation"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str]
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waits_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


def stands() -> ColumnElement[bool]:
    """Condition on reviews: decided, and not revoked since."""
    return (Review.decision != "") & ~exists().where(Revocation.review_id == Review.id).correlate(Review)


class KeptWork(Model):
    """A reviewer's form of a file, sent when the session was over. `sha256`: of the submission on the page."""

    __tablename__ = "kept_work"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Batch(Model):
    """Applications chosen in the queue for one act: preview, then, once `done_at`, result.

    `files`: [public id, version, sha256] when chosen, later also whether ticked. `outcomes`: [public id, done, words].
    """

    __tablename__ = "batch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    act: Mapped[str] = mapped_column(String(10))
    query: Mapped[str] = mapped_column(String(500), default="")  # filters, if everything found was chosen
    found: Mapped[int | None]  # number found; None if chosen one by one
    files: Mapped[list[Any]] = mapped_column(JSON)
    people: Mapped[list[int]] = mapped_column(JSON, default=list)  # assignees
    outcomes: Mapped[list[Any] | None] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DoneForm(Model):
    """A form that was carried out: sent again, it gets the same `answer` (app.actions.repeats). Kept for a day.

    `key`: SHA-256 of its token and content. `taken_back`: what it decided was undone.
    """

    __tablename__ = "done_form"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)  # decided by it
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    taken_back: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Note(Model):
    """Internal note on an application, never shown to the examinee, changed or deleted."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReturnReason(Model):
    """A line of the reasons catalogue. `school_code` empty: every school.

    `code`: of a seed (R01 …), else empty. Once `used` it is only retired, never deleted; findings store the text sent.
    """

    __tablename__ = "return_reason"
    __table_args__ = (UniqueConstraint("school_code", "label", name="uq_return_reason_label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), default="")
    school_code: Mapped[str] = mapped_column(String(20), default="")
    label: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(300))  # with placeholders of app.rules.review.reasons
    places: Mapped[list[str]] = mapped_column(JSON, default=list)  # keys of steps and items; none: every item
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    used: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class OnlineCheck(Model):
    """已在学信网核对: one person checked one item. `proof`: hash of picture and typed code; another one is unchecked."""

    __tablename__ = "online_check"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    proof: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
