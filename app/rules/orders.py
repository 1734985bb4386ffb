"""Words for order states and ways to pay."""

from __future__ import annotations

STATES = {"open": "待支付", "paid": "已支付", "closed": "已关闭"}
TONES = {"open": "warn", "paid": "ok", "closed": "off"}
"""Tag style."""
WAYS = {"offline": "现场缴费", "training": "训练收银台"}
"""Other gateways are shown by their key."""


def way(paid_by: str) -> str:
    return WAYS.get(paid_by, paid_by)
