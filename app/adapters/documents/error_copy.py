"""Copy of an imported table with a column 错误: same rows and numbers, all cells text."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from rustpy_xlsxwriter import Format, write_worksheets

from app.adapters.documents.cells import Percent, Value, neutralised
from app.adapters.documents.tables import ERROR_COLUMN, BadTable, CellError, Table


def write_error_copy(tables: Table | Iterable[Table], errors: Iterable[CellError], out: Path) -> None:
    """Write `out` (.xlsx, or .csv for a single table): the table's rows and their errors.

    Blank rows are kept, so row numbers match; import ignores the column 错误. Cells are typed as text (CSV: ' before a formula),
    but a refused number or date stays a number, so that it is refused again until somebody writes it anew. Raises BadTable when
    `out` cannot be written.
    """
    sheets = [tables] if isinstance(tables, Table) else list(tables)
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    headers = {table.name: table.header_row for table in sheets}
    errors = list(errors)
    for error in errors:
        said = f"{error.column}：{error.reason}" if error.column else error.reason
        if error.row > headers.get(error.sheet, 1):
            reasons[error.sheet, error.row].append(said)
        else:  # the header's cell of that column holds its title
            reasons[error.sheet, 2].append(f"表头，{said}")
    try:
        if out.suffix.lower() == ".csv":
            (table,) = sheets
            _write_csv(table, reasons, out)
        else:
            _write_xlsx(sheets, reasons, {(error.sheet, error.row, error.column) for error in errors}, out)
    except OSError as fault:
        raise BadTable(f"{out.name}：写不进去，可能正在 Excel 中打开或没有写入权限") from fault


def _lines(table: Table, reasons: dict[tuple[str, int], list[str]]) -> Iterator[dict[str, str]]:
    """Yield every row from the second, blank for gaps and for errors beyond the table."""
    rows = dict(table.rows)
    wrong = {row for sheet, row in reasons if sheet == table.name and row > 1}
    for number in range(2, max([1, *rows, *wrong]) + 1):
        cells = rows.get(number) or dict.fromkeys(table.header, "")
        yield {**cells, ERROR_COLUMN: "；".join(reasons.get((table.name, number), []))}


def _write_csv(table: Table, reasons: dict[tuple[str, int], list[str]], out: Path) -> None:
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*table.header, ERROR_COLUMN])
        for line in _lines(table, reasons):
            writer.writerow([neutralised(line[title]) for title in (*table.header, ERROR_COLUMN)])


def _write_xlsx(
    sheets: list[Table], reasons: dict[tuple[str, int], list[str]], refused: set[tuple[str, int, str]], out: Path
) -> None:
    text = Format().set_num_format("@")
    columns: dict[str, Any] = {
        table.name or "Sheet1": dict.fromkeys((*table.header, ERROR_COLUMN), text) for table in sheets
    }
    entries: list[tuple[str, Any]] = [
        (table.name or "Sheet1", _typed(table, list(_lines(table, reasons)), refused) or [_blank(table)])
        for table in sheets
    ]
    write_worksheets(entries, str(out), column_formats=columns, bold_headers=True)


def _typed(table: Table, lines: list[dict[str, str]], refused: set[tuple[str, int, str]]) -> list[dict[str, Any]]:
    """Return the lines with the refused numbers and dates as numbers."""
    written: list[dict[str, Any]] = list(lines)
    for title, cells in table.typed.items():
        for row, value in cells.items():
            if (table.name, row, title) in refused and (number := _number(value)) is not None:
                written[row - 2][title] = number
    return written


def _number(value: Value) -> float | None:
    """Return what a workbook stores for the value; None for what is no number there, and for a percentage: as text it is refused too."""
    if isinstance(value, Percent):
        return None
    if isinstance(value, datetime | date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001 - a cell has no zone
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _blank(table: Table) -> dict[str, str]:
    return dict.fromkeys((*table.header, ERROR_COLUMN), "")
