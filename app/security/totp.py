"""Time-based one-time codes (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits).

By pyotp, whose `verify` does not return the span; it is needed to accept each code once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from pyotp import HOTP, TOTP

SPAN = 30  # seconds per code
DRIFT = 1  # spans a phone's clock may be off


def secret_from(key: bytes, *about: str) -> str:
    """Return a 20-byte base32 secret derived from `key` and these words; an unconfirmed enrolment need not be stored."""
    digest = hmac.new(key, "\0".join(("totp", *about)).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of a span."""
    return HOTP(secret).at(step)


def step_of(on: datetime) -> int:
    """Return the span of a moment."""
    return int(on.timestamp()) // SPAN


def matching_step(secret: str, typed: str, on: datetime) -> int | None:
    """Return the span within DRIFT whose code was typed, or None. Constant time."""
    now = step_of(on)
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed.encode()):
            found = step
    return found


def uri(secret: str, account: str, issuer: str) -> str:
    """Return the QR code's address; colons are escaped, since the account's name may have one."""
    scheme, _, rest = TOTP(secret, interval=SPAN).provisioning_uri(name=account, issuer_name=issuer).partition("://")
    return f"{scheme}://{rest.replace(':', '%3A')}"
