"""Tables from workbooks and CSV files: text cells by header, with spreadsheet row numbers.

Columns are found by header, not position. Hidden sheets are not read. An unreadable file raises BadTable; a cell that lost its
value is an error of the table.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from python_calamine import (
    CalamineError,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from app.adapters.documents.biff import DAMAGED, check_xls
from app.adapters.documents.cells import MERGED, Cell, Percent, Typed, Value, text_of, text_of_csv
from app.adapters.documents.percents import Places
from app.adapters.documents.rows import ERROR_COLUMN, BadTable, CellError, Table, table_of
from app.adapters.documents.spans import MAX_CELLS
from app.adapters.documents.sparse import check_unpacked
from app.adapters.documents.untold import Untold, untold_of
from app.adapters.system_words import os_words

MAX_FILE_BYTES = 64 * 2**20
GUIDES = ("填写说明", "成绩写法")
"""Sheets of a template that explain the others, never read."""
EMPTY = "工作簿里没有内容（隐藏的工作表不读）"

__all__ = ["ERROR_COLUMN", "GUIDES", "BadTable", "CellError", "Table", "in_order", "read_table", "read_workbook"]


def read_table(path: Path, known: Collection[str] = ()) -> Table:
    """Return the table of a CSV file, or of a workbook's first visible sheet with content. Raises BadTable.

    `known`: titles of columns, by which the header is found below a title (`table_of`).
    """
    with _naming(path):
        if not _is_workbook(_first_bytes(path)):
            return _read_csv(path.read_bytes(), known)
        notes: list[CellError] = []
        first: Table | None = None
        for name, lines, hidden in _sheets(path, notes):
            if first is None:
                first = _noted(table_of(name, lines, known), hidden)
            elif any(text for cells in lines for text, _ in cells):
                notes.append(CellError(0, "", "", "没有读：只读第一个可见的工作表", name))
        if first is None:
            raise BadTable(EMPTY)
        first.notes += notes
        return first


def read_workbook(path: Path, known: Mapping[str, Collection[str]] | None = None) -> dict[str, Table]:
    """Return every visible sheet with content by name, in order. `known`: sheet -> titles. Raises BadTable, also for CSV."""
    with _naming(path):
        if not _is_workbook(_first_bytes(path)):
            raise BadTable("应为 Excel 工作簿（.xlsx），不是 CSV 或其他文件")
        notes: list[CellError] = []
        titles = known or {}
        read = [
            _noted(table_of(name, lines, titles.get(name, ())), hidden) for name, lines, hidden in _sheets(path, notes)
        ]
        tables = [table for table in read if table]
        if not tables:
            raise BadTable(EMPTY)
        tables[0].notes += notes
        return {table.name: table for table in tables}


def _noted(table: Table | None, hidden: set[int]) -> Table | None:
    """Return the table with a note of the rows that its file hides: what is filtered away on the screen is read all the same."""
    if table and (rows := [number for number, _ in table.rows if number in hidden]):
        said = f"第 {rows[0]} 行" if len(rows) == 1 else f"第 {rows[0]} 行等 {len(rows)} 行"
        table.notes.append(CellError(0, "", "", f"{said}在文件里是隐藏的（或被筛选掉了），也一样导入", table.name))
    return table


class _naming:  # noqa: N801 - used like a function
    """Convert file errors to BadTable with the file's name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, _trace: object) -> None:
        # the reader's PanicException is no Exception: some of its parts stop at a damaged file
        stopped = type(fault).__name__ == "PanicException"
        if fault and (stopped or isinstance(fault, BadTable | CalamineError | OSError | csv.Error | MemoryError)):
            raise BadTable(f"{self.path.name or self.path}：{_words(fault)}") from fault


def _words(fault: BaseException) -> str:
    if isinstance(fault, BadTable):
        return fault.message
    if isinstance(fault, PasswordError):
        return "工作簿有打开密码，请取消密码后再导入"
    if isinstance(fault, FileNotFoundError):
        return "没有这个文件"
    if isinstance(fault, IsADirectoryError):
        return "这是文件夹，不是文件"
    if isinstance(fault, PermissionError):
        return "文件打不开，可能正在 Excel 中打开或没有读取权限，请关闭后再试"
    if isinstance(fault, OSError):
        return f"文件读不出来（{os_words(fault)}）"
    if isinstance(fault, MemoryError):
        return "内存不足，请把文件分成几个再导入"
    if isinstance(fault, csv.Error):
        return f"不是正确的 CSV 文件（{fault}）"
    return "工作簿已损坏或不是 Excel 文件，请用 Excel 另存为 .xlsx 后再导入"


def _first_bytes(path: Path) -> bytes:
    if path.name.startswith("~$"):
        raise BadTable("这是 Excel 打开文件时的临时文件，请选择原来的文件")
    size = path.stat().st_size if not path.is_dir() else 1
    if size == 0:
        raise BadTable("文件是空的（0 字节）")
    if size > MAX_FILE_BYTES:
        raise BadTable(f"文件为 {size / 2**20:.1f} MB，超过 {MAX_FILE_BYTES // 2**20} MB，请分成几个再导入")
    with path.open("rb") as file:
        return file.read(512)


