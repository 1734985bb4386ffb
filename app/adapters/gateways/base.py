"""Protocol of payment gateways: plain data, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Order data for a gateway. `amount` in 分."""

    number: str
    title: str
    amount: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified payment notice. `raw`: the signed text, unchanged; `amount` in 分."""

    gateway: str
    trade_number: str
    order_number: str
    amount: int
    raw: str


class Forged(Exception):
    """The gateway did not sign the message, or not for this merchant, or not now; it has no effect."""


class Gateway(Protocol):
    """A payment gateway. `name`: in addresses and database; `title`: on the button."""

    name: str
    title: str

    def create(self, order: OrderFacts) -> str:
        """Return the address to pay at."""
        ...

    def verify_notice(self, raw: bytes, headers: Mapping[str, str], *, on: datetime) -> Notice:
        """Return the notice once the signature of `raw` is verified. Raises Forged."""
        ...
