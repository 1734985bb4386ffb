"""A queue row as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.actions import scope
from app.actions.services import shown, title_of
from app.rules.calendar import clock
from app.rules.evidence.flags import read
from app.rules.people.roles import Actor
from app.rules.review.asides import ASKED
from app.rules.review.clashes import read_clash
from app.rules.review.lifecycle import UNDER_REVIEW, State
from app.rules.review.words import DECISIONS
from app.rules.windows import WindowFacts, time_waited
from app.web.staff.queue.filters import OVERDUE
from app.web.staff.queue.marks import marks

SHOWN = 40  # characters of a question


def line(row: Any, facts: Mapping[int, WindowFacts], by: Actor, on: datetime) -> dict[str, Any]:
    """Return the template's values of a `queue_query.page` row. `flags`: (tone, word); `left`: whole seconds."""
    state = shown(State(row.state), facts[row.window_id], on, not_owed=row.not_owed)
    since, until = row.waits_since or row.submitted_at, row.asked_at or on
    left = (row.effective_at - on).total_seconds() if row.effective_at else 0
    return {
        "public_id": row.public_id,
        "ticket": row.ticket,
        "name": scope.shown_name(row.name, by),
        "service": title_of(facts[row.window_id].service),
        "major": row.major or row.major_code,
        "level": row.level or "",
        "school": row.school or "",
        "waited": time_waited(since, until),
        "overdue": row.state in UNDER_REVIEW and until - since > OVERDUE,
        "tone": state.tone or "warn",
        "word": state.word,
        "assignee": row.assignee or "",
        "flags": marks(row, read(row.flags), read_clash(row.clash)),
        "hand": _hand(row, by, left),
        "left": int(left),
        "until": countdown(left) if left > 0 else "",
        "mine": left > 0 and row.decider_id == by.id,
    }


def countdown(left: float) -> str:
    """Return e.g. 4:31."""
    whole = timedelta(seconds=int(left))
    return f"{whole.seconds // 60}:{whole.seconds % 60:02}"


def _hand(row: Any, by: Actor, left: float) -> str:
    """Return the pending decision, lease or begun review as text, or ''."""
    if row.decision:
        word = f"已决定：{DECISIONS[row.decision]}"
        return (word if row.decider_id == by.id else f"{word} · {row.decider}") + ("" if left > 0 else "，即将生效")
    if row.asked:
        return f"{row.asker}请示{ASKED[row.asked]}：{row.question[:SHOWN]}{'…' if len(row.question) > SHOWN else ''}"
    if row.holder_id:
        return f"审核中 · {'你' if row.holder_id == by.id else row.holder}，保留到 {clock(row.until)}"
    if row.barred and not scope.of_school(by):  # for the school the final decision is never its own
        return "初审是你作的决定，终审须另一人"
    return f"审过一部分 · {row.begun_by}" if row.begun_by else ""
