"""How many tries one address has: few while nobody proved anything there, more with each person who did.

Tries cost units, a proof (a completed activation, a sign-in with one's own password) gives units, and both are forgotten after an hour.
Who finds no units left is braked, not refused: a place in the line is kept, and comes before those who arrive later. The paper with
the figures is docs/decisions/shared-addresses.md.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.models import Throttle
from app.security import throttle
from app.security.throttle import Limit, TooOften

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ALL = 60
"""Units an hour of an address without a proof, for everything that is looked at."""
WAITED = 54
"""Of these for signing in; the rest is for 准考证号 that were wrong once."""
NEWCOMERS = 40
"""Of these for who has not waited: the first seconds of a guesser leave something to those who come back."""
PROOF = 50
"""Units that one proof gives, once an hour and account."""
SIGN_IN = 2
"""What a sign-in costs: one for the password, one for the first 准考证号 after an initial password; given back by what comes out."""
SHARED = 20
"""How much wider a network of KAOJI_SHARED_NETWORKS is."""

BUCKET = timedelta(minutes=5)
HOUR = timedelta(hours=1)
_SUM = Limit(0, HOUR + BUCKET)  # a bucket lives until all of it is an hour old, so that no hour ever has more
_ONCE = Limit(0, HOUR)
_NUMBERS = 2**31

SHORT, LONG = 10, 60
"""Seconds that a braked one waits: at first, and after PATIENCE."""
PATIENCE = timedelta(minutes=3)
PLACE = timedelta(minutes=5)  # that a place is kept for one who is not asking
ASKING = timedelta(seconds=25)  # since the last time, within which a place holds back newcomers
_WAITS, _CALLED = 1, 2  # hits of a place's row


@dataclass(frozen=True, slots=True)
class Address:
    """One address (for IPv6 its /64) as one kind of people meets it: staff and examinees never touch each other's units."""

    side: str
    net: str
    on: datetime
    shared: bool = False

    @property
    def tries(self) -> str:
        return f"tries:{self.side}:{self.net}"

    @property
    def proofs(self) -> str:
        return f"proofs:{self.side}:{self.net}"

    @property
    def line(self) -> str:
        return f"line:{self.side}:{self.net}"

    @property
    def bucket(self) -> int:
        return int(self.on.timestamp() // BUCKET.total_seconds()) % _NUMBERS


def address_of(side: str, address: str, on: datetime, shared: bool = False) -> Address:
    return Address(side, throttle.network(address), on, shared)


def is_shared(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address is of a declared network (KAOJI_SHARED_NETWORKS)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in network for network in networks)


def spend(session: Session, where: Address, units: int, most: int, held: int = 0) -> bool:
    """Take units, before anything is looked at, if with them no more than `most` are spent, besides `held` and what proofs gave."""
    throttle.hit(session, where.tries, _SUM, where.on, where.bucket, units)
    allowed = most * (SHARED if where.shared else 1) + PROOF * throttle.total(session, where.proofs, where.on)
    if throttle.total(session, where.tries, where.on) + held <= allowed:
        return True
    give_back(session, where, units)
    return False


def give_back(session: Session, where: Address, units: int) -> None:
    """Undo `spend` of the same request."""
    throttle.take_back(session, where.tries, where.bucket, units)


def proved(session: Session, where: Address, account: str) -> None:
    """Somebody showed here what no list of ID numbers tells; counts once an hour and account, wherever it comes from."""
    if throttle.hit(session, f"proof:{account}", _ONCE, where.on) == 1:
        throttle.hit(session, where.proofs, _SUM, where.on, where.bucket)


# --- the line ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the line, kept by the browser's signed session; it is of one account and stands for the captcha that was solved.

    `slot`: of the row, made of account and `ident`. `since`: when it was first braked.
    """

    side: str
    ident: str
    slot: int
    since: datetime

    def __str__(self) -> str:
        return f"{self.side}.{self.ident}.{self.slot}.{int(self.since.timestamp())}"

    def of(self, side: str, account: str) -> bool:
        return self.side == side and self.slot == _slot(self.ident, account)


class Braked(TooOften):
    """Nothing was looked at: there are no units for it now. `place`: to come back with; None where there is no line."""

    def __init__(self, message: str, wait: float | timedelta, place: Place | None = None) -> None:
        super().__init__(message, wait)
        self.place = place


def read_place(text: str) -> Place | None:
    """Read what the session keeps."""
    try:
        side, ident, slot, since = text.split(".")
        return Place(side, ident, int(slot), datetime.fromtimestamp(int(since), UTC))
    except ValueError:
        return None


def new_place(side: str, account: str, on: datetime) -> Place:
    ident = secrets.token_hex(8)
    return Place(side, ident, _slot(ident, account), on)


def _slot(ident: str, account: str) -> int:
    return throttle.slot_of(f"{ident}:{account}")


def stands(session: Session, where: Address, place: Place) -> bool:
    """Whether the place is still kept, and was not used."""
    return _state(session, where, place) > 0


def _state(session: Session, where: Address, place: Place) -> int:
    mine = (Throttle.key == where.line, Throttle.slot == place.slot, Throttle.expires_at > where.on)
    return int(session.scalar(select(Throttle.hits).where(*mine)) or 0)


def keep(session: Session, where: Address, place: Place) -> int:
    """Keep a place that asks now; return the seconds until it should ask again."""
    _put(session, where, place, _WAITS)
    return LONG if where.on - place.since >= PATIENCE else SHORT + place.slot % 3


def call(session: Session, where: Address, place: Place) -> bool:
    """Whether its turn has come; then its units are set aside until it uses them, and nobody else takes them."""
    if _state(session, where, place) == _CALLED:
        return True
    if not spend(session, where, SIGN_IN, WAITED):
        return False
    _put(session, where, place, _CALLED)
    return True


def leave(session: Session, where: Address, place: Place) -> None:
    """Its turn is used: a place serves once."""
    session.execute(delete(Throttle).where(Throttle.key == where.line, Throttle.slot == place.slot))


def _put(session: Session, where: Address, place: Place, state: int) -> None:
    leave(session, where, place)
    throttle.hit(session, where.line, Limit(0, PLACE), where.on, place.slot, state)


def waiting(session: Session, where: Address) -> int:
    """How many places asked lately and were not called."""
    recent = (Throttle.key == where.line, Throttle.hits == _WAITS, Throttle.expires_at > where.on + PLACE - ASKING)
    return int(session.scalar(select(func.count()).where(*recent)) or 0)
