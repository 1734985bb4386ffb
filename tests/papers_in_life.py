"""Papers as people send them: patterned paper, shadows, glare, folds, steep perspective, dear light, messengers, screenshots, copies.

For the bench of legibility. Everything that `lifelike` gives is good enough to read; `hurt` spoils it. Same seed, same picture.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from tests.papers import Sample, again, diploma, font, form, moved, photographed, portrait, scanned, seal, words

Way = Callable[[Image.Image, int], Image.Image]
T = Image.Transpose
NAMES = "欧阳娜娜司马懿张伟王芳阿卜杜热合曼赵敏林晓雯次仁卓玛李志强陈静"


def report(seed: int) -> Image.Image:
    """认证报告: A4, little text in the middle, wide margins, a seal. 1240 x 1754, text 30 pixels high."""
    rng = random.Random(f"report{seed}")
    image = Image.new("RGB", (1240, 1754), (253, 253, 250))
    draw = ImageDraw.Draw(image)
    draw.text((300, 190), "中国高等教育学历认证报告", fill=(20, 20, 60), font=font(54, seed=seed))
    draw.text((820, 320), f"报告编号：{rng.randrange(10**7, 10**8)}", fill=(40, 40, 40), font=font(28, seed=seed))
    for row, count in enumerate((30, 32, 31, 18)):
        line = "".join(rng.choice(NAMES) for _ in range(3)) + words(rng, count - 3)
        draw.text((150, 520 + row * 64), line, fill=(25, 25, 25), font=font(30, seed=seed))
    seal(draw, 930, 1180)
    draw.text((800, 1290), f"二〇二{rng.choice('一二三四五')}年三月十日", fill=(25, 25, 25), font=font(30, seed=seed))
    return image


def web_page(seed: int, phone: bool = True) -> Image.Image:
    """学信网 on a screen: phone 1080 x 2340 with text 40 pixels high, or desktop 1920 x 1080 with 20."""
    rng = random.Random(f"web{seed}")
    size, height = ((1080, 2340), 40) if phone else ((1920, 1080), 20)
    image = Image.new("RGB", size, (245, 247, 250))
    draw = ImageDraw.Draw(image)
    left, right = (50, size[0] - 50) if phone else (380, 1540)
    draw.rectangle((0, 0, size[0], height * 3), fill=(20, 110, 190))
    draw.text((left, height), "学信档案  学历查询  " + words(rng, 4), fill="white", font=font(height, False, seed))
    draw.rectangle((left - 20, height * 4, right + 20, size[1] - height * 2), fill="white")
    portrait(draw, rng, right - height * 6, height * 5, height * 5)
    top = height * 5
    while top < size[1] - height * 4:
        draw.text((left, top), words(rng, 4), fill=(130, 130, 130), font=font(height, False, seed))
        value = words(rng, rng.randint(2, 11))
        draw.text((left + height * 6, top), value, fill=(40, 40, 40), font=font(height, False, seed))
        draw.line((left, top + height * 1.6, right, top + height * 1.6), fill=(230, 230, 230))
        top += round(height * 2.1)
    return image


def guilloche(paper: Image.Image, seed: int) -> Image.Image:
    """Fine coloured waves under the text, as diplomas have."""
    rng = random.Random(f"waves{seed}")
    waves = Image.new("RGB", paper.size, "white")
    draw = ImageDraw.Draw(waves)
    colour = rng.choice([(235, 205, 200), (205, 225, 235), (225, 220, 190)])
    for offset in range(-60, paper.height + 60, 14):
        points = [(x, offset + 26 * math.sin(x / 47 + offset / 31)) for x in range(0, paper.width + 12, 12)]
        draw.line(points, fill=colour, width=2)
    return ImageChops.multiply(paper, waves)


def shadowed(image: Image.Image, seed: int) -> Image.Image:
    """A hand and a phone between lamp and paper: soft, down to half of the light."""
    rng = random.Random(f"shadow{seed}")
    mask = Image.new("L", (160, 160), 255)
    corner = rng.choice([(0, 0), (160, 0), (0, 160), (160, 160)])
    points = [corner, *((rng.randint(20, 140), rng.randint(20, 140)) for _ in range(3))]
    ImageDraw.Draw(mask).polygon(points, fill=130)
    mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(3, 9))).resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, Image.merge("RGB", [mask] * 3))


def glaring(image: Image.Image, seed: int) -> Image.Image:
    """A lamp mirrored in plastic film, over a tenth of the picture."""
    rng = random.Random(f"glare{seed}")
    spot = Image.new("L", image.size)
    x, y, r = rng.uniform(0.2, 0.8) * image.width, rng.uniform(0.2, 0.8) * image.height, min(image.size) * 0.14
    ImageDraw.Draw(spot).ellipse((x - r, y - r, x + r, y + r), fill=210)
    spot = spot.filter(ImageFilter.GaussianBlur(r / 3))
    return ImageChops.screen(image, Image.merge("RGB", [spot] * 3))


def folded(image: Image.Image, seed: int) -> Image.Image:
    """Two folds: a bright and a dark side of each."""
    draw = ImageDraw.Draw(marks := Image.new("L", image.size, 255))
    wide = max(4, image.width // 300)
    for share in (0.36, 0.64):
        draw.line((0, share * image.height, image.width, (share + 0.01) * image.height), fill=165, width=wide)
        draw.line((share * image.width, 0, (share - 0.01) * image.width, image.height), fill=180, width=wide)
    return ImageChops.multiply(image, Image.merge("RGB", [marks.filter(ImageFilter.GaussianBlur(wide / 2))] * 3))


def steep(image: Image.Image, seed: int) -> Image.Image:
    """From the side: the far edge an eighth shorter."""
    w, h, cut = image.width, image.height, image.width / 16
    quad = (-cut, 0, 0, h, w, h, w + cut, 0) if seed % 2 else (0, 0, -cut, h, w + cut, h, w, 0)
    return image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=(90, 80, 70))


def on_wood(image: Image.Image, seed: int) -> Image.Image:
    """Three quarters of the frame, on a grained table."""
    size = (round(image.width * 1.3), round(image.height * 1.3))
    grain = Image.effect_noise((size[0] // 40, size[1]), 60).resize(size, Image.Resampling.BICUBIC)
    table = ImageOps.colorize(grain, (70, 45, 25), (150, 110, 70))
    table.paste(image, (round(image.width * 0.15), round(image.height * 0.12)))
    return table


def lamp_light(image: Image.Image, seed: int) -> Image.Image:
    """Evening: yellow, and a noisy sensor."""
    red, green, blue = image.split()
    warm = Image.merge("RGB", (red, green.point(lambda v: v * 0.86), blue.point(lambda v: v * 0.6)))
    noise = Image.effect_noise(image.size, 22).convert("RGB")
    return ImageChops.add(ImageEnhance.Brightness(warm).enhance(0.8), noise, scale=1, offset=-128)


def by_messenger(image: Image.Image, seed: int) -> Image.Image:
    """A chat's picture: long edge 1440, quality 50, twice."""
    image = image.copy()
    image.thumbnail((1440, 1440))
    return again(again(image, 55), 50)


