"""What the reader of cells does not tell: it gives an error value (#N/A), and a formula whose result the file does not hold, as an
empty cell, and a hidden row as any other.

Sources: ECMA-376 part 1, 18.3.1.4 (cells), 18.3.1.73 (rows), 18.18.11 (types of cells).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from app.adapters.documents.cells import NO_RESULT
from app.adapters.documents.percents import Places, parts_of, percent_cells, sheet_parts
from app.adapters.documents.rows import BadTable
from app.adapters.documents.sparse import DAMAGED, parse, place_of, unpacked

_LONGEST = 512  # bytes in which a cell's type, or the end of a formula and its value, is written
_SIGN = re.compile(
    rb"\st\s*=\s*[\"']e[\"']|\shidden\s*=\s*[\"'](?:1|true)[\"']|\0"
    rb"|(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*<(?:/|(?:\w+:)?v\s*(?:/>|>\s*</))"
)
"""What a sheet with such a cell or row holds: far quicker to look for than where. UTF-16 is not looked into."""
_HINTS = (b'"e"', b"'e'", b"hidden", b"f>", b"<f", b":f", b"\0")  # one of them is in each match, and quicker still


@dataclass(slots=True)
class Untold:
    """Of one sheet, rows and columns from 1: numbers shown as percentages, hollow cells -> what they show, hidden rows."""

    percents: Places = field(default_factory=set)
    hollow: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


def untold_of(path: Path) -> dict[int, Untold]:
    """Return sheet -> what the reader does not tell of it, in the workbook's order from 0. `path`: an .xlsx that was checked."""
    percents = percent_cells(path)
    found: dict[int, Untold] = {}
    try:
        parts = parts_of(path)
        for at, name in enumerate(sheet_parts(path, parts)):
            if name in parts and _has_sign(_pieces(path, parts[name])):
                found[at] = _parsed(_pieces(path, parts[name]))
    except (KeyError, ValueError, expat.ExpatError):
        raise BadTable(DAMAGED) from None
    for at, places in percents.items():
        found.setdefault(at, Untold()).percents = places
    return found


def _pieces(path: Path, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from unpacked(file, part)


def _has_sign(pieces: Iterator[bytes]) -> bool:
    end = b""
    for piece in pieces:
        piece = end + piece
        if any(hint in piece for hint in _HINTS) and _SIGN.search(piece):
            return True
        end = piece[-_LONGEST:]
    return False


def _parsed(pieces: Iterator[bytes]) -> Untold:
    reading = _Reading()
    parse(reading.parser, pieces)
    return reading.found


class _Reading:
    """The state of `_parsed`: which cell is open and what it held so far."""

    def __init__(self) -> None:
        self.found = Untold()
        self.row = self.column = 0
        self.kind = ""
        self.formula = self.valued = self.in_value = False
        self.text = ""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(":", 1)[-1]
        if local == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            if attributes.get("hidden") in ("1", "true"):
                self.found.hidden.add(self.row)
        elif local == "c":
            self.row, self.column = place_of(attributes.get("r", "")) or (self.row, self.column + 1)
            self.kind, self.text = attributes.get("t", ""), ""
            self.formula = self.valued = False
        elif local == "f":
            self.formula = True
        elif local in ("v", "t"):
            self.valued = self.in_value = True

    def end(self, name: str) -> None:
        local = name.rsplit(":", 1)[-1]
        if local in ("v", "t"):
            self.in_value = False
        elif local == "c" and self.kind == "e":
            self.found.hollow[self.row, self.column] = self.text or "#N/A"
        elif local == "c" and self.formula and not self.text and not (self.kind == "str" and self.valued):
            self.found.hollow[self.row, self.column] = NO_RESULT  # "" as a result is a text that is there

    def characters(self, text: str) -> None:
        if self.in_value:
            self.text += text
