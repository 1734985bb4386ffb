"""What a decoded picture shows: can its text be read, which codes are on it, and what it can be recognised by.

Runs in the picture worker only. Everything is counted by Pillow in C; Python sees tiles and profiles. The measures are
explained in docs/legibility.md; what they mean in words stands in app.rules.evidence.legibility.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from PIL import Image, ImageChops, ImageFilter

from app.adapters.pictures.upright import uprightness

TILE = 64
"""Pixels: a square in which there is a piece of text and paper around it."""
TEXT_CONTRAST = 30
"""Grey levels between ink and paper below which a tile is no text."""
ON_PAPER = 0.6
"""Share of the paper's brightness below which a tile shows the table it lies on, whose grain is no blurred text."""
INK_STEP = 12
"""Grey levels below its surroundings that make a pixel ink."""
FEWEST_TILES, FEWEST_LINES, FEWEST_STRIPS, FEWEST_HEIGHTS = 4, 3, 3, 12
"""With less than this nothing is said."""
THINNEST = 4
"""Pixels: a lower row of ink is a ruled line or noise."""
STRIPS = 16
CODE_SIDE = 2400
"""Pixels: codes are looked for in a picture of at most this long edge first."""
MOST_CODES = 8
LONGEST_CODE = 500
CODES = ("QRCode", "Code128", "Code39", "Code93")
"""The kinds that papers carry. All kinds that zxing knows take seven times as long, and find codes in noise."""
FINGER = 32
"""The fingerprint has FINGER x FINGER bits."""
FINGER_STEP = 5
"""Grey levels between neighbours that make a bit: paper has none, so that noise sets no bit."""


def measure(image: Image.Image) -> dict[str, float]:
    """Numbers of the stored picture (pixels and grey levels of it): `light` paper brightness 0-255, `edge` width of an edge
    in pixels (0: no text found), `text` height of a line of text in pixels (0: unknown), `turned` how much stronger
    columns are than lines (over 1: sideways; 0: unknown), `upright` and `across` how sure the characters stand upright as
    the picture is, and after a quarter turn to the left (upright; negative: the other way up; near 0: neither)."""
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
    """The grey level below or at which `share` of the pixels lie."""
    wanted, seen = share * sum(histogram), 0
    for level, count in enumerate(histogram):
        seen += count
        if seen >= wanted:
            return level
    return 255


def edge_width(grey: Image.Image) -> float:
    """How many pixels an edge of the text takes from paper to ink: contrast of a tile divided by its steepest step, the
    median of all tiles with text; across or down, whichever is worse (a shaken camera blurs one way). About 2.5 times
    the radius of a Gaussian blur; 0 where there is no text."""
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
    """The difference of each pixel to the one `x` to the left and `y` above."""
    moved = Image.new("L", grey.size)
    moved.paste(grey, (x, y))
    different = ImageChops.difference(grey, moved)
    different.paste(0, (0, 0, x or grey.width, y or grey.height))
    return different


def ink_of(grey: Image.Image) -> Image.Image:
    """255 where a pixel is clearly darker than its surroundings, so that shadows and coloured paper do not count."""
    around = grey.filter(ImageFilter.BoxBlur(max(8, max(grey.size) // 60)))
    marked = ImageChops.subtract(around, grey).point(lambda level: 255 if level >= INK_STEP else 0)
    # of black and white the mean says what a median of 3 x 3 says, in a tenth of the time: five of nine pixels
    return marked.filter(ImageFilter.BoxBlur(1)).point(lambda level: 255 if level >= 128 else 0)


def lines_of(ink: Image.Image) -> tuple[float, float, float]:
    """In upright strips: height of a line of text in pixels (0: unknown), share of the rows that are gaps between lines
    (0-1), and how strongly ink and paper alternate downwards. Lines of text have wide gaps, columns of characters narrow ones."""
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
    """Heights of the rows with ink, and of the gaps between them, from top to bottom of one strip."""
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
    """The height that most rows of text belong to: the median with each line counted by its height."""
    if len(heights) < FEWEST_HEIGHTS:
        return 0.0
    total, seen = sum(heights), 0
    for height in sorted(heights):
        seen += height
        if 2 * seen >= total:
            return float(height)
    return 0.0


def codes_of(image: Image.Image) -> list[str]:
    """What the QR codes and barcodes in the picture say, without repeats, printable and at most LONGEST_CODE characters each."""
    import zxingcpp

    grey = image.convert("L")
    if max(grey.size) > CODE_SIDE:
        grey.thumbnail((CODE_SIDE, CODE_SIDE), reducing_gap=2.0)
    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[name] for name in CODES])
    found = dict.fromkeys(each.text for each in zxingcpp.read_barcodes(grey, formats=kinds) if each.text)
    return ["".join(c for c in text if c.isprintable())[:LONGEST_CODE] for text in list(found)[:MOST_CODES]]


def fingerprint(image: Image.Image) -> str:
    """FINGER x FINGER bits as hex: is a cell of the picture clearly darker than its right neighbour?

    A difference hash at a size at which the lines of a form differ, with a step that paper does not reach; saving again,
    another quality or another size change few bits.
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
