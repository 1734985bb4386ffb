"""Verification code of a paper: 12 unambiguous characters (60 bits), written 7K3M-9QXA-2F4D."""

from __future__ import annotations

from app.rules.text import LONGEST_CODE, normalised

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
LENGTH = 12
_READ_AS = str.maketrans("OIL", "011")
KINDS = {"receipt": "申请回执", "opinion": "审核意见", "payment": "缴费凭证"}
"""Papers of every service; services declare their own."""
VERDICTS = {
    "genuine": ("ok", "真实有效", "由本平台出具，内容仍有效。"),
    "superseded": (
        "warn",
        "已被替代",
        "由本平台出具，但后来重新提交过，或有了新的审核意见、新的编号，请以最新的一份为准。",
    ),
    "withdrawn": ("bad", "已撤回", "由本平台出具，但考生后来撤回了这份申请，这份打印件不再有效，也没有新的一份。"),
    "overruled": (
        "bad",
        "已撤销",
        "由本平台出具，但它所依据的审核决定后来已经撤销，这份打印件不再有效，现在也没有新的一份。",
    ),
    "revoked": ("bad", "已撤销", "由本平台出具，但这项申请的办结后来已经撤销，这份打印件不再有效。"),
    "stopped": ("bad", "不再有效", "由本平台出具，但这位考生的另一项申请已经办结，这一份不再有效。"),
    "corrected": ("bad", "已更正", "由本平台出具，但这笔缴费的登记后来已经更正，这份打印件不再有效。"),
}
"""What /verify says of a paper that is known: kind of note, word, sentence."""


def read_code(typed: str) -> str:
    """Return a typed code without dashes; "" when invalid."""
    text = normalised(typed[:LONGEST_CODE], "NFKC").upper().translate(_READ_AS)
    text = "".join(character for character in text if character not in "-－—– \t")
    return text if len(text) == LENGTH and set(text) <= set(ALPHABET) else ""


def code_in_groups(code: str) -> str:
    """7K3M9QXA2F4D → 7K3M-9QXA-2F4D"""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
