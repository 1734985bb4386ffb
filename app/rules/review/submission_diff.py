"""Comparison of frozen items: what was accepted before, what changed since.

Items are equal when value (`plain` where an item has it) and SHA-256 of the picture are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from app.rules.submission import Item

Items = Sequence[Item]
NOTHING = ("", "")
COMPARED = 2_000_000  # characters of one text times those of the other; larger ones take too long
EDGE = 40  # characters of the same that stand beside what differs
WORTH_IT = 80  # characters left out at once; fewer are shown


class Kind(StrEnum):
    CHANGED = "changed"
    EXPLAINED = "explained"
    ADDED = "added"
    REMOVED = "removed"


class Part(NamedTuple):
    """A part of a text. `differs`: from the other side; `aside`: the same there, and too long to be read every time."""

    text: str
    differs: bool
    aside: bool = False


Sides = tuple[list[Part], list[Part]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A changed or explained item. `picture`: the file differs.

    `asked`: a return asked for it, or it depends on one. `reply`: 我的说明; unchanged but explained is EXPLAINED.
    """

    key: str
    label: str
    kind: Kind
    before: str
    after: str
    picture: bool
    asked: bool
    reply: str = ""

    @property
    def sides(self) -> Sides:
        """Old and new text in parts."""
        if len(self.before) * len(self.after) > COMPARED:
            return [Part(self.before, True)], [Part(self.after, True)]
        found = SequenceMatcher(None, self.before, self.after, autojunk=False).get_opcodes()
        old: list[Part] = []
        new: list[Part] = []
        for place, (op, a, b, c, d) in enumerate(found):
            if op == "equal":
                same = _same(self.before[a:b], first=place == 0, last=place == len(found) - 1)
                old, new = [*old, *same], [*new, *same]
            else:
                old += [Part(self.before[a:b], True)] if a < b else []
                new += [Part(self.after[c:d], True)] if c < d else []
        return old, new


def _same(text: str, *, first: bool, last: bool) -> list[Part]:
    """Return a part that is the same on both sides, with its middle aside; `first`, `last`: of the whole text."""
    begin, end = 0 if first else EDGE, len(text) - (0 if last else EDGE)
    if (first and last) or end - begin < WORTH_IT:
        return [Part(text, False)]
    cut = (Part(text[:begin], False), Part(text[begin:end], False, aside=True), Part(text[end:], False))
    return [part for part in cut if part.text]


@dataclass(frozen=True, slots=True)
class Judged:
    """One decided review of one submission. `verdicts`: item key -> ok or return."""

    number: int
    stage: str
    decision: str
    items: Items
    verdicts: Mapping[str, str]

    @property
    def returned(self) -> set[str]:
        return {key for key, verdict in self.verdicts.items() if verdict == "return"}


def prints(items: Items) -> dict[str, tuple[str, str]]:
    """Item key -> what is compared: value and hash of the picture."""
    return {item.key: (item.plain or item.value, item.sha256) for item in items}


def differences(
    before: Items, after: Items, asked: Collection[str], replies: Mapping[str, str] | None = None
) -> tuple[Difference, ...]:
    """Return the differences in the order of `after`, removed items last.

    `asked`: keys opened by a return. `replies`: item key -> 我的说明.
    """
    said = replies or {}
    old, new = prints(before), prints(after)
    labels = {item.key: item.label for item in (*before, *after)}
    texts = [{item.key: item.value for item in items} for items in (before, after)]
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        then, text = (side.get(key, "") for side in texts)
        if was == now:
            if said.get(key):
                found.append(Difference(key, labels[key], Kind.EXPLAINED, then, text, False, True, said[key]))
            continue
        kind = Kind.ADDED if was is None else Kind.REMOVED if now is None else Kind.CHANGED
        was, now = was or NOTHING, now or NOTHING
        found.append(Difference(key, labels[key], kind, then, text, was[1] != now[1], key in asked, said.get(key, "")))
    return tuple(found)


def accepted(rounds: Iterable[Judged], stage: str, items: Items) -> set[str]:
    """Return the items this stage accepted at its last review and unchanged since: 已核验，未变.

    A file that the other stage sent back is in doubt: the items that it marked, or all where it marked none.
    """
    now = prints(items)
    found: set[str] = set()
    for judged in rounds:  # oldest first; a later round overrides
        if judged.decision == "back" and judged.stage != stage:
            found = found - judged.returned if judged.returned else set()
        if judged.stage == stage:
            then = prints(judged.items)
            found -= set(judged.verdicts)
            found |= {
                k for k, verdict in judged.verdicts.items() if verdict == "ok" and k in now and then.get(k) == now[k]
            }
    return found


@dataclass(frozen=True, slots=True)
class Doubts:
    """What was doubted when the file was sent back, of items unchanged since.

    `named`: the items marked last time; `unseen`: in doubt (all where none was marked), and no verdict on them since.
    """

    named: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()


def doubts(rounds: Iterable[Judged], items: Items) -> Doubts:
    """Return the doubts of the stage that sent a file back; its own later verdict settles them."""
    now = prints(items)
    named: set[str] = set()
    unseen: set[str] = set()
    doubter = ""
    for judged in rounds:  # oldest first
        unseen -= set(judged.verdicts)
        if judged.decision == "back":
            then = prints(judged.items)
            same = {key for key in now if then.get(key) == now[key]}
            named, doubter = judged.returned & same, judged.stage
            unseen |= (judged.returned or set(then)) & same
        elif judged.stage == doubter:
            named -= set(judged.verdicts)
    return Doubts(frozenset(named), frozenset(unseen))


def late(rounds: Iterable[Judged], number: int, items: Items, returning: Iterable[str]) -> list[str]:
    """Return items returned now that an earlier return could have named (一次性告知)."""
    now = prints(items)
    earlier = [judged for judged in rounds if judged.decision == "return" and judged.number < number]
    named = {key for judged in earlier for key in judged.returned}
    return [
        key
        for key in returning
        if key not in named and any(prints(judged.items).get(key) == now.get(key, NOTHING) for judged in earlier)
    ]
