"""补正: whether each returned item was changed or explained (我的说明)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.rules.refusals import Problem
from app.rules.review.submission_diff import NOTHING, Items, prints
from app.rules.text import count_words

REPLIES = "_replies"
"""Key of the answers with the draft of 我的说明: item key -> text."""
REPLY_MOST = 300
"""Characters of 我的说明, by `count_words`."""
PAGE = "fixes"
"""Last part of the page's address; step name in its problems."""


class Answer(StrEnum):
    OPEN = "open"
    CHANGED = "changed"
    EXPLAINED = "explained"
    REFUSED = "refused"  # changed or explained, and would not be accepted


WORDS = {
    Answer.OPEN: ("bad", "还没有处理"),
    Answer.REFUSED: ("bad", "还要修改"),
    Answer.CHANGED: ("ok", "已修改"),
    Answer.EXPLAINED: ("ok", "已说明"),
}
"""Tone and word."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The return an application waits with; `items` of the returned submission.

    `reasons`: item key -> the reviewer's words, in item order; `message`: for the whole.
    """

    number: int
    stage: str
    message: str
    items: Items
    reasons: Mapping[str, str]

    @property
    def labels(self) -> dict[str, str]:
        return {item.key: item.label for item in self.items}


def answers(
    returned: Returned, now: Items, leads_to: Mapping[str, Collection[str]], replies: Mapping[str, str]
) -> dict[str, Answer]:
    """Return what was done about each returned item. `now`: the items to submit.

    A `locked` item also counts as changed when an item it opens changed (`leads_to`: item key -> keys).
    """
    old, new = prints(returned.items), prints(now)
    changed = {key for key in {**old, **new} if old.get(key, NOTHING) != new.get(key, NOTHING)}
    locked = {item.key for item in returned.items if item.locked}
    found = {}
    for key in returned.reasons:
        touched = key in changed or (key in locked and not changed.isdisjoint(leads_to.get(key, ())))
        explained = Answer.EXPLAINED if replies.get(key, "").strip() else Answer.OPEN
        found[key] = Answer.CHANGED if touched else explained
    return found


def with_faults(
    answered: Mapping[str, Answer], leads_to: Mapping[str, Collection[str]], faults: Collection[str]
) -> dict[str, Answer]:
    """Return the answers, those REFUSED whose item has a fault, or is the first to open one that has. `faults`: item keys."""
    found = dict(answered)
    for fault in faults:
        key = item_of(fault, found, leads_to)
        if found.get(key, Answer.OPEN) is not Answer.OPEN:
            found[key] = Answer.REFUSED
    return found


def item_of(fault: str, returned: Collection[str], leads_to: Mapping[str, Collection[str]]) -> str:
    """Return the returned item at which a fault is mended; '' for none, as of a contact that may always be changed."""
    return fault if fault in returned else next((key for key in returned if fault in leads_to.get(key, ())), "")


def problems(returned: Returned, answered: Mapping[str, Answer], replies: Mapping[str, str]) -> list[Problem]:
    """Return one problem for each unanswered item and each invalid 我的说明."""
    labels = returned.labels
    found = [
        Problem(PAGE, f"fix-{key}", f"“{labels.get(key, key)}”还没有处理：请修改；不需要改的，在“我的说明”里写明原因")
        for key, answer in answered.items()
        if answer is Answer.OPEN
    ]
    return found + [Problem(PAGE, f"reply.{key}", text) for key, text in reply_problems(returned, replies).items()]


def reply_problems(returned: Returned, replies: Mapping[str, str]) -> dict[str, str]:
    """Item key -> fault of its 我的说明."""
    counts = {key: count_words(replies.get(key, "")) for key in returned.reasons}
    return {
        key: f"“{returned.labels.get(key, key)}”的说明最多 {REPLY_MOST} 字，现在是 {count} 字"
        for key, count in counts.items()
        if count > REPLY_MOST
    }


def replies_to_keep(returned: Returned, replies: Mapping[str, str]) -> dict[str, str]:
    """Return the non-empty texts for returned items, as submitted."""
    return {key: text for key in returned.reasons if (text := replies.get(key, "").strip())}


def in_order(keys: Sequence[str], items: Items) -> list[str]:
    """Sort keys in item order, unknown ones last."""
    order = [item.key for item in items]
    return sorted(keys, key=lambda key: order.index(key) if key in order else len(order))
