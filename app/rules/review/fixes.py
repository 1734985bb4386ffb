"""补正: is every returned item answered? By a change, or by the examinee's own words (我的说明). Pure comparisons of items.

An item is the same when its value and its picture are, as app.rules.review.submission_diff says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.rules.refusals import Problem
from app.rules.review.submission_diff import NOTHING, Items, prints
from app.rules.text import count_words

REPLIES = "_replies"
"""Key of the answers under which 我的说明 lies while it is written: item key -> text."""
REPLY_MOST = 300
"""Characters of 我的说明, counted as word counters do."""
PAGE = "fixes"
"""Last part of the address of the page of fixes; problems name it as their step."""


class Answer(StrEnum):
    OPEN = "open"
    CHANGED = "changed"
    EXPLAINED = "explained"


WORDS = {Answer.OPEN: ("bad", "还没有处理"), Answer.CHANGED: ("ok", "已修改"), Answer.EXPLAINED: ("ok", "已说明")}
"""Tone and word that are shown for an answer."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The return that an application waits with: of which submission (its items), by which stage, and why.

    `reasons`: item key -> the reviewer's words, in the order of the items; `message`: for the whole.
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
    """What was done about each returned item. `now`: the items as they would be submitted.

    What the office holds (`locked`) is not the examinee's to change: there a change of what it leads to counts
    (`leads_to`: item key -> keys that open with it), or a change that the office made meanwhile.
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


def problems(returned: Returned, answered: Mapping[str, Answer], replies: Mapping[str, str]) -> list[Problem]:
    """What still stops a new submission, one line for each returned item that nothing was done about."""
    labels = returned.labels
    found = [
        Problem(PAGE, f"fix-{key}", f"“{labels.get(key, key)}”还没有处理：请修改；不需要改的，在“我的说明”里写明原因")
        for key, answer in answered.items()
        if answer is Answer.OPEN
    ]
    return found + [Problem(PAGE, f"reply.{key}", text) for key, text in reply_problems(returned, replies).items()]


def reply_problems(returned: Returned, replies: Mapping[str, str]) -> dict[str, str]:
    """Item key -> what is wrong with its 我的说明."""
    counts = {key: count_words(replies.get(key, "")) for key in returned.reasons}
    return {
        key: f"“{returned.labels.get(key, key)}”的说明最多 {REPLY_MOST} 字，现在是 {count} 字"
        for key, count in counts.items()
        if count > REPLY_MOST
    }


def replies_to_keep(returned: Returned, replies: Mapping[str, str]) -> dict[str, str]:
    """What goes into the submission: the words to the items that were returned, empty ones left out."""
    return {key: text for key in returned.reasons if (text := replies.get(key, "").strip())}


def in_order(keys: Sequence[str], items: Items) -> list[str]:
    """Keys in the order of the items; unknown ones at the end."""
    order = [item.key for item in items]
    return sorted(keys, key=lambda key: order.index(key) if key in order else len(order))
