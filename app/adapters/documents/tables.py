"""Tables from workbooks and CSV files: text cells by header, with spreadsheet row numbers.

Columns are found by header, not position. An unreadable file raises BadTable; a cell that lost its value is an error of the table.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, load_workbook

from app.adapters.documents.cells import text_of, text_of_csv

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 2**30
MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000
ERROR_COLUMN = "错误"
"""Extra column of an error copy, not imported."""


class BadTable(Exception):
    """The file is not a readable table; `message` is one Chinese line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CellError(NamedTuple):
    """One error: row number (header: 1) and column header ("" for the whole row)."""

    row: int
    column: str
    value: str
    reason: str
    sheet: str = ""


@dataclass(slots=True)
class Table:
    """`rows`: (row number, header → text) without blank ones; every row has every header. `errors`: cells that lost their value
    and keep the rest. `name`: the sheet's, "" for CSV.
    """

    name: str
    header: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    errors: list[CellError] = field(default_factory=list)


def read_table(path: Path) -> Table:
    """Return the table of a CSV file, or of a workbook's first sheet with content. Raises BadTable."""
    with _naming(path):
        if _is_workbook(_first_bytes(path)):
            for table in _sheets(path):
                return table
            raise BadTable("工作簿里没有内容")
        return _read_csv(path.read_bytes())


def read_workbook(path: Path) -> dict[str, Table]:
    """Return every sheet with content by name, in order. Raises BadTable, also for CSV."""
    with _naming(path):
        if not _is_workbook(_first_bytes(path)):
            raise BadTable("应为 Excel 工作簿（.xlsx），不是 CSV 或其他文件")
        sheets = {table.name: table for table in _sheets(path)}
        if not sheets:
            raise BadTable("工作簿里没有内容")
        return sheets


class _naming:  # noqa: N801 - used like a function
    """Convert file errors to BadTable with the file's name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, _trace: object) -> None:
        if isinstance(fault, BadTable | CalamineError | OSError | csv.Error | MemoryError):
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
        return f"文件读不出来（{fault.strerror or fault}）"
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


def _sheets(path: Path) -> Iterator[Table]:
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            _check_unpacked(path)
        file.seek(0)
        with load_workbook(file) as book:
            yield from _tables_of(book)


def _tables_of(book: CalamineWorkbook) -> Iterator[Table]:
    for sheet_data in book.sheets_metadata:
        if sheet_data.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(sheet_data.name)
        if sheet.total_height > MAX_ROWS + 1 or sheet.total_width > MAX_COLUMNS:
            raise BadTable(f"工作表“{sheet.name}”超过 {MAX_ROWS:,} 行或 {MAX_COLUMNS:,} 列")
        values = sheet.to_python(skip_empty_area=False)
        table = _table(sheet.name, ([text_of(value) for value in row] for row in values))
        if table:
            yield table


def _check_unpacked(path: Path) -> None:
    """Refuse an .xlsx by its declared unpacked size."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise BadTable("工作簿已损坏或不是 Excel 文件，请用 Excel 另存为 .xlsx 后再导入") from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise BadTable(f"工作簿解压后超过 {MAX_UNPACKED_BYTES // 2**30} GB，请分成几个再导入")


def _read_csv(data: bytes) -> Table:
    text = _decoded(data)
    csv.field_size_limit(2**20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    known = _Known()
    table = _table("", (list(map(known.__getitem__, row)) for row in reader))
    if not table:
        raise BadTable("文件里没有内容")
    return table


class _Known(dict[str, tuple[str, str]]):
    """Cache of cells: each text is cleaned once, and shared, which speeds up the importer's lookups."""

    def __missing__(self, value: str) -> tuple[str, str]:
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


def _table(name: str, lines: Iterable[Sequence[tuple[str, str]]]) -> Table | None:
    """Return the table of (text, reason) cells or None; the first row with content is the header."""
    where = f"工作表“{name}”" if name else ""
    table: Table | None = None
    columns: list[tuple[int, str]] = []
    for number, cells in enumerate(lines, start=1):
        if number > MAX_ROWS + 1:
            raise BadTable(f"{where}超过 {MAX_ROWS:,} 行，请分成几个再导入")
        if table is None:
            columns = _header(where, [text for text, _ in cells])
            if columns:
                table = Table(name, tuple(title for _, title in columns if title != ERROR_COLUMN), [])
        else:
            _add_row(table, columns, number, cells)
    return table


def _header(where: str, titles: list[str]) -> list[tuple[int, str]]:
    """Return (position, title) of titled columns, without white space."""
    found = [(at, "".join(title.split())) for at, title in enumerate(titles) if title]
    names = [title for _, title in found]
    if twice := sorted({title for title in names if names.count(title) > 1}, key=names.index):
        raise BadTable(f"{where}表头中“{'”“'.join(twice)}”出现了不止一次")
    return found


def _add_row(table: Table, columns: list[tuple[int, str]], number: int, cells: Sequence[tuple[str, str]]) -> None:
    row = {title: cells[at][0] if at < len(cells) else "" for at, title in columns}
    row.pop(ERROR_COLUMN, None)
    for at, title in columns:
        if at < len(cells) and cells[at][1]:
            table.errors.append(CellError(number, title, cells[at][0], cells[at][1], table.name))
    stray = ""
    if len(cells) > len(columns):
        titled = {at for at, _ in columns}
        stray = next((text for at, (text, _) in enumerate(cells) if text and at not in titled), "")
    if stray:
        table.errors.append(CellError(number, "", stray, "这一行有内容不在任何表头之下", table.name))
    if stray or any(row.values()):
        table.rows.append((number, row))


def in_order(*errors: Iterable[CellError]) -> list[CellError]:
    """Return errors by sheet and row, the first of each cell: lost values precede the importer's."""
    first: dict[tuple[str, int, str], CellError] = {}
    for group in errors:
        for error in group:
            first.setdefault((error.sheet, error.row, error.column), error)
    sheets = list(dict.fromkeys(error.sheet for error in first.values()))
    return sorted(first.values(), key=lambda error: (sheets.index(error.sheet), error.row))
