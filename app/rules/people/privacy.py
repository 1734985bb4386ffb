"""What of a person is shown where the whole is not needed.

The last four of an identity number would give away most of an unchanged first password, so only the last one is shown.
"""

from __future__ import annotations

import re

STAR = "*"
_DOTS = re.compile("[·•・‧･.]")


def _mask(text: str, head: int, tail: int) -> str:
    """Keep `head` and `tail` characters; too short a text for that is hidden whole."""
    hidden = len(text) - head - tail
    if hidden < 1:
        return STAR * len(text)
    return text[:head] + STAR * hidden + text[len(text) - tail :]


def mask_id(id_number: str) -> str:
    """310**************4: the first three and the last one; of fewer than eight characters the first and the last one."""
    return _mask(id_number, 3, 1) if len(id_number) >= 8 else _mask(id_number, 1, 1)


def mask_phone(phone: str) -> str:
    """138****5678; of a number that is not eleven long only the last two."""
    return _mask(phone, 3, 4) if len(phone) == 11 else _mask(phone, 0, 2)


def mask_name(name: str) -> str:
    """林*雯, 赵*, 欧**雪; 阿依*·买买提 (the part before the dot is covered); J*** S****; one character is covered whole."""
    name = name.strip()
    dot = _DOTS.search(name)
    if dot and 0 < dot.start() < len(name) - 1 and not name.isascii():
        given = name[: dot.start()]
        return _mask(given, min(2, len(given) - 1), 0) + name[dot.start() :]
    if name.isascii():
        return " ".join(_mask(word, 1, 0) if len(word) > 1 else STAR for word in name.split())
    return _mask(name, 1, 0) if len(name) <= 2 else _mask(name, 1, 1)
