"""Demo windows: one open, one paying, one closed, one coming."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from app.rules.calendar import from_local
from app.rules.settings import plain
from app.services.graduation import GRADUATION

FEE = 5000  # 分; invented, the office sets the real fee


@dataclass(frozen=True, slots=True)
class Rounds:
    """The windows, in days from `day`, when the demonstration was made."""

    day: date

    CURRENT: ClassVar[int] = 1
    PAYING: ClassVar[int] = 2
    CLOSED: ClassVar[int] = 3
    COMING: ClassVar[int] = 4
    ALL: ClassVar[tuple[int, ...]] = (1, 2, 3, 4)

    def name(self, steps: int) -> str:
        """Return 2026 年下半年 for 0, 2026 年上半年 for -1, …"""
        halves = self.day.year * 2 + (self.day.month > 6) + steps
        return f"{halves // 2} 年{'下' if halves % 2 else '上'}半年"

    def at(self, days: int, hour: int = 9) -> datetime:
        """Return a moment, in days from `day`, Beijing time."""
        return from_local(datetime.combine(self.day + timedelta(days=days), time(hour)))

    def windows(self) -> list[dict[str, Any]]:
        """Return rows of the window table."""
        spans = (
            # id, name, opens, closes, fixes close, pay opens, pay closes
            (self.CURRENT, 0, -8, 13, 20, 45, 60),
            (self.PAYING, -1, -150, -130, -120, -5, 18),
            (self.CLOSED, -2, -330, -310, -300, -240, -220),
            (self.COMING, 1, 172, 192, None, None, None),
        )
        return [
            {
                "id": ident,
                "service": GRADUATION.code,
                "name": self.name(steps),
                "opens_at": self.at(opens),
                "closes_at": self.at(closes, 16),
                "fixes_close_at": fixes and self.at(fixes, 16),
                "pay_opens_at": pay and self.at(pay),
                "pay_closes_at": until and self.at(until, 16),
                "notice": GRADUATION.words.notice.strip(),
                "fee": FEE,
                "review_days": 15,
                "options": plain(GRADUATION.options.kind()),
                "version": 1,
            }
            for ident, steps, opens, closes, fixes, pay, until in spans
        ]


def rounds(day: date) -> Rounds:
    return Rounds(day)
