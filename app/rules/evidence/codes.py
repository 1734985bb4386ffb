"""Comparison of codes in a picture with typed ones (manual 3.1.5).

学信网's QR codes contain an address with ?vcode=, its barcodes the number. A difference is shown to both sides and never
blocks: a code can be renewed, a picture can show two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from app.rules.evidence.kinds import RECORD, REPORT, clean_number

WRONG_PAPER = (
    "这可能是“学籍在线验证报告”，它不是《教育部学历证书电子注册备案表》。请在学信网“学历”一栏下载备案表，核对后再提交"
)
_FORMS = {RECORD: re.compile("[A-Z0-9]{12,18}"), REPORT: re.compile("[0-9]{7,8}")}


def codes_in(texts: Iterable[str]) -> list[str]:
    """Return the cleaned codes of the picture, in order."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _vcodes(text) if "://" in text else re.findall("[A-Za-z0-9]+", text):
            found.setdefault(clean_number(word))
    return list(found)


def _vcodes(address: str) -> list[str]:
    try:
        return parse_qs(urlsplit(address).query).get("vcode", [])
    except ValueError:  # not a valid address
        return []


def mismatch(slot: str, texts: Iterable[str], typed: str) -> str:
    """Return the picture's code if it differs from the typed one, else ""."""
    form, typed = _FORMS.get(slot), clean_number(typed)
    if form is None or not typed:
        return ""
    found = [code for code in codes_in(texts) if form.fullmatch(code)]
    return found[0] if found and typed not in found else ""


def agrees(texts: Iterable[str], typed: str) -> bool:
    """Whether the picture contains the typed code."""
    return bool(typed) and clean_number(typed) in codes_in(texts)


def mismatch_words(code: str, typed: str) -> str:
    """Message for the examinee."""
    return f"照片中的二维码或条码是 {code}，与填写的 {clean_number(typed)} 不同，请核对"


def is_student_report(slot: str, file_name: str, texts: Iterable[str]) -> bool:
    """Whether a 备案表 looks like the wrong paper 学籍在线验证报告, by 学信网's file name or old QR codes.

    The code cannot tell: both papers have 12 or 16 characters (domain.md §3.5).
    """
    return slot == RECORD and any("学籍" in text for text in (file_name, *texts))
