"""毕业证书照片: the picture in exactly the size of the window's rule, and what is measured of its background. In the worker only.

The frame is chosen by the person in the browser; without script it is the middle. No face is looked for.
"""

from __future__ import annotations

from io import BytesIO
from statistics import mean, pstdev

from PIL import Image, ImageStat

LARGEST = 40 * 1024
"""Bytes: the usual rule is 20-40 KB at quality 60 or better (domain.md §2.3)."""
QUALITIES = (95, 90, 85, 80, 75, 70, 65, 60)
ABOVE_MIDDLE = 0.35
"""A head stands higher than the middle: of what is cut off at top and bottom, this share at the top."""


def portrait(image: Image.Image, size: tuple[int, int]) -> tuple[Image.Image, bytes, dict[str, float]]:
    """(picture of exactly `size`, its JPEG, numbers): `cut` long edge in pixels of what was cut out of the original,
    `red` `green` `blue` of the background (both upper corners), `uneven` how much the background varies (0-255)."""
    cut = image.crop(frame(image.size, size)).convert("RGB")
    small = cut.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return small, encoded(small), {"cut": float(max(cut.size))} | background(small)


def frame(have: tuple[int, int], want: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box of the wanted shape: in the middle, a little towards the top."""
    width = min(have[0], have[1] * want[0] / want[1])
    height = width * want[1] / want[0]
    left, top = (have[0] - width) / 2, (have[1] - height) * ABOVE_MIDDLE
    return round(left), round(top), round(left + width), round(top + height)


def encoded(image: Image.Image) -> bytes:
    """The best quality that fits the rule."""
    made = b""
    for quality in QUALITIES:
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, dpi=(300, 300))
        made = out.getvalue()
        if len(made) <= LARGEST:
            break
    return made


def background(image: Image.Image) -> dict[str, float]:
    """Colour and evenness of the two upper corners, in patches of an eighth of the width."""
    side = max(4, image.width // 8)
    spots = [(x, y) for x in (0, image.width - side) for y in (0, side, 2 * side)]
    colours = [ImageStat.Stat(image.crop((x, y, x + side, y + side))).mean for x, y in spots]
    red, green, blue = (mean(colour[band] for colour in colours) for band in range(3))
    uneven = max(pstdev([colour[band] for colour in colours]) for band in range(3))
    return {"red": round(red, 1), "green": round(green, 1), "blue": round(blue, 1), "uneven": round(uneven, 1)}
