"""Papers that look like the real ones to a measure, photographed and spoilt on purpose: for the bench and the tests of legibility.

Everything on them is invented. Same seed, same picture.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import segno
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

WORDS = "学生性别年月日出生于起至在本校专业修完三年制科教学计划规定的全部课程成绩合格准予毕业证书编号校长名称入学方式层次类别形式注册备案在线验证码更新日期报告认证结论"
ELSEWHERE = (
    "ukai.ttc",
    "uming.ttc",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "simsun.ttc",
    "simkai.ttf",
    "msyh.ttc",
    "PingFang.ttc",
)
PACKAGED = (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
families: list[tuple[str, str]] = [(str(PACKAGED[0]), str(PACKAGED[1]))]
"""宋体 and 黑体 that papers are set in; those of the package, so that every machine draws the same."""


def use_fonts_of_this_machine() -> list[str]:
    """Set papers in its other Chinese fonts too, turn by turn; the names of those that are there."""
    places = (Path("/usr/share/fonts"), Path("C:/Windows/Fonts"), Path("/System/Library/Fonts"))
    found = [path for place in places for name in ELSEWHERE for path in sorted(place.rglob(name))]
    families[1:] = [(str(path), str(path)) for path in found]
    return [path.name for path in found]


@cache
def _face(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def font(size: int, serif: bool = True, seed: int = 0) -> ImageFont.FreeTypeFont:
    """The face of the paper number `seed`."""
    return _face(families[seed % len(families)][0 if serif else 1], size)


def words(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(WORDS) for _ in range(count))


def diploma(seed: int) -> Image.Image:
    """毕业证书: landscape, large title, a paragraph, photo, seal, number. 1680 x 1200 pixels, text 36 pixels high."""
    rng = random.Random(f"diploma{seed}")
    image = Image.new("RGB", (1680, 1200), rng.choice([(252, 248, 236), (250, 250, 244), (244, 236, 222)]))
    draw = ImageDraw.Draw(image)
    frame = rng.choice([(150, 110, 60), (120, 30, 40), (60, 80, 120)])
    for inset in (30, 44):
        draw.rectangle((inset, inset, 1680 - inset, 1200 - inset), outline=frame, width=4)
    draw.text((620, 110), "毕业证书", fill=(150, 30, 30), font=font(110, seed=seed))
    portrait(draw, rng, 180, 340)
    for row in range(8):
        draw.text((560, 330 + row * 66), words(rng, rng.randint(18, 26)), fill=(35, 30, 30), font=font(38, seed=seed))
    draw.text((180, 1000), f"证书编号：{rng.randrange(10**17, 10**18)}", fill=(35, 30, 30), font=font(36, seed=seed))
    draw.text((1080, 950), f"{words(rng, 6)}大学", fill=(35, 30, 30), font=font(44, seed=seed))
    draw.text(
        (1080, 1030), f"二〇一{rng.choice('三五六八九')}年六月三十日", fill=(35, 30, 30), font=font(36, seed=seed)
    )
    seal(draw, 1250, 960)
    return image


def form(seed: int, code: str | None = None, template: int | None = None) -> Image.Image:
    """备案表: portrait, a table of fields, photo, QR. 1240 x 1754 pixels (A4 at 150 dpi), text 26 pixels high.

    Forms of one `template` share everything but what stands in the fields.
    """
    rng, fixed = random.Random(f"form{seed}"), random.Random(f"template{seed if template is None else template}")
    image = Image.new("RGB", (1240, 1754), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.text((250, 110), "教育部学历证书电子注册备案表", fill=(20, 20, 20), font=font(52, False, seed))
    draw.text(
        (880, 220),
        f"更新日期：2026 年 {rng.randint(1, 12)} 月 {rng.randint(1, 28)} 日",
        fill=(60, 60, 60),
        font=font(22, seed=seed),
    )
    top = 280
    for _ in range(11):
        draw.rectangle((110, top, 1130, top + 74), outline=(120, 130, 150), width=2)
        draw.line((330, top, 330, top + 74), fill=(120, 130, 150), width=2)
        draw.text((140, top + 20), words(fixed, 4), fill=(70, 70, 70), font=font(28, False, seed))
        draw.text((360, top + 20), words(rng, rng.randint(3, 15)), fill=(20, 20, 20), font=font(28, False, seed))
        top += 74
    portrait(draw, rng, 920, 300, 180)
    code = code or "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(16))
    qr = io.BytesIO()
    segno.make(f"https://www.chsi.com.cn/xlcx/bg.do?vcode={code}&srcid=bgcx", error="m").save(qr, kind="png", scale=6)
    image.paste(Image.open(qr).convert("RGB"), (120, 1190))
    draw.text((440, 1250), f"在线验证码  {code}", fill=(20, 20, 20), font=font(30, False, seed))
    for row in range(6):
        draw.text((140, 1460 + row * 40), words(fixed, 38), fill=(90, 90, 90), font=font(22, False, seed))
    return image


def portrait(draw: ImageDraw.ImageDraw, rng: random.Random, left: int, top: int, width: int = 260) -> None:
    high = width * 4 // 3
    draw.rectangle(
        (left, top, left + width, top + high), fill=rng.choice([(100, 170, 230), (200, 40, 40), (240, 240, 245)])
    )
    skin = rng.choice([(235, 205, 180), (215, 180, 150), (245, 220, 200)])
    middle, third = left + width // 2, width // 3 + rng.randint(-12, 12)
    draw.ellipse((middle - third, top + width // 4, middle + third, top + width // 4 + third * 5 // 2), fill=skin)
    draw.pieslice(
        (left + 8, top + width, left + width - 8, top + high * 2 - width),
        180,
        360,
        fill=rng.choice([(40, 50, 70), (230, 230, 235), (90, 40, 40)]),
    )
    draw.pieslice((middle - third - 6, top + width // 5, middle + third + 6, top + width), 180, 360, fill=(30, 25, 25))


def seal(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    draw.ellipse((x - 110, y - 110, x + 110, y + 110), outline=(205, 50, 50), width=8)
    draw.regular_polygon((x, y, 45), 5, fill=(205, 50, 50))


def photographed(paper: Image.Image, seed: int, long_edge: int = 2400) -> Image.Image:
    """The paper as a phone sees it: on a table, slightly turned and in perspective, uneven light, noise."""
    rng = random.Random(f"photo{seed}")
    scale = long_edge / max(paper.size)
    width, height = round(paper.width * scale), round(paper.height * scale)
    margin = round(0.05 * long_edge)
    table = rng.choice([(120, 90, 60), (70, 70, 75), (190, 185, 175), (40, 45, 60)])
    w, h, m = paper.width, paper.height, paper.width * 0.06
    jitter = [rng.uniform(0.2, 1.0) * m for _ in range(8)]
    quad = (-jitter[0], -jitter[1], -jitter[2], h + jitter[3], w + jitter[4], h + jitter[5], w + jitter[6], -jitter[7])
    mask = Image.new("L", paper.size, 255).transform(
        (width, height), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR
    )
    flat = paper.transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    image = Image.new("RGB", (width, height), table)
    image.paste(flat, mask=mask)
    image = image.rotate(rng.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=table)
    light = Image.linear_gradient("L").rotate(rng.choice([0, 90, 180, 270])).resize(image.size)
    light = light.point(lambda level: 165 + level // 3)
    image = ImageChops.multiply(image, Image.merge("RGB", [light] * 3))
    noise = Image.effect_noise(image.size, rng.uniform(4, 12)).convert("RGB")
    image = ImageChops.add(image, noise, scale=1, offset=-128)
    return image.filter(ImageFilter.GaussianBlur(0.5)).crop(
        (margin // 4, margin // 4, width - margin // 4, height - margin // 4)
    )


def scanned(paper: Image.Image, seed: int, long_edge: int = 2000) -> Image.Image:
    """A screenshot or a scan: the paper itself at another size."""
    scale = long_edge / max(paper.size)
    return paper.resize((round(paper.width * scale), round(paper.height * scale)), Image.Resampling.LANCZOS)


def moved(image: Image.Image, length: int) -> Image.Image:
    """Camera shake to the side, `length` pixels."""
    total = image
    for step in range(1, length):
        total = Image.blend(total, ImageChops.offset(image, step, step // 3), 1 / (step + 1))
    return total


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture, what was done to it, and which flag it should get (empty: none)."""

    name: str
    picture: Image.Image
    expected: str


