"""Identity numbers (GB 11643), 准考证号 and the initial password.

Checked: form, check digit, a real past birthday. Not the area (first six digits): counties are abolished, numbers stay.
"""

from __future__ import annotations

import re
from datetime import date

from app.rules.text import LONGEST_CODE, normalised

RESIDENT = "居民身份证"
HMT_RESIDENCE = "港澳台居民居住证"
HM_PERMIT = "港澳居民来往内地通行证"
TAIWAN_PERMIT = "台湾居民来往大陆通行证"
PASSPORT = "护照"
FOREIGN_PERMANENT = "外国人永久居留身份证"
OFFICER = "军官证"
SOLDIER = "士兵证"
ID_TYPES = (RESIDENT, HMT_RESIDENCE, HM_PERMIT, TAIWAN_PERMIT, PASSPORT, FOREIGN_PERMANENT, OFFICER, SOLDIER)

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
EARLIEST_BIRTH_YEAR = 1900
TICKET_LENGTH = 12
INITIAL_PASSWORD_LENGTH = 6

_GB11643 = re.compile(r"[0-9]{17}[0-9X]")
_OLD_CARD = re.compile(r"[0-9]{15}")
_PERMANENT_OLD = re.compile(r"[A-Z]{3}[0-9]{12}")
# pasted from chats: spaces, zero-width characters, direction marks
_INVISIBLE = re.compile("[\\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")

# type -> form and its words
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    HM_PERMIT: (re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"), "应为字母 H 或 M 加 8 位数字（旧证加 10 位）"),
    TAIWAN_PERMIT: (re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"), "应为 8 位数字（旧证为 10 位数字，可带 1 位字母）"),
    PASSPORT: (re.compile(r"[A-Z0-9]{5,17}"), "应为 5 至 17 位字母或数字"),
    OFFICER: (re.compile(r"\S{1,20}"), "应为 1 至 20 个字"),
    SOLDIER: (re.compile(r"\S{1,20}"), "应为 1 至 20 个字"),
}


def squeezed(text: str) -> str:
    """Return the text in NFKC without white space and what is invisible."""
    return _INVISIBLE.sub("", normalised(text, "NFKC", LONGEST_CODE))


def normalise_id(text: str) -> str:
    """Normalise an identity number: NFKC, no white space, upper case."""
    return squeezed(text).upper()


def normalise_digits(text: str) -> str:
    """Normalise a number: NFKC, no white space or hyphens. Letters stay, to be reported."""
    return re.sub("[-‐-―−]", "", squeezed(text))


def check_digit(body: str) -> str:
    """Return the 18th character for 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def id_problem(text: str, today: date, id_type: str = RESIDENT) -> str | None:
    """Return the fault of an identity number of that type, or None. Normalises first."""
    number = normalise_id(text)
    if not number:
        return f"请填写{id_type}号码"
    if id_type in (RESIDENT, HMT_RESIDENCE):
        return _gb11643_problem(number, today, id_type)
    if id_type == FOREIGN_PERMANENT:
        if _PERMANENT_OLD.fullmatch(number):
            return None
        if len(number) != 18 or not number.startswith("9"):
            return f"{id_type}号码应为 15 位（3 位字母加 12 位数字），或以 9 开头的 18 位，请核对"
        return _gb11643_problem(number, today, id_type)
    if id_type not in _FORMS:
        return f"证件类型应为{'、'.join(ID_TYPES)}之一，现在是“{id_type}”"
    form, words = _FORMS[id_type]
    return None if form.fullmatch(number) else f"{id_type}号码{words}，请核对"


def _gb11643_problem(number: str, today: date, id_type: str) -> str | None:
    if _OLD_CARD.fullmatch(number) and id_type == RESIDENT:
        return "这是 15 位的旧身份证号码，请填写现在使用的 18 位号码"
    if len(number) != 18:
        return f"{id_type}号码应为 18 位，现在是 {len(number)} 位"
    if not _GB11643.fullmatch(number):
        return f"{id_type}号码前 17 位应为数字，最后一位应为数字或 X，请核对"
    born = _birthday(number[6:14])
    if born is None:
        return f"{id_type}号码第 7 至 14 位是出生日期，{number[6:14]} 不是真实的日期，请核对"
    if born > today:
        return f"{id_type}号码中的出生日期 {number[6:14]} 还没有到，请核对"
    if check_digit(number[:17]) != number[17]:
        return f"{id_type}号码校验不符，可能有一位填错或相邻两位颠倒，请逐位核对"
    return None


def _birthday(digits: str) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return born if born.year >= EARLIEST_BIRTH_YEAR else None


def birth_date_of(id_number: str) -> date | None:
    """Return the birthday in an 18-character or 15-digit (19YY) number, else None."""
    number = normalise_id(id_number)
    if _GB11643.fullmatch(number):
        return _birthday(number[6:14])
    return _birthday("19" + number[6:12]) if _OLD_CARD.fullmatch(number) else None


def sex_of(id_number: str) -> str | None:
    """Return 男 or 女 by the 17th of 18 characters or the 15th of 15 digits, else None."""
    number = normalise_id(id_number)
    if _GB11643.fullmatch(number):
        return "男" if int(number[16]) % 2 else "女"
    if _OLD_CARD.fullmatch(number):
        return "男" if int(number[14]) % 2 else "女"
    return None


def initial_password(id_number: str) -> str:
    """Return the initial password: the number's last six, upper case (manual, chapter 1)."""
    return normalise_id(id_number)[-INITIAL_PASSWORD_LENGTH:]


def ticket_problem(text: str) -> str | None:
    """Return the fault of a 准考证号 (twelve digits), or None."""
    number = normalise_digits(text)
    if not number:
        return "请填写准考证号"
    if not re.fullmatch("[0-9]+", number):
        return f"准考证号应为 {TICKET_LENGTH} 位数字，不含字母和符号"
    if len(number) != TICKET_LENGTH:
        return f"准考证号应为 {TICKET_LENGTH} 位数字，现在是 {len(number)} 位"
    return None
