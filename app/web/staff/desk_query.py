"""What the review page shows beside the file itself: who has it, what waits, what is remembered, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions import leases
from app.actions.desk_rules import desk_rules
from app.actions.history import items_of, judged
from app.actions.reviews import OTHER_EYES, passed_before
from app.models import Application, AuditEvent, Evidence, Examinee, Note, PendingDecision, Staff, Submission
from app.rules.lifecycle import TRANSITIONS, UNDER_REVIEW, State
from app.rules.memory import Difference, accepted, differences, late
from app.rules.people import Actor
from app.rules.privacy import mask_name
from app.web.staff.review_query import DONE, MASKS, File
from app.wizard.service import service_for

ACTS = {
    "application.started": "开始填写", "application.submitted": "提交", "application.resubmitted": "重新提交",
    "application.withdrawn": "撤回", "application.completed": "办结", "review.begun": "开始审核",
    "review.decided": "作出决定，等待生效", "review.undone": "撤销决定", "review.lapsed": "决定没有生效",
    "review.taken_over": "接手", "application.noted": "写了内部备注", "evidence.viewed": "查看凭证",
    "examinee.revealed": "查看证件号码或手机号码",
    "application.pass_school": "初审通过", "application.approve": "终审通过", "application.approve_at_once": "审核通过",
    "application.back_to_school": "退回初审",
    **{f"application.{arrow.name}": "退回修改" for arrow in TRANSITIONS if arrow.name.startswith("return_")},
    **{f"application.{arrow.name}": "不予通过" for arrow in TRANSITIONS if arrow.name.startswith("reject_")},
}  # fmt: skip
LAST = 200  # events shown


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that can still be taken back. `mine`: by whoever looks."""

    public_id: str
    name: str
    word: str
    who: str
    until: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    who: str
    what: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it. `verified`: 已核验，未变; `changed`: item key -> difference; `late`: items whose return must say why now."""

    holder: leases.Holder | None
    mine: bool
    waiting: Waiting | None
    previous: Waiting | None  # the reviewer's own last decision, on another file
    verified: frozenset[str]
    changed: Mapping[str, Difference]
    gone: tuple[Difference, ...]
    late: frozenset[str]
    notes: tuple[Event, ...]
    events: tuple[Event, ...]
    undo_minutes: int
    warning: str


def load_desk(session: Session, file: File, by: Actor, *, on: datetime, reveal: bool) -> Desk:
    """Read beside `load_file`."""
    ident = file.application.id
    items = items_of(file.submission.document)
    rounds = judged(session, ident)
    undo, four_eyes = desk_rules(session)
    holder = leases.holder(session, ident, on)
    waiting = _waiting(session, by, on, PendingDecision.application_id == ident)
    changes = _changes(session, file, items, reveal)
    reviewing = file.case.state in UNDER_REVIEW
    return Desk(
        holder=holder,
        mine=holder is not None and holder.staff_id == by.id,
        waiting=waiting,
        previous=_waiting(
            session, by, on, (PendingDecision.staff_id == by.id) & (PendingDecision.application_id != ident)
        ),
        verified=frozenset(accepted(rounds, file.case.state.value, items)) if reviewing else frozenset(),
        changed={change.key: change for change in changes},
        gone=tuple(change for change in changes if change.kind == "removed"),
        late=frozenset(late(rounds, file.submission.number, items, [item["key"] for item in items])),
        notes=_notes(session, ident),
        events=_events(session, ident),
        undo_minutes=int(undo.total_seconds() // 60),
        warning=_warning(session, file, by, four_eyes),
    )


def _warning(session: Session, file: File, by: Actor, four_eyes: bool) -> str:
    if file.case.state is not State.OFFICE_REVIEW:
        return ""
    if not four_eyes:
        return "本站点已关闭“终审须由另一人”，同一人可以作初审和终审。"
    return OTHER_EYES if passed_before(session, file.application.id, by) else ""


def _changes(session: Session, file: File, items: list[dict[str, Any]], reveal: bool) -> tuple[Difference, ...]:
    """Since the submission before this one; what identifies a person stays masked."""
    number = file.submission.number
    if number < 2:
        return ()
    before = session.scalar(
        select(Submission.document).where(
            Submission.application_id == file.application.id, Submission.number == number - 1
        )
    )
    if before is None:
        return ()
    service = service_for(file.application.service)
    returned = [key for round in file.rounds if round.number < number for key, _ in round.items]
    always = {key for step in service.steps for key in step.always_open}
    asked = (service.dependents(returned, file.case) - always) | set(returned)
    return differences(_masked(items_of(before), reveal), _masked(items, reveal), asked)


def _masked(items: list[dict[str, Any]], reveal: bool) -> list[dict[str, Any]]:
    if reveal:
        return items
    return [
        item | {"value": MASKS[name](item["value"])} if (name := item["key"].partition(".")[2]) in MASKS else item
        for item in items
    ]


def _waiting(session: Session, by: Actor, on: datetime, which: Any) -> Waiting | None:
    row = session.execute(
        select(PendingDecision, Application.public_id, Examinee.name, Staff.name.label("who"))
        .join(Application, Application.id == PendingDecision.application_id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .join(Staff, Staff.id == PendingDecision.staff_id)
        .where(which, PendingDecision.effective_at > on)
        .order_by(PendingDecision.decided_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    kept = row[0]
    word = DONE[kept.decision]
    return Waiting(row.public_id, mask_name(row.name), word, row.who, kept.effective_at, kept.staff_id == by.id)


def _notes(session: Session, application_id: int) -> tuple[Event, ...]:
    query = select(Note.created_at, Staff.name, Note.text).join(Staff, Staff.id == Note.staff_id)
    rows = session.execute(query.where(Note.application_id == application_id).order_by(Note.id))
    return tuple(Event(at, who, text) for at, who, text in rows)


def _events(session: Session, application_id: int) -> tuple[Event, ...]:
    """Every act that was written down about the file, in words, the latest first."""
    query = select(AuditEvent).where(AuditEvent.subject == "application", AuditEvent.subject_id == application_id)
    rows = session.scalars(query.order_by(AuditEvent.id.desc()).limit(LAST))
    return tuple(
        Event(row.at, row.actor_label or "系统", ACTS.get(row.action, row.action), _more(row.detail)) for row in rows
    )


def _more(detail: Mapping[str, Any]) -> str:
    parts = [str(detail[name]) for name in ("receipt", "why", "from", "reason") if detail.get(name)]
    if detail.get("decision") in DONE:
        parts.insert(0, DONE[detail["decision"]])
    return "，".join(parts)


def preload(session: Session, public_id: str | None) -> list[str]:
    """Addresses of the pictures of the file that comes next, so that they are there when it opens."""
    if public_id is None:
        return []
    query = select(Evidence.public_id).join(Application, Application.id == Evidence.application_id)
    rows = session.scalars(query.where(Application.public_id == public_id, Evidence.current).order_by(Evidence.id))
    return [f"/evidence/{each}" for each in rows]
