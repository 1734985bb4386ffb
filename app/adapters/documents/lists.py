"""Lists written row by row to xlsx or csv; text stays text, nothing becomes a formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

from rustpy_xlsxwriter import Format, write_worksheets

from app.adapters.documents.cells import neutralised
from app.adapters.documents.tables import BadTable

EVERY = 2000  # rows per progress report
MOST_ROWS = 1_048_575  # of an xlsx sheet, besides the header
NOTES, SUMS = "导出说明", "合计"
EXPORTER, TAKEN, PURPOSE = SAID = ("导出人", "导出时间", "用途")
FREEZE = {"general": {"row": 1, "col": 0}}  # header row
ENDINGS = (".xlsx", ".csv")
WIDEST = 60  # digits
NARROWEST = 16.0  # digits, of a column to be filled in
Cell = str | int | float | Decimal | None
MONEY = "#,##0.00"
"""Format of cells of money, which come as Decimal."""
Progress = Callable[[int], None]


def write_list(
    path: Path,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    notes: Sequence[tuple[str, str]] = (),
    sums: tuple[Sequence[str], Iterable[Sequence[Cell]]] | None = None,
    progress: Progress = lambda count: None,
) -> int:
    """Write `rows` under `header` to `path` atomically; return their number. `name` is the sheet's.

    `notes` (title, text) and `sums` (header, rows; read last) make further sheets of a workbook. In CSV a last column NOTES says in each
    row what SAID takes of the notes (a command's list has no such column): what reads a table finds every other column as it was, and a part of the list says so too. Rows are as long as the header and read one by one; `progress`
    receives the number of further rows. str cells are typed as text (CSV: ' before a formula). Raises BadTable for another ending,
    too many rows for a sheet, or an unwritable file.
    """
    if path.suffix.lower() not in ENDINGS:
        raise BadTable(f"{path.name}：文件名应以 .xlsx 或 .csv 结尾")
    part = path.with_name(f"{path.name}.part")
    counted = _Counted(rows, MOST_ROWS if path.suffix.lower() == ".xlsx" else 0, progress)
    try:
        if path.suffix.lower() == ".csv":
            _write_csv(part, header, counted, _said(notes))
        else:
            _write_xlsx(part, name, header, counted, notes, sums)
        os.replace(part, path)
    except OSError as fault:
        raise BadTable(f"{path.name}：写不进去，可能正在 Excel 中打开、没有写入权限或文件夹不存在") from fault
    finally:
        part.unlink(missing_ok=True)
    return counted.number


class Sheet(NamedTuple):
    """One table of a workbook; rows as long as the header. `wrapped`: long text goes on in further lines of its cell."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    wrapped: bool = False


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write an xlsx workbook with one sheet a table, each column as wide as its longest cell (at most WIDEST).

    A column is formatted as text where all its cells are; without rows every column is, so that what is typed there stays.
    """
    written: list[tuple[str, Any]] = []
    widths: dict[str, Any] = {}
    formats: dict[str, Any] = {}
    for sheet in sheets:
        rows = [dict(zip(sheet.header, row, strict=True)) for row in sheet.rows]
        written.append((sheet.name, rows or [dict.fromkeys(sheet.header, "")]))
        cells = zip(*sheet.rows, strict=True) if rows else repeat(())
        columns = dict(zip(sheet.header, cells, strict=bool(rows)))
        least = 0.0 if rows else NARROWEST
        widths[sheet.name] = {title: max(least, _width(title, columns[title])) for title in sheet.header}
        texts = [title for title, cells in columns.items() if all(isinstance(cell, str) for cell in cells)]
        text = Format().set_num_format("@")
        formats[sheet.name] = dict.fromkeys(texts, text.set_text_wrap().set_align("top") if sheet.wrapped else text)
    write_worksheets(
        written, str(path), column_formats=formats, column_widths=widths, bold_headers=True, freeze_panes=FREEZE
    )


def _width(title: str, cells: Iterable[Cell]) -> float:
    """Width in digits: a han character takes two, bold headers and margins a little more."""
    longest = max(sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(text)) for text in (title, *cells))
    return float(min(longest + 3, WIDEST))


class _Counted:
    """Counts rows, reports progress, and refuses more than `most` rows (0: unlimited)."""

    def __init__(self, rows: Iterable[Sequence[Cell]], most: int, progress: Progress) -> None:
        self.rows, self.most, self.progress = rows, most, progress
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        number, refused = 0, self.most + 1 if self.most else 0
        for number, row in enumerate(self.rows, start=1):
            if number == refused:
                raise BadTable(f"超过 {self.most:,} 行，一个工作表放不下，请写成 .csv 或缩小范围")
            yield row
            if not number % EVERY:
                self.progress(EVERY)
        self.number = number
        self.progress(number % EVERY)


def _said(notes: Sequence[tuple[str, str]]) -> list[str]:
    """Return what a row of a CSV says of who took it, in one cell; none without notes."""
    told = dict(notes)
    parts = [f"{title}：{told[title]}" for title in SAID if told.get(title)]
    return [neutralised("；".join(parts))] if parts else []


def _write_csv(path: Path, header: Sequence[str], rows: _Counted, said: list[str]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow([*header, NOTES] if said else header)
        # quotes mark a number as text
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        for row in rows:
            writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in row] + said)


def _write_xlsx(
    path: Path,
    name: str,
    header: Sequence[str],
    rows: _Counted,
    notes: Sequence[tuple[str, str]],
    sums: tuple[Sequence[str], Iterable[Sequence[Cell]]] | None,
) -> None:
    text = Format().set_num_format("@")
    # nested map, zip and dict: no Python code runs per row
    records = map(dict, map(zip, repeat(header), rows))
    first: dict[str, Cell] = next(records, dict.fromkeys(header, ""))
    texts = {title: text for title in header if _like_a_number(first[title])}
    amounts = {title: Format().set_num_format(MONEY) for title in header if isinstance(first[title], Decimal)}
    sheets: list[tuple[str, Any]] = [(name, chain((first,), records))]
    formats: dict[str, Any] = {name: texts | amounts}
    if notes:
        sheets.append((NOTES, [{"说明": what, "内容": said} for what, said in notes]))
        formats[NOTES] = {"说明": text, "内容": text}
    if sums:
        title, *_, amount = sums[0]
        sheets.append((SUMS, (dict(zip(sums[0], row, strict=True)) for row in sums[1])))
        formats[SUMS] = {title: text, amount: Format().set_num_format(MONEY)}
    # an open file would have the whole workbook built in memory
    write_worksheets(sheets, str(path), column_formats=formats, bold_headers=True, freeze_panes=FREEZE)


def _like_a_number(cell: Cell) -> bool:
    """Whether the column is typed as text: its cell is empty or text with digits."""
    return isinstance(cell, str) and (not cell or any(character.isdigit() for character in cell))
