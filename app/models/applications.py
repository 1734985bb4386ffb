"""Applications, submissions, evidence and reviews."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from app.models.base import Model, UtcDateTime, random_id
from app.models.people import NAME, Examinee, Ticket
from app.rules.review.lifecycle import State
from app.rules.submission import Document, read

STORAGE_KEY = String(80).with_variant(String(80, collation="C"), "postgresql")  # key ranges are queried by bytes

# columns that filter the queue; in the index they save reading table rows of 3 KB, most of the time:
# the queue checks thousands of rows to find fifty
NARROWING = (
    "school_code", "major_code", "plan_id", "window_id", "assignee_id", "missing", "again", "ticket_number", "holder_name",
    "hinted", "marks", "sent_back",
)  # fmt: skip


def _queue(name: str, *first: str, marked: str = "") -> Index:
    """Return an index covering every query of the queue. `marked`: only rows where that column is true.

    That column also leads, or SQLite, without statistics, does not choose the smaller index.
    """
    columns = (*([marked] if marked else first), "state", "submitted_at", "id")
    rest = (column for column in NARROWING if column not in columns)
    only: dict[str, Any] = {"sqlite_where": text(f"{marked} = 1"), "postgresql_where": text(marked)} if marked else {}
    return Index(name, *columns, *rest, **only)


def _only(condition: str) -> dict[str, Any]:
    """Return what makes an index one of these rows alone."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _one_current(name: str, *columns: str) -> Index:
    """Return a unique index of the rows that are `current`."""
    return Index(name, *columns, unique=True, **_only("current"))


def _copied(wanted: InstrumentedAttribute[Any], key: InstrumentedAttribute[int], given: str) -> Callable[[Any], Any]:
    """Return a column default: `wanted` of the row with `key` = the new row's `given`."""

    def read(context: Any) -> Any:
        return context.connection.scalar(select(wanted).where(key == context.get_current_parameters()[given]))

    return read


def _resubmitted(context: Any) -> bool:
    return bool(context.get_current_parameters().get("submissions", 0) > 1)


def _flagged(context: Any) -> bool:
    return bool(context.get_current_parameters().get("marks"))


