"""Marks of a file in lists, and the filter by them. What is shown as a mark can be filtered by, and is never 无标记."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, not_, or_

from app.actions.applications.asides import was_answered
from app.actions.clashes import clashes, clashes_not
from app.models import Application
from app.rules.evidence.flags import DOUBLE, GONE
from app.rules.evidence.flags import WORDS as EVIDENCE
from app.rules.review.clashes import Clash
from app.web.staff.queue.search import hidden

SENT_BACK, MISSING, ANSWERED = "考办退回", "缺成绩", "请示已答复"
FLAGS = (
    ("missing", MISSING),
    ("again", "重新提交"),
    ("back", SENT_BACK),
    ("clash", "与另一申请冲突"),
    ("answered", ANSWERED),
    *EVIDENCE.items(),
)
ANY, UNMARKED = "any", "none"
MATCHES = (("", "所选都有"), (ANY, "有任意一项"), (UNMARKED, "无标记"))
CONDITIONS: dict[str, Any] = {
    "missing": Application.missing,
    "again": Application.resubmitted,
    "back": Application.sent_back,
    "hinted": Application.flagged,
    "clash": hidden(clashes()),
    "answered": hidden(was_answered()),
}


def marks(row: Any, flags: Iterable[str], clash: Clash | None) -> list[tuple[str, str]]:
    """Return the marks of a row of the queue, or of a chosen file, as (tone, word); `flags`: of its evidence."""
    found = [("bad", SENT_BACK)] if row.sent_back else []
    found += [("bad" if clash.stops else "warn", clash.mark)] if clash else []
    found += [("", f"第 {row.submissions} 次")] if row.submissions > 1 else []
    found += [("bad", MISSING)] if row.missing else []
    found += [("ok", ANSWERED)] if row.answered else []
    known = set(flags)
    return found + [
        ("bad" if key in (DOUBLE, GONE) else "warn", word) for key, word in EVIDENCE.items() if key in known
    ]


def marks_in_words(flag: str, match: str) -> str:
    """Return 不限, 无标记, 缺成绩, 缺成绩且看不清, or 缺成绩或看不清; an unknown mark matches nothing and is told."""
    if match == UNMARKED:
        return dict(MATCHES)[UNMARKED]
    asked = [each for each in flag.split(",") if each]
    words = [word for key, word in FLAGS if key in asked]
    words += [f"没有“{each}”这个标记" for each in asked if each not in dict(FLAGS)]
    return ("或" if match == ANY else "且").join(words) or "不限"


def marked(flag: str, match: str) -> list[ColumnElement[bool]]:
    """Return the conditions of the marks (keys of FLAGS, comma separated): all, any or none of them."""
    if match == UNMARKED:
        others = [not_(condition) for key, condition in CONDITIONS.items() if key != "clash"]
        return [*others, hidden(clashes_not())]
    each = [
        [CONDITIONS["hinted"], has_flag(key)] if key in EVIDENCE else [CONDITIONS.get(key, literal(False))]
        for key in flag.split(",")
        if key
    ]
    if match == ANY and each:
        return [hidden(or_(*(and_(*one) for one in each)))]
    return [condition for one in each for condition in one]


def has_flag(flag: str) -> ColumnElement[bool]:
    """Match a flag as stored by app.rules.evidence.flags."""
    return Application.flags.contains(f",{flag},")
