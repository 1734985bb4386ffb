"""Table cells as text, as displayed, without guessing lost digits."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

from app.rules.text import clean_text, is_normalised

LOST_FROM = 10**15
"""Numbers of 16 digits or more lose their last ones (a double keeps 15)."""
LOST = "数字太长，末尾几位已经丢失。请把该列设为文本后重新填写"
NO_RESULT = "#公式没有结果"
MERGED = "#合并的单元格"
"""How a formula whose result the file does not hold, and a cell that is one with a filled one above, are shown."""
_ERRORS = ("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
FAULTS = {
    **dict.fromkeys(_ERRORS, "是表格软件算不出结果时显示的错误值，不是内容。请改正公式，或填上内容"),
    NO_RESULT: "这一格是公式，文件里没有它的结果。请用 Excel 或 WPS 打开文件、保存后再导入，或把公式换成它的值",
    MERGED: "这一格和上面的合并成了一格，内容只在最上面一行。请取消合并，每一行都填上",
}
"""Texts that stand in a cell instead of what belongs there, and why they are refused in any column."""
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
        return _told(trimmed(value))
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
    return _clock(value), Typed(value)


def _told(text: str) -> Cell:
    return text, (Typed(text, FAULTS[text]) if text[:1] == "#" and text in FAULTS else None)


def _clock(value: datetime.timedelta) -> str:
    """Return a length of time as a cell shows it: 85:00:00."""
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


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
    return (text, Typed(text, LOST)) if _ROUNDED.fullmatch(text) else _told(text)


def trimmed(text: str) -> str:
    """Return cleaned text without outer white space and zero-width characters."""
    if text.isprintable() and is_normalised(text):  # nearly every cell
        return text.strip()
    return clean_text(text).strip().strip(_INVISIBLE_ENDS).strip()


def neutralised(text: str) -> str:
    """Return text for CSV, with ' before what a spreadsheet reads as a formula, even after spaces."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text