def copied(image: Image.Image, seed: int) -> Image.Image:
    """A pale photocopy."""
    return ImageEnhance.Contrast(image.convert("L")).enhance(0.55).convert("RGB")


def black_and_white(image: Image.Image, seed: int) -> Image.Image:
    """A scanner set to black and white."""
    return image.convert("L").point(lambda v: 255 if v > 150 else 0).convert("RGB")


PHOTOS: dict[str, Way] = {
    "plain": lambda image, seed: image,
    "shadow": shadowed,
    "glare": glaring,
    "folds": folded,
    "perspective": steep,
    "on wood": on_wood,
    "lamp": lamp_light,
    "messenger": by_messenger,
    "copy": copied,
    "JPEG 25": lambda image, seed: again(image, 25),
}


def lifelike(seed: int) -> Iterator[tuple[str, Image.Image, float]]:
    """(what it is, a good picture, height of its text in pixels)."""
    for paper, text in ((guilloche(diploma(seed), seed), 37), (form(seed), 27), (report(seed), 30)):
        for edge in (2800, 1700):
            shot = photographed(paper, seed, edge)
            for way, change in PHOTOS.items():
                yield way, change(shot, seed), text * edge / max(paper.size)
        yield "scan, black and white", black_and_white(scanned(paper, seed, 2000), seed), text * 2000 / max(paper.size)
    yield "phone's screenshot", web_page(seed), 40
    yield "desktop's screenshot", web_page(seed, phone=False), 20
    yield "screen photographed", photographed(web_page(seed, phone=False), seed, 2600), 20 * 2600 / 1920


def hurt(way: str, image: Image.Image, text: float) -> Iterator[Sample]:
    """The good picture, and each fault at a strength where a reader says no; the four directions too."""
    yield Sample(f"{way}|good", image, "")
    yield Sample(f"{way}|quarter", image.transpose(T.ROTATE_90), "quarter")
    yield Sample(f"{way}|upside down", image.transpose(T.ROTATE_180), "upside_down")
    yield Sample(f"{way}|three quarters", image.transpose(T.ROTATE_270), "three_quarters")
    yield Sample(f"{way}|blurred", image.filter(ImageFilter.GaussianBlur(text * 0.18)), "blurred")
    yield Sample(f"{way}|shaken", moved(image, round(text * 0.8)), "blurred")
    yield Sample(f"{way}|dark", ImageEnhance.Brightness(image).enhance(0.2), "dark")
    small = (max(1, round(image.width * 7.5 / text)), max(1, round(image.height * 7.5 / text)))
    yield Sample(f"{way}|tiny", image.resize(small, Image.Resampling.LANCZOS), "tiny")
