"""Table cells as text, as displayed, without guessing lost digits."""

from __future__ import annotations

import datetime
import re

from app.rules.text import clean_text, is_normalised

LOST_FROM = 10**15
"""Numbers of 16 digits or more lose their last ones (a double keeps 15)."""
LOST = "数字太长，末尾几位已经丢失。请把该列设为文本后重新填写"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta | None

_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+(?:1[5-9]|[2-9][0-9])")
_QUOTED_AS_FORMULA = re.compile('="([^"]*)"')
_INVISIBLE_ENDS = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


def text_of(value: Value) -> tuple[str, str]:
    """Return (text, reason): integers without .0, ISO dates, 是/否; `reason` for refusing the cell, or ""."""
    if isinstance(value, str):
        return trimmed(value), ""
    if isinstance(value, bool):
        return ("是" if value else "否"), ""
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime.datetime):
        whole_day = value.time() == datetime.time()
        return (value.date().isoformat() if whole_day else value.isoformat(" ", "seconds")), ""
    if isinstance(value, datetime.date):
        return value.isoformat(), ""
    if isinstance(value, datetime.time):
        return value.isoformat("seconds"), ""
    return ("" if value is None else str(value)), ""


def _number(value: float) -> tuple[str, str]:
    if abs(value) >= LOST_FROM:
        return f"{value:.15g}", LOST
    return (str(int(value)) if value == int(value) else f"{value:.15g}"), ""


def text_of_csv(value: str) -> tuple[str, str]:
    """As `text_of`, for CSV: unwraps ="310…" and '-0; 3.1E+17 is a lost number."""
    text = trimmed(value)
    if quoted := _QUOTED_AS_FORMULA.fullmatch(text):
        text = trimmed(quoted[1])
    if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
        text = text[1:]
    return text, (LOST if _ROUNDED.fullmatch(text) else "")


def trimmed(text: str) -> str:
    """Return cleaned text without outer white space and zero-width characters."""
    if text.isprintable() and is_normalised(text):  # nearly every cell
        return text.strip()
    return clean_text(text).strip().strip(_INVISIBLE_ENDS).strip()


def neutralised(text: str) -> str:
    """Return text for CSV, with ' before what a spreadsheet reads as a formula, even after spaces."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text
