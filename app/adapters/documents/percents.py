"""Which cells of a workbook are shown as percentages: 85 % is stored as 0.85, and the reader of cells tells only that.

Sources: ECMA-376 part 1, 18.8.30 (number formats), 18.8.10 (formats of cells), 18.3.1.4 (cells).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from app.adapters.documents.rows import BadTable
from app.adapters.documents.sparse import DAMAGED, place_of, unpacked

BUILT_IN = (9, 10)
"""Numbers of the formats 0% and 0.00%, which no file writes out."""

Places = set[tuple[int, int]]
"""Rows and columns, from 1."""

_LITERAL = re.compile(r'"[^"]*"?|\\.|[_*].|\[[^\]]*\]', re.DOTALL)
_LONGEST = 64  # bytes in which a cell's format is written
_NO_NUMBER = ("s", "str", "inlineStr", "b", "e", "d")  # types of cells


def is_percent(code: str) -> bool:
    """Whether a number format shows a hundred times the number: has a % that is no literal character."""
    return "%" in _LITERAL.sub("", code)


def percent_cells(path: Path) -> dict[int, Places]:
    """Return sheet -> its numbers shown as percentages, sheets in the workbook's order from 0. `path`: an .xlsx that was checked."""
    try:
        parts = parts_of(path)
        formats = _percent_formats(_elements(path, parts, "xl/styles.xml", ("numFmt", "cellXfs", "xf")))
        if not formats:
            return {}
        found = {
            at: _places(_elements(path, parts, name, ("row", "c", "v")), formats)
            for at, name in enumerate(sheet_parts(path, parts))
            if name in parts and _named(path, parts[name], formats)
        }
    except (KeyError, ValueError, expat.ExpatError):
        raise BadTable(DAMAGED) from None
    return {at: places for at, places in found.items() if places}


def parts_of(path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the parts of a workbook by name, as the reader of cells looks for them: any case, either slash."""
    with zipfile.ZipFile(path) as archive:
        return {entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()}


Element = tuple[str, Mapping[str, str]]


def _elements(
    path: Path, parts: Mapping[str, zipfile.ZipInfo], name: str, wanted: tuple[str, ...]
) -> Iterator[Element]:
    """Yield the elements of a part with these names, without prefix, and their attributes; none of a part that is not there."""
    if name not in parts:
        return
    found: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(":", 1)[-1]
        if local in wanted:
            found.append((local, attributes))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with path.open("rb") as file:
        for chunk in unpacked(file, parts[name]):
            parser.Parse(chunk, False)
            yield from found
            found.clear()
    parser.Parse(b"", True)
    yield from found


def _percent_formats(elements: Iterable[Element]) -> set[str]:
    """Return the formats of cells, as a cell names them, that are percentages."""
    codes = {str(number): "%" for number in BUILT_IN}
    formats: set[str] = set()
    count = -1  # those of styles come first, and no cell names them
    for name, attributes in elements:
        if name == "numFmt" and count < 0:
            codes[attributes["numFmtId"]] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            count = 0
        elif name == "xf" and count >= 0:
            if is_percent(codes.get(attributes.get("numFmtId", ""), "")):
                formats.add(str(count))
            count += 1
    return formats


def sheet_parts(path: Path, parts: Mapping[str, zipfile.ZipInfo]) -> list[str]:
    """Return the part of each sheet, in the workbook's order."""
    relations = _elements(path, parts, "xl/_rels/workbook.xml.rels", ("Relationship",))
    targets = {attributes["Id"]: attributes["Target"] for _, attributes in relations}
    found = []
    for _, attributes in _elements(path, parts, "xl/workbook.xml", ("sheet",)):
        (ident,) = (value for name, value in attributes.items() if name.endswith(":id"))
        target = targets[ident].replace("\\", "/").lower().removeprefix("/")
        found.append(target if target.startswith("xl/") else f"xl/{target}")
    return found


def _named(path: Path, part: zipfile.ZipInfo, formats: Iterable[str]) -> bool:
    """Whether a part may have cells of these formats: far quicker to say than where. UTF-16 is not looked into."""
    either = "|".join(formats).encode("ascii")
    named = re.compile(rb"\ss\s*=\s*[\"'](?:" + either + rb")[\"']|\0")
    end = b""
    with path.open("rb") as file:
        for chunk in unpacked(file, part):
            if named.search(end + chunk[:_LONGEST]) or named.search(chunk):
                return True
            end = chunk[-_LONGEST:]
    return False


def _places(elements: Iterable[Element], formats: set[str]) -> Places:
    """Return where numbers of these formats stand. Where a cell does not say its place it is beside the one before."""
    places: Places = set()
    row = column = 0
    cell: tuple[int, int] | None = None
    for name, attributes in elements:
        if name == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif name == "c":
            at = place_of(attributes.get("r", "")) or (row, column + 1)
            column = at[1]
            cell = at if attributes.get("s") in formats and attributes.get("t") not in _NO_NUMBER else None
        elif cell:
            places.add(cell)
    return places
