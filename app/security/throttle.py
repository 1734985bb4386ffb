"""Rate limits counted in the database, to survive restarts and hold across hosts.

A counter starts with its first hit and lasts for its span; one UPSERT per hit. Figures: security.md §5.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from app.models import Throttle
from app.models.base import insert_into
from app.rules.refusals import Refused

KEPT = timedelta(minutes=30)  # after expiry


class TooOften(Refused):
    """Asked or failed too often; answered with 429 and Retry-After of `wait` seconds."""

    def __init__(self, message: str, wait: float | timedelta = 60) -> None:
        super().__init__(message)
        self.wait = max(1, round(wait.total_seconds() if isinstance(wait, timedelta) else wait))


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` hits within `span`."""

    most: int
    span: timedelta


WRONG_PASSWORDS = Limit(5, timedelta(minutes=15))  # per account, or known browser of it
BROWSER_TRIES = Limit(10, timedelta(minutes=15))  # of one sign-in page's cookie, without a success
ALL_FAILURES = Limit(1000, timedelta(minutes=5))  # only raises an alarm
ACTIVATION = Limit(3, timedelta(minutes=30))
PICTURES = Limit(30, timedelta(minutes=1))  # per browser
SOUNDS = Limit(10, timedelta(minutes=1))
ADDRESS_PICTURES = Limit(1500, timedelta(minutes=1))  # a room of 2,000 in ten minutes asks for 400
ADDRESS_SOUNDS = Limit(60, timedelta(minutes=1))
CODES = Limit(300, timedelta(minutes=5))  # of papers, at /verify, per address: a code has 60 bits
REPORTS = Limit(20, timedelta(minutes=1))
TOTP = (Limit(5, timedelta(minutes=5)), Limit(20, timedelta(hours=1)), Limit(50, timedelta(days=1)))
REVEALS = Limit(200, timedelta(days=1))  # per member of staff; one more raises an alarm
RESETS = Limit(5, timedelta(days=1))  # per examinee
CODES_GIVEN = Limit(50, timedelta(days=1))  # one-time codes to examinees, per member of staff
CODES_ALARM = 20  # one more raises an alarm
STAFF_RESETS = Limit(20, timedelta(days=1))  # passwords and second factors of colleagues, per administrator
STAFF_RESETS_ALARM = 5
OWNERS = Limit(50, timedelta(days=1))  # corrections of who signs in to what, per member of the office
OWNERS_ALARM = 20
LOCKS = Limit(1_000_000, timedelta(days=1))  # locks of an account in a day
LOCK_TIMES = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))


def hit(session: Session, key: str, limit: Limit, on: datetime, slot: int = 0, by: int = 1) -> int:
    """Count one hit (or `by`) and return the hits within the span."""
    over = Throttle.expires_at <= on
    statement = (
        insert_into(session, Throttle)
        .values(key=key, slot=slot, hits=by, expires_at=on + limit.span)
        .on_conflict_do_update(
            index_elements=[Throttle.key, Throttle.slot],
            set_={
                "hits": case((over, by), else_=Throttle.hits + by),
                "expires_at": case((over, on + limit.span), else_=Throttle.expires_at),
            },
        )
        .returning(Throttle.hits)
    )
    return int(session.execute(statement).scalar_one())


def hits(session: Session, key: str, on: datetime) -> int:
    """Return the present count."""
    found = session.scalar(select(func.max(Throttle.hits)).where(Throttle.key == key, Throttle.expires_at > on))
    return int(found or 0)


def total(session: Session, key: str, on: datetime) -> int:
    """Return the sum over the live slots of a key."""
    found = session.scalar(select(func.sum(Throttle.hits)).where(Throttle.key == key, Throttle.expires_at > on))
    return int(found or 0)


def left(session: Session, key: str, on: datetime) -> timedelta:
    """Return how long a counter still lives."""
    until = session.scalar(select(func.max(Throttle.expires_at)).where(Throttle.key == key))
    return max(until - on, timedelta(0)) if until else timedelta(0)


def take_back(session: Session, key: str, slot: int = 0, by: int = 1) -> None:
    """Uncount what `hit` counted."""
    mine = (Throttle.key == key, Throttle.slot == slot, Throttle.hits >= by)
    session.execute(update(Throttle).where(*mine).values(hits=Throttle.hits - by))


def forget(session: Session, keys: Iterable[str]) -> None:
    """Delete counters (after success or a reset)."""
    session.execute(delete(Throttle).where(Throttle.key.in_(list(keys))))


def close(session: Session, key: str, until: datetime) -> None:
    """Keep a counter as it is until then."""
    session.execute(update(Throttle).where(Throttle.key == key).values(expires_at=until))


def lock(session: Session, key: str, on: datetime) -> timedelta:
    """Keep a counter at its limit for 15 minutes, again within a day 30, then 60; return that time."""
    before = hit(session, f"locks:{key}", LOCKS, on)
    length = LOCK_TIMES[min(before, len(LOCK_TIMES)) - 1]
    close(session, key, on + length)
    return length


def purge(session: Session, on: datetime) -> None:
    """Delete counters expired over KEPT ago."""
    session.execute(delete(Throttle).where(Throttle.expires_at <= on - KEPT))


def slot_of(text: str) -> int:
    """Return a text as a 31-bit slot: distinct texts can be counted, not read."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def network(address: str) -> str:
    """Return the address to count; for IPv6 its /64, which one subscriber holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
