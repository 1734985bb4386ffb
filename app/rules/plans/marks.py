"""Marks, grades and their origins.

Codes: contract.md "Import files" (scores) - `-0` 违规, `+0` 取消成绩, `++` 满分, `--` 缺考; 60 passes;
优秀 90-100, 良好 80-89, 中等 70-79, 合格 60-69, 不合格 below 60.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.rules.text import LONGEST_CODE, LONGEST_LINE, normalised

PASS_MARK = Decimal(60)
FULL_MARK = Decimal(100)

_WORDS = {"优秀": 90, "良好": 80, "中等": 70, "合格": 60, "不合格": 0}
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_SESSION = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})|(\d{2}))月?(?:[-/.]\d{1,2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.0+)?)?)?)?"
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


def _coded(text: str, value: int, shown: str, *, void: bool = False, absent: bool = False) -> Mark:
    passed = value >= PASS_MARK
    return Mark(text, Decimal(value), passed, void, absent, text == "免考", shown)


_CODES: dict[str, Mark] = {
    "-0": _coded("-0", -1, "违规", void=True),
    "+0": _coded("+0", -1, "取消成绩", void=True),
    "--": _coded("--", -1, "缺考", absent=True),
    "++": _coded("++", 100, "满分100"),
    "免考": _coded("免考", 60, "免考"),
    **{word: _coded(word, value, word) for word, value in _WORDS.items()},
}


@lru_cache(maxsize=4096)
def parse_mark(text: str) -> Mark:
    """Parse a mark; normalises full-width forms, spaces, dashes, and `85.0` to `85`.

    Raises ValueError with a Chinese sentence.
    """
    plain = "".join(normalised(text, "NFKC", LONGEST_CODE).split())
    if not plain:
        raise ValueError("成绩为空")
    coded = _CODES.get(plain) or _CODES.get(plain.translate(_DASHES))
    if coded is not None:
        return coded
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"成绩“{text}”无法识别，应为 0-100、优秀/良好/中等/合格/不合格、免考或 -0、+0、++、--")
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

    Raises ValueError with a Chinese sentence.
    """
    match = _SESSION.fullmatch(normalised(text, "NFKC", LONGEST_CODE).strip())
    month = int(match[2] or match[3]) if match else 0
    if match is None or not 1 <= month <= 12 or not 1980 <= int(match[1]) <= 2100:
        raise ValueError(f"考次“{text}”无法识别，应如 2026-04")
    return f"{match[1]}-{month:02}"


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
