"""Rules for new passwords (security.md SR-2, SR-4, SR-5), compared exactly as typed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from app.rules.people.identity import initial_password, normalise_id
from app.rules.people.telling_words import holds_birth, holds_name, holds_product, holds_username

LONGEST = 64
SHORTEST = {"examinee": 10, "staff": 12}
CLASSES = {"examinee": 2, "staff": 3}
FEW_DIFFERENT = 4
"""Minimum of different characters."""

Kind = Literal["examinee", "staff"]


def password_problem(
    new: str,
    *,
    id_number: str = "",
    ticket_numbers: Iterable[str] = (),
    phone: str = "",
    birth: date | None = None,
    name: str = "",
    username: str = "",
    kind: Kind = "examinee",
) -> str | None:
    """Return the fault of a new password, or None.

    That it is made of one's own name is told first of all: whoever makes it longer, as the other reasons ask, would keep the name in it.
    """
    if own := _own_name(new[:LONGEST], name, username):
        return f"密码中不能包含{own}，请换成别人想不到的"
    shortest = SHORTEST[kind]
    if len(new) < shortest:
        return f"密码至少 {shortest} 位，现在是 {len(new)} 位"
    if len(new) > LONGEST:
        return f"密码最多 {LONGEST} 位，现在是 {len(new)} 位"
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in new):
        return "密码中有无法输入的字符，请重新设置"
    if _classes(new) < CLASSES[kind]:
        return f"密码应包含大写字母、小写字母、数字、其他字符中的至少 {CLASSES[kind]} 种"
    if personal := _personal(new, id_number, ticket_numbers, phone, birth):
        return f"密码中不能包含{personal}，请换成别人想不到的"
    if len(set(new)) < FEW_DIFFERENT or new.casefold() in common_passwords():
        return "这个密码太常见，容易被猜中，请换一个"
    if holds_product(new):
        return "密码中不能包含平台和考试的名称（例如 kaoji、自考），请换成别人想不到的"
    return None


def _own_name(new: str, name: str, username: str) -> str | None:
    """Return which name of the person is contained, or None."""
    if username and holds_username(new, username):
        return "用户名"
    return "姓名或姓名的拼音、缩写" if name and holds_name(new, name) else None


def _classes(text: str) -> int:
    """Count the kinds used: A-Z, a-z, 0-9, others."""
    kinds = {
        "upper" if "A" <= c <= "Z" else "lower" if "a" <= c <= "z" else "digit" if "0" <= c <= "9" else "other"
        for c in text
    }
    return len(kinds)


def _personal(new: str, id_number: str, tickets: Iterable[str], phone: str, birth: date | None) -> str | None:
    """Return the personal fact contained in any case, or None."""
    typed = new.upper()
    if id_number and (normalise_id(id_number) in typed or initial_password(id_number) in typed):
        return "证件号码或它的后六位"
    if any(ticket and ticket in typed for ticket in tickets):
        return "准考证号"
    if phone and phone in typed:
        return "手机号码"
    if birth and holds_birth(new, birth):
        return "出生日期"
    return None


@cache
def common_passwords() -> frozenset[str]:
    """Return the bundled list, case folded. Source: tests/rules/people/make_common_passwords.py."""
    listed = Path(__file__).with_name("data") / "common_passwords.txt"
    return frozenset(listed.read_text(encoding="utf-8").casefold().split("\n")) - {""}
