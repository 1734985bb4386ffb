"""Names of people as they are compared with what is typed."""

from __future__ import annotations

import re

from app.rules.people.identity import squeezed

DOTS = "·•・‧･."
"""Signs between the parts of a name: 阿依古丽·买买提."""


def plain_name(typed: str) -> str:
    """Return a typed name, or part of one, as it is compared: without white space and dots."""
    return re.sub(f"[{DOTS}]", "", squeezed(typed))
