"""What the queue can be narrowed to of a submission's evidence: hints that the pages tell in words, as keys that are stored.

They are hints to a person, as in app.rules.evidence.legibility and app.rules.evidence.codes; nobody is refused for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.rules.evidence.codes import looks_like_student_report, mismatch
from app.rules.evidence.legibility import TURNED as TURNED_HINTS
from app.rules.evidence.legibility import flags
from app.rules.evidence.portrait import PortraitRule, hints

UNCLEAR, TURNED, CODE, PAPER, PORTRAIT, DOUBLE, GONE = (
    "unclear",
    "turned",
    "code",
    "paper",
    "portrait",
    "double",
    "gone",
)
WORDS = {
    UNCLEAR: "看不清",
    TURNED: "方向不正",
    CODE: "二维码不符",
    PAPER: "疑似学籍报告",
    PORTRAIT: "证件照不合要求",
    DOUBLE: "重复使用",
    GONE: "照片缺失",
}
"""Key -> the word of the filter and of the queue's rows."""


def stored(keys: Iterable[str]) -> str:
    """As a case keeps them: ",double,unclear,", so that one key is found by the text between two commas; '' for none."""
    known = sorted(set(keys) & WORDS.keys())
    return f",{','.join(known)}," if known else ""


def read(marks: str) -> list[str]:
    """The keys of what a case keeps, in the order of WORDS."""
    return [key for key in WORDS if f",{key}," in marks]


def of_picture(
    slot: str,
    measures: Mapping[str, float],
    size: tuple[int, int],
    codes: Iterable[str],
    label: str,
    typed: str,
    rule: PortraitRule | None,
) -> set[str]:
    """The keys for one picture. `size` in pixels, `typed` what was typed of its code, `rule` what is asked of a portrait."""
    if "cut" in measures:
        return {PORTRAIT} if rule and hints(measures, rule.height, rule.background) else set()
    found = {TURNED if key in TURNED_HINTS else UNCLEAR for key in flags(measures, *size)}
    codes = list(codes)
    if mismatch(slot, codes, typed):
        found.add(CODE)
    if slot == "record_photo" and looks_like_student_report(label, codes):
        found.add(PAPER)
    return found
