"""What a payment gateway is to the rest of the program: plain data in and out, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a gateway is told of an order. `amount` in 分."""

    number: str
    title: str
    amount: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A genuine message that somebody paid. `raw` is what was signed, kept word for word; `amount` in 分."""

    gateway: str
    trade_number: str
    order_number: str
    amount: int
    raw: str


class Forged(Exception):
    """A message that the gateway did not sign, or not for this merchant, or not now. Nothing is to follow from it."""


class Gateway(Protocol):
    """One way to pay. `name` stands in addresses and in the database, `title` on the button."""

    name: str
    title: str

    def create(self, order: OrderFacts) -> str:
        """The address where the payer goes on."""
        ...

    def verify_notice(self, raw: bytes, headers: Mapping[str, str], *, on: datetime) -> Notice:
        """The notice in these bytes, checked before anything of it is read; Forged otherwise."""
        ...
