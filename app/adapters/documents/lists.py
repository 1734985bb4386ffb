"""A list written row by row to xlsx or csv, by the file's ending: text stays text, and nothing becomes a formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from rustpy_xlsxwriter import Format, write_worksheets

from app.adapters.documents.cells import neutralised
from app.adapters.documents.tables import BadTable

EVERY = 2000  # rows, then progress is told
MOST_ROWS = 1_048_575  # of an xlsx sheet, the header apart
NOTES = "导出说明"
FREEZE = {"general": {"row": 1, "col": 0}}  # the header stays in sight
ENDINGS = (".xlsx", ".csv")
Cell = str | int | float | None
Progress = Callable[[int], None]


def write_list(
    path: Path,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    notes: Sequence[tuple[str, str]] = (),
    progress: Progress = lambda count: None,
) -> int:
    """Write `rows` under `header` to `path`, all or nothing; `name` is the sheet's. Returns how many rows.

    `notes` (what, said) make a second sheet of a workbook; a CSV file has no place for them.

    The rows are taken one by one, each as long as the header; `progress` hears how many more were taken. str cells are typed
    as text (in CSV: a ' before what a spreadsheet would take for a formula). BadTable when the ending is another one, the list is too long for a sheet or the file cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise BadTable(f"{path.name}：文件名应以 .xlsx 或 .csv 结尾")
    part = path.with_name(f"{path.name}.part")
    counted = _Counted(rows, MOST_ROWS if path.suffix.lower() == ".xlsx" else 0, progress)
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
    """Counts what passes, tells it now and then, and refuses more than `most` rows (0: as many as there are)."""

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


def _write_csv(path: Path, header: Sequence[str], rows: _Counted) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(header)
        # quotes are the only way in which CSV can say that a number is text
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        for row in rows:
            writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in row])


def _write_xlsx(path: Path, name: str, header: Sequence[str], rows: _Counted, notes: Sequence[tuple[str, str]]) -> None:
    text = Format().set_num_format("@")
    # map, zip and dict one inside the other: a row passes no line of Python between the query and the writer
    records = map(dict, map(zip, repeat(header), rows))
    first: dict[str, Cell] = next(records, dict.fromkeys(header, ""))
    texts = {title: text for title in header if _like_a_number(first[title])}
    sheets: list[tuple[str, Any]] = [(name, chain((first,), records))]
    formats: dict[str, Any] = {name: texts}
    if notes:
        sheets.append((NOTES, [{"说明": what, "内容": said} for what, said in notes]))
        formats[NOTES] = {"说明": text, "内容": text}
    # by its path: into an open file the whole workbook would be made in memory first
    write_worksheets(sheets, str(path), column_formats=formats, bold_headers=True, freeze_panes=FREEZE)


def _like_a_number(cell: Cell) -> bool:
    """Text with digits, or none in this row: its column stays text when somebody edits it in a spreadsheet."""
    return isinstance(cell, str) and (not cell or any(character.isdigit() for character in cell))
