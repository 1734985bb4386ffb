"""Marks, grades and their origins.

Codes: contract.md "Import files" (scores) - `-0` 违规, `+0` 取消成绩, `++` 满分, `--` 缺考; 60 passes;
优秀 90-100, 良好 80-89, 中等 70-79, 合格 60-69, 不合格 below 60. What else offices write: WRITINGS, which they see as a table.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.rules.text import LONGEST_CODE, LONGEST_LINE, normalised

PASS_MARK = Decimal(60)
FULL_MARK = Decimal(100)

_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_TWO_NUMBERS = re.compile(r"[0-9.]\s+[0-9.]")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_SESSION = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})|(\d{2}))月?(?:[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.0+)?)?)?)?"
)


class Origin(StrEnum):
    """取得方式; values as in the import file."""

    NATIONAL = "统考"
    SCHOOL = "校考"
    PRACTICE = "实践"
    EXEMPTION = "免考"
    TRANSFER_IN = "转入"
    REPLACEMENT = "顶替"
    SPECIAL = "特批"
    SUPPLEMENT = "补录"


# Origins counted by the local minimum after a transfer in.
LOCAL_ORIGINS = frozenset({Origin.NATIONAL, Origin.SCHOOL, Origin.PRACTICE, Origin.SUPPLEMENT})


@dataclass(frozen=True, slots=True)
class Mark:
    """One parsed mark.

    text: as stored; value: 0-100 for comparison (lower bound of a word, 60 for 免考, -1 for none); shown: for examinees.
    """

    text: str
    value: Decimal
    passed: bool
    void: bool
    absent: bool
    exempt: bool
    shown: str


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade row of a ticket. `session`: 考次 as `YYYY-MM`; `mark`: text for `parse_mark`."""

    course_code: str
    course_name: str
    session: str
    mark: str
    origin: Origin = Origin.NATIONAL


class Writing(NamedTuple):
    """A mark that is no number. `words`: how offices write it, the first as it is stored; `value`: -1 for none."""

    words: tuple[str, ...]
    value: int
    shown: str
    meaning: str


WRITINGS = (
    Writing(("优秀", "优"), 90, "优秀", "按 90 分计，合格"),
    Writing(("良好", "良"), 80, "良好", "按 80 分计，合格"),
    Writing(("中等", "中"), 70, "中等", "按 70 分计，合格"),
    Writing(("合格", "及格", "通过", "P", "PASS"), 60, "合格", "按 60 分计，合格"),
    Writing(("不合格", "不及格", "不通过", "未通过", "差", "F", "FAIL"), 0, "不合格", "按 0 分计，不合格"),
    Writing(("免考", "免"), 60, "免考", "按 60 分计，合格"),
    Writing(("++", "满分"), 100, "满分100", "按 100 分计，合格"),
    Writing(("--", "缺考", "缺", "旷考"), -1, "缺考", "没有成绩，不合格"),
    Writing(("-0", "违规", "违纪", "作弊"), -1, "违规", "成绩作废，不合格"),
    Writing(("+0", "取消成绩", "取消"), -1, "取消成绩", "成绩作废，不合格"),
)
"""The one table of marks in words and signs: shown on /admin/templates, in the template of scores and in docs/admin.md."""


def _coded(writing: Writing) -> Mark:
    stored, value = writing.words[0], writing.value
    void, absent = stored in ("-0", "+0"), stored == "--"
    return Mark(stored, Decimal(value), value >= PASS_MARK, void, absent, stored == "免考", writing.shown)


_CODES: dict[str, Mark] = {word: _coded(writing) for writing in WRITINGS for word in writing.words}


