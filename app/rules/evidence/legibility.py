"""可辨认: what the numbers measured in a picture mean, in words that say what to do. A hint to the person, never a refusal.

The numbers come from app.adapters.pictures.analysis (docs/legibility.md); the limits were chosen on the sample set of
tests/bench/bench_legibility.py, which prints how often they are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

DARKEST = 90.0
"""Brightness of the paper (0-255) below which a print of it is black."""
WIDEST_EDGE, EDGE_SHARE = 4.5, 0.21
"""An edge is blurred when it is wider than this many pixels and than this share of the height of the text."""
WIDEST_ANYWHERE = 9.0
"""Pixels: blurred whatever the height of the text (when that is unknown)."""
TINIEST_TEXT = 11.0
"""Pixels: han characters below this height lose strokes."""
SHORTEST_EDGE = 600
"""Pixels: a picture of a whole paper with a shorter long edge cannot be read."""
SIDEWAYS = 1.04
SURE = 4.0
"""Standard errors by which characters must fit one way better than the other; what is no text stays below 3."""
CLEARLY = 1.5
"""So many times surer of one direction than of the one across it, or the characters say nothing."""

TURNED = ("sideways", "quarter", "upside_down", "three_quarters")
"""Hints that say that the text does not stand upright."""

WORDS = {
    "dark": "照片太暗，文字可能看不清：请在明亮处重拍",
    "blurred": "文字可能看不清：请靠近重拍，拿稳并点一下屏幕对焦",
    "tiny": "文字太小，可能看不清：请靠近重拍，让凭证占满画面",
    "sideways": "文字方向可能不朝上：请点“向右旋转”",
    "quarter": "文字方向可能不朝上：请点一次“向右旋转”",
    "upside_down": "文字方向可能不朝上（倒着）：请点两次“向右旋转”",
    "three_quarters": "文字方向可能不朝上：请点三次“向右旋转”",
    "small_portrait": "照片像素偏低，印在证书上可能不清楚：请换一张更大的照片",
    "background": "照片背景颜色不符合要求：应为{background}",
    "uneven": "照片背景不均匀：请换一张纯色背景的照片",
}
SHORT = {
    "dark": "过暗",
    "blurred": "可能模糊",
    "tiny": "文字过小",
    "sideways": "方向可能不正",
    "quarter": "方向可能不正",
    "upside_down": "可能倒置",
    "three_quarters": "方向可能不正",
    "small_portrait": "像素偏低",
    "background": "背景颜色不符",
    "uneven": "背景不均匀",
}


def flags(measures: Mapping[str, float], width: int, height: int) -> tuple[str, ...]:
    """Which hints a picture gets, the worst first: keys of WORDS. Empty when nothing is to be said or nothing was measured."""
    if not measures:
        return ()
    found = []
    if measures.get("light", 255.0) < DARKEST:
        found.append("dark")
    if _blurred(measures.get("edge", 0.0), measures.get("text", 0.0)):
        found.append("blurred")
    elif 0 < measures.get("text", 0.0) < TINIEST_TEXT or max(width, height) < SHORTEST_EDGE:
        found.append("tiny")
    turned = way_up(measures)
    return (*found, turned) if turned and "blurred" not in found else tuple(found)


def way_up(measures: Mapping[str, float]) -> str:
    """One of TURNED, or "" for upright: by the characters where they are sure, else by the gaps between the lines."""
    upright, across = measures.get("upright", 0.0), measures.get("across", 0.0)
    less, more = sorted((abs(upright), abs(across)))
    if more < max(SURE, CLEARLY * less):
        return "sideways" if measures.get("turned", 0.0) > SIDEWAYS else ""
    if abs(upright) >= abs(across):
        return "upside_down" if upright < 0 else ""
    return "quarter" if across < 0 else "three_quarters"


def _blurred(edge: float, text: float) -> bool:
    if edge >= WIDEST_ANYWHERE:
        return True
    return edge >= WIDEST_EDGE and 0 < text < edge / EDGE_SHARE


def in_words(keys: tuple[str, ...] | list[str], background: str = "") -> list[str]:
    """The hints for the examinee."""
    return [WORDS[key].format(background=background or "规定的颜色") for key in keys if key in WORDS]


def in_short(keys: tuple[str, ...] | list[str]) -> str:
    """The hints for a reviewer: 可能模糊、过暗."""
    return "、".join(SHORT[key] for key in keys if key in SHORT)
