"""A list written row by row to xlsx or csv, by the file's ending: text stays text, and nothing becomes a formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rustpy_xlsxwriter import Format, write_worksheets

from app.adapters.documents.cells import neutralised
from app.adapters.documents.tables import BadTable

MOST_ROWS = 1_048_575  # of an xlsx sheet, the header apart
NOTES = "导出说明"
FREEZE = {"general": {"row": 1, "col": 0}}  # the header stays in sight
ENDINGS = (".xlsx", ".csv")
Cell = str | int | float | None


def write_list(
    path: Path, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], notes: Sequence[tuple[str, str]] = ()
) -> int:
    """Write `rows` under `header` to `path`, all or nothing; `name` is the sheet's. Returns how many rows.

    `notes` (what, said) make a second sheet of a workbook; a CSV file has no place for them.

    The rows are taken one by one. str cells are typed as text (in CSV: a ' before what a spreadsheet would take for a
    formula). BadTable when the ending is another one, the list is too long for a sheet or the file cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise BadTable(f"{path.name}：文件名应以 .xlsx 或 .csv 结尾")
    part = path.with_name(f"{path.name}.part")
    counted = _Counted(rows)
    try:
        if path.suffix.lower() == ".csv":
            _write_csv(part, header, counted)
        else:
            _write_xlsx(part, name, header, counted, notes)
        os.replace(part, path)
    except OSError as fault:
        raise BadTable(f"{path.name}：写不进去，可能正在 Excel 中打开、没有写入权限或文件夹不存在") from fault
    finally:
        part.unlink(missing_ok=True)
    return counted.number


class _Counted:
    """Counts what passes."""

    def __init__(self, rows: Iterable[Sequence[Cell]]) -> None:
        self.rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self.rows:
            self.number += 1
            yield row


def _write_csv(path: Path, header: Sequence[str], rows: _Counted) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        # quotes are the only way in which CSV can say that a number is text
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(header)
        for row in rows:
            writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in row])


def _write_xlsx(path: Path, name: str, header: Sequence[str], rows: _Counted, notes: Sequence[tuple[str, str]]) -> None:
    text = Format().set_num_format("@")
    records = _records(header, rows)
    first = next(records, None)
    texts = {title: text for title in header if first is None or isinstance(first[title], str)}
    empty: dict[str, Cell] = dict.fromkeys(header, "")
    sheets: list[tuple[str, Any]] = [(name, _chained(first or empty, records))]
    formats: dict[str, Any] = {name: texts}
    if notes:
        sheets.append((NOTES, [{"说明": what, "内容": said} for what, said in notes]))
        formats[NOTES] = {"说明": text, "内容": text}
    # by its path: into an open file the whole workbook would be made in memory first
    write_worksheets(sheets, str(path), column_formats=formats, bold_headers=True, freeze_panes=FREEZE)


def _records(header: Sequence[str], rows: _Counted) -> Iterator[dict[str, Any]]:
    for row in rows:
        if rows.number > MOST_ROWS:
            raise BadTable(f"超过 {MOST_ROWS:,} 行，一个工作表放不下，请写成 .csv 或缩小范围")
        yield dict(zip(header, row, strict=True))


def _chained(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest
