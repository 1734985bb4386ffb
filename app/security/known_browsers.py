"""Browsers that an account signed in from before; others' failures do not lock them out (AC-03).

A cookie keeps a random token for 180 days; the row is SHA-256 of token and account, so accounts that share a browser cannot be
found from the table.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.models import KnownDevice

KEPT = timedelta(days=180)


def is_known(session: Session, device: str, account: str) -> bool:
    """Whether this account signed in from this browser before."""
    return bool(device) and session.get(KnownDevice, _digest(device, account)) is not None


def remember(session: Session, device: str, account: str, on: datetime) -> str:
    """Return the token to keep; a new one unless stored for this account, so a planted token gains nothing."""
    seen = session.connection().execute(
        update(KnownDevice).where(KnownDevice.token_sha256 == _digest(device, account)).values(last_used_at=on)
    )
    if device and seen.rowcount:
        return device
    device = secrets.token_urlsafe(32)
    session.add(KnownDevice(token_sha256=_digest(device, account), account=account, last_used_at=on))
    session.execute(delete(KnownDevice).where(KnownDevice.last_used_at <= on - KEPT, KnownDevice.account == account))
    session.flush()
    return device


def forget(session: Session, account: str) -> None:
    """Delete an account's known browsers (after a reset)."""
    session.execute(delete(KnownDevice).where(KnownDevice.account == account))


def key_of(device: str, account: str) -> str:
    """Return the throttle key of browser and account."""
    return f"device:{_digest(device, account)}"


def _digest(device: str, account: str) -> str:
    return hashlib.sha256(f"{device}:{account}".encode()).hexdigest()
