"""Rows of cells become a table: where the header stands, which rows are data, which cells are not as typed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from app.adapters.documents.cells import FAULTS, MERGED, Cell, Value

MAX_ROWS = 1_000_000
ERROR_COLUMN = "错误"
"""Extra column of an error copy, not imported."""
REMARK = "备注"
"""The one title that may stand there twice: what stands below is joined."""
HEADER_WITHIN = 20  # rows with content among which the header is looked for


class BadTable(Exception):
    """The file is not a readable table; `message` is one Chinese line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CellError(NamedTuple):
    """One error: spreadsheet row number and column header ("" for the whole row)."""

    row: int
    column: str
    value: str
    reason: str
    sheet: str = ""


@dataclass(slots=True)
class Table:
    """`rows`: (row number, header → text) without blank ones; every row has every header. `errors`: cells that lost their value
    and keep the rest. `name`: the sheet's, "" for CSV.

    `typed`: header → row number → value, of cells that are no text (numbers, dates, times, yes or no). `header_row`: the header's
    row number. `notes`: what was not read and why.
    """

    name: str
    header: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    errors: list[CellError] = field(default_factory=list)
    typed: dict[str, dict[int, Value]] = field(default_factory=dict)
    header_row: int = 1
    notes: list[CellError] = field(default_factory=list)


Line = tuple[int, Sequence[Cell]]


def table_of(name: str, lines: Iterable[Sequence[Cell]], known: Collection[str] = ()) -> Table | None:
    """Return the table of the rows, or None without content. `known`: titles by which the header is told from rows above it.

    Without `known` the first row with content is the header. Raises BadTable.
    """
    where = f"工作表“{name}”" if name else ""
    numbered = _numbered(where, lines)
    above, header, after = _split(numbered, known)
    if header is None:
        return None
    columns, remarks = _columns(where, [text for text, _ in header[1]])
    titles = tuple(title for _, title in columns if title != ERROR_COLUMN)
    table = Table(name, titles, [], header_row=header[0])
    table.notes += [_skipped(name, line) for line in above if len(_texts(line)) > 1]
    for number, cells in chain(after, numbered):
        _add_row(table, columns, remarks, number, cells)
    return table


def _numbered(where: str, lines: Iterable[Sequence[Cell]]) -> Iterator[Line]:
    for number, cells in enumerate(lines, start=1):
        if number > MAX_ROWS + 1:
            raise BadTable(f"{where}超过 {MAX_ROWS:,} 行，请分成几个再导入")
        yield number, cells


def _split(lines: Iterator[Line], known: Collection[str]) -> tuple[list[Line], Line | None, list[Line]]:
    """Return the rows above the header, the header, and those after it that were read to find it."""
    seen: list[Line] = []
    for line in lines:
        texts = _texts(line)
        if not texts:
            continue
        seen.append(line)
        if not known or sum(squeezed(text) in known for text in texts) > 1:
            return seen[:-1], line, []
        if len(seen) == HEADER_WITHIN:
            break
    place = next((at for at, line in enumerate(seen) if len(_texts(line)) > 1), 0)
    return seen[:place], (seen[place] if seen else None), seen[place + 1 :]


def _texts(line: Line) -> list[str]:
    return [text for text, _ in line[1] if text]


def squeezed(title: str) -> str:
    """Return a header's title without white space."""
    return "".join(title.split())


def _skipped(name: str, line: Line) -> CellError:
    return CellError(line[0], "", " ".join(_texts(line)), "在表头之上，没有导入", name)


def _columns(where: str, titles: list[str]) -> tuple[list[tuple[int, str]], list[int]]:
    """Return (position, title) of titled columns, and the positions of further remarks."""
    found = [(at, squeezed(title)) for at, title in enumerate(titles) if title]
    remarks = [at for at, title in found if title == REMARK][1:]
    found = [column for column in found if column[0] not in remarks]
    names = [title for _, title in found]
    if twice := sorted({title for title in names if names.count(title) > 1}, key=names.index):
        raise BadTable(f"{where}表头中“{'”“'.join(twice)}”出现了不止一次")
    return found, remarks


def _add_row(
    table: Table, columns: list[tuple[int, str]], remarks: list[int], number: int, cells: Sequence[Cell]
) -> None:
    if columns and len(cells) <= (last := max([columns[-1][0], *remarks[-1:]])):
        cells = [*cells, *[("", None)] * (last + 1 - len(cells))]
    row = {}
    merged = []
    for at, title in columns:
        row[title], typed = cells[at]
        if typed and typed.value == MERGED:
            merged.append(title)
            continue
        if typed:
            table.typed.setdefault(title, {})[number] = typed.value
            if typed.reason:
                table.errors.append(CellError(number, title, row[title], typed.reason, table.name))
    for at in remarks:
        row[REMARK] = "；".join(filter(None, (row[REMARK], cells[at][0])))
    row.pop(ERROR_COLUMN, None)
    stray = ""
    if len(cells) > len(columns):
        titled = {at for at, _ in columns}.union(remarks)
        stray = next((text for at, (text, _) in enumerate(cells) if text and at not in titled), "")
    if stray:
        table.errors.append(CellError(number, "", stray, "这一行有内容不在任何表头之下", table.name))
    if stray or any(row.values()):
        for title in merged:
            row[title] = MERGED
            table.errors.append(CellError(number, title, MERGED, FAULTS[MERGED], table.name))
        table.rows.append((number, row))
