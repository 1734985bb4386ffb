"""Time-based one-time codes (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), as every authenticator app makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

SPAN = 30  # seconds a code stands for
DIGITS = 6
DRIFT = 1  # spans that a phone's clock may be early or late


def secret_from(key: bytes, *about: str) -> str:
    """A secret of 20 bytes in base32 that only the holder of `key` can make for these words.

    So an enrolment that was begun needs no place of its own until it is confirmed.
    """
    digest = hmac.new(key, "\0".join(("totp", *about)).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


def code_at(secret: str, step: int) -> str:
    """The code of one span (RFC 4226, 5.3), leading zeros included."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(on: datetime) -> int:
    """The number of the span that a moment lies in."""
    return int(on.timestamp()) // SPAN


def matching_step(secret: str, typed: str, on: datetime) -> int | None:
    """The span whose code was typed, no further off than the drift; None for a wrong code. Constant time."""
    now = step_of(on)
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed.encode()):
            found = step
    return found


def uri(secret: str, account: str, issuer: str) -> str:
    """The address that the QR code carries to the app."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}&digits={DIGITS}&period={SPAN}"
