"""Verification code of a paper: 12 unambiguous characters (60 bits), written 7K3M-9QXA-2F4D."""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
LENGTH = 12
_READ_AS = str.maketrans("OIL", "011")
KINDS = {"receipt": "申请回执", "opinion": "审核意见", "payment": "缴费凭证"}
"""Papers of every service; services declare their own."""


def read_code(typed: str) -> str:
    """Return a typed code without dashes; "" when invalid."""
    text = unicodedata.normalize("NFKC", typed).upper().translate(_READ_AS)
    text = "".join(character for character in text if character not in "-－—– \t")
    return text if len(text) == LENGTH and set(text) <= set(ALPHABET) else ""


def code_in_groups(code: str) -> str:
    """7K3M9QXA2F4D → 7K3M-9QXA-2F4D"""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
