"""The order of what one page sends: requests overtake each other on the way, and the last choice wins all the same.

A script names its page and counts (header X-Sending: 16 hexadecimal digits, a dot, a number). For each step and picture the draft
knows which page wrote it last and with which number: an earlier one of the same page changes nothing any more, and a later one
is no conflict with it, even if its answer never arrived. A picture takes long to read: what was sent for its place meanwhile, by
whatever page, came later and counts. A request without the header is a page of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SENDINGS = "_sendings"
"""Key in the answers of an application: step key or `slot:<slot>` -> [page, number]."""
_SENT = re.compile(r"([0-9a-f]{16})\.([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Sending:
    """The page that sent it, and its number there."""

    page: str
    number: int

    def follows(self, known: Mapping[str, Any], part: str) -> bool:
        """Whether this page wrote the part last."""
        return part in known and known[part][0] == self.page

    def overtaken(self, known: Mapping[str, Any], part: str) -> bool:
        """Whether a later one of this page came before it."""
        return self.follows(known, part) and int(known[part][1]) > self.number

    def stands(self, known: Mapping[str, Any], part: str) -> bool:
        """Whether nothing else was sent for the part since this was noted."""
        return known.get(part) == [self.page, self.number]


def read_sending(header: str) -> Sending | None:
    """Read X-Sending; None without one, as of a browser without script."""
    found = _SENT.fullmatch(header)
    return Sending(found[1], int(found[2])) if found else None


def slot_part(slot: str) -> str:
    """The part of a picture."""
    return f"slot:{slot}"
