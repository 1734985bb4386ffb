"""How much an .xls becomes once unpacked, and what the reader does not tell of its cells (untold.py): the stream is found in the compound
file and its records are looked at one by one.

The reader unpacks every sheet at once, and reserves what a sheet's DIMENSIONS record claims. Sources: [MS-CFB], [MS-XLS] 2.4.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from struct import error as too_short
from struct import unpack_from

from app.adapters.documents.percents import BUILT_IN, is_percent
from app.adapters.documents.rows import BadTable
from app.adapters.documents.spans import MAX_CELLS, Span, check_spans
from app.adapters.documents.untold import Untold

DAMAGED = "工作簿已损坏或不是 Excel 文件，请用 Excel 另存为 .xlsx 后再导入"
FREE = 0xFFFFFFFA  # sector numbers from here on are marks
MOST_SHEETS = 1_000
_EOF, _BOUNDSHEET, _DIMENSIONS, _MULRK = 0x000A, 0x0085, 0x0200, 0x00BD
_BOF, _FORMAT, _XF = 0x0809, 0x041E, 0x00E0
_FORMULA, _BOOLERR, _ROW = 0x0006, 0x0205, 0x0208
_BIFF8 = 0x0600
_HIDDEN = 0x20  # of a row's flags
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_CELLS = {0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD}  # FORMULA, NUMBER, LABEL, BOOLERR, RK, LABELSST


def check_xls(path: Path) -> dict[int, Untold]:
    """Refuse an .xls whose cells span too much; return what the reader does not tell of each sheet, as `untold_of`.

    Raises BadTable; what is no workbook at all is left to the reader.
    """
    try:
        stream = _workbook(path.read_bytes())
        if stream is None:
            return {}
        places = _sheets(stream)
        formats = _percent_formats(stream)
        known = {place: _cells(stream, place, formats) for place in set(places)}
    except (too_short, IndexError, OverflowError):
        raise BadTable(DAMAGED) from None
    check_spans(known[place][0] for place in places)
    return {at: known[place][1] for at, place in enumerate(places)}


def _workbook(data: bytes) -> bytes | None:
    """Return the stream Workbook or Book; None without one (an encrypted .xlsx, another kind of document)."""
    size = 1 << unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise BadTable(DAMAGED)
    fat = _fat(data, size)
    directory = _chain(data, size, fat, unpack_from("<I", data, 48)[0])
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    for wanted in ("Workbook", "Book"):
        for entry in entries:
            if entry[:64].decode("utf-16-le", "ignore").split("\0")[0] == wanted:
                start, length = unpack_from("<II", entry, 116)
                if length >= 4096:
                    return _chain(data, size, fat, start)[:length]
                small = _chain(data, size, fat, unpack_from("<I", entries[0], 116)[0])
                mini = array("I", _whole(_chain(data, size, fat, unpack_from("<I", data, 60)[0])))
                return _chain(small, 64, mini, start, 0)[:length]
    return None


def _fat(data: bytes, size: int) -> array[int]:
    """Return the next sector of each sector."""
    numbers = list(unpack_from("<109I", data, 76))
    further, left = unpack_from("<I", data, 68)[0], len(data) // size + 1
    while further < FREE and left:
        block = unpack_from(f"<{size // 4}I", data, (further + 1) * size)
        numbers += block[:-1]
        further, left = block[-1], left - 1
    fat = array("I")
    for number in numbers:
        if number < FREE:
            fat.frombytes(_whole(data[(number + 1) * size : (number + 2) * size]))
    return fat


def _whole(data: bytes) -> bytes:
    return data[: len(data) // 4 * 4]


def _chain(data: bytes, size: int, following: array[int], number: int, shift: int = 1) -> bytes:
    """Return the sectors of a chain put together; a ring of sectors is damage."""
    parts: list[bytes] = []
    for _ in range(len(following) + 1):
        if number >= FREE:
            return b"".join(parts)
        parts.append(data[(number + shift) * size : (number + shift + 1) * size])
        number = following[number]
    raise BadTable(DAMAGED)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield (kind, position of the data, length) up to the end of the part."""
    while at + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, at + 4, length
        at += 4 + length