def samples(count: int) -> Iterator[Sample]:
    """`count` papers, each sharp in several ways and spoilt in several ways."""
    for seed in range(count):
        for kind, make in (("diploma", diploma), ("form", form)):
            paper = make(seed)
            text = 37 if kind == "diploma" else 27  # pixels of the paper's text
            for way, take, edge in (
                ("photo", photographed, 2400),
                ("scan", scanned, 1800),
                ("small", photographed, 1600),
            ):
                image = take(paper, seed, edge)
                size = text * edge / max(paper.size)  # height of its text in pixels
                yield from spoilt(f"{kind} {seed} {way}", image, size)


def spoilt(name: str, image: Image.Image, text: float) -> Iterator[Sample]:
    """Sharp ones, and each fault at a strength where a reader says no."""
    yield Sample(f"{name} sharp", image, "")
    yield Sample(f"{name} jpeg 60", again(image, 60), "")
    yield Sample(f"{name} slightly soft", image.filter(ImageFilter.GaussianBlur(text * 0.04)), "")
    yield Sample(f"{name} dim", ImageEnhance.Brightness(image).enhance(0.75), "")
    yield Sample(f"{name} blurred", image.filter(ImageFilter.GaussianBlur(text * 0.16)), "blurred")
    yield Sample(f"{name} very blurred", image.filter(ImageFilter.GaussianBlur(text * 0.3)), "blurred")
    yield Sample(f"{name} shaken", moved(image, round(text * 0.7)), "blurred")
    yield Sample(f"{name} dark", ImageEnhance.Brightness(image).enhance(0.22), "dark")
    tiny = image.resize(
        (max(1, round(image.width * 8 / text)), max(1, round(image.height * 8 / text))), Image.Resampling.LANCZOS
    )
    yield Sample(f"{name} tiny", tiny, "tiny")
    yield Sample(f"{name} left", image.transpose(Image.Transpose.ROTATE_90), "sideways")
    yield Sample(f"{name} right", image.transpose(Image.Transpose.ROTATE_270), "sideways")


def again(image: Image.Image, quality: int) -> Image.Image:
    """Through a JPEG."""
    return Image.open(io.BytesIO(jpeg(image, quality))).convert("RGB")


def jpeg(image: Image.Image, quality: int = 85, **options: object) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality, **options)
    return out.getvalue()
