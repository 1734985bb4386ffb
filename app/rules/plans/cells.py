"""Cell readers for a plans workbook; faults are recorded, reading continues."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from app.rules.plans.plan import credit, unique
from app.rules.text import normalised

_LIST = re.compile(r"[、,，;；\n]+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_CODE = re.compile(r"[0-9A-Za-z]{3,10}")
_MAX_CREDIT = Decimal(1000)
_YES = {"是": True, "否": False}


class Fault(NamedTuple):
    """One fault of a workbook: place, cell value, reason."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Faults:
    """Errors refuse the file; warnings do not."""

    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def plain(text: str) -> str:
    """Normalise a cell: half width, trimmed."""
    return normalised(text, "NFKC").strip()


def code_of(text: str) -> str:
    """Normalise a code: no spaces, upper case; `50101.0` (a spreadsheet number) loses its fraction."""
    return re.sub(r"^(\d+)\.0+$", r"\1", "".join(plain(text).split())).upper()


def _percent(value: str) -> str:
    return "，不是百分数：填数字本身，不带 %" if value.endswith("%") else ""


@dataclass(slots=True)
class Row:
    """One row. Each method reads a column; a fault is recorded and reads as an empty cell."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    faults: Faults
    spoilt: bool = False

    def error(self, column: str, reason: str) -> None:
        """Record an error."""
        self.spoilt = True
        self.faults.errors.append(Fault(self.sheet, self.number, column, self.cells.get(column, ""), reason))

    def warn(self, column: str, reason: str) -> None:
        """Record a warning."""
        self.faults.warnings.append(Fault(self.sheet, self.number, column, self.cells.get(column, ""), reason))

    def text(self, column: str, *, required: bool = False) -> str:
        """Read text."""
        value = (self.cells.get(column) or "").strip()
        if required and not value and column in self.cells:
            self.error(column, f"{column}不能为空")
        elif required and not value:
            self.spoilt = True
        return value

    def code(self, column: str, *, required: bool = False, any_allowed: bool = False) -> str:
        """Read a course, major or school code."""
        value = code_of(self.text(column, required=required))
        if value and not (any_allowed and value == "*") and not _CODE.fullmatch(value):
            self.error(column, f"{column}应为 3 到 10 位数字或字母")
        return value

    def codes(self, column: str) -> tuple[str, ...]:
        """Read codes separated by 顿号."""
        found = unique(code_of(part) for part in _LIST.split(self.text(column)) if part.strip())
        for value in found:
            if not _CODE.fullmatch(value):
                self.error(column, f"课程代码 {value} 应为 3 到 10 位数字或字母，多个之间用顿号")
        return found

    def words(self, column: str) -> tuple[str, ...]:
        """Read names separated by 顿号."""
        return unique(part.strip() for part in _LIST.split(self.text(column)) if part.strip())

    def credits(self, column: str, *, required: bool = False) -> Decimal | None:
        """Read credits, 0 or more, at most two decimals."""
        value = plain(self.text(column, required=required))
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not 0 <= number <= _MAX_CREDIT or number != round(number, 2):
            self.error(column, f"{column}应为不小于 0 的数，最多两位小数{_percent(value)}")
            return None
        return credit(number)

    def whole(self, column: str, *, least: int = 0) -> int | None:
        """Read a whole number."""
        value = re.sub(r"\.0+$", "", plain(self.text(column)))
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,4}", value) or int(value) < least:
            self.error(column, f"{column}应为不小于 {least} 的整数{_percent(value)}")
            return None
        return int(value)

    def day(self, column: str) -> date | None:
        """Read a date, also in spreadsheet forms."""
        value = plain(self.text(column))
        if not value:
            return None
        match = _DATE.fullmatch(value)
        try:
            return date(*(int(part) for part in match.groups())) if match else date.fromisoformat(value)
        except ValueError:
            self.error(column, f"{column}应为日期，如 2026-04-01")
            return None

    def yes(self, column: str, *, empty: bool) -> bool:
        """Read 是 or 否."""
        value = plain(self.text(column))
        if value and value not in _YES:
            self.error(column, f"{column}应为 是 或 否")
        return _YES.get(value, empty)

    def one_of(self, column: str, allowed: Iterable[str]) -> str:
        """Read one of `allowed`; the first if invalid."""
        words = tuple(allowed)
        value = plain(self.text(column, required=True))
        if value and value not in words:
            self.error(column, f"{column}应为 {'/'.join(words)}")
        return value if value in words else words[0]
