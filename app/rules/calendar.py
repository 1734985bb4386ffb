"""The site's time zone (KAOJI_TIMEZONE, set by create_app): moments are stored in UTC, shown and typed in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_zone = ZoneInfo("Asia/Shanghai")


def use_zone(name: str) -> None:
    """Set the site's zone, at start only."""
    global _zone
    _zone = ZoneInfo(name)


def zone() -> ZoneInfo:
    """Return the site's zone."""
    return _zone


def local(moment: datetime) -> datetime:
    """Convert a moment to the site's zone."""
    return moment.astimezone(_zone)


def today(on: datetime) -> date:
    return local(on).date()


def from_local(naive: datetime) -> datetime:
    """Convert a typed local time to aware UTC."""
    return naive.replace(tzinfo=_zone).astimezone(UTC)


def day(moment: datetime | date) -> str:
    """Format: 2026 年 12 月 7 日."""
    when = local(moment) if isinstance(moment, datetime) else moment
    return f"{when.year} 年 {when.month} 月 {when.day} 日"


def moment(when: datetime) -> str:
    """Format: 2026 年 12 月 7 日 16:00."""
    here = local(when)
    return f"{day(when)} {here.hour}:{here.minute:02}"


def short(when: datetime) -> str:
    """Format: 12 月 7 日 16:00."""
    here = local(when)
    return f"{here.month} 月 {here.day} 日 {here.hour}:{here.minute:02}"


def clock(when: datetime) -> str:
    """Format: 18:05."""
    return f"{local(when):%H:%M}"


def exam_session_words(text: str) -> str:
    """Format a 考次: 2026-10 as 2026 年 10 月."""
    year, _, month = text.partition("-")
    return f"{year} 年 {int(month)} 月" if month.isdecimal() else text
