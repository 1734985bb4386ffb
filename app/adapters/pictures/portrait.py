"""毕业证书照片: crop to the size of the window's rule, measures of the background. Worker only.

The browser chooses the frame, without script the middle. Faces are not detected.
"""

from __future__ import annotations

from io import BytesIO
from statistics import mean, pstdev

from PIL import Image, ImageStat

LARGEST = 40 * 1024
"""Bytes: the usual rule is 20-40 KB at quality 60 or better (domain.md §2.3)."""
QUALITIES = (95, 90, 85, 80, 75, 70, 65, 60)
ABOVE_MIDDLE = 0.35
"""Share of the cut height that is cut at the top; heads are above the middle."""


def portrait(image: Image.Image, size: tuple[int, int]) -> tuple[Image.Image, bytes, dict[str, float]]:
    """Return (picture of exactly `size`, its JPEG, measures): `cut` long edge in pixels of the part used, `red` `green` `blue` of the
    background (upper corners), `uneven` its variation (0-255).
    """
    cut = image.crop(frame(image.size, size)).convert("RGB")
    small = cut.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return small, encoded(small), {"cut": float(max(cut.size))} | background(small)


def frame(have: tuple[int, int], want: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the largest box of that shape, a little above the middle."""
    width = min(have[0], have[1] * want[0] / want[1])
    height = width * want[1] / want[0]
    left, top = (have[0] - width) / 2, (have[1] - height) * ABOVE_MIDDLE
    return round(left), round(top), round(left + width), round(top + height)


def encoded(image: Image.Image) -> bytes:
    """Encode at the best quality within LARGEST."""
    made = b""
    for quality in QUALITIES:
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, dpi=(300, 300))
        made = out.getvalue()
        if len(made) <= LARGEST:
            break
    return made


def background(image: Image.Image) -> dict[str, float]:
    """Measure colour and evenness of the upper corners (an eighth of the width)."""
    side = max(4, image.width // 8)
    spots = [(x, y) for x in (0, image.width - side) for y in (0, side, 2 * side)]
    colours = [ImageStat.Stat(image.crop((x, y, x + side, y + side))).mean for x, y in spots]
    red, green, blue = (mean(colour[band] for colour in colours) for band in range(3))
    uneven = max(pstdev([colour[band] for colour in colours]) for band in range(3))
    return {"red": round(red, 1), "green": round(green, 1), "blue": round(blue, 1), "uneven": round(uneven, 1)}
