"""Workbooks made cell by cell, as offices have them: .xlsx with dates, titles and hidden sheets, and small .xls files."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from app.adapters.documents.cells import Percent

Rows = Sequence[Sequence[Any]]


def write(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> Path:
    """Write `sheets`: name -> rows of cells from A1; None is no cell. Dates get a date's format, `Percent` that of a percentage."""
    with Workbook(str(path)) as book:
        formats = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd", time: "hh:mm", Percent: "0.00%"}
        made = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            elif not any(other.get_name() not in hidden for other in book.worksheets()[:-1]):
                sheet.set_first_sheet()
                sheet.activate()
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, Percent):
                        sheet.write_number(at, column, value, made[Percent])
                    elif type(value) in made:
                        sheet.write_datetime(at, column, value, made[type(value)])
                    elif isinstance(value, str):
                        sheet.write_string(at, column, value)
                    elif value is not None:
                        sheet.write(at, column, value)
    return path


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _xls_cell(row: int, column: int, value: Any) -> bytes:
    if isinstance(value, str):
        return record(0x0204, struct.pack("<HHH", row, column, 0) + _text(value))
    if isinstance(value, tuple):  # MULRK
        numbers = b"".join(struct.pack("<HI", isinstance(each, Percent), int(each) << 2 | 2) for each in value)
        return record(0x00BD, struct.pack("<HH", row, column) + numbers + struct.pack("<H", column + len(value) - 1))
    return record(0x0203, struct.pack("<HHHd", row, column, isinstance(value, Percent), value))


def write_xls(
    path: Path, rows: Mapping[tuple[int, int], Any], claimed: tuple[int, int] = (0, 0), more: bytes = b""
) -> Path:
    """Write an .xls of one sheet, (row, column) from 0 -> text, number, `Percent`, or a tuple of whole ones that stand beside each other.

    `claimed`: rows and columns of its DIMENSIONS; `more`: further records of the sheet.
    """
    high, wide = claimed if any(claimed) else (max(r for r, _ in rows) + 1, max(c for _, c in rows) + 1)
    cells = b"".join(_xls_cell(row, column, value) for (row, column), value in sorted(rows.items()))
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    begin += record(0x041E, struct.pack("<HHB4s", 164, 4, 0, b"0.0%"))
    begin += b"".join(record(0x00E0, struct.pack("<HH", 0, form).ljust(20, b"\0")) for form in (0, 164))
    named = struct.pack("<BB", 6, 1) + "Sheet1".encode("utf-16-le")
    head = len(begin) + 4 + 6 + len(named) + 4
    stream = begin + record(0x0085, struct.pack("<IBB", head, 0, 0) + named) + record(0x000A, b"")
    stream += record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    stream += record(0x0200, struct.pack("<IIHHH", 0, high, 0, wide, 0)) + cells + more + record(0x000A, b"")
    path.write_bytes(_compound(stream.ljust(4096, b"\0")))
    return path


def _compound(stream: bytes) -> bytes:
    """Return a compound file with one stream, Workbook: header, one sector of the table, the directory, the stream."""
    sectors = -(-len(stream) // 512)
    assert sectors + 2 <= 128
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))

    def entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
        wide = name.encode("utf-16-le")
        return (
            wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide) + 2, kind, 1)
            + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36) + struct.pack("<IQ", start, size)
        )  # fmt: skip

    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", 0xFFFFFFFF) * 108
    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry("Workbook", 2, 2, len(stream), 0xFFFFFFFF)
    directory += bytes(512 - len(directory))
    return header + struct.pack("<128I", *table) + directory + stream.ljust(sectors * 512, b"\0")
