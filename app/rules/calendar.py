"""The site's time zone (KAOJI_TIMEZONE, set by create_app): moments are stored in UTC, shown and typed in it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

YEARS = range(1990, 2101)
"""Of times that are set: with a year like 0001 or 9999 no time after it, or before it in another zone, could be told."""
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


def short(when: datetime, on: datetime) -> str:
    """Format: 12 月 7 日 16:00, with the year unless it is this year's."""
    here = local(when)
    return (
        f"{here.month} 月 {here.day} 日 {here.hour}:{here.minute:02}" if here.year == local(on).year else moment(when)
    )


def clock(when: datetime) -> str:
    """Format: 18:05."""
    return f"{local(when):%H:%M}"


def lately(when: datetime, on: datetime) -> str:
    """Format with its date unless it is today's: 18:05, 12 月 7 日 18:05, 2025 年 12 月 7 日 18:05."""
    then, now = local(when), local(on)
    if then.date() == now.date():
        return clock(when)
    return f"{then.month} 月 {then.day} 日 {clock(when)}" if then.year == now.year else f"{day(when)} {clock(when)}"


def rest_of_day(on: datetime) -> timedelta:
    """Return how long it is to the next midnight of the site's zone."""
    return from_local(datetime.combine(today(on) + timedelta(days=1), time())) - on


def wait_in_words(seconds: int) -> str:
    """Format a time of waiting, rounded up: 90 秒, 15 分钟, 24 小时."""
    if seconds <= 90:
        return f"{seconds} 秒"
    return f"{-(-seconds // 60)} 分钟" if seconds <= 5400 else f"{-(-seconds // 3600)} 小时"


def exam_session_words(text: str) -> str:
    """Format a 考次: 2026-10 as 2026 年 10 月."""
    year, _, month = text.partition("-")
    return f"{year} 年 {int(month)} 月" if month.isdecimal() else text


def typed_moment(text: str) -> datetime:
    """Read a local time typed into a field, as aware UTC.

    Raises ValueError: no such time, one with a zone or in another writing (2026-W49-2), a year that nobody means.
    """
    typed = datetime.fromisoformat(text.strip())
    if not _TYPED.fullmatch(text.strip()) or typed.year not in YEARS:
        raise ValueError(text)
    return from_local(typed)


class Days(NamedTuple):
    """The moments [since, until) of typed days, None for no limit; errors by field."""

    since: datetime | None
    until: datetime | None
    errors: dict[str, list[str]]


def read_days(since: str, until: str) -> Days:
    """Read the fields `since` and `until` of a filter: whole days of the site's zone, both included."""
    found: dict[str, datetime] = {}
    errors: dict[str, list[str]] = {}
    for name, text in (("since", since), ("until", until)):
        try:
            if text and not picked(text, "date"):  # 20261201, 2026-W49-2: the field could not show what narrows
                raise ValueError
            if text:
                found[name] = from_local(datetime.combine(date.fromisoformat(text), time()))
        except (ValueError, OverflowError):  # the first day of all is before the first moment in UTC
            errors[name] = [f"日期应写成 2026-12-01，没有“{text}”这一天"]
    first, last = found.get("since"), found.get("until")
    if first and last and last < first:
        errors["until"] = [f"应不早于开始的日期 {since}"]
    if errors:
        return Days(None, None, errors)
    return Days(first, min(last, _LAST) + timedelta(days=1) if last else None, {})


_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)  # the day after it can still be told in the site's zone
_TYPED = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")
_PICKED = {"date": re.compile(r"\d{4}-\d\d-\d\d"), "datetime-local": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")}


def picked(text: str, kind: str) -> bool:
    """Return whether an input of this type can hold the text: a browser shows nothing for any other."""
    try:
        return bool(_PICKED[kind].fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False
