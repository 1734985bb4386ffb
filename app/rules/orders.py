"""Words for order states and ways to pay; when a payment recorded on the spot may be corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

STATES = {"open": "待支付", "paid": "已支付", "closed": "已关闭"}
TONES = {"open": "warn", "paid": "ok", "closed": "off"}
"""Tag style."""
OFFLINE = "offline"
WAYS = {OFFLINE: "现场缴费", "training": "训练收银台"}
"""Other gateways are shown by their key."""
CORRECTABLE = timedelta(days=30)
MAX_REASON = 200  # characters


def way(paid_by: str) -> str:
    return WAYS.get(paid_by, paid_by)


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a paid order was paid. `by`: id of who recorded it on the spot, None if unknown."""

    paid_by: str
    by: int | None
    at: datetime


def correction_problem(recorded: Recorded, by: int | None, on: datetime) -> str | None:
    """Why this person may not take the payment back, or None: on the spot only, by somebody else, within CORRECTABLE."""
    if recorded.paid_by != OFFLINE:
        return "这笔是网上支付的，款项已经收到，不能更正；要退款请按重复支付或有争议的款项办理。"
    if on >= recorded.at + CORRECTABLE:
        return f"登记满 {CORRECTABLE.days} 天的不能再更正，请由考办按退款或补缴另行处理。"
    if by is not None and by == recorded.by:
        return "这笔是你登记的，须由另一位工作人员更正。"
    return None
