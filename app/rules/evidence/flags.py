"""Evidence flags, for filtering the queue; like other hints they never refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.rules.evidence.codes import is_student_report, mismatch
from app.rules.evidence.legibility import TURNED_HINTS, legibility_hints
from app.rules.evidence.portrait import PortraitRule, hints

UNCLEAR, TURNED, CODE, PAPER, PORTRAIT, DOUBLE, GONE, DAMAGED = (
    "unclear",
    "turned",
    "code",
    "paper",
    "portrait",
    "double",
    "gone",
    "damaged",
)
WORDS = {
    UNCLEAR: "看不清",
    TURNED: "方向不正",
    CODE: "二维码不符",
    PAPER: "疑似学籍报告",
    PORTRAIT: "证件照不合要求",
    DOUBLE: "重复使用",
    GONE: "照片缺失",
    DAMAGED: "照片损坏",
}
"""Flag -> word in the filter and the rows."""
TROUBLE = {GONE: "在平台上缺失", DAMAGED: "在平台上损坏"}
"""Why a picture cannot be shown -> what is said of it."""


def stored(keys: Iterable[str]) -> str:
    """Encode as stored: ",double,unclear,", so that one is found with its commas; '' for none."""
    known = sorted(set(keys) & WORDS.keys())
    return f",{','.join(known)}," if known else ""


def read(flags: str) -> list[str]:
    """Return the stored flags in the order of WORDS."""
    return [key for key in WORDS if f",{key}," in flags]


def of_picture(
    slot: str,
    measures: Mapping[str, float],
    size: tuple[int, int],
    codes: Iterable[str],
    label: str,
    typed: str,
    rule: PortraitRule | None,
) -> set[str]:
    """Return the flags of one picture. `size`: pixels; `typed`: its typed code."""
    if "cut" in measures:
        return {PORTRAIT} if rule and hints(measures, rule.height, rule.background) else set()
    found = {TURNED if key in TURNED_HINTS else UNCLEAR for key in legibility_hints(measures, *size)}
    codes = list(codes)
    if mismatch(slot, codes, typed):
        found.add(CODE)
    if is_student_report(slot, label, codes):
        found.add(PAPER)
    return found
