"""办理时间. Every span is half-open [opens, closes); times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.rules.settings import NO_SETTINGS, FieldProblem, Settings, setting

MAX_NAME = 60  # characters
MOST_REVIEW_DAYS = 250  # working days of a year


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """A window as plain data. `id` 0: not stored yet. `fee` in 分, 0 for none. `options`: of its service.

    Columns read, administrator's form, options of `kaoji window` and audit details are generated from these fields.
    """

    id: int
    service: str = setting("业务", kind="choice")
    name: str = setting("批次名称")
    opens_at: datetime = setting("开始时间", flag="--opens", help="开始时间，如 2026-12-01T09:00")
    closes_at: datetime = setting("截止时间", flag="--closes", help="截止时间（不含）")
    fixes_close_at: datetime | None = setting(
        "修改截止时间", default=None, flag="--fixes-close", help="退回后可修改到何时，默认同截止时间"
    )
    pay_opens_at: datetime | None = setting("缴费开始时间", default=None, flag="--pay-opens", help="缴费开始时间")
    pay_closes_at: datetime | None = setting("缴费截止时间", default=None, flag="--pay-closes", help="缴费截止时间")
    fee: int = setting("费用", default=0, kind="money", flag="--fee", help="费用，元")
    stages: int = setting(
        "审核环节", default=2, choices={1: "一级", 2: "两级"}, flag="--stages", help="审核环节：一级或两级"
    )
    # for every service: the wizard accepts the files of all steps
    strict_files: bool = setting(
        "只收 1 MB 以内的 JPG、PNG",
        drawn="只收 1 MB 以内的 JPG、PNG 图片",
        default=False,
        flag="--strict-files/--any-photo",
        help="只收 1 MB 以内的 JPG、PNG，或 20 MB 以内的手机照片都收下并压缩（默认）",
    )
    review_days: int = setting(
        "审核通常需要的工作日",
        drawn="审核通常需要几个工作日",
        default=0,
        blank=True,
        flag="--review-days",
        help="审核通常需要的工作日，提交后告诉考生；0 为不说（默认）",
    )
    notice: str = setting("考生须知", default="", kind="text")
    options: Settings = NO_SETTINGS
    planned_closes_at: datetime | None = None
    """原定截止时间 of one that was closed early; set by closing it, not by a form."""

    def is_open(self, on: datetime) -> bool:
        return self.opens_at <= on < self.closes_at

    def has_closed(self, on: datetime) -> bool:
        return on >= self.closes_at

    @property
    def fixes_until(self) -> datetime:
        """End of 重新申请; by default the window's end (manual 3.1.9)."""
        return self.fixes_close_at or self.closes_at

    def takes_fixes(self, on: datetime) -> bool:
        return self.opens_at <= on < self.fixes_until

    def pays(self, on: datetime) -> bool:
        return bool(
            self.fee and self.pay_opens_at and self.pay_closes_at and self.pay_opens_at <= on < self.pay_closes_at
        )

    def pay_over(self, on: datetime) -> bool:
        return bool(self.pay_closes_at and on >= self.pay_closes_at)

    def problems(self) -> list[FieldProblem]:
        """Return what is invalid, first fault first, without `options`."""
        pays, ends = self.pay_opens_at, self.pay_closes_at
        early = self.fixes_close_at is not None and self.fixes_close_at < self.closes_at
        tests = (
            (not self.name, "name", "请填写批次名称，例如 2026 年下半年"),
            (len(self.name) > MAX_NAME, "name", f"批次名称最多 {MAX_NAME} 个字"),
            (self.opens_at >= self.closes_at, "closes_at", "截止时间要晚于开始时间"),
            (early, "fixes_close_at", "修改截止时间不能早于截止时间"),
            (self.fee < 0, "fee", "费用不能是负数"),
            ((pays is None) != (ends is None), "pay_closes_at", "缴费的开始和截止时间要一起填写"),
            (bool(pays and ends and pays >= ends), "pay_closes_at", "缴费截止时间要晚于缴费开始时间"),
            (bool(pays) and not self.fee, "fee", "设了缴费时间，请填写费用；不收费的，不要填缴费时间"),
            (self.stages not in (1, 2), "stages", "审核环节为一级或两级"),
            (
                not 0 <= self.review_days <= MOST_REVIEW_DAYS,
                "review_days",
                f"审核通常需要的工作日应为 0 到 {MOST_REVIEW_DAYS}，不填或 0 表示不告诉考生",
            ),
        )
        return [(name, message) for wrong, name, message in tests if wrong]