def _is_workbook(start: bytes) -> bool:
    """Whether the content is a zip (.xlsx) or OLE file (.xls)."""
    return start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def _sheets(path: Path, notes: list[CellError]) -> Iterator[tuple[str, Iterator[list[Cell]], set[int]]]:
    """Yield the visible sheets (name, rows of cells, numbers of hidden rows); hidden sheets are noted."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            check_unpacked(path)
            untold = untold_of(path)
        else:
            untold = check_xls(path)
        file.seek(0)
        with load_workbook(file) as book:
            for at, sheet in enumerate(book.sheets_metadata):
                if sheet.typ != SheetTypeEnum.WorkSheet or sheet.name in GUIDES:
                    continue
                if sheet.visible == SheetVisibleEnum.Visible:
                    read = book.get_sheet_by_name(sheet.name)
                    values = read.to_python(skip_empty_area=False)
                    merged = _merged(read.merged_cell_ranges or (), values)
                    found = untold.get(at, Untold())
                    yield sheet.name, _cells(values, found, merged), found.hidden
                else:
                    notes.append(CellError(0, "", "", "没有读：是隐藏的工作表", sheet.name))


def _merged(ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], values: Sequence[Sequence[Value]]) -> Places:
    """Return the cells, from 1, that are one with a filled one above: what stands there is theirs too, and they read as empty."""
    found: Places = set()
    laid = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(values) or left >= len(values[top]) or values[top][left] == "":
            continue
        rows = range(top + 1, min(bottom + 1, len(values)))
        columns = range(left, min(right + 1, len(values[top])))
        laid += len(rows) * len(columns)
        if laid > MAX_CELLS:
            raise BadTable(DAMAGED)
        found.update((row + 1, column + 1) for row in rows for column in columns if values[row][column] == "")
    return found


def _cells(values: Sequence[Sequence[Value]], untold: Untold, merged: Places) -> Iterator[list[Cell]]:
    percents, hollow = untold.percents, untold.hollow
    if not (percents or hollow or merged):
        return ([text_of(value) for value in row] for row in values)
    wide = max([len(values[0]) if values else 0, *(column for _, column in hollow)])
    high = max([len(values), *(row for row, _ in hollow)])  # of what reads as empty no row need be there

    def cell(place: tuple[int, int], value: Value) -> Cell:
        if place in merged:
            return "", Typed(MERGED)
        return text_of(hollow[place] if place in hollow else _shown(value, place in percents))

    filled = (values[at] if at < len(values) else () for at in range(high))
    return (
        [cell((number, at + 1), row[at] if at < len(row) else "") for at in range(wide)]
        for number, row in enumerate(filled, start=1)
    )


def _shown(value: Value, percent: bool) -> Value:
    if percent and isinstance(value, int | float) and not isinstance(value, bool):
        return Percent(value)
    return value


def _read_csv(data: bytes, known: Collection[str]) -> Table:
    text = _decoded(data)
    csv.field_size_limit(2**20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    cells = _Known()
    table = table_of("", (list(map(cells.__getitem__, row)) for row in reader), known)
    if not table:
        raise BadTable("文件里没有内容")
    return table


class _Known(dict[str, Cell]):
    """Cache of cells: each text is cleaned once, and shared, which speeds up the importer's lookups."""

    def __missing__(self, value: str) -> Cell:
        self[value] = read = text_of_csv(value)
        return read


def _decoded(data: bytes) -> str:
    """Decode UTF-8 or else GB18030, the two that Excel writes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadTable("文件编码是 UTF-16（Excel 的“Unicode 文本”），请另存为 .xlsx 或“CSV UTF-8”")
    if data[:512].lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise BadTable("文件内容是网页，不是表格。请用 Excel 打开后另存为 .xlsx")
    if b"\x00" in data:
        raise BadTable("这不是 Excel 工作簿或 CSV 文件")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadTable("文件编码既不是 UTF-8 也不是 GB18030，请用 Excel 另存为 .xlsx")


def _delimiter(text: str) -> str:
    """Return comma, unless the header has more tabs or semicolons outside quotes."""
    first = re.sub('"[^"]*"', "", next((line for line in text.splitlines() if line.strip()), ""))
    return max(",\t;", key=first.count)


def in_order(*errors: Iterable[CellError]) -> list[CellError]:
    """Return errors by sheet and row, the first of each cell: lost values precede the importer's."""
    first: dict[tuple[str, int, str], CellError] = {}
    for group in errors:
        for error in group:
            first.setdefault((error.sheet, error.row, error.column), error)
    sheets = list(dict.fromkeys(error.sheet for error in first.values()))
    return sorted(first.values(), key=lambda error: (sheets.index(error.sheet), error.row))
