"""The rectangle that the cells of a sheet span, and how large it may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.adapters.documents.rows import MAX_ROWS, BadTable

MAX_COLUMNS = 1_000
MAX_CELLS = 24_000_000
"""Of a workbook, empty ones within the rectangles included: 32 bytes each in the reader."""
SPARSE_FROM = 4_000_000  # cells of one sheet below which it may be as empty as it likes
SPARSE = 20  # that many places for one filled cell


@dataclass(slots=True)
class Span:
    """Filled cells and the rectangle around them; rows and columns count from 1."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    filled: int = 0

    def add(self, row: int, column: int) -> None:
        """Take in one filled cell."""
        self.add_rows(row, row, 1)
        self.add_column(column)

    def add_rows(self, top: int, bottom: int, filled: int) -> None:
        """Take in `filled` cells of rows `top` to `bottom`."""
        self.top = min(self.top or top, top)
        self.bottom = max(self.bottom, bottom)
        self.filled += filled

    def add_column(self, number: int) -> None:
        """Take in a column."""
        self.left = min(self.left or number, number)
        self.right = max(self.right, number)

    @property
    def places(self) -> int:
        """Cells of the rectangle."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1) if self.filled else 0

    @property
    def corner(self) -> str:
        """The last cell, as XFD60000."""
        letters, number = "", self.right
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return f"{letters}{self.bottom}"


def problem(span: Span) -> str:
    """Return why a sheet is too large or too empty for its size, or ""."""
    if span.places > SPARSE_FROM and span.places > SPARSE * span.filled:
        return (
            f"有一个工作表只填了 {span.filled:,} 个单元格，却一直排到第 {span.bottom:,} 行、第 {span.right:,} 列（{span.corner}），"
            "请删掉远处多余的单元格再导入"
        )
    if span.bottom > MAX_ROWS + 1 or span.right > MAX_COLUMNS:
        return (
            f"有一个工作表排到第 {span.bottom:,} 行、第 {span.right:,} 列，超过 {MAX_ROWS:,} 行或 {MAX_COLUMNS:,} 列，"
            "请分成几个再导入"
        )
    return ""


def check_spans(spans: Iterable[Span]) -> None:
    """Refuse a workbook by its sheets. Raises BadTable."""
    total = 0
    for span in spans:
        if reason := problem(span):
            raise BadTable(reason)
        total += span.places
    if total > MAX_CELLS:
        raise BadTable(f"各工作表一共有 {total:,} 个单元格，超过 {MAX_CELLS:,} 个，请分成几个再导入")
