"""How much a workbook becomes once unpacked, found in its parts without unpacking them into cells.

The reader holds a sheet as the whole rectangle that its cells span: two cells far apart cost tens of gigabytes. What a file
says of itself (sizes in the archive, `dimension`) may be false, so bytes are counted as they are unpacked and cells as they stand.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.parsers import expat

from app.adapters.documents.rows import BadTable
from app.adapters.documents.spans import Span, check_spans, problem

MAX_UNPACKED_BYTES = 2**30
DAMAGED = "工作簿已损坏或不是 Excel 文件，请用 Excel 另存为 .xlsx 后再导入"
CHUNK = 2**20
LONGEST_TAG = 2**22  # bytes without another cell after which a part is read by the slow way
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".bin", ".vml"}
_LOCAL_HEADER = 30  # bytes, before name and extra field

# a cell written as Excel, WPS and LibreOffice do; another beginning of a cell makes a part be parsed
_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"')
_ROW = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')
_REFERENCE = re.compile("([A-Za-z]+)([0-9]+)")
_ODD_CELL = re.compile(rb"<c[>/\t\n\r]|:c[ >/\t\n\r]")


def check_unpacked(path: Path) -> None:
    """Refuse an .xlsx that unpacks to too much, or whose cells span too much. Raises BadTable."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            entries = archive.infolist()
            _check_kind({entry.filename for entry in entries})
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise _too_large()
            spans = [span for entry in entries if (span := _span(file, entry)) is not None]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error, expat.ExpatError):
        raise BadTable(DAMAGED) from None
    check_spans(spans)


def _check_kind(names: set[str]) -> None:
    if "content.xml" in names or "xl/workbook.bin" in names:
        raise BadTable("只能导入 .xlsx、.xls 或 CSV，请用 Excel 或 WPS 另存为 .xlsx 后再导入")


def _too_large() -> BadTable:
    return BadTable(f"工作簿解压后超过 {MAX_UNPACKED_BYTES // 2**30} GB，请分成几个再导入")


def _span(file: BinaryIO, entry: zipfile.ZipInfo) -> Span | None:
    """Return what the cells of a part span; None for a part without cells. Any part may be a sheet, whatever its name."""
    if PurePosixPath(entry.filename).suffix.lower() in _PICTURES:
        return None
    buffer = b""
    chunks = unpacked(file, entry)
    for chunk in chunks:
        buffer = buffer[-16:] + chunk
        if b"sheetData" in buffer:
            return _plain(buffer, chunks) or _parsed(unpacked(file, entry))
        if b"\x00" in buffer:  # UTF-16
            return _parsed(unpacked(file, entry))
    return None


def unpacked(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part as it unpacks, whatever size the archive gives for it."""
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadTable(DAMAGED)
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER)
    skipped = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    at, end = entry.header_offset + _LOCAL_HEADER + skipped, 0
    end = at + entry.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    done = 0
    while at < end:
        file.seek(at)  # parts are read in turns
        packed = file.read(min(CHUNK // 4, end - at))
        if not packed:
            raise BadTable(DAMAGED)
        at += len(packed)
        for chunk in _inflated(inflate, packed) if inflate else (packed,):
            done += len(chunk)
            if done > MAX_UNPACKED_BYTES or done > entry.file_size:
                raise _too_large() if done > MAX_UNPACKED_BYTES else BadTable(DAMAGED)
            yield chunk


def _inflated(inflate: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    while packed:
        chunk = inflate.decompress(packed, CHUNK)
        if not chunk:
            return
        yield chunk
        packed = inflate.unconsumed_tail


def _plain(buffer: bytes, chunks: Iterator[bytes]) -> Span | None:
    """Return the span of cells that are all written plainly, empty ones included; None if that says too little."""
    span = Span()
    columns: set[bytes] = set()
    for chunk in _by_cells(buffer, chunks):
        if chunk is None:
            return None
        rows, plain = _ROW.findall(chunk), chunk.count(b"<c ")
        if len(rows) != plain or ((b":c" in chunk or chunk.count(b"<c") != plain) and _ODD_CELL.search(chunk)):
            return None
        if rows:
            numbers = [int(row) for row in set(rows)]
            span.add_rows(min(numbers), max(numbers), len(rows))
            columns.update(_COLUMN.findall(chunk))
    for column in columns:
        span.add_column(_number(column.decode("ascii")))
    return None if problem(span) else span


def _by_cells(buffer: bytes, chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """Yield pieces that end before a cell begins; None when that does not come."""
    for chunk in chunks:
        buffer += chunk
        cut = buffer.rfind(b"<c")
        if cut <= 0:
            cut = buffer.rfind(b"<") if b"<c" not in buffer else 0
        if cut > 0:
            yield buffer[:cut]
            buffer = buffer[cut:]
        elif len(buffer) > LONGEST_TAG:
            yield None
            return
    yield buffer


def place_of(reference: str) -> tuple[int, int] | None:
    """Return row and column of a cell's reference: B3 is (3, 2)."""
    place = _REFERENCE.fullmatch(reference)
    return (int(place[2]), _number(place[1])) if place else None


def _number(letters: str) -> int:
    """Return the number of a column: A 1, XFD 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _parsed(chunks: Iterator[bytes]) -> Span:
    """Return the span by parsing the part: any way of writing it is understood."""
    reading = _Reading()
    parse(reading.parser, chunks)
    return reading.span


def parse(parser: expat.XMLParserType, chunks: Iterable[bytes]) -> None:
    """Parse a whole part. Raises ExpatError."""
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _Reading:
    """The state of `_parsed`: where the reader would put the next cell."""

    def __init__(self) -> None:
        self.span = Span()
        self.row, self.column = 0, 0
        self.in_cell = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(":", 1)[-1]
        if self.in_cell:  # an empty cell takes no place
            self.span.add(self.row, self.column)
            self.in_cell = False
        elif local == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif local == "c":
            self.column += 1
            if place := place_of(attributes.get("r", "")):
                self.row, self.column = place
            self.in_cell = True

    def end(self, name: str) -> None:
        if name.rsplit(":", 1)[-1] == "c":
            self.in_cell = False
