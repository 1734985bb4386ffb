"""What a correction will do, in words, before anybody does it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.services import title_of
from app.models import Application, Submission
from app.rules.people.privacy import mask_id
from app.rules.refusals import Invalid
from app.rules.review.lifecycle import WORDS, State
from app.rules.text import clean_line

LONGEST_REASON = 200
NOTHING = "与原来相同，没有要更正的"
FROZEN = "提交过的内容不变，仍是提交时的；需要按更正后的资料审核或打印的，请退回或撤销决定，让考生重新提交"
EMPTY = "（空）"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that changes: `kind` id_number and name are masked where they are kept."""

    label: str
    old: str
    new: str
    kind: str = ""

    def masked(self) -> tuple[str, str]:
        """Return both values as the audit keeps them."""
        mask = {"id_number": mask_id, "name": scope.kept_name}.get(self.kind, str)
        return mask(self.old), mask(self.new)

    @property
    def seen_old(self) -> str:
        """Return the former value as a page shows it: a number is masked, 显示 alone tells it."""
        return _own(self, self.old)

    def places(self) -> str:
        """Return which characters differ, as a masked number does not show it; "" for other lengths."""
        if self.kind not in ("id_number", "name") or len(self.old) != len(self.new):
            return ""
        differ = (str(i) for i, pair in enumerate(zip(self.old, self.new, strict=True), 1) if pair[0] != pair[1])
        return f"第 {'、'.join(differ)} 位"


@dataclass(frozen=True, slots=True)
class Plan:
    """`touched`: what follows, a sentence each. `must_say`: what the person who corrects has to confirm, "" for nothing.

    `other_login`: afterwards another ID number signs in to what is there.
    """

    lines: tuple[Line, ...]
    touched: tuple[str, ...]
    must_say: str = ""
    found: Mapping[str, Any] = field(default_factory=dict)  # what the act needs to know again
    other_login: bool = False

    @property
    def print(self) -> str:
        """Return the SHA-256 of all that was shown, so that nothing else is done than was read."""
        shown = [[line.label, line.old, line.new] for line in self.lines], self.touched, self.must_say
        return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()

    def detail(self, reason: str) -> dict[str, Any]:
        """Return what the audit keeps: before and after, masked, and why."""
        before = {line.label: line.masked()[0] for line in self.lines}
        after = {line.label: line.masked()[1] for line in self.lines}
        places = {line.label: line.places() for line in self.lines if line.places()}
        return {"before": before, "after": after, "differs": places, "reason": reason}

    def told(self) -> str:
        """Return the changes as the examinee is told, numbers masked."""
        return "；".join(
            f"{line.label}由“{_own(line, line.old) or EMPTY}”改为“{_own(line, line.new) or EMPTY}”"
            for line in self.lines
        )


def _own(line: Line, value: str) -> str:
    return mask_id(value) if line.kind == "id_number" else value


def line(label: str, old: Any, new: Any, kind: str = "") -> list[Line]:
    """Return one line where the value changes."""
    return [Line(label, str(old or ""), str(new or ""), kind)] if (old or "") != (new or "") else []


def reason_of(asked: Mapping[str, str]) -> str:
    """Return the reason. Raises Invalid("reason")."""
    reason = clean_line(asked.get("reason", ""))
    if not reason:
        raise Invalid("reason", "请写明更正的原因和依据")
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", f"原因最多 {LONGEST_REASON} 个字，现在是 {len(reason)} 个字")
    return reason


def parsed(name: str, value: str, parser: Any) -> Any:
    """Return what an import's parser makes of a field. Raises Invalid(name)."""
    try:
        return parser(value)
    except ValueError as wrong:
        raise Invalid(name, str(wrong)) from wrong


def applications(session: Session, whose: ColumnElement[bool]) -> list[str]:
    """Return the applications that are not set aside, in words: business, receipt, state."""
    latest = (
        select(Submission.receipt)
        .where(Submission.application_id == Application.id)
        .order_by(Submission.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (Application.id, Application.service, Application.state, func.coalesce(latest, "").label("receipt"))
    live = or_(Application.discarded_at.is_(None), Application.state != State.DRAFT.value)
    rows = session.execute(select(*columns).where(whose, live).order_by(Application.id)).all()
    return [
        f"{title_of(row.service)}{' ' + row.receipt if row.receipt else ''}（{WORDS[State(row.state)]}）"
        for row in rows
    ]


def of_applications(found: Sequence[str]) -> list[str]:
    """Return what is said of the applications that a correction leaves as they are."""
    return [f"涉及的申请：{'、'.join(found)}。{FROZEN}"] if found else []
