"""Orientation of Chinese text by comparison with 498 common characters, upright and upside down. Picture worker only.

Single characters are often mistaken, the sums over a hundred differ clearly. Other shapes (frames, photos, tables) fit both ways
equally badly. The table is made by tests/adapters/pictures/make_han_glyphs.py.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from statistics import mean, pstdev

from PIL import Image

SIDE = 16
"""Characters are compared as SIDE x SIDE bits, filled to the edges."""
INKED = 110
"""Share of ink (of 255) above which a bit is set."""
MOST, FEWEST = 160, 10
"""Characters examined, and the fewest for a result."""
BITS = range(25, 180)
"""Bits of a character; others are specks, strokes, blots."""
STRIP = 7
"""Strip width in text heights, for sloping lines."""
TABLE = Path(__file__).with_name("han_glyphs.bin")


def uprightness(ink: Image.Image, height: float) -> float:
    """Return how certainly the text of `ink` (255: ink; lines about `height` pixels high) is upright, in standard errors; negative
    when upside down, 0.0 with too few characters or sideways.
    """
    if height <= 0:
        return 0.0
    glyphs = [bits for glyph in characters(ink, height) if (bits := glyph_bits(glyph)).bit_count() in BITS]
    if len(glyphs) < FEWEST:
        return 0.0
    upright, turned = table()
    better = [
        min((bits ^ t).bit_count() for t in turned) - min((bits ^ t).bit_count() for t in upright) for bits in glyphs
    ]
    return round(mean(better) / (pstdev(better) or 1.0) * math.sqrt(len(better)), 1)


@cache
def table() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the known characters upright and upside down."""
    data, size = TABLE.read_bytes(), SIDE * SIDE // 8
    known = tuple(int.from_bytes(data[at : at + size], "big") for at in range(0, len(data), size))
    return known, tuple(int(f"{bits:0{SIDE * SIDE}b}"[::-1], 2) for bits in known)


def glyph_bits(glyph: Image.Image) -> int:
    """Return one character (ink 255) as bits by row; 0 without ink."""
    box = glyph.getbbox()
    if box is None:
        return 0
    cells = glyph.crop(box).resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
    bits = 0
    for level in cells:
        bits = bits << 1 | (level > INKED)
    return bits


def characters(ink: Image.Image, height: float) -> list[Image.Image]:
    """Return up to MOST pieces of lines about as wide as high, from the whole picture."""
    found: list[Image.Image] = []
    width = max(round(STRIP * height), 40)
    for left in range(0, ink.width - width // 2, width):
        strip = ink.crop((left, 0, min(left + width, ink.width), ink.height))
        rows = strip.resize((1, strip.height), Image.Resampling.BOX).tobytes()
        limit = max(8, sorted(rows)[int(len(rows) * 0.9)] // 6)
        for top, bottom in spans(rows, limit):
            if 0.65 * height <= bottom - top <= 1.5 * height:
                found += in_line(strip.crop((0, top, strip.width, bottom)))
    return found[:: -(-len(found) // MOST) or 1]


def in_line(line: Image.Image) -> list[Image.Image]:
    """Return a line's characters: pieces merged up to a character's width, without cut ones at the ends."""
    high = line.height
    pieces = spans(line.resize((line.width, 1), Image.Resampling.BOX).tobytes(), 8)
    found, at = [], 0
    while at < len(pieces):
        start, end = pieces[at]
        at += 1
        while at < len(pieces) and pieces[at][1] - start <= 1.12 * high:
            end = pieces[at][1]
            at += 1
        if 0.7 * high <= end - start <= 1.2 * high and start > 0 and end < line.width:
            found.append(line.crop((start, 0, end, high)))
    return found


def spans(profile: bytes, limit: int) -> list[tuple[int, int]]:
    """Return [start, end) of each stretch at or over the limit."""
    found, start = [], -1
    for place, level in enumerate(profile):
        if level >= limit and start < 0:
            start = place
        elif level < limit and start >= 0:
            found.append((start, place))
            start = -1
    return [*found, (start, len(profile))] if start >= 0 else found