@lru_cache(maxsize=4096)
def parse_mark(text: str) -> Mark:
    """Parse a mark; normalises full-width forms, spaces, dashes, capitals, and `85.0` to `85`. Stored is the first of WRITINGS' words.

    Raises ValueError with a Chinese sentence.
    """
    spaced = normalised(text, "NFKC", LONGEST_CODE).strip()
    plain = "".join(spaced.split()).upper()
    if not plain:
        raise ValueError("成绩为空")
    if _TWO_NUMBERS.search(spaced):
        raise ValueError(f"成绩“{text}”里有空白或换行，是一个数还是两个看不出来")
    coded = _CODES.get(plain) or _CODES.get(plain.translate(_DASHES))
    if coded is not None:
        return coded
    if not _NUMBER.fullmatch(plain):
        raise ValueError(
            f"成绩“{text}”无法识别，应为 0-100，或{'、'.join(word for each in WRITINGS for word in each.words)}"
        )
    value = Decimal(plain)
    if value > FULL_MARK:
        raise ValueError(f"成绩“{text}”超出 0-100")
    shown = plain_number(value)
    return Mark(shown, value, value >= PASS_MARK, void=False, absent=False, exempt=False, shown=shown)


def plain_number(value: Decimal) -> str:
    """Format without exponent and trailing zeros: `85`, `2.5`."""
    shown = f"{value:f}"
    return (shown.rstrip("0").rstrip(".") or "0") if "." in shown else shown


def parse_exam_session(text: str) -> str:
    """Convert a 考次 (`2026-04`, `202604`, `2026/4`, `2026年4月`, a spreadsheet's date) to `YYYY-MM`.

    `2026.1` is refused: a spreadsheet makes it of 2026.10; a date too, unless of a month's first day, which a spreadsheet makes of
    2026-10. Raises ValueError with a Chinese sentence.
    """
    plain = normalised(text, "NFKC", LONGEST_CODE).strip()
    if match := re.fullmatch(r"(\d{4})\.1", plain):
        year = match[1]
        raise ValueError(
            f"考次“{text}”分不清是 1 月还是 10 月：表格软件会把 {year}.10 变成 {year}.1。请把这一列设为文本，写成 {year}-01 或 {year}-10"
        )
    match = _SESSION.fullmatch(plain)
    month = int(match[2] or match[3]) if match else 0
    if match is None or not 1 <= month <= 12 or not 1980 <= int(match[1]) <= 2100:
        raise ValueError(f"考次“{text}”无法识别，应如 2026-04{_rewritten(plain)}")
    if match[4] and int(match[4]) != 1:
        raise ValueError(f"考次“{text}”是日期，不是月份。考次应写成年和月，例如 {match[1]}-{month:02}")
    return f"{match[1]}-{month:02}"


def _rewritten(text: str) -> str:
    """Return what a spreadsheet made a 考次 into, in words, or ""."""
    if day := serial_day(text):
        return f"；它像是日期 {day} 在表格软件里的序号"
    if SHORT_MONTH.fullmatch(text):
        return "；表格软件把年和月改写成了这样，请把这一列设为文本后再填"
    return ""


SHORT_MONTH = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{1,4}|\d{1,4}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    re.IGNORECASE,
)
"""A date as English spreadsheets show it: 2026-10 becomes Oct-26, 1-2 becomes 2-Jan."""


def serial_day(text: str) -> date | None:
    """Return the date that a spreadsheet stores as this number of days (1927 to 2119), or None."""
    return date(1899, 12, 30) + timedelta(int(text)) if re.fullmatch("[1-7][0-9]{4}", text) else None


@lru_cache(maxsize=1024)
def session_start(session: str) -> date:
    """Return the first day of the month of a 考次 `YYYY-MM`. Raises ValueError."""
    return date(int(session[:4]), int(session[5:7]), 1)


_BRACKETS = str.maketrans("[]{}【】〔〕〈〉《》「」『』", "()()()()()()()()")


@lru_cache(maxsize=8192)
def course_name_key(name: str) -> str:
    """Return a key for comparing course names: no spaces, uniform brackets and widths, case folded."""
    return "".join(normalised(name, "NFKC", LONGEST_LINE).translate(_BRACKETS).split()).casefold()


def mark_words(text: str) -> str:
    """Return a stored mark as people read it; text that is no mark stays as it is."""
    try:
        return parse_mark(text).shown
    except ValueError:
        return text
