"""毕业证书编号 of self-taught graduates (domain.md §3.4): 17 digits.

6 (自学考试) · level (5 本科, 6 专科) · province 2 · twelve digits · check digit. The twelve are the 准考证号, or area 4, year 2,
half 1, serial 5. Off by default: the check digit was verified on three numbers of one province only.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

KIND = "6"
LEVELS = {"本科": "5", "专科": "6"}
WEIGHTS = (1, 3, 7, 9)
CHECK_DIGITS = "1029876543"
LENGTH = 17
MOST = 99_999  # serials of one area and half-year
_DIGITS = re.compile("[0-9]*")


class Rule(StrEnum):
    """Source of the twelve digits; OFF assigns no number."""

    OFF = ""
    TICKET = "ticket"
    SERIAL = "serial"


RULE_WORDS = {Rule.OFF: "不编号", Rule.TICKET: "按准考证号编号", Rule.SERIAL: "按顺序编号"}


class NoNumber(ValueError):
    """No number is possible; the message is Chinese."""


def check_digit(body: str) -> str:
    """Return the 17th digit: weights 1 3 7 9 in turn, sum modulo 10 indexes 1 0 2 9 8 7 6 5 4 3. Raises NoNumber."""
    if len(body) != LENGTH - 1 or not _DIGITS.fullmatch(body):
        raise NoNumber("编号的前 16 位应为数字")
    total = sum(int(digit) * WEIGHTS[place % len(WEIGHTS)] for place, digit in enumerate(body))
    return CHECK_DIGITS[total % 10]


def _head(level: str, province: str) -> str:
    if level not in LEVELS:
        raise NoNumber("专业层次不是本科或专科")
    if len(province) != 2 or not _DIGITS.fullmatch(province):
        raise NoNumber("没有设置两位省份代码")
    return f"{KIND}{LEVELS[level]}{province}"


def from_ticket(level: str, province: str, ticket: str) -> str:
    """Return the number with this 准考证号. Raises NoNumber."""
    if len(ticket) != 12 or not _DIGITS.fullmatch(ticket):
        raise NoNumber("准考证号不是 12 位数字")
    body = _head(level, province) + ticket
    return body + check_digit(body)


def series(level: str, province: str, area: str, on: date) -> str:
    """Return the first eleven digits. `on`: day of graduation, site's zone. Raises NoNumber."""
    if len(area) != 4 or not _DIGITS.fullmatch(area):
        raise NoNumber("没有设置四位地区代码")
    return f"{_head(level, province)}{area}{on.year % 100:02}{1 if on.month <= 6 else 2}"


def from_serial(prefix: str, serial: int) -> str:
    """Return number `serial` (1, 2, …) of a series. Raises NoNumber beyond the last."""
    if not 0 < serial <= MOST:
        raise NoNumber("这一序列的编号已用完")
    body = f"{prefix}{serial:05}"
    return body + check_digit(body)


def serial_of(number: str) -> tuple[str, int]:
    """Return series and serial of a number from `from_serial`."""
    return number[:11], int(number[11:16])


def gaps(serials: list[int]) -> list[tuple[int, int]]:
    """Return the ranges (first, last) missing between 1 and the largest serial."""
    found, expected = [], 1
    for serial in sorted(set(serials)):
        if serial > expected:
            found.append((expected, serial - 1))
        expected = serial + 1
    return found
