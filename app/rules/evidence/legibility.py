"""可辨认: hints from a picture's measures (app.adapters.pictures.analysis, docs/legibility.md); they never refuse.

Limits were chosen on the samples of tests/bench/bench_legibility.py, which prints error rates.
"""

from __future__ import annotations

from collections.abc import Mapping

DARKEST = 90.0
"""Brightness of the paper (0-255) below which a print is black."""
WIDEST_EDGE, EDGE_SHARE = 4.5, 0.21
"""An edge is blurred above both: pixels, share of the text height."""
WIDEST_ANYWHERE = 9.0
"""Pixels: blurred at any (or unknown) text height."""
TINIEST_TEXT = 11.0
"""Pixels: height below which han characters lose strokes."""
SHORTEST_EDGE = 600
"""Pixels: a whole paper with a shorter long edge is unreadable."""
SIDEWAYS = 1.04
SURE = 4.0
"""Standard errors between two orientations of characters; below 3 without text."""
CLEARLY = 1.5
"""Minimum ratio of the directions, else undecided."""

TURNED_HINTS = ("sideways", "quarter", "upside_down", "three_quarters")
"""Hints for text that is not upright."""

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


def legibility_hints(measures: Mapping[str, float], width: int, height: int) -> tuple[str, ...]:
    """Return the hints of a picture (keys of WORDS), worst first."""
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
    """Return one of TURNED, or "": by the characters if significant, else by the gaps between lines."""
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
    """Return the hints for the examinee."""
    return [WORDS[key].format(background=background or "规定的颜色") for key in keys if key in WORDS]


def in_short(keys: tuple[str, ...] | list[str]) -> str:
    """Return the hints for a reviewer: 可能模糊、过暗."""
    return "、".join(SHORT[key] for key in keys if key in SHORT)
