"""Stored rows of one application: one statement for application, people, submissions, lease and pending decisions, one each
for reviews, pictures and the log. Grades and 缺成绩 reports take one more, when used (FileOffice).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, String, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.applications.cases import CASE_COLUMNS, case_from, with_people
from app.actions.applications.leases import Holder
from app.actions.clashes import clash
from app.actions.review.assigning import name_of
from app.actions.review.decision_settings import RULES
from app.actions.review.kept_work import KEPT, Kept
from app.models import (
    Application,
    Evidence,
    Examinee,
    Finding,
    KeptWork,
    Lease,
    PendingDecision,
    PlanRow,
    Review,
    Revocation,
    School,
    Staff,
    Submission,
    Ticket,
)
from app.models.parts import Part
from app.rules.case import Case, EvidenceFacts, SchoolFacts, TicketFacts
from app.rules.people.roles import Actor
from app.rules.refusals import NotFound
from app.rules.review.clashes import Clash, read_clash
from app.rules.review.lifecycle import STOPPED, UNDONE, State
from app.web.staff.file.stored.log import Entry, read_log
from app.web.staff.file.stored.office import FileOffice


@dataclass(frozen=True, slots=True)
class Waits:
    """A pending decision; `until`: the end of the undo period."""

    public_id: str
    name: str  # examinee's
    decision: str
    staff_id: int
    who: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """A review, decided or open, with its findings; `revoked`: its decision was, and by whom."""

    review: Review
    who: str
    findings: tuple[Finding, ...]
    revoked: Revocation | None = None
    revoked_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is decided and not revoked."""
        return bool(self.review.decision) and self.revoked is None


@dataclass(frozen=True, slots=True)
class FileRows:
    """All rows. `case` as of the last submission; `waiting` here, `previous`: the reader's last elsewhere."""

    application: Application
    submissions: tuple[Submission, ...]
    case: Case
    school: SchoolFacts | None
    holder: Holder | None
    waiting: Waits | None
    previous: Waits | None
    undo: timedelta
    four_eyes: bool
    judgements: tuple[Judgement, ...]
    evidence: tuple[Evidence, ...]
    log: tuple[Entry, ...]
    assignee: str = ""
    kept: Kept | None = None
    clash: Clash | None = None  # what stands in its way beside

    def written(self, *kinds: str) -> list[Entry]:
        """Return log rows of these kinds (act, own: of the examinee, unread, note, paid, checked), oldest first."""
        return [row for row in self.log if row.kind in kinds]

    @property
    def stopped(self) -> bool:
        """Whether another application bars this one, which is not completed."""
        return self.clash is not None and self.clash.stops and self.case.state is not State.COMPLETED

    @property
    def not_owed(self) -> str:
        """Why it owes no fee though approved, or ''."""
        return UNDONE if self.undone else STOPPED if self.stopped else ""

    @property
    def undone(self) -> bool:
        """Whether its 办结 was undone, and no fee is open."""
        if self.case.state is not State.APPROVED or (self.case.window.fee and not self.written("paid")):
            return False
        return any(row.what == "application.undo_completion" for row in self.written("act"))

    @property
    def free(self) -> bool:
        """Whether no payment will complete it, though it is approved: its window takes no fee any more."""
        return self.case.state is State.APPROVED and not self.case.window.fee


