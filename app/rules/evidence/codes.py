"""Codes in the picture against what was typed (manual 3.1.5). 学信网's QR codes hold an address with ?vcode=, its barcodes the number itself.

A difference is told to both sides and never stops anybody: a code may have been renewed, a picture may show two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from app.rules.evidence.kinds import clean_number

WRONG_PAPER = (
    "这可能是“学籍在线验证报告”，它不是《教育部学历证书电子注册备案表》。请在学信网“学历”一栏下载备案表，核对后再提交"
)
_FORMS = {"record_photo": re.compile("[A-Z0-9]{12,18}"), "report_photo": re.compile("[0-9]{7,8}")}


def codes_in(texts: Iterable[str]) -> list[str]:
    """The codes that the picture's QR codes and barcodes hold, cleaned, in their order."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _vcodes(text) if "://" in text else re.findall("[A-Za-z0-9]+", text):
            found.setdefault(clean_number(word))
    return list(found)


def _vcodes(address: str) -> list[str]:
    try:
        return parse_qs(urlsplit(address).query).get("vcode", [])
    except ValueError:  # whatever else looked like an address
        return []


def mismatch(slot: str, texts: Iterable[str], typed: str) -> str:
    """The code in the picture when it is another one than was typed; empty when they agree or nothing can be compared."""
    form, typed = _FORMS.get(slot), clean_number(typed)
    if form is None or not typed:
        return ""
    found = [code for code in codes_in(texts) if form.fullmatch(code)]
    return found[0] if found and typed not in found else ""


def agrees(texts: Iterable[str], typed: str) -> bool:
    """Does the picture hold the code that was typed?"""
    return bool(typed) and clean_number(typed) in codes_in(texts)


def mismatch_words(code: str, typed: str) -> str:
    """For the examinee."""
    return f"照片中的二维码或条码是 {code}，与填写的 {clean_number(typed)} 不同，请核对"


def looks_like_student_report(file_name: str, texts: Iterable[str] = ()) -> bool:
    """Is this the common wrong paper, 学籍在线验证报告? 学信网 names its file so, and old QR codes say it.

    The code itself tells nothing: both papers have codes of 12 or 16 characters (domain.md §3.5).
    """
    return any("学籍" in text for text in (file_name, *texts))
