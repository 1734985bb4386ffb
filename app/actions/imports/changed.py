"""What a spreadsheet may have changed: a cell that is no text, in a column whose values it rewrites, is refused, never guessed.

Excel drops the zeros before and after a number (00037, 2026.10, -0), keeps 15 digits, and makes dates of what looks like one
(1-2, 2026-10). What is left is taken only where just one thing can have been typed. Source: contract.md "Import files".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.adapters.documents.cells import Percent, Value, number_text, text_of
from app.adapters.documents.tables import CellError, Table
from app.rules.plans.marks import serial_day

AGAIN = "请把这一列设为文本，再填一次"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a column's cells are written, in words, and `changed`: why a value that is no text is refused ("": taken as it reads).

    `instead`: how to write what the cell shows as a percentage; "" where anything may stand.
    """

    words: str
    changed: Callable[[Value], str]
    instead: str = "再填原来的内容，不带 %"


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_day(value: Value) -> bool:
    """Whether the value is a date without a time of day."""
    if isinstance(value, datetime):
        return value.time() == time()
    return isinstance(value, date)


def _as_day(value: Value) -> date:
    assert isinstance(value, date)
    return value.date() if isinstance(value, datetime) else value


def _no_number(value: Value) -> str:
    """Return why a date, time or truth value stands where none can have been typed."""
    if isinstance(value, date):
        return f"表格软件把它当成了日期（{_as_day(value)}），原来写的是什么看不出来。{AGAIN}"
    if isinstance(value, time | timedelta):
        return f"表格软件把它当成了时间，原来写的是什么看不出来。{AGAIN}"
    return f"表格软件把它当成了“是”或“否”。{AGAIN}" if isinstance(value, bool) else ""


def code(words: str, whole: str = "", example: str = "00037") -> Kind:
    """Kind of codes. `whole`: pattern of numbers that cannot have lost a zero; without it every number is refused."""
    pattern = re.compile(whole) if whole else None

    def changed(value: Value) -> str:
        if not _is_number(value):
            return _no_number(value)
        if pattern and pattern.fullmatch(number_text(float(str(value)))):
            return ""
        return f"是数字，不是文本：表格软件会去掉开头的 0 和多余的位数，原来写的是什么看不出来。{AGAIN}，例如 {example}"

    return Kind(words, changed)


def _changed_text(value: Value) -> str:
    if isinstance(value, float) and value != int(value):
        return f"是数字，不是文本：小数末尾的 0 会被表格软件去掉。{AGAIN}"
    return _no_number(value)


def _changed_session(value: Value) -> str:
    if _is_day(value):
        day = _as_day(value)
        return "" if day.day == 1 else f"是日期 {day}，不是月份。考次应写成年和月，例如 {day:%Y-%m}"
    if _is_number(value):
        return _serial(value, "考次应写成年和月，例如 2026-04")
    return _no_number(value)


def _changed_day(value: Value) -> str:
    if _is_day(value):
        return ""
    if isinstance(value, datetime):
        return f"是 {value}，带有时刻。日期应写成 {value:%Y-%m-%d}"
    if _is_number(value):
        return _serial(value, "日期应写成 2026-04-01")
    return _no_number(value)


def _serial(value: Value, words: str) -> str:
    found = serial_day(number_text(float(str(value))))
    return f"是日期 {found} 在表格软件里的序号。{words}" if found else ""


def _changed_mark(value: Value) -> str:
    if _is_number(value) and value == 0:
        return (
            "是数字 0：表格软件会把 -0（违规）、+0（取消成绩）改成 0，原来写的是哪一个看不出来。"
            "请把这一列设为文本，再填 0、违规或取消成绩"
        )
    if _is_number(value) and 0 < float(str(value)) < 1:
        return (
            f"是小于 1 的数字 {number_text(float(str(value)))}：表格里显示为百分数的，存的是它的百分之一，原来写的是什么看不出来。"
            "请把这一列设为文本，再按百分制填，例如 85"
        )
    return _no_number(value)


CODE = code("文本")
COURSE = code("文本，一般 5 位", "[1-9][0-9]{4}")
MAJOR = code("文本，一般 6 位", "[1-9][0-9]{5}", "080901")
SCHOOL = code("文本，一般 5 位", "[1-9][0-9]{4}", "10574")
VERSION = code("文本，一般是年份", "(?:19|20)[0-9]{2}", "2026")
TICKET = code("文本，12 位数字", "[1-9][0-9]{11}", "010126100001")
IDENTITY = code("文本", example="110101199003074477")
MOBILE = code("文本，11 位数字", "1[3-9][0-9]{9}", "13800138000")
TELEPHONE = code("文本，有区号的写上区号", "1[3-9][0-9]{9}|[48]00[0-9]{7}|[1-9][0-9]{2,7}", "020-87110000")
TEXT = Kind("文本", _changed_text)
WORD = Kind("文本", lambda _: "")  # the list of words decides
LISTED = Kind("名称或两位代码", _no_number)  # 7 can only be 07
SESSION = Kind("年和月", _changed_session)
DAY = Kind("日期", _changed_day)
MARK = Kind("文本（数字也可以，0 除外）", _changed_mark, "再按百分制填，例如 85% 填 85")
NUMBER = Kind("数字", _no_number, "再填数字本身，不带 %")
FREE = Kind("不限", lambda _: "", "")


def _percentage(value: Value, instead: str) -> str:
    """Return why a number that is shown as a percentage is refused: it is stored as its hundredth, and no column is written so."""
    if not (instead and isinstance(value, Percent)):
        return ""
    shown, _ = text_of(value)
    return f"这一格显示为百分数 {shown}，存的是 {number_text(value)}，原来写的是哪一个看不出来。请把这一列设为文本，{instead}"


def changed_cells(table: Table, kinds: Mapping[str, Kind]) -> list[CellError]:
    """Return the cells of a table that a spreadsheet may have changed; `kinds`: column -> kind. Once a value and column."""
    found = []
    for title, cells in table.typed.items():
        kind = kinds.get(title)
        if kind is None:
            continue
        reasons: dict[tuple[type, Value], str] = {}
        texts = {line: row[title] for line, row in table.rows} if cells else {}
        for line, value in cells.items():
            key = (type(value), value)
            if key not in reasons:
                reasons[key] = _percentage(value, kind.instead) or kind.changed(value)
            if reasons[key] and line in texts:
                found.append(CellError(line, title, texts[line], reasons[key], table.name))
    return found
