"""State machine of an application: only the transitions of this table are possible.

Keys and words of the states: contract.md "States of an application"; only the key is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.rules.orders import BEFORE, DUE, UNPAID_STATES, unpaid_state
from app.rules.people.roles import SCHOOL_ROLES
from app.rules.windows import WindowFacts


class State(StrEnum):
    DRAFT = "draft"
    SCHOOL_REVIEW = "school_review"
    OFFICE_REVIEW = "office_review"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    COMPLETED = "completed"


UNDER_REVIEW = (State.SCHOOL_REVIEW, State.OFFICE_REVIEW)
EDITABLE = (State.DRAFT, State.RETURNED)
NOT_ENDED = (*UNDER_REVIEW, State.RETURNED, State.APPROVED)
"""Submitted, and neither rejected nor completed."""

WORDS = {
    State.DRAFT: "草稿",
    State.SCHOOL_REVIEW: "待初审",
    State.OFFICE_REVIEW: "待终审",
    State.RETURNED: "审核未通过，请修改",
    State.REJECTED: "不予通过",
    State.APPROVED: "审核通过",
    State.COMPLETED: "已办结",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One transition. `who`: examinee, system or staff roles. `stages`: of the window, 1 or 2.

    `guard`: words of a further condition, for the diagram; the action checks it. `other_eyes`: not by who decided the earlier stage (four eyes).
    """

    name: str
    sources: tuple[State, ...]
    target: State
    who: tuple[str, ...]
    stages: tuple[int, ...] = (1, 2)
    guard: str = ""
    other_eyes: bool = False


TRANSITIONS = (
    Transition("submit", (State.DRAFT,), State.SCHOOL_REVIEW, ("examinee",), guard="办理时间内，内容完整"),
    Transition(
        "resubmit_school",
        (State.RETURNED,),
        State.SCHOOL_REVIEW,
        ("examinee",),
        guard="修改截止前，退回的各项都已修改或说明",
    ),
    Transition(
        "resubmit_office",
        (State.RETURNED,),
        State.OFFICE_REVIEW,
        ("examinee",),
        (2,),
        "修改截止前，退回的各项都已修改或说明",
    ),
    Transition("withdraw", (State.SCHOOL_REVIEW,), State.DRAFT, ("examinee",), guard="审核尚未开始"),
    Transition("pass_school", (State.SCHOOL_REVIEW,), State.OFFICE_REVIEW, ("school_reviewer",), (2,), "缺课逐门说明"),
    Transition(
        "approve_at_once",
        (State.SCHOOL_REVIEW,),
        State.APPROVED,
        ("school_reviewer", "office_reviewer"),
        (1,),
        "缺课逐门说明",
    ),
    Transition("return_school", (State.SCHOOL_REVIEW,), State.RETURNED, ("school_reviewer",), guard="至少一项写明原因"),
    Transition(
        "return_one_stage", (State.SCHOOL_REVIEW,), State.RETURNED, ("office_reviewer",), (1,), "至少一项写明原因"
    ),
    Transition("reject_school", (State.SCHOOL_REVIEW,), State.REJECTED, ("school_reviewer",), guard="写明原因"),
    Transition("reject_one_stage", (State.SCHOOL_REVIEW,), State.REJECTED, ("office_reviewer",), (1,), "写明原因"),
    Transition("approve", (State.OFFICE_REVIEW,), State.APPROVED, ("office_reviewer",), (2,), "缺课逐门说明", True),
    Transition(
        "return_office", (State.OFFICE_REVIEW,), State.RETURNED, ("office_reviewer",), (2,), "至少一项写明原因", True
    ),
    Transition("reject_office", (State.OFFICE_REVIEW,), State.REJECTED, ("office_reviewer",), (2,), "写明原因", True),
    Transition(
        "back_to_school", (State.OFFICE_REVIEW,), State.SCHOOL_REVIEW, ("office_reviewer",), (2,), "写明原因", True
    ),
    Transition(
        "revoke_to_school",
        (State.OFFICE_REVIEW, State.RETURNED, State.REJECTED, State.APPROVED),
        State.SCHOOL_REVIEW,
        ("school_lead", "office_reviewer", "admin"),
        guard="写明原因，考生还没有修改或缴费，考办还没有开始",
    ),
    Transition(
        "revoke_to_office",
        (State.RETURNED, State.REJECTED, State.APPROVED),
        State.OFFICE_REVIEW,
        ("office_reviewer", "admin"),
        (2,),
        "写明原因，考生还没有修改或缴费",
    ),
    Transition(
        "complete",
        (State.APPROVED,),
        State.COMPLETED,
        ("system", "office_reviewer", "admin"),
        guard="已缴费，或无须缴费",
    ),
    Transition("undo_completion", (State.COMPLETED,), State.APPROVED, ("office_reviewer", "admin"), guard="写明原因"),
)

