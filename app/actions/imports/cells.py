"""Cell parsers: take a non-empty cell's text, raise ValueError with a Chinese message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from app.rules.people.code_lists import POLITICAL_STATUSES, Code, code_of, name_of
from app.rules.people.contacts import normalise_phone, phone_problem
from app.rules.people.identity import normalise_digits, normalise_id, ticket_problem
from app.rules.plans.marks import SHORT_MONTH, Origin, parse_exam_session, parse_mark, plain_number, serial_day
from app.rules.text import LONGEST_CODE, normalised

Parser = Callable[[str], Any]

_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
)


def text(limit: int) -> Parser:
    """Parser of one line."""

    def parse(cell: str) -> str:
        value = " ".join(normalised(cell, most=4 * limit + LONGEST_CODE).split())
        return _bounded(value, limit)

    return parse


def long_text(limit: int) -> Parser:
    """Parser of text with line breaks."""

    def parse(cell: str) -> str:
        value = normalised(cell, most=4 * limit + LONGEST_CODE).replace("\r\n", "\n").replace("\r", "\n")
        return _bounded(value, limit)

    return parse


def _bounded(value: str, limit: int) -> str:
    if len(value) > limit:
        raise ValueError(f"超过 {limit} 个字")
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in value):
        raise ValueError("含有无法显示的控制字符")
    return value


def one_of(words: Sequence[str]) -> Parser:
    """Parser that accepts only these words."""

    def parse(cell: str) -> str:
        value = cell
        if value not in words:
            raise ValueError(f"应为 {'、'.join(words)} 之一")
        return value

    return parse


def _half_width(cell: str) -> str:
    """Return a code as it is; one in full-width characters is refused, with the reason that nobody sees in it."""
    if cell != (plain := normalised(cell, "NFKC", LONGEST_CODE)) and plain.isascii():
        raise ValueError(f"是全角字符。代码用半角，例如 {plain}")
    return cell


def code(cell: str) -> str:
    """A code of a school, major or plan version: letters, digits, dots and hyphens, at most 20."""
    value = _half_width(cell)
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,19}", value):
        raise ValueError("代码只能有字母和数字，最多 20 位")
    if SHORT_MONTH.fullmatch(value):
        raise ValueError("表格软件把它当成了日期，原来写的是什么看不出来。请把这一列设为文本，再填一次")
    return value


def codes(cell: str) -> str:
    """Distinct codes separated by 顿号 or comma."""
    parts = [part.strip() for part in re.split("[、,，]", cell) if part.strip()]
    value = "、".join(dict.fromkeys(code(part) for part in parts))
    return _bounded(value, 200)


def course_code(cell: str) -> str:
    """A 课程代码; one that lost leading zeros in a spreadsheet is refused."""
    value = _half_width(cell).upper()
    if re.fullmatch(r"[0-9]{5,10}|(?=.*[A-Z])[0-9A-Z]{3,10}", value):
        return value
    if value.isdecimal() and len(value) < 5:
        raise ValueError("课程代码应为 5 位，如 00541；开头的 0 可能被表格去掉了，请把该列设为文本后重新填写")
    raise ValueError("课程代码应为 5 位，如 00541")


def ticket_number(cell: str) -> str:
    """A 准考证号: twelve digits."""
    value = normalise_digits(cell)
    if problem := ticket_problem(value):
        short = value.isdecimal() and len(value) < 12
        raise ValueError(f"{problem}{'，开头的 0 可能被表格去掉了' if short else ''}")
    return value


def id_number(cell: str) -> str:
    """A normalised ID number; validated later by its type."""
    return _bounded(normalise_id(cell), 40)


def phone(cell: str) -> str:
    value = normalise_phone(cell)
    if problem := phone_problem(value):
        raise ValueError(problem)
    return value


def telephone(cell: str) -> str:
    """A line with telephone numbers; one bare number without its leading zero is refused."""
    value = str(text(80)(cell))
    if re.fullmatch("[1-9][0-9]{8,10}", value) and not re.fullmatch("1[3-9][0-9]{9}|[48]00[0-9]{7}", value):
        raise ValueError("区号开头的 0 可能被表格去掉了，应如 020-87110000；请把这一列设为文本，再填一次")
    return value


def initial(cell: str) -> str:
    """An 初始密码."""
    if not 6 <= len(cell) <= 64:
        raise ValueError("初始密码应有 6 到 64 位")
    return cell


def website(cell: str) -> str:
    value = cell
    if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc or len(value) > 200:
        raise ValueError("网址应以 http:// 或 https:// 开头，最多 200 个字")
    return value


def listed(table: tuple[Code, ...], what: str) -> Parser:
    """Parser of a code list's name or code to the name."""

    def parse(cell: str) -> str:
        found = code_of(table, cell)
        if found is None:
            raise ValueError(f"不认识的{what}")
        return name_of(table, found)

    return parse


SHORT_FORMS = {"党员": "中共党员", "预备党员": "中共预备党员", "团员": "共青团员"}
_political = listed(POLITICAL_STATUSES, "政治面貌")


def day(cell: str) -> date:
    """A date: 2026-04-01, 2026/4/1, 2026年4月1日, 20260401."""
    match = _DATE.fullmatch(cell)
    try:
        year, month, number = (int(part) for part in match.groups() if part) if match else (0, 0, 0)
        return date(year, month, number)
    except ValueError:
        found = serial_day(cell)
        hint = f"；{cell} 像是日期 {found} 在表格软件里的序号" if found else ""
        raise ValueError(f"应为真实的日期，如 2026-04-01{hint}") from None


def political_status(cell: str) -> str:
    """A 政治面貌 by name, code or short form of rosters."""
    return str(_political(SHORT_FORMS.get(cell, cell)))


def mark(cell: str) -> str:
    """A mark as it is stored; a percentage, and what one becomes (0.85), are refused."""
    if normalised(cell, "NFKC", LONGEST_CODE).rstrip().endswith("%"):
        raise ValueError("是百分数。成绩按百分制填，不带 %，例如 85")
    found = parse_mark(cell)
    if 0 < found.value < 1:
        raise ValueError(f"小于 1，像是百分数 {plain_number(found.value * 100)}% 变成的。成绩按百分制填，例如 85")
    return found.text


def session(cell: str) -> str:
    return parse_exam_session(cell)


def origin(cell: str) -> str:
    try:
        return Origin(cell).value
    except ValueError:
        raise ValueError(f"取得方式应为 {'、'.join(Origin)} 之一") from None