_own_school = aliased(School)  # the ticket's; School reviews
_holder, _decider, _revoker, _assignee = aliased(Staff), aliased(Staff), aliased(Staff), aliased(Staff)
_waiting, _before, _mine = aliased(PendingDecision), aliased(PendingDecision), aliased(PendingDecision)
_before_file, _before_person = aliased(Application), aliased(Examinee)
SCHOOL = Part("school", SchoolFacts, {name: getattr(School, name) for name in SchoolFacts.__dataclass_fields__})
OWN_SCHOOL = Part(
    "own_school", SchoolFacts, {name: getattr(_own_school, name) for name in SchoolFacts.__dataclass_fields__}
)
HOLDER = Part("holder", Holder, {"staff_id": Lease.staff_id, "name": _holder.name, "until": Lease.until})
WAITING = Part(
    "waiting",
    Waits,
    {
        "decision": _waiting.decision,
        "public_id": Application.public_id,
        "name": Examinee.name,
        "staff_id": _waiting.staff_id,
        "who": _decider.name,
        "until": _waiting.effective_at,
    },
)
PREVIOUS = Part(
    "previous",
    Waits,
    {
        "decision": _before.decision,
        "public_id": _before_file.public_id,
        "name": _before_person.name,
        "staff_id": _before.staff_id,
        "who": bindparam("my_name", type_=String),
        "until": _before.effective_at,
    },
)
_last_of_mine = (
    select(_mine.application_id)
    .where(
        _mine.staff_id == bindparam("me"), _mine.effective_at > bindparam("on"), _mine.application_id != Application.id
    )
    .order_by(_mine.decided_at.desc())
    .limit(1)
    .correlate(Application)
    .scalar_subquery()
)
_PARTS = (SCHOOL, OWN_SCHOOL, HOLDER, WAITING, PREVIOUS, RULES, KEPT)
_head: Select[Any] = (
    with_people(
        select(
            Application,
            Submission,
            *CASE_COLUMNS,
            *(column for part in _PARTS for column in part.columns),
            name_of(_assignee).label("assignee"),
            clash().label("clash"),
            PlanRow.id.label("plan__id"),
            PlanRow.imported_at.label("plan__imported_at"),
        )
    )
    .join(Submission, Submission.application_id == Application.id)
    .outerjoin(School, School.code == Application.school_code)
    .outerjoin(_own_school, _own_school.code == Ticket.school_code)
    .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
    .outerjoin(Lease, and_(Lease.application_id == Application.id, Lease.until > bindparam("on")))
    .outerjoin(_holder, _holder.id == Lease.staff_id)
    .outerjoin(KeptWork, and_(KeptWork.application_id == Application.id, KeptWork.staff_id == bindparam("me")))
    .outerjoin(_assignee, _assignee.id == Application.assignee_id)
    .outerjoin(_waiting, _waiting.application_id == Application.id)
    .outerjoin(_decider, _decider.id == _waiting.staff_id)
    .outerjoin(_before, _before.application_id == _last_of_mine)
    .outerjoin(_before_file, _before_file.id == _before.application_id)
    .outerjoin(_before_person, _before_person.id == _before_file.examinee_id)
    .where(Application.public_id == bindparam("public_id"))
    .order_by(Submission.number)
)


def read_file(session: Session, public_id: str, by: Actor, *, on: datetime) -> FileRows:
    """Return everything of an application in scope, in four statements. Raises NotFound."""
    found = session.execute(
        _head.where(scope.applications(by)), {"public_id": public_id, "me": by.id, "my_name": by.label, "on": on}
    ).all()  # one row per submission
    if not found:
        raise NotFound
    row = found[-1]
    application, submission = row.Application, row.Submission
    evidence = session.scalars(
        select(Evidence).where(Evidence.application_id == application.id).order_by(Evidence.id)
    ).all()
    school = SCHOOL.found(row)
    schools = {each.code: each for each in (school, OWN_SCHOOL.found(row)) if each}

    def office(ticket: TicketFacts) -> FileOffice:
        plan = (row.plan__id, row.plan__imported_at)
        return FileOffice(session, ticket, submission.submitted_at, plan, schools)

    rules = RULES.read(row)
    return FileRows(
        application=application,
        submissions=tuple(each.Submission for each in found),
        case=case_from(row, submission.submitted_at, evidence=_current(evidence), office=office),
        school=school,
        holder=HOLDER.found(row),
        waiting=WAITING.found(row),
        previous=PREVIOUS.found(row),
        undo=rules.undo,
        four_eyes=rules.four_eyes,
        judgements=_judgements(session, application.id),
        evidence=tuple(evidence),
        assignee=row.assignee or "",
        kept=KEPT.found(row),
        clash=read_clash(row.clash),
        log=read_log(session, application.id),
    )


def _current(evidence: Sequence[Evidence]) -> dict[str, EvidenceFacts]:
    names = EvidenceFacts.__dataclass_fields__
    return {row.slot: EvidenceFacts(*(getattr(row, name) for name in names)) for row in evidence if row.current}


def _judgements(session: Session, application_id: int) -> tuple[Judgement, ...]:
    query = (
        select(Review, Staff.name.label("who"), Finding, Revocation, _revoker.name.label("revoked_by"))
        .join(Staff, Staff.id == Review.reviewer_id)
        .outerjoin(Finding, Finding.review_id == Review.id)
        .outerjoin(Revocation, Revocation.review_id == Review.id)
        .outerjoin(_revoker, _revoker.id == Revocation.staff_id)
        .where(Review.application_id == application_id)
        .order_by(Review.id, Finding.id)
    )
    reviews: dict[int, Row[Review, str, Finding, Revocation, str]] = {}
    findings: dict[int, list[Finding]] = {}
    for row in session.execute(query):
        reviews.setdefault(row.Review.id, row)
        if row.Finding is not None:
            findings.setdefault(row.Review.id, []).append(row.Finding)
    return tuple(
        Judgement(row.Review, row.who, tuple(findings.get(ident, ())), row.Revocation, row.revoked_by or "")
        for ident, row in reviews.items()
    )
