"""办理时间: when something can be done. Every span is half-open [opens, closes); times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """A window as plain data. `fee` in 分; 0 means nothing is to be paid."""

    id: int
    service: str
    name: str
    opens_at: datetime
    closes_at: datetime
    fixes_close_at: datetime | None = None
    pay_opens_at: datetime | None = None
    pay_closes_at: datetime | None = None
    notice: str = ""
    fee: int = 0
    statement_min: int = 300
    statement_max: int = 800
    stages: int = 2
    refuse_missing: bool = False
    strict_files: bool = False
    portrait: bool = False
    portrait_width: int = 480
    portrait_height: int = 640
    portrait_background: str = ""

    def is_open(self, on: datetime) -> bool:
        return self.opens_at <= on < self.closes_at

    def has_closed(self, on: datetime) -> bool:
        return on >= self.closes_at

    @property
    def fixes_until(self) -> datetime:
        """重新申请 until here; by default the window's end, as in the manual (3.1.9)."""
        return self.fixes_close_at or self.closes_at

    def takes_fixes(self, on: datetime) -> bool:
        return self.opens_at <= on < self.fixes_until

    def pays(self, on: datetime) -> bool:
        return bool(
            self.fee and self.pay_opens_at and self.pay_closes_at and self.pay_opens_at <= on < self.pay_closes_at
        )

    def pay_over(self, on: datetime) -> bool:
        return bool(self.pay_closes_at and on >= self.pay_closes_at)


class Longer(StrEnum):
    """What of a window lasts longer for one person. 申请 takes the corrections with it."""

    APPLY = "apply"
    FIXES = "fixes"
    PAY = "pay"


LONGER_WORDS = {Longer.FIXES: "退回后修改", Longer.APPLY: "申请和提交", Longer.PAY: "缴费"}


def extended(window: WindowFacts, what: str | None, until: datetime | None) -> WindowFacts:
    """The window as one person has it, with an extension of theirs (`what` None: there is none).

    Still [opens, closes): what opens stays, what closes is never earlier than for everybody. The only place that says
    what an extension means; whatever asks a window for somebody asks the one that comes out of here.
    """
    if not what or until is None:
        return window
    if what == Longer.PAY:
        return replace(window, pay_closes_at=max(window.pay_closes_at, until)) if window.pay_closes_at else window
    closes = max(window.closes_at, until) if what == Longer.APPLY else window.closes_at
    return replace(window, closes_at=closes, fixes_close_at=max(window.fixes_until, until))


def deadline(window: WindowFacts, what: str) -> datetime | None:
    """When it ends what an extension of that kind makes longer; None where the window has no such time."""
    return {Longer.APPLY: window.closes_at, Longer.FIXES: window.fixes_until, Longer.PAY: window.pay_closes_at}[
        Longer(what)
    ]


def time_left(until: datetime, on: datetime) -> str:
    """What is left in words: 13 天 21 小时, 5 小时 20 分钟, 12 分钟."""
    left = until - on
    if left <= timedelta(0):
        return "已截止"
    minutes = int(left.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {minutes} 分钟" if minutes else f"{hours} 小时"
    return f"{minutes} 分钟" if minutes else "不到 1 分钟"


def time_waited(since: datetime, on: datetime) -> str:
    """How long something has waited, in its largest unit: 2 天, 5 小时, 12 分钟."""
    minutes = max(0, int((on - since).total_seconds() // 60))
    if minutes >= 1440:
        return f"{minutes // 1440} 天"
    return f"{minutes // 60} 小时" if minutes >= 60 else f"{minutes} 分钟"
