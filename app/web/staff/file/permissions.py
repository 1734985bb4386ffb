"""Permissions of a reader on the review page; templates check only these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.actions import scope
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import UNDER_REVIEW, State, revocation
from app.web.staff.file.asides import open_question
from app.web.staff.file.query import File
from app.web.staff.file.status import FileStatus


@dataclass(frozen=True, slots=True)
class May:
    """`write`: save notes and opinions; `send_for_fixes`: 退回修改; `send_back`: 退回初审; `answers`: ids of 缺成绩 reports.

    `conclude`: 撤销办结, 重新办结 or 办结, else empty.
    """

    write: bool
    decide: bool
    send_for_fixes: bool
    send_back: bool
    take_over: bool
    extend: bool
    print_opinion: bool
    revoke: bool
    answers: frozenset[int]
    conclude: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The examinee's next act and its deadline."""

    word: str
    until: datetime


def permissions(file: File, status: FileStatus, by: Actor) -> May:
    """Return the permissions. A question, a pending decision, one's own 初审 or another person's lease forbids deciding."""
    write = by.role not in scope.READING_ONLY
    decisions = {decision for decision, _ in file.decisions}
    state = file.case.state
    aside = open_question(file.stored, by) is not None
    turn = bool(decisions) and not aside and not status.barred and status.waiting is None
    return May(
        write=write,
        decide=turn and (status.holder is None or status.mine),
        send_for_fixes=state in UNDER_REVIEW,
        send_back="back" in decisions,
        take_over=turn and status.holder is not None and not status.mine,
        extend=by.role in scope.REVIEWING,
        print_opinion=write and bool(file.rounds),
        revoke=_may_revoke(file, by),
        conclude=_conclude(file) if by.role in scope.OFFICE else "",
        answers=frozenset(
            asked.id for asked in file.questions if by.role in scope.OFFICE or asked.school_code == by.school_code
        ),
    )


def _may_revoke(file: File, by: Actor) -> bool:
    """Whether 撤销决定 is offered; its page asks again, and says why not."""
    last = file.stored.judgements[-1] if file.stored.judgements else None
    if last is None or not last.stands or by.role not in scope.ASSIGNING or file.paid:
        return False
    return revocation(last.review.stage, file.case.state, by.role) is not None


def _conclude(file: File) -> str:
    if file.case.state is State.COMPLETED:
        return "撤销办结"
    if file.stored.stopped:
        return ""
    return "重新办结" if file.stored.undone else "办结" if file.stored.free else ""


def awaited(file: File) -> Awaited | None:
    """Return the awaited act; None if there is none or no deadline."""
    window = file.case.window
    if file.case.state is State.RETURNED:
        return Awaited("等考生修改并重新提交", window.fixes_until)
    if file.case.state is State.APPROVED and window.pay_closes_at and not file.stored.not_owed:
        return Awaited("等考生缴费", window.pay_closes_at)
    return None