def _sheets(stream: bytes) -> list[int]:
    """Return where each sheet begins; one place may be named more than once."""
    places = [unpack_from("<I", stream, at)[0] for kind, at, _ in _records(stream, 0) if kind == _BOUNDSHEET]
    if len(places) > MOST_SHEETS:
        raise BadTable(f"工作簿里有 {len(places):,} 个工作表，超过 {MOST_SHEETS:,} 个")
    return places


def _percent_formats(stream: bytes) -> set[int]:
    """Return the formats of cells, as a cell names them, that are percentages."""
    codes = dict.fromkeys(BUILT_IN, "%")
    cells: list[int] = []
    short = False
    for kind, at, length in _records(stream, 0):
        if kind == _BOF:
            short = unpack_from("<H", stream, at)[0] < _BIFF8
        elif kind == _FORMAT:
            codes[unpack_from("<H", stream, at)[0]] = _format_code(stream[at + 2 : at + length], short)
        elif kind == _XF:
            cells.append(unpack_from("<H", stream, at + 2)[0])
    return {number for number, code in enumerate(cells) if is_percent(codes.get(code, ""))}


def _format_code(data: bytes, short: bool) -> str:
    """Return a format: its length, in BIFF8 whether two bytes are a character, its characters."""
    if short:
        return data[1:].decode("gb18030", "replace")
    return data[3:].decode("utf-16-le" if data[2] & 1 else "latin-1", "replace")


def _cells(stream: bytes, place: int, formats: set[int]) -> tuple[Span, Untold]:
    """Return what the cells of a sheet span, and what the reader does not tell of them; `formats`: those of percentages."""
    span = Span()
    found = Untold()
    for kind, at, length in _records(stream, place):
        if kind in _CELLS:
            row, column, form = unpack_from("<HHH", stream, at)
            span.add(row + 1, column + 1)
            if form in formats:
                found.percents.add((row + 1, column + 1))
            if (error := _error(stream, kind, at)) is not None:
                found.hollow[row + 1, column + 1] = _ERRORS.get(error, "#N/A")
        elif kind == _MULRK:
            row, column = unpack_from("<HH", stream, at)
            for number in range((length - 6) // 6):
                span.add(row + 1, column + number + 1)
                if formats and unpack_from("<H", stream, at + 4 + 6 * number)[0] in formats:
                    found.percents.add((row + 1, column + number + 1))
        elif kind == _ROW and unpack_from("<H", stream, at + 12)[0] & _HIDDEN:
            found.hidden.add(unpack_from("<H", stream, at)[0] + 1)
        elif kind == _DIMENSIONS:
            _check_claimed(stream, at, length)
    return span, found


def _error(stream: bytes, kind: int, at: int) -> int | None:
    """Return the code of the error value that a cell holds, or that its formula gave."""
    if kind == _BOOLERR:
        code, is_error = unpack_from("<BB", stream, at + 6)
        return int(code) if is_error else None
    if kind == _FORMULA:
        what, code, mark = unpack_from("<BxBxxxH", stream, at + 6)
        return int(code) if mark == 0xFFFF and what == 2 else None
    return None


def _check_claimed(stream: bytes, at: int, length: int) -> None:
    """Refuse a DIMENSIONS record that would have the reader reserve more than any sheet has."""
    top, bottom, left, right = unpack_from("<IIHH" if length >= 14 else "<HHHH", stream, at)
    claimed = (bottom - top) * (right - left)
    if bottom < top or right < left or claimed > MAX_CELLS:
        raise BadTable(f"有一个工作表说自己有 {abs(claimed):,} 个单元格，请用 Excel 另存为 .xlsx 后再导入")
