"""What states of an order and ways to pay are called."""

from __future__ import annotations

STATES = {"open": "待支付", "paid": "已支付", "closed": "已关闭"}
TONES = {"open": "warn", "paid": "ok", "closed": "off"}
"""The kind of tag that a page shows the word in."""
WAYS = {"offline": "现场缴费", "training": "训练收银台"}
"""A gateway that is not named here is called by its own key."""


def way(paid_by: str) -> str:
    return WAYS.get(paid_by, paid_by)
