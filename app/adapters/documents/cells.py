"""Table cells as text, as displayed, without guessing lost digits."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

from app.rules.text import clean_text, is_normalised

LOST_FROM = 10**15
"""Numbers of 16 digits or more lose their last ones (a double keeps 15)."""
LOST = "数字太长，末尾几位已经丢失。请把该列设为文本后重新填写"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta | None

_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{2,3}")
_QUOTED_AS_FORMULA = re.compile('="([^"]*)"')
_INVISIBLE_ENDS = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


class Percent(float):
    """A number that its cell shows a hundredfold, with a %."""


class Typed(NamedTuple):
    """What a cell holds that is no text, and why it is refused wherever it stands ("" if its column decides)."""

    value: Value
    reason: str = ""


Cell = tuple[str, Typed | None]


def text_of(value: Value) -> Cell:
    """Return (text, value unless text): integers without .0, 85% for what is shown so, ISO dates, 是/否."""
    if isinstance(value, str):
        return trimmed(value), None
    if value is None:
        return "", None
    if isinstance(value, bool):
        return ("是" if value else "否"), Typed(value)
    if isinstance(value, int | float):
        shown = f"{number_text(value * 100)}%" if isinstance(value, Percent) else number_text(value)
        return shown, Typed(value, LOST if abs(value) >= LOST_FROM else "")
    if isinstance(value, datetime.datetime):
        whole_day = value.time() == datetime.time()
        return (value.date().isoformat() if whole_day else value.isoformat(" ", "seconds")), Typed(value)
    if isinstance(value, datetime.date):
        return value.isoformat(), Typed(value)
    if isinstance(value, datetime.time):
        return value.isoformat("seconds"), Typed(value)
    return str(value), Typed(value)


def number_text(value: float) -> str:
    """Return a number as a cell shows it, at most 15 digits."""
    if abs(value) >= LOST_FROM or value != int(value):
        return f"{value:.15g}"
    return str(int(value))


def text_of_csv(value: str) -> Cell:
    """As `text_of`, for CSV, where all is text: unwraps ="310…" and '-0; 3.1E+17 is a lost number."""
    text = trimmed(value)
    if quoted := _QUOTED_AS_FORMULA.fullmatch(text):
        text = trimmed(quoted[1])
    if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
        text = text[1:]
    return text, (Typed(text, LOST) if _ROUNDED.fullmatch(text) else None)


def trimmed(text: str) -> str:
    """Return cleaned text without outer white space and zero-width characters."""
    if text.isprintable() and is_normalised(text):  # nearly every cell
        return text.strip()
    return clean_text(text).strip().strip(_INVISIBLE_ENDS).strip()


def neutralised(text: str) -> str:
    """Return text for CSV, with ' before what a spreadsheet reads as a formula, even after spaces."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text
