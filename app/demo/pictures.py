"""Pictures resembling papers: frame, lines, seal, the word SAMPLE."""

from __future__ import annotations

import hashlib
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from app.adapters.pictures.pool import Picture

PAPER = {"diploma_photo": (255, 250, 238), "record_photo": (250, 252, 255), "report_photo": (252, 250, 246)}
SIZE = {"diploma_photo": (840, 600), "record_photo": (600, 840), "report_photo": (600, 840)}


def paper(slot: str, number: str, take: int = 1) -> Picture:
    """Draw a slot's picture with `number`, a JPEG of about 20 KB; each number and `take` differs."""
    rng = Random(f"{slot}{number}{take}")  # noqa: S311  a drawing, not a secret
    width, height = SIZE[slot]
    image = Image.new("RGB", (width, height), PAPER[slot])
    draw = ImageDraw.Draw(image)
    for inset, colour in ((14, (170, 140, 80)), (20, (200, 175, 120))):
        draw.rectangle((inset, inset, width - inset, height - inset), outline=colour, width=2)
    draw.rectangle((width * 0.3, 60, width * 0.7, 92), fill=(120, 40, 40))
    _photo(draw, 60, 130)
    for row in range(rng.randint(7, 10)):
        top = 140 + row * 40
        for start, end in _words(rng, 210, width - 60):
            draw.rectangle((start, top, end, top + 12), fill=(90, 90, 95))
    _seal(draw, width - 150, height - 150)
    draw.text((60, height - 70), f"No. {number}", fill=(60, 60, 60), font=_font(24))
    draw.text((width // 2 - 90, height // 2), "SAMPLE", fill=(225, 205, 195), font=_font(56))
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    data = out.getvalue()
    return Picture(data, "image/jpeg", width, height, hashlib.sha256(data).hexdigest())


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _photo(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    draw.rectangle((left, top, left + 120, top + 160), fill=(120, 180, 225))
    draw.ellipse((left + 35, top + 30, left + 85, top + 90), fill=(235, 205, 180))
    draw.pieslice((left + 10, top + 95, left + 110, top + 225), 180, 360, fill=(50, 60, 80))


def _words(rng: Random, left: int, right: int) -> list[tuple[int, int]]:
    found, at = [], left
    while at < right - 40:
        end = min(right, at + rng.randint(30, 110))
        found.append((at, end))
        at = end + 10
    return found[: rng.randint(2, len(found))]


def _seal(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    red = (200, 60, 60)
    draw.ellipse((x - 60, y - 60, x + 60, y + 60), outline=red, width=5)
    points = [(x, y - 26), (x + 8, y - 8), (x + 26, y - 8), (x + 12, y + 4), (x + 17, y + 23), (x, y + 12)]
    points += [(x - 17, y + 23), (x - 12, y + 4), (x - 26, y - 8), (x - 8, y - 8)]
    draw.polygon(points, fill=red)
