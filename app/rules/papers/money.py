"""Money as an integer of 分; yuan only in input and output."""

from __future__ import annotations

import re
from decimal import Decimal

from app.rules.text import LONGEST_CODE, normalised

FEN_PER_YUAN = 100
LARGEST_FEN = 100_000_000 * FEN_PER_YUAN
_AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2}))?")


class BadAmount(ValueError):
    """Not an amount of money; the message is Chinese."""


def format_fen(fen: int) -> str:
    """5000 → ¥ 50.00; -5000 → -¥ 50.00."""
    return f"{'-' if fen < 0 else ''}¥ {plain_yuan(abs(fen))}"


def plain_yuan(fen: int) -> str:
    """5000 → 50.00, for forms, tables and gateways."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // FEN_PER_YUAN}.{fen % FEN_PER_YUAN:02d}"


def in_yuan(fen: int) -> Decimal:
    """5000 → 50.00 as a number, for cells that are added up."""
    return Decimal(fen).scaleb(-2)


def parse_fen(text: str) -> int:
    """Parse 50, 50.5, ¥ 50.00, ５０元, 1,250.00 to 分. Raises BadAmount, also for signs, exponents, a third decimal."""
    typed = re.sub(r"\s", "", normalised(text, "NFKC", LONGEST_CODE))
    typed = typed.removeprefix("¥").removeprefix("人民币").removesuffix("元")
    if not typed:
        raise BadAmount("请填写金额")
    found = _AMOUNT.fullmatch(typed)
    if not found:
        raise BadAmount("金额应为数字，最多两位小数，例如 50.00")
    yuan = found[1].replace(",", "").lstrip("0")
    if len(yuan) > len(str(LARGEST_FEN)):  # int() refuses thousands of digits
        raise BadAmount("金额过大，请核对")
    fen = int(yuan or "0") * FEN_PER_YUAN + int((found[2] or "").ljust(2, "0"))
    if fen > LARGEST_FEN:
        raise BadAmount("金额过大，请核对")
    return fen


# 大写 of receipts (票据法): 人民币 … 整
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def capital_yuan(fen: int) -> str:
    """5000 → 人民币伍拾元整; 105007 → 人民币壹仟零伍拾元零柒分. From 0 to below 10,000 亿元, else ValueError."""
    if not 0 <= fen < 10**14:
        raise ValueError(f"no amount for a receipt: {fen}")
    yuan, cents = divmod(fen, 100)
    jiao, fen_left = divmod(cents, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if not cents:
        return f"人民币{words or '零元'}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return f"人民币{words}" + (f"{_DIGITS[fen_left]}分" if fen_left else "整")


def _whole(number: int) -> str:
    """Render groups of four digits, one 零 for skipped places between digits."""
    words, before = "", 1  # the previous group; its last digit decides on a 零
    for group in range(len(_GROUPS) - 1, -1, -1):
        part = number // 10_000**group % 10_000
        if part:
            due = words and (part < 1000 or before % 10 == 0)
            words += ("零" if due else "") + _under_ten_thousand(part) + _GROUPS[group]
        before = part
    return words


def _under_ten_thousand(part: int) -> str:
    words, zero = "", False
    for place in range(3, -1, -1):
        digit = part // 10**place % 10
        if digit:
            words += ("零" if zero and words else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return words
