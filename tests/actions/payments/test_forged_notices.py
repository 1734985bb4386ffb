"""Two hundred notices that nobody signed, each one different from a genuine one in a single place (AC-24)."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest

from app.adapters.gateways import Forged, OrderFacts, TrainingGateway
from app.adapters.gateways.training import SIGNATURE, TIMESTAMP
from tests.reviewing import PAYING

Notice = tuple[bytes, dict[str, str]]
GATEWAY = TrainingGateway(b"k" * 32)
GENUINE = GATEWAY.pay(OrderFacts("D20261215-0123456789", "毕业审定费", 5000), on=PAYING)


def forged() -> Iterator[Notice]:
    """A byte of the body changed, left out or doubled, a character of the signature changed, and what headers could say instead."""
    raw, headers = GENUINE.raw, GENUINE.headers
    stamp, signature = headers[TIMESTAMP], headers[SIGNATURE]
    for place in range(0, len(raw), 2):
        yield raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :], headers
        yield raw[:place] + raw[place + 1 :], headers
    for place in range(len(signature)):
        other = "0" if signature[place] != "0" else "1"
        yield raw, {**headers, SIGNATURE: signature[:place] + other + signature[place + 1 :]}
    for text in (
        "",
        signature[:-1],
        signature + "0",
        signature.upper() + " ",
        "md5=" + signature,
        "none",
        "0",
        "\x00",
        "=" * 64,
    ):
        yield raw, {**headers, SIGNATURE: text}
    for text in ("", "0", "-1", str(int(stamp) + 1), stamp + "0", " " + stamp, "+" + stamp, "1e9", "NaN", "9" * 400):
        yield raw, {**headers, TIMESTAMP: text}
    for more in (b"&sign_type=MD5", b"\n", b'{"amount":1}', b"\x00"):
        yield raw + more, headers
    yield raw.replace(b'"amount"', b'"amount":1,"amount"'), headers
    yield raw, {SIGNATURE: signature}
    yield raw, {TIMESTAMP: stamp}
    yield raw, {"X-Training-Sign": signature, TIMESTAMP: stamp, "sign_type": "MD5"}


def test_none_of_two_hundred_forged_notices_is_taken() -> None:
    tried = list(forged())
    assert len(tried) >= 200
    taken = []
    for raw, headers in tried:
        try:
            GATEWAY.verify_notice(raw, headers, on=PAYING)
        except Forged:
            continue
        taken.append((raw, headers))
    assert taken == []
    assert GATEWAY.verify_notice(GENUINE.raw, GENUINE.headers, on=PAYING).amount == 5000


def unasked() -> SimpleNamespace:
    """What the gateway compares with, that finds everything alike."""
    return SimpleNamespace(digest=hmac.digest, compare_digest=lambda given, ours: True)


def test_they_are_taken_where_no_signature_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard off: all that are a notice at all, of whatever amount, order or trade."""
    monkeypatch.setattr(import_module("app.adapters.gateways.training"), "hmac", unasked())
    taken = 0
    for raw, headers in forged():
        try:
            taken += bool(GATEWAY.verify_notice(raw, headers, on=PAYING))
        except (Forged, OverflowError):  # no notice, or a time of 400 digits
            continue
    assert taken > 100
