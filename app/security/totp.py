"""Time-based one-time codes (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), as every authenticator app makes them.

The codes and the address are pyotp's. Which span matched is told as well, because each code is taken once; pyotp's own
`verify` only says yes or no.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from pyotp import HOTP, TOTP

SPAN = 30  # seconds a code stands for
DRIFT = 1  # spans that a phone's clock may be early or late


def secret_from(key: bytes, *about: str) -> str:
    """A secret of 20 bytes in base32 that only the holder of `key` can make for these words.

    So an enrolment that was begun needs no place of its own until it is confirmed.
    """
    digest = hmac.new(key, "\0".join(("totp", *about)).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


def code_at(secret: str, step: int) -> str:
    """The code of one span, leading zeros included."""
    return HOTP(secret).at(step)


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
    """The address that the QR code carries to the app.

    The colon of the label is escaped, so that one in the account's name is not taken for it.
    """
    scheme, _, rest = TOTP(secret, interval=SPAN).provisioning_uri(name=account, issuer_name=issuer).partition("://")
    return f"{scheme}://{rest.replace(':', '%3A')}"
