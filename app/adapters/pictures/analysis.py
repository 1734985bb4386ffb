"""Measures of a decoded picture: legibility, codes, fingerprint.

Picture worker only. Pillow counts in C, Python handles tiles and profiles. Measures: docs/legibility.md; their wording:
app.rules.evidence.legibility.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from PIL import Image, ImageChops, ImageFilter

from app.adapters.pictures.upright import uprightness

TILE = 64
"""Side in pixels of a square with text and paper."""
TEXT_CONTRAST = 30
"""Grey levels between ink and paper; a tile with less is no text."""
ON_PAPER = 0.6
"""Share of the paper's brightness; a darker tile shows what the paper lies on, whose grain is no blurred text."""
INK_STEP = 12
"""Grey levels below the surroundings for ink."""
FEWEST_TILES, FEWEST_LINES, FEWEST_STRIPS, FEWEST_HEIGHTS = 4, 3, 3, 12
"""With fewer, nothing is measured."""
THINNEST = 4
"""Pixels; a lower row of ink is a ruled line or noise."""
STRIPS = 16
CODE_SIDE = 2400
"""Long edge in pixels of the picture searched for codes."""
MOST_CODES = 8
LONGEST_CODE = 500
CODES = ("QRCode", "Code128", "Code39", "Code93")
"""All formats of zxing take seven times as long and find codes in noise."""
FINGER = 32
FINGER_STEP = 5
"""Grey levels between neighbours that set a bit, more than paper noise."""


def measure(image: Image.Image) -> dict[str, float]:
    """Return measures of the stored picture: `light` paper brightness 0-255, `edge` width of an edge in pixels (0: no text),
    `text` height of a line in pixels (0: unknown), `turned` strength of columns over lines (over 1: sideways; 0: unknown),
    `upright` and `across` certainty of upright characters as the picture is, and after a quarter turn to the left (negative:
    upside down; near 0: neither).
    """
    grey = image.convert("L")
    found = {"light": float(percentile(grey.histogram(), 0.9))}
    found["edge"] = round(edge_width(grey), 2)
    ink = ink_of(grey)
    found["text"], gaps, changes = lines_of(ink)
    left = ink.transpose(Image.Transpose.ROTATE_90)
    height_across, gaps_across, changes_across = lines_of(left)
    found["turned"] = round(gaps_across / gaps * changes_across / changes, 2) if gaps and changes else 0.0
    found["upright"], found["across"] = uprightness(ink, found["text"]), uprightness(left, height_across)
    return found


def percentile(histogram: list[int], share: float) -> int:
    """Return the grey level at or below which `share` of the pixels lie."""
    wanted, seen = share * sum(histogram), 0
    for level, count in enumerate(histogram):
        seen += count
        if seen >= wanted:
            return level
    return 255


