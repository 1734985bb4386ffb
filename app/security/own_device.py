"""这是我自己的设备: ticked at sign-in, scripts keep what is typed on the device until the server has it (security.md SR-45)."""

from __future__ import annotations

import hashlib
import hmac

from flask import session as browser

from app.security.principal import Principal

NAME = "own_device"  # of the field and of the browser's session


def choose(ticked: bool) -> None:
    """Note it in the browser's session, which ends with the browser."""
    if ticked:
        browser[NAME] = True
    else:
        browser.pop(NAME, None)


def chosen() -> bool:
    return bool(browser.get(NAME))


def owner_of(me: Principal, secret: bytes) -> str:
    """Whose the kept text is: a keyed hash, so that a device tells nobody who used it."""
    account = f"staff:{me.staff_id}" if me.staff_id is not None else f"examinee:{me.examinee_id}"
    return hmac.new(secret, f"device:{account}".encode(), hashlib.sha256).hexdigest()[:24]
