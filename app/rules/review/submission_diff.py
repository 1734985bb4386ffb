"""What a reviewer need not look at again, and what changed since the last submission: pure comparisons of frozen items.

An item is the same when its value and the SHA-256 of its picture are the same; a picture uploaded again byte for byte
is the same picture.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.rules.submission import Item

Items = Sequence[Item]
NOTHING = ("", "")


class Kind(StrEnum):
    CHANGED = "changed"
    EXPLAINED = "explained"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that is not what it was. `picture`: another file; the values then say little.

    `asked` is False for a change that no return asked for and that does not depend on one. `reply`: the examinee's own
    words (我的说明); an item that was explained and not changed is here too, as EXPLAINED.
    """

    key: str
    label: str
    kind: Kind
    before: str
    after: str
    picture: bool
    asked: bool
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One decided review: of which submission, by its items, and what was found. verdicts: item key -> ok or return."""

    number: int
    stage: str
    decision: str
    items: Items
    verdicts: Mapping[str, str]

    @property
    def returned(self) -> set[str]:
        return {key for key, verdict in self.verdicts.items() if verdict == "return"}


def prints(items: Items) -> dict[str, tuple[str, str]]:
    """Item key -> what makes it the same item: its value and its picture's hash."""
    return {item.key: (item.value, item.sha256) for item in items}


def differences(
    before: Items, after: Items, asked: Collection[str], replies: Mapping[str, str] | None = None
) -> tuple[Difference, ...]:
    """Item by item in the order of `after`, what went at the end. `asked`: keys that a return opened for a change.

    `replies`: item key -> what the examinee wrote to its return.
    """
    said = replies or {}
    old, new = prints(before), prints(after)
    labels = {item.key: item.label for item in (*before, *after)}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        if was == now:
            if was and said.get(key):
                found.append(Difference(key, labels[key], Kind.EXPLAINED, was[0], was[0], False, True, said[key]))
            continue
        kind = Kind.ADDED if was is None else Kind.REMOVED if now is None else Kind.CHANGED
        was, now = was or NOTHING, now or NOTHING
        found.append(
            Difference(key, labels[key], kind, was[0], now[0], was[1] != now[1], key in asked, said.get(key, ""))
        )
    return tuple(found)


def accepted(rounds: Iterable[Judged], stage: str, items: Items) -> set[str]:
    """Items that this stage accepted when it last judged them, and that are unchanged since: 已核验，未变."""
    now = prints(items)
    found: set[str] = set()
    for judged in rounds:  # the oldest first: a later round says otherwise
        if judged.stage == stage:
            then = prints(judged.items)
            found -= set(judged.verdicts)
            found |= {
                k for k, verdict in judged.verdicts.items() if verdict == "ok" and k in now and then.get(k) == now[k]
            }
    return found


def late(rounds: Iterable[Judged], number: int, items: Items, returning: Iterable[str]) -> list[str]:
    """Items now returned that an earlier return could have named and did not (一次性告知): there, the same, not returned."""
    now = prints(items)
    earlier = [judged for judged in rounds if judged.decision == "return" and judged.number < number]
    named = {key for judged in earlier for key in judged.returned}
    return [
        key
        for key in returning
        if key not in named and any(prints(judged.items).get(key) == now.get(key, NOTHING) for judged in earlier)
    ]