# decision -> transitions
DECISION_ARROWS = {
    "pass": ("pass_school", "approve_at_once", "approve"),
    "return": ("return_school", "return_one_stage", "return_office"),
    "reject": ("reject_school", "reject_one_stage", "reject_office"),
    "back": ("back_to_school",),
}


def transition(name: str) -> Transition:
    """Return a transition by name. Raises KeyError."""
    for row in TRANSITIONS:
        if row.name == name:
            return row
    raise KeyError(name)


def for_decision(decision: str, state: State, role: str, stages: int) -> Transition | None:
    """Return the transition for a decision, or None. A school_lead reviews as a school_reviewer."""
    role = "school_reviewer" if role in SCHOOL_ROLES else role
    for name in DECISION_ARROWS.get(decision, ()):
        row = transition(name)
        if state in row.sources and role in row.who and stages in row.stages:
            return row
    return None


def resubmission(returned_stage: str | None) -> Transition:
    """Return the transition to the stage that returned it."""
    return transition("resubmit_office" if returned_stage == State.OFFICE_REVIEW else "resubmit_school")


def revocation(stage: str, state: State, role: str) -> Transition | None:
    """Return the transition back to the stage that decided (撤销决定), or None where the role may not."""
    row = transition("revoke_to_office" if stage == State.OFFICE_REVIEW else "revoke_to_school")
    return row if state in row.sources and role in row.who else None


def awaits_examinee(state: State, window: WindowFacts, on: datetime) -> bool:
    """Whether the examinee has something to do: go on writing, correct, or pay. `window`: with the ticket's extension."""
    if state is State.DRAFT:
        return window.is_open(on)
    if state is State.RETURNED:
        return window.takes_fixes(on)
    return state is State.APPROVED and window.pays(on)


UNDONE, STOPPED = "undone", "stopped"
"""Why an approved application owes no fee: 办结已撤销 and paid, or free; another application stands in its way (clashes)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Word and tone (ok, warn, bad, off or empty) shown for a state."""

    word: str
    tone: str


def shown(
    state: State,
    window: WindowFacts,
    on: datetime,
    own: Mapping[State, str] = MappingProxyType({}),
    *,
    not_owed: str = "",
) -> Shown:
    """Return the word for a state at a moment, never stored. `own`: words of the service; `not_owed`: UNDONE or STOPPED."""
    word = own.get(state, WORDS[state])
    if state is State.APPROVED:
        return approved(word, unpaid_state(window, on) if window.fee else "", not_owed)
    if state is State.DRAFT:
        return Shown("已截止，未提交", "off") if window.has_closed(on) else Shown(word, "warn")
    if state is State.RETURNED:
        return Shown(word, "bad") if window.takes_fixes(on) else Shown("逾期未修改", "bad")
    tone = {State.REJECTED: "bad", State.COMPLETED: "ok"}.get(state, "")
    return Shown(word, tone)


def approved(word: str, unpaid: str, not_owed: str = "") -> Shown:
    """Return the word for an approved one, by the time to pay (a key of UNPAID_STATES; '': nothing is to be paid)."""
    if not_owed:
        return Shown("办结已撤销", "warn") if not_owed == UNDONE else Shown(word, "off")
    if unpaid == BEFORE:
        return Shown(f"{word}（缴费未开始）", "ok")
    return Shown(dict(UNPAID_STATES)[unpaid], "warn" if unpaid == DUE else "bad") if unpaid else Shown(word, "ok")


def diagram() -> str:
    """Render the Mermaid state diagram of docs/lifecycle.md; a test compares them."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for row in TRANSITIONS:
        label = f"{row.name}（{row.guard}）" if row.guard else row.name
        lines += [f"    {source} --> {row.target}: {label}" for source in row.sources]
    lines += ["    completed --> [*]", "    rejected --> [*]"]
    return "\n".join(lines) + "\n"
