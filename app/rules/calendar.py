"""The office's own clock: moments are kept in UTC, read and typed in the office's zone.

The zone is a setting (KAOJI_TIMEZONE) that create_app sets once; everything else only asks.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_zone = ZoneInfo("Asia/Shanghai")


def use_zone(name: str) -> None:
    """Set the office's zone, at start only."""
    global _zone
    _zone = ZoneInfo(name)


def zone() -> ZoneInfo:
    """The office's zone."""
    return _zone


def local(moment: datetime) -> datetime:
    """The same moment on the office's wall clock."""
    return moment.astimezone(_zone)


def today(on: datetime) -> date:
    return local(on).date()


def from_local(naive: datetime) -> datetime:
    """What an administrator typed (wall clock) as aware UTC."""
    return naive.replace(tzinfo=_zone).astimezone(UTC)


def day(moment: datetime | date) -> str:
    """2026 年 12 月 7 日"""
    when = local(moment) if isinstance(moment, datetime) else moment
    return f"{when.year} 年 {when.month} 月 {when.day} 日"


def moment(when: datetime) -> str:
    """2026 年 12 月 7 日 16:00"""
    here = local(when)
    return f"{day(when)} {here.hour}:{here.minute:02}"


def short(when: datetime) -> str:
    """12 月 7 日 16:00"""
    here = local(when)
    return f"{here.month} 月 {here.day} 日 {here.hour}:{here.minute:02}"


def clock(when: datetime) -> str:
    """18:05"""
    return f"{local(when):%H:%M}"


def exam_session_words(text: str) -> str:
    """A 考次 such as 2026-10 in words: 2026 年 10 月."""
    year, _, month = text.partition("-")
    return f"{year} 年 {int(month)} 月" if month.isdecimal() else text