def edge_width(grey: Image.Image) -> float:
    """Return the pixels an edge takes from paper to ink: a tile's contrast by its steepest step, median of text tiles, across or down,
    whichever is worse (camera shake blurs one direction). About 2.5 times the radius of a Gaussian blur; 0 without text.
    """
    calm = grey.filter(ImageFilter.BoxBlur(0.6))
    across, down = step(calm, 1, 0), step(calm, 0, 1)
    widths: list[tuple[float, float]] = []
    paper = ON_PAPER * percentile(calm.histogram(), 0.9)
    for top in range(0, grey.height - TILE // 2, TILE):
        for left in range(0, grey.width - TILE // 2, TILE):
            box = (left, top, min(left + TILE, grey.width), min(top + TILE, grey.height))
            levels = calm.crop(box).histogram()
            contrast = percentile(levels, 0.99) - percentile(levels, 0.01)
            if contrast < TEXT_CONTRAST or percentile(levels, 0.9) < paper:
                continue
            steepest = [max(1, percentile(each.crop(box).histogram(), 0.995)) for each in (across, down)]
            widths.append((contrast / steepest[0], contrast / steepest[1]))
    if len(widths) < FEWEST_TILES:
        return 0.0
    return max(median(width[0] for width in widths), median(width[1] for width in widths))


def step(grey: Image.Image, x: int, y: int) -> Image.Image:
    """Return each pixel's difference to the one `x` to the left and `y` above."""
    moved = Image.new("L", grey.size)
    moved.paste(grey, (x, y))
    different = ImageChops.difference(grey, moved)
    different.paste(0, (0, 0, x or grey.width, y or grey.height))
    return different


def ink_of(grey: Image.Image) -> Image.Image:
    """Return 255 where a pixel is darker than its surroundings, which ignores shadows and coloured paper."""
    around = grey.filter(ImageFilter.BoxBlur(max(8, max(grey.size) // 60)))
    marked = ImageChops.subtract(around, grey).point(lambda level: 255 if level >= INK_STEP else 0)
    # equals a 3 x 3 median (five of nine pixels) in a tenth of the time
    return marked.filter(ImageFilter.BoxBlur(1)).point(lambda level: 255 if level >= 128 else 0)


def lines_of(ink: Image.Image) -> tuple[float, float, float]:
    """Return, from upright strips: line height in pixels (0: unknown), share of rows that are gaps (0-1), and strength of alternation
    of ink and paper downwards. Lines of text have wide gaps, columns of characters narrow ones.
    """
    strips = ink.resize((STRIPS, ink.height), Image.Resampling.BOX).tobytes()
    tallest = ink.height // 12
    heights: list[int] = []
    shares, changes = [], []
    for strip in range(1, STRIPS - 1):
        profile = strips[strip::STRIPS]
        lines, gaps = runs(profile)
        lines, gaps = [each for each in lines if each <= tallest], [each for each in gaps if each <= tallest]
        heights += lines
        if len(lines) >= FEWEST_LINES:
            shares.append(sum(gaps) / (sum(gaps) + sum(lines)))
            steps = sum(abs(a - b) for a, b in pairwise(profile))
            changes.append(steps / sum(profile))
    if len(shares) < FEWEST_STRIPS:
        return by_length(heights), 0.0, 0.0
    return by_length(heights), median(shares), median(changes)


def runs(profile: bytes) -> tuple[list[int], list[int]]:
    """Return the heights of inked rows and of gaps between them."""
    high = sorted(profile)[int(len(profile) * 0.9)]
    limit = max(8, high // 5)
    found: tuple[list[int], list[int]] = ([], [])
    before, length = profile[0] >= limit, 0
    for level in profile:
        inked = level >= limit
        if inked != before:
            found[0 if before else 1].append(length)
            before, length = inked, 0
        length += 1
    lines, gaps = found
    return [each for each in lines if each >= THINNEST], gaps[1:]


def by_length(heights: list[int]) -> float:
    """Return the median height, each line weighted by its height."""
    if len(heights) < FEWEST_HEIGHTS:
        return 0.0
    total, seen = sum(heights), 0
    for height in sorted(heights):
        seen += height
        if 2 * seen >= total:
            return float(height)
    return 0.0


def codes_of(image: Image.Image) -> list[str]:
    """Return the distinct texts of QR codes and barcodes, printable, at most LONGEST_CODE characters each."""
    import zxingcpp

    grey = image.convert("L")
    if max(grey.size) > CODE_SIDE:
        grey.thumbnail((CODE_SIDE, CODE_SIDE), reducing_gap=2.0)
    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[name] for name in CODES])
    found = dict.fromkeys(each.text for each in zxingcpp.read_barcodes(grey, formats=kinds) if each.text)
    return ["".join(c for c in text if c.isprintable())[:LONGEST_CODE] for text in list(found)[:MOST_CODES]]


def fingerprint(image: Image.Image) -> str:
    """Return FINGER x FINGER bits as hex: whether a cell is clearly darker than its right neighbour.

    A difference hash that distinguishes lines of forms; another quality or size changes few bits.
    """
    cells = image.convert("L").resize((FINGER + 1, FINGER), Image.Resampling.BOX).tobytes()
    low, high = min(cells), max(cells)
    level = FINGER_STEP * max(1, high - low) / 255
    bits = 0
    for row in range(FINGER):
        for column in range(FINGER):
            at = row * (FINGER + 1) + column
            bits = bits << 1 | (cells[at + 1] - cells[at] > level)
    return f"{bits:0{FINGER * FINGER // 4}x}"