def without_dates(before: WindowFacts, after: WindowFacts) -> WindowFacts:
    """Return a change that ends the fee without the dates of payment that only belonged to it; any other as it is."""
    return replace(after, pay_opens_at=None, pay_closes_at=None) if before.fee and not after.fee else after


def stages_problem(waiting: int) -> str:
    """Why the second stage of a window cannot be taken away, or ''. `waiting`: applications of it at that stage, or returned by it."""
    if not waiting:
        return ""
    return (
        f"这个办理时间有 {waiting} 项申请在等考办终审，或由考办退回修改，现在不能改成一级：改了就没有人能审核它们。"
        "可以等它们审完再改；以后的申请只审一次的，另建一个办理时间"
    )


def in_time(window: WindowFacts, state: str, on: datetime) -> bool:
    """Whether a draft, or what was returned, may be written and submitted now."""
    return window.takes_fixes(on) if state == "returned" else window.is_open(on)


class Longer(StrEnum):
    """What is extended for one ticket. 申请 includes the corrections."""

    APPLY = "apply"
    FIXES = "fixes"
    PAY = "pay"


class InItsTime:
    """What has a window and a state (None: nothing begun) at a moment: until when it can be written, and how long that is.

    `longer`: the Longer of its ticket alone.
    """

    __slots__ = ()
    window: WindowFacts
    state: str | None
    on: datetime
    longer: str | None

    @property
    def deadline(self) -> datetime:
        """When what is written now must be submitted, exclusive."""
        return self.window.fixes_until if self.state == "returned" else self.window.closes_at

    @property
    def left(self) -> str:
        """Time left until the deadline, in words."""
        return time_left(self.deadline, self.on)

    @property
    def alone(self) -> bool:
        """Whether the deadline is the ticket's own extension."""
        return self.longer == Longer.APPLY or (self.state == "returned" and self.longer == Longer.FIXES)


LONGER_WORDS = {Longer.FIXES: "退回后修改", Longer.APPLY: "申请和提交", Longer.PAY: "缴费"}


def extended(window: WindowFacts, what: str | None, until: datetime | None) -> WindowFacts:
    """Return the window with one ticket's extension applied (`what` None: no extension).

    Opening times stay; closing times are never earlier than the window's. Only this function interprets an extension.
    """
    if not what or until is None:
        return window
    if what == Longer.PAY:
        return replace(window, pay_closes_at=max(window.pay_closes_at, until)) if window.pay_closes_at else window
    closes = max(window.closes_at, until) if what == Longer.APPLY else window.closes_at
    return replace(window, closes_at=closes, fixes_close_at=max(window.fixes_until, until))


def deadline(window: WindowFacts, what: str) -> datetime | None:
    """Return the end that this kind of extension moves, or None."""
    return {Longer.APPLY: window.closes_at, Longer.FIXES: window.fixes_until, Longer.PAY: window.pay_closes_at}[
        Longer(what)
    ]


def time_left(until: datetime, on: datetime) -> str:
    """Format the time left: 13 天 21 小时, 5 小时 20 分钟, 12 分钟."""
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


def still(left: str, word: str = "还剩") -> str:
    """Put a word before what time_left gave; a blank only before a figure."""
    if left == "已截止":
        return left
    return f"{word} {left}" if left[0].isdecimal() else f"{word}{left}"


def time_waited(since: datetime, on: datetime) -> str:
    """Format the time waited in its largest unit: 2 天, 5 小时, 12 分钟."""
    minutes = max(0, int((on - since).total_seconds() // 60))
    if minutes >= 1440:
        return f"{minutes // 1440} 天"
    return f"{minutes // 60} 小时" if minutes >= 60 else f"{minutes} 分钟"
