"""Review page: lease, pending decisions, notes and history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.actions import scope
from app.actions.applications import leases
from app.actions.applications.whose_turn import OTHER_EYES
from app.rules import audit_words
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.submission_diff import Difference, Doubts, Items, Judged, accepted, differences, doubts, late
from app.rules.review.words import DECISIONS
from app.web.staff.file.query import File, masks_for
from app.web.staff.file.stored.log import UNREAD, Entry
from app.web.staff.file.stored.rows import FileRows, Waits
from app.wizard.service import service_for


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending decision. `mine`: the reader's own; `over`: too late to undo."""

    public_id: str
    name: str
    word: str
    who: str
    until: datetime
    mine: bool
    over: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One line of 全部经过; `at` None: nobody can read when it was."""

    at: datetime | None
    who: str
    what: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """`barred`: the final decision must be another person's; `verified`: 已核验，未变; `changed`: item key -> difference; `late`: items whose return needs an extra reason.

    `doubted`: items that the office doubts by name, for the school until it has looked; `unseen`: in doubt, no verdict since.
    """

    holder: leases.Holder | None
    mine: bool
    barred: bool
    waiting: Waiting | None
    previous: Waiting | None  # the reviewer's last, on another application
    verified: frozenset[str]
    changed: Mapping[str, Difference]
    gone: tuple[Difference, ...]
    late: frozenset[str]
    doubted: frozenset[str]
    unseen: frozenset[str]
    notes: tuple[Event, ...]
    events: tuple[Event, ...]
    undo_minutes: int
    warning: str


def load_status(file: File, by: Actor, *, on: datetime, reveal: bool) -> FileStatus:
    """Build it from the rows of `load_file`."""
    stored = file.stored
    items = file.submission.content.items
    rounds = _judged(stored)
    changes = _changes(file, items)
    changes = (
        changes
        if reveal
        else tuple(_masked(change, by, file.submission.content.examinee.id_number) for change in changes)
    )
    reviewing = file.case.state in UNDER_REVIEW
    found = doubts(rounds, items) if reviewing else Doubts()
    return FileStatus(
        holder=stored.holder,
        mine=stored.holder is not None and stored.holder.staff_id == by.id,
        barred=_barred(file, by),
        waiting=_waiting(stored.waiting, by, on),
        previous=_waiting(stored.previous, by, on),
        verified=frozenset(accepted(rounds, file.case.state.value, items)) if reviewing else frozenset(),
        changed={change.key: change for change in changes},
        gone=tuple(change for change in changes if change.kind == "removed"),
        late=frozenset(late(rounds, file.submission.number, items, [item.key for item in items])),
        doubted=found.named if file.case.state is State.OFFICE_REVIEW else found.named & found.unseen,
        unseen=found.unseen,
        notes=tuple(Event(row.at, row.who, row.what) for row in stored.written("note")),
        events=tuple(_event(row, by) for row in reversed(stored.written("act", "own", UNREAD))),
        undo_minutes=int(stored.undo.total_seconds() // 60),
        warning=_warning(file, by),
    )


def _judged(stored: FileRows) -> list[Judged]:
    """Return decisions that stand, oldest first."""
    documents = {each.id: each for each in stored.submissions}
    return [
        Judged(
            documents[each.review.submission_id].number,
            each.review.stage,
            each.review.decision,
            documents[each.review.submission_id].content.items,
            {finding.item: finding.verdict for finding in each.findings},
        )
        for each in stored.judgements
        if each.stands
    ]


def _warning(file: File, by: Actor) -> str:
    """What to know before the final decision; nothing for the school, whose it never is."""
    if file.case.state is not State.OFFICE_REVIEW or scope.of_school(by):
        return ""
    if not file.stored.four_eyes:
        return "本站点已关闭“终审须由另一人”，同一人可以作初审和终审。"
    return OTHER_EYES if _barred(file, by) else ""


def _barred(file: File, by: Actor) -> bool:
    """`whose_turn.barred`, from the rows of the file."""
    if file.case.state is not State.OFFICE_REVIEW or not file.stored.four_eyes or scope.of_school(by):
        return False
    reviews = (each.review for each in file.stored.judgements if each.stands)
    return any(review.stage == State.SCHOOL_REVIEW and review.reviewer_id == by.id for review in reviews)


def _changes(file: File, items: Items) -> tuple[Difference, ...]:
    """Return differences to the submission last decided on. `asked`: what returns named, and what depends on it."""
    number, before = file.submission.number, file.before
    if before is None:
        return ()
    service = service_for(file.application.service)
    returns = (each for each in file.rounds if each.decision == "return" and not each.revoked)
    returned = [key for each in returns if each.number < number for key, _ in each.items]
    always = {key for step in service.steps for key in step.always_open}
    asked = (service.dependents(returned, file.case) - always) | set(returned)
    return differences(before.content.items, items, asked, file.submission.content.replies)


def _masked(change: Difference, by: Actor, number: str) -> Difference:
    """Hide personal data of what differs: masked before, a change of the hidden part would be none."""
    masks = masks_for(by, number)
    mask = masks.get(change.key.partition(".")[2], masks[""])
    return replace(change, before=mask(change.before), after=mask(change.after))


def _waiting(waits: Waits | None, by: Actor, on: datetime) -> Waiting | None:
    if waits is None:
        return None
    return Waiting(
        waits.public_id,
        scope.shown_name(waits.name, by),
        DECISIONS[waits.decision],
        waits.who,
        waits.until,
        waits.staff_id == by.id,
        waits.until <= on,
    )


def _event(row: Entry, by: Actor) -> Event:
    if row.kind == UNREAD:
        return Event(
            None, "", "这一条读不懂", f"操作记录 {row.id} 直接在数据库里被改过，请告诉管理员（运行 kaoji verify）"
        )
    who = scope.shown_name(row.who or "", by) if row.kind == "own" else row.who or "系统"
    return Event(row.at, who, audit_words.WORDS.get(row.what, row.what), _more(row.more or {}))


def _more(detail: Mapping[str, Any]) -> str:
    detail = {name: audit_words.value_words(value) for name, value in detail.items() if value}
    if "from" in detail and "to" in detail:
        detail["from"] = f"由“{detail['from']}”改为“{detail['to']}”"
    parts = [detail[name] for name in ("receipt", "why", "from", "reason") if name in detail]
    if detail.get("decision") in DECISIONS.values():
        parts.insert(0, detail["decision"])
    return "，".join(parts)
