"""训练收银台: one-click payment with signed notices, for demonstration instances only."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.adapters.gateways.base import Forged, Notice, OrderFacts
from app.rules.orders import WAYS

SIGNATURE = "X-Training-Signature"
TIMESTAMP = "X-Training-Timestamp"
MERCHANT = "kaoji-training"
CURRENCY = "CNY"
TOLERANCE = 300  # seconds between signature and arrival (AC-24)


@dataclass(frozen=True, slots=True)
class SignedNotice:
    """A notice's body and signature headers."""

    raw: bytes
    headers: dict[str, str]


class TrainingGateway:
    """Signs with a key derived from the instance's secret, so other instances' notices are invalid."""

    name = "training"
    title = WAYS[name]

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"kaoji training gateway", hashlib.sha256)

    def create(self, order: OrderFacts) -> str:
        return f"/orders/{order.number}/cashier"

    def pay(self, order: OrderFacts, *, on: datetime) -> SignedNotice:
        """Return the payment's notice; the trade number depends on the order alone, so a second click repeats it."""
        body = {
            "merchant": MERCHANT,
            "order": order.number,
            "trade": self._trade_number(order.number),
            "amount": order.amount,
            "currency": CURRENCY,
        }
        raw = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        return self.sign(raw, on=on)

    def sign(self, raw: bytes, *, on: datetime) -> SignedNotice:
        """Return these bytes with signature headers."""
        stamp = str(int(on.timestamp()))
        return SignedNotice(raw, {TIMESTAMP: stamp, SIGNATURE: self._mac(stamp, raw)})

    def verify_notice(self, raw: bytes, headers: Mapping[str, str], *, on: datetime) -> Notice:
        stamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not (stamp.isascii() and stamp.isdecimal() and signature.isascii()):
            raise Forged("no signature")
        if not hmac.compare_digest(signature, self._mac(stamp, raw)):
            raise Forged("wrong signature")
        if abs(int(stamp) - on.timestamp()) > TOLERANCE:
            raise Forged("signed at another time")
        try:
            body = json.loads(raw)
            order, trade, amount = body["order"], body["trade"], body["amount"]
            merchant, currency = body["merchant"], body["currency"]
        except (ValueError, KeyError, TypeError) as error:
            raise Forged("not a notice") from error
        if (merchant, currency) != (MERCHANT, CURRENCY):
            raise Forged("another merchant or currency")
        if (
            not isinstance(order, str)
            or not isinstance(trade, str)
            or type(amount) is not int
            or not 0 < len(trade) <= 64
        ):
            raise Forged("not a notice")
        return Notice(self.name, trade, order, amount, raw.decode())

    def _trade_number(self, order_number: str) -> str:
        return "T" + hmac.digest(self._key, b"trade " + order_number.encode(), hashlib.sha256).hex()[:24].upper()

    def _mac(self, stamp: str, raw: bytes) -> str:
        return hmac.digest(self._key, stamp.encode() + b"\n" + raw, hashlib.sha256).hex()
