"""Which way up a text stands: its characters against 498 common ones, upright and upside down. Runs in the picture worker only.

A single character often fits a wrong one better; over a hundred of them the two sums lie far apart. What is no Chinese text
(frames, photos, tables) fits both ways equally badly and says nothing. How the table was made: tests/adapters/pictures/make_han_glyphs.py.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from statistics import mean, pstdev

from PIL import Image

SIDE = 16
"""A character is compared as SIDE x SIDE bits, filled to its edges."""
INKED = 110
"""Share of ink (of 255) from which a bit is set."""
MOST, FEWEST = 160, 10
"""Characters looked at, and with how few nothing is said."""
BITS = range(25, 180)
"""Fewer or more ink than any character has: a speck, a stroke, a blot."""
STRIP = 7
"""Heights of the text: so narrow that a sloping line stays level in a strip."""
TABLE = Path(__file__).with_name("han_glyphs.bin")


def uprightness(ink: Image.Image, height: float) -> float:
    """How sure it is that the text of `ink` (255 where there is ink, lines about `height` pixels high) stands upright:
    in standard errors, negative for upside down, 0.0 when there are too few characters or they lie on their side."""
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
    """The known characters upright, and upside down."""
    data, size = TABLE.read_bytes(), SIDE * SIDE // 8
    known = tuple(int.from_bytes(data[at : at + size], "big") for at in range(0, len(data), size))
    return known, tuple(int(f"{bits:0{SIDE * SIDE}b}"[::-1], 2) for bits in known)


def glyph_bits(glyph: Image.Image) -> int:
    """A picture of one character (ink 255) as bits, row by row; 0 without any ink."""
    box = glyph.getbbox()
    if box is None:
        return 0
    cells = glyph.crop(box).resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
    bits = 0
    for level in cells:
        bits = bits << 1 | (level > INKED)
    return bits


def characters(ink: Image.Image, height: float) -> list[Image.Image]:
    """At most MOST pieces of the lines that are about as wide as high, from all over the picture."""
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
    """Neighbouring pieces are put together as long as they are not wider than a character; cut ones at the ends left out."""
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
    """Where a profile is at or over the limit: [start, end) of each stretch."""
    found, start = [], -1
    for place, level in enumerate(profile):
        if level >= limit and start < 0:
            start = place
        elif level < limit and start >= 0:
            found.append((start, place))
            start = -1
    return [*found, (start, len(profile))] if start >= 0 else found
