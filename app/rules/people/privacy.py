"""Masking of personal data.

Four last characters of an identity number would disclose most of an initial password; one is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.rules.people.names import DOTS

STAR = "*"
_DOTS = re.compile(f"([{DOTS}])")


def _mask(text: str, head: int, tail: int) -> str:
    """Keep `head` and `tail` characters; mask all of a shorter text."""
    hidden = len(text) - head - tail
    if hidden < 1:
        return STAR * len(text)
    return text[:head] + STAR * hidden + text[len(text) - tail :]


def mask_id(id_number: str) -> str:
    """310**************4: first three and last; below eight characters first and last."""
    return _mask(id_number, 3, 1) if len(id_number) >= 8 else _mask(id_number, 1, 1)


def mask_phone(phone: str) -> str:
    """138****5678; of other lengths only the last two."""
    return _mask(phone, 3, 4) if len(phone) == 11 else _mask(phone, 0, 2)


def with_masks(value: Any, hidden: Mapping[str, str]) -> Any:
    """Return JSON data with each number that stands in a text, at whatever place, replaced by its mask."""
    if isinstance(value, str):
        for number, mask in hidden.items():
            value = re.sub(re.escape(number), mask, value, flags=re.IGNORECASE) if number else value
        return value
    if isinstance(value, Mapping):
        return {name: with_masks(each, hidden) for name, each in value.items()}
    return [with_masks(each, hidden) for each in value] if isinstance(value, list) else value


def _part(text: str) -> str:
    return _mask(text, min(2, len(text) - 1), 0) if text else ""


def mask_name(name: str) -> str:
    """林*雯, 赵*, 欧**雪; 阿依*·买买*, 艾*·买买* (each part between dots); J*** S****; a single character is masked."""
    name = name.strip()
    if _DOTS.search(name.strip(DOTS)) and not name.isascii():
        return "".join(part if _DOTS.fullmatch(part) else _part(part) for part in _DOTS.split(name))
    if name.isascii():
        return " ".join(_mask(word, 1, 0) if len(word) > 1 else STAR for word in name.split())
    return _mask(name, 1, 0) if len(name) <= 2 else _mask(name, 1, 1)
