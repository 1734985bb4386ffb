"""毕业证书编号 of self-taught graduates (domain.md §3.4): 17 digits.

6 (自学考试) · level (5 本科, 6 专科) · province 2 · twelve digits · check digit. The twelve are the 准考证号; an office that numbers its
certificates in a row of its own has area 4, year 2, half 1 and a serial of 5 in their place. The check digit was proven on three
real numbers of one province; whether another province counts alike is for its office to say, so the generator is off by default.
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
    """How the twelve digits in the middle are found; OFF gives no number at all."""

    OFF = ""
    TICKET = "ticket"
    SERIAL = "serial"


RULE_WORDS = {Rule.OFF: "不编号", Rule.TICKET: "按准考证号编号", Rule.SERIAL: "按顺序编号"}


class NoNumber(ValueError):
    """No number can be given; the message is Chinese and says why."""


def check_digit(body: str) -> str:
    """The 17th digit of the first sixteen: weights 1 3 7 9 in turn, the sum modulo 10 picks from 1 0 2 9 8 7 6 5 4 3."""
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
    """The number that carries the 准考证号. NoNumber when that is not twelve digits."""
    if len(ticket) != 12 or not _DIGITS.fullmatch(ticket):
        raise NoNumber("准考证号不是 12 位数字")
    body = _head(level, province) + ticket
    return body + check_digit(body)


def series(level: str, province: str, area: str, on: date) -> str:
    """What the numbers of one row have in common: the first eleven digits. `on` is the day of graduation, in the office's zone."""
    if len(area) != 4 or not _DIGITS.fullmatch(area):
        raise NoNumber("没有设置四位地区代码")
    return f"{_head(level, province)}{area}{on.year % 100:02}{1 if on.month <= 6 else 2}"


def from_serial(prefix: str, serial: int) -> str:
    """Number `serial` (1, 2, …) of a row. NoNumber beyond the last."""
    if not 0 < serial <= MOST:
        raise NoNumber("这一序列的编号已用完")
    body = f"{prefix}{serial:05}"
    return body + check_digit(body)


def serial_of(number: str) -> tuple[str, int]:
    """The row and the serial of a number that `from_serial` made."""
    return number[:11], int(number[11:16])


def gaps(serials: list[int]) -> list[tuple[int, int]]:
    """Runs of serials (first, last) that are missing between 1 and the largest one given out."""
    found, expected = [], 1
    for serial in sorted(set(serials)):
        if serial > expected:
            found.append((expected, serial - 1))
        expected = serial + 1
    return found
