"""Money is an integer number of 分; yuan exist only on screens, on paper and in what people type."""

from __future__ import annotations

import re
import unicodedata

FEN_PER_YUAN = 100
LARGEST_FEN = 100_000_000 * FEN_PER_YUAN
_AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2}))?")


class BadAmount(ValueError):
    """A text that is no amount of money; the message is Chinese, for the person who typed it."""


def format_fen(fen: int) -> str:
    """5000 → ¥ 50.00; -5000 → -¥ 50.00."""
    return f"{'-' if fen < 0 else ''}¥ {plain_yuan(abs(fen))}"


def plain_yuan(fen: int) -> str:
    """5000 → 50.00, for form fields, tables and gateways."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // FEN_PER_YUAN}.{fen % FEN_PER_YUAN:02d}"


def parse_fen(text: str) -> int:
    """50, 50.5, ¥ 50.00, ５０元, 1,250.00 → 分. BadAmount for anything else: signs, exponents, a third decimal."""
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    typed = typed.removeprefix("¥").removeprefix("人民币").removesuffix("元")
    if not typed:
        raise BadAmount("请填写金额")
    found = _AMOUNT.fullmatch(typed)
    if not found:
        raise BadAmount("金额应为数字，最多两位小数，例如 50.00")
    fen = int(found[1].replace(",", "")) * FEN_PER_YUAN + int((found[2] or "").ljust(2, "0"))
    if fen > LARGEST_FEN:
        raise BadAmount("金额过大，请核对")
    return fen
