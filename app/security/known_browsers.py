"""Browsers that an account signed in from before; other people's failures do not lock them out (AC-03).

The browser keeps a random token in its own cookie for 180 days. The row is SHA-256 of token and account, so several accounts
may share a browser without the table revealing it.
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
    """Return the token this browser is to keep: a new one where the account has none of it, so a planted token gains nothing."""
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
    """Delete all known browsers of an account (after a reset)."""
    session.execute(delete(KnownDevice).where(KnownDevice.account == account))


def key_of(device: str, account: str) -> str:
    """Return the throttle key of this browser with this account."""
    return f"device:{_digest(device, account)}"


def _digest(device: str, account: str) -> str:
    return hashlib.sha256(f"{device}:{account}".encode()).hexdigest()