class Application(Model):
    """One per examinee, ticket, service and window. `answers`: the draft, step key -> field -> text as typed."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("examinee_id", "ticket_id", "service", "window_id", name="uq_application_once"),
        UniqueConstraint("public_id", name="uq_application_public_id"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{s.value}'" for s in State)), name="state"),
        CheckConstraint("(state = 'draft') OR (submitted_at IS NOT NULL)", name="submitted_has_time"),
        CheckConstraint("again = (submissions > 1)", name="again"),
        CheckConstraint("hinted = (marks <> '')", name="hinted"),
        # the roster's name, copied for queue searches, updated by the database
        ForeignKeyConstraint(["examinee_id", "holder_name"], [Examinee.id, Examinee.name], onupdate="CASCADE"),
        _queue("ix_application_queue"),
        _queue("ix_application_school_queue", "school_code"),
        _queue("ix_application_major", "major_code"),
        _queue("ix_application_ticket", "ticket_number"),
        _queue("ix_application_name", "holder_name"),
        _queue("ix_application_missing", marked="missing"),
        _queue("ix_application_again", marked="again"),
        _queue("ix_application_hinted", marked="hinted"),
        _queue("ix_application_sent_back", marked="sent_back"),
        _queue("ix_application_window", "window_id"),
        _queue("ix_application_assignee", "assignee_id"),
        Index("ix_application_figures", "window_id", "school_code", "state", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), default=random_id)
    examinee_id: Mapped[int]
    holder_name: Mapped[str] = mapped_column(NAME, default=_copied(Examinee.name, Examinee.id, "examinee_id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    ticket_number: Mapped[str] = mapped_column(
        String(20), default=_copied(Ticket.number, Ticket.id, "ticket_id")
    )  # constant
    service: Mapped[str] = mapped_column(String(20))
    window_id: Mapped[int] = mapped_column(ForeignKey("service_window.id"))
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT.value)
    version: Mapped[int] = mapped_column(default=1)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reached: Mapped[str] = mapped_column(String(30), default="")  # slug of the furthest step opened
    at_step: Mapped[str] = mapped_column(String(30), default="")  # slug to resume at
    open_items: Mapped[list[str] | None] = mapped_column(JSON)  # returned: editable items; None: all
    returned_stage: Mapped[str | None] = mapped_column(String(20))  # target state of a resubmission
    major_code: Mapped[str] = mapped_column(String(20), default="")
    school_code: Mapped[str] = mapped_column(String(20), default="")  # first reviewer
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    missing: Mapped[bool] = mapped_column(default=False)  # last submission lacks a course
    counted: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))  # its courses, by 顿号
    flags: Mapped[str] = mapped_column("marks", String(80), default="")  # ",unclear,double," of rules.evidence.flags
    flagged: Mapped[bool] = mapped_column("hinted", default=_flagged)  # has flags, for the index
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # assigned reviewer; others may also review
    submissions: Mapped[int] = mapped_column(default=0)
    resubmitted: Mapped[bool] = mapped_column("again", default=_resubmitted)  # submitted more than once, for the index
    sent_back: Mapped[bool] = mapped_column(default=False, server_default=false())  # and no decision since
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a draft set aside, emptied; begun anew: None


class Submission(Model):
    """A frozen submission, never updated or deleted.

    `document`: canonical JSON, `sha256`: its hash, `receipt`: 回执编号.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("application_id", "number", name="uq_submission_number"),
        UniqueConstraint("receipt", name="uq_submission_receipt"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    number: Mapped[int]
    receipt: Mapped[str] = mapped_column(String(20))
    document: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @cached_property
    def content(self) -> Document:
        """The document, parsed once. Raises ValueError if unreadable."""
        return read(self.document)


class Evidence(Model):
    """A picture. `current`: in the draft's slot; once `submitted` never deleted."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("public_id", name="uq_evidence_public_id"),
        _one_current("uq_evidence_current", "application_id", "slot"),
        Index("ix_evidence_lost", "id", **_only("missing OR damaged")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), default=random_id)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    slot: Mapped[str] = mapped_column(String(40))
    current: Mapped[bool] = mapped_column(default=True)
    submitted: Mapped[bool] = mapped_column(default=False)
    media_type: Mapped[str] = mapped_column(String(20))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    storage_key: Mapped[str] = mapped_column(STORAGE_KEY, index=True)
    label: Mapped[str] = mapped_column(String(100), default="")  # the examinee's file name, display only
    measures: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)  # app.rules.evidence.legibility
    codes: Mapped[list[str]] = mapped_column(JSON, default=list)  # contents of QR codes and barcodes
    fingerprint: Mapped[str] = mapped_column("mark", String(256), default="")  # 1024 bits as hex
    missing: Mapped[bool] = mapped_column(default=False)  # no file was found
    damaged: Mapped[bool] = mapped_column(default=False, server_default=false())  # its file has another sha256
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RosterPortrait(Model):
    """A portrait held by the office (kaoji import portraits).

    Kept after a replacement: submissions in windows that ask for none use its file as evidence.
    """

    __tablename__ = "roster_portrait"
    __table_args__ = (_one_current("uq_roster_portrait_current", "examinee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    examinee_id: Mapped[int] = mapped_column(ForeignKey("examinee.id"))
    current: Mapped[bool] = mapped_column(default=True)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(STORAGE_KEY, index=True)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PicturePart(Model):
    """Parts of a submitted picture's fingerprint, for lookup (app.rules.evidence.fingerprint)."""

    __tablename__ = "picture_part"
    __table_args__ = ({"sqlite_with_rowid": False},)

    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # 63 bits
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True, index=True)


class PaperNumber(Model):
    """A number unique to a person (毕业证书编号, 在线验证码, 报告编号), from the last submission."""

    __tablename__ = "paper_number"
    __table_args__ = (Index("ix_paper_number", "number", "item"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[str] = mapped_column(String(40))


class Review(Model):
    """One review of one submission at one stage. `decision` is empty until decided."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("submission_id", "stage", "round", name="uq_review_stage"),
        Index("ix_review_figures", "window_id", "reviewer_id", "decision", "decided_at"),
        CheckConstraint("decision IN ('', 'pass', 'return', 'reject', 'back')", name="decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    window_id: Mapped[int] = mapped_column(default=_copied(Application.window_id, Application.id, "application_id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    stage: Mapped[str] = mapped_column(String(20))  # school_review | office_review
    round: Mapped[int] = mapped_column(default=1)  # increases when sent back to the school
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str] = mapped_column(String(10), default="")
    message: Mapped[str] = mapped_column(default="")  # for the examinee
    to_school: Mapped[str] = mapped_column(default="", server_default=text("''"))  # with 退回初审; staff alone
    waivers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # missing course -> reason to pass
    again: Mapped[str] = mapped_column(default="")  # why a second return names what the first could have
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Message(Model):
    """站内消息 about a state change, or the account (no application, `state` empty); `read_at` None: unread."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_examinee", "examinee_id", "id"),
        Index("ix_message_unread", "examinee_id", **_only("read_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    examinee_id: Mapped[int] = mapped_column(ForeignKey("examinee.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))  # the new state
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Finding(Model):
    """Result for one item of a submission."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("review_id", "item", name="uq_finding_item"),
        Index("ix_finding_verdict", "verdict", "review_id", "cause_id", "reason"),
        CheckConstraint("verdict IN ('ok', 'return')", name="verdict"),
        CheckConstraint("verdict <> 'return' OR reason <> ''", name="return_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    item: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(default="")  # as sent, independent of the catalogue
    cause_id: Mapped[int | None] = mapped_column(ForeignKey("return_reason.id"))  # source line of the catalogue
