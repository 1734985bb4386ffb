"""Contact data: normalisation and validation."""

from __future__ import annotations

import re

from app.rules.people.identity import normalise_digits
from app.rules.text import clean_line, unprintable_problem

MOBILE_LENGTH = 11
POSTCODE_LENGTH = 6
EMAIL_LONGEST = 254
ADDRESS_SHORTEST = 5
ADDRESS_LONGEST = 100

_MOBILE = re.compile("1[3-9][0-9]{9}")
_COUNTRY = re.compile(r"(?:\+|00)86(?=1)")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}"
)


def normalise_phone(text: str) -> str:
    """Normalise a mobile number: ASCII digits, no gaps, hyphens or leading +86 or 0086."""
    return _COUNTRY.sub("", normalise_digits(text), count=1)


def phone_problem(text: str) -> str | None:
    """Return the fault of a mainland mobile number (eleven digits, 13 to 19), or None. Normalises first."""
    number = normalise_phone(text)
    if not number:
        return "请填写手机号码"
    if not re.fullmatch("[0-9]+", number):
        return "手机号码只能有数字，请去掉其他字符"
    if len(number) != MOBILE_LENGTH:
        return f"手机号码应为 {MOBILE_LENGTH} 位数字，现在是 {len(number)} 位"
    if not _MOBILE.fullmatch(number):
        return f"手机号码应以 13 至 19 开头，现在以 {number[:2]} 开头，请填写中国大陆的手机号码"
    return None


def postcode_problem(text: str) -> str | None:
    """Return the fault of a postcode (six digits), or None. Normalises first."""
    number = normalise_digits(text)
    if not number:
        return "请填写邮政编码"
    if not re.fullmatch("[0-9]+", number):
        return f"邮政编码应为 {POSTCODE_LENGTH} 位数字，不含字母和符号"
    if len(number) != POSTCODE_LENGTH:
        return f"邮政编码应为 {POSTCODE_LENGTH} 位数字，现在是 {len(number)} 位"
    return None


def normalise_email(text: str) -> str:
    """Normalise an address: no spaces, full-width ＠ and ． as ASCII."""
    return "".join(clean_line(text).split()).replace("＠", "@").replace("．", ".").replace("。", ".")


def email_problem(text: str) -> str | None:
    """Return the fault of an e-mail address, or None. Empty is valid."""
    address = normalise_email(text)
    if not address:
        return None
    if len(address) > EMAIL_LONGEST:
        return f"电子邮箱最多 {EMAIL_LONGEST} 个字符，现在是 {len(address)} 个"
    if address.count("@") != 1:
        return "电子邮箱应有且只有一个 @，例如 name@example.com"
    if not _EMAIL.fullmatch(address) or len(address.partition("@")[0]) > 64:
        return "电子邮箱格式不对，例如 name@example.com"
    return None


def address_problem(text: str) -> str | None:
    """Return the fault of a postal address (5 to 100 characters), or None."""
    if unprintable := unprintable_problem(text):
        return f"通讯地址{unprintable}"
    address = clean_line(text)
    if not address:
        return "请填写通讯地址"
    if len(address) < ADDRESS_SHORTEST:
        return "通讯地址太短，请写明省、市、区、路和门牌号"
    if len(address) > ADDRESS_LONGEST:
        return f"通讯地址最多 {ADDRESS_LONGEST} 个字，现在是 {len(address)} 个字"
    return None
