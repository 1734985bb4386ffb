"""毕业证书照片 (教育部 电子注册图像; domain.md §2.3). Provinces differ, so windows set size and background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SLOT = "portrait"
WIDTH, HEIGHT = 480, 640
"""Pixels; usual rule: 480 x 640, 300 dpi, 24-bit colour, JPEG."""
BACKGROUNDS: dict[str, tuple[str, tuple[int, int, int] | None]] = {
    "": ("不限，纯色即可", None),
    "blue": ("浅蓝色", (100, 197, 255)),
    "white": ("白色", (255, 255, 255)),
    "grey": ("浅灰色", (210, 214, 220)),
}
"""Key -> name and RGB. Blue and white as published; light grey is published by name only."""
FARTHEST = 70.0
"""Mean colour difference (0-255) explained by light and a cheap camera."""
MOST_UNEVEN = 28.0
MOST = 2000


@dataclass(frozen=True, slots=True)
class PortraitRule:
    """Portrait rule of a window. `asked`: from the examinee, else the roster's. `background`: key of BACKGROUNDS."""

    asked: bool
    width: int = WIDTH
    height: int = HEIGHT
    background: str = ""


def hints(measures: Mapping[str, float], height: int, background: str) -> tuple[str, ...]:
    """Return the hints (keys of app.rules.evidence.legibility.WORDS) at that `height`."""
    if "cut" not in measures:
        return ()
    found = []
    if measures["cut"] < height:
        found.append("small_portrait")
    wanted = BACKGROUNDS.get(background, BACKGROUNDS[""])[1]
    have = (measures["red"], measures["green"], measures["blue"])
    if measures["uneven"] > MOST_UNEVEN:
        found.append("uneven")
    elif wanted and sum(abs(a - b) for a, b in zip(have, wanted, strict=True)) / 3 > FARTHEST:
        found.append("background")
    return tuple(found)


def rule_in_words(width: int, height: int, background: str) -> str:
    """Render the rule for the upload page."""
    name, wanted = BACKGROUNDS.get(background, BACKGROUNDS[""])
    ground = f"{name}背景" if wanted else "纯色背景"
    return (
        f"近一年内的正面免冠彩色证件照，{ground}，不戴有色眼镜，不遮挡眉毛和耳朵，不能用自拍、翻拍或美颜的照片。"
        f"上传后裁成 {width} × {height} 像素"
    )
